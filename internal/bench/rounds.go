package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/licet/licet/internal/store"
)

// row is one line of the report: a call at a number of clients, and for claims
// at a size the seats held.
type row struct {
	engine  store.Engine
	name    string
	clients int
	seats   int
}

// pair is what one round measured for a row.
type pair struct{ licet, bare phase }

// bench is one engine's run.
type bench struct {
	o      Options
	engine store.Engine
	t      *target
	order  []row
	pairs  map[row][]pair
	last   uint64 // identity given out
}

// Run measures and reports to out as it goes.
func Run(ctx context.Context, o Options, out io.Writer) (*Report, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	report := newReport(o)
	for _, engine := range o.Engines {
		fmt.Fprintf(out, "%s: preparing\n", engine)
		results, err := runEngine(ctx, o, engine, out)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", engine, err)
		}
		report.Results = append(report.Results, results...)
		writeTable(out, results)
	}
	return report, nil
}

func runEngine(ctx context.Context, o Options, engine store.Engine, out io.Writer) (_ []Result, err error) {
	t, err := newTarget(ctx, o, engine)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.stop()) }()
	b := &bench{o: o, engine: engine, t: t, pairs: map[row][]pair{}, last: firstNewcomer}
	for round := range o.Rounds {
		fmt.Fprintf(out, "%s: round %d of %d\n", engine, round+1, o.Rounds)
		if err := b.round(ctx); err != nil {
			return nil, err
		}
	}
	return b.results(), nil
}

func (b *bench) round(ctx context.Context) error {
	for _, n := range b.o.Clients {
		if err := errors.Join(ctx.Err(), b.comeAndGo(n)); err != nil {
			return err
		}
		for _, o := range []op{heartbeat, validate} {
			if err := b.measure(row{b.engine, string(o), n, 0}, func() []source { return b.sources(n, func(int) source { return b.t.holder(o) }) }); err != nil {
				return err
			}
		}
		if err := b.measure(row{b.engine, "activate", n, 0}, func() []source { return b.newcomers(activate, b.t.activation, n) }); err != nil {
			return err
		}
	}
	for _, f := range b.t.sizes {
		guests := func() []source {
			b.last += fillSpace
			return b.sources(sizeClients, func(i int) source { return b.t.guest(f.license, b.last+uint64(i), sizeClients) })
		}
		if err := errors.Join(ctx.Err(), b.measure(row{b.engine, "claim at", sizeClients, f.seats}, guests)); err != nil {
			return err
		}
	}
	return nil
}

// comeAndGo claims, then gives back what was claimed, so that each round finds
// the license as the one before.
func (b *bench) comeAndGo(clients int) error {
	var came, went pair
	for _, side := range []struct {
		server     *process
		came, went *phase
		patience   time.Duration
	}{{b.t.bare, &came.bare, &went.bare, b.o.Phase}, {b.t.licet, &came.licet, &went.licet, callTime}} {
		coming := b.newcomers(claim, b.t.floating, clients)
		var err error
		if *side.came, err = drive(side.server, coming, b.o.Phase); err != nil {
			return fmt.Errorf("claim, %d clients: %w", clients, err)
		}
		if *side.went, err = drive(side.server, b.leavers(coming), side.patience); err != nil {
			return fmt.Errorf("release, %d clients: %w", clients, err)
		}
	}
	b.add(row{b.engine, "claim", clients, 0}, came)
	b.add(row{b.engine, "release", clients, 0}, went)
	return nil
}

// measure runs one phase against each side.
func (b *bench) measure(r row, sources func() []source) error {
	bare, err := drive(b.t.bare, sources(), b.o.Phase)
	if err != nil {
		return fmt.Errorf("bare %s, %d clients: %w", r.name, r.clients, err)
	}
	licet, err := drive(b.t.licet, sources(), b.o.Phase)
	if err != nil {
		return fmt.Errorf("%s, %d clients: %w", r.name, r.clients, err)
	}
	b.add(r, pair{licet, bare})
	return nil
}

func (b *bench) add(r row, p pair) {
	if !slices.Contains(b.order, r) {
		b.order = append(b.order, r)
	}
	b.pairs[r] = append(b.pairs[r], p)
}

func (b *bench) sources(n int, one func(i int) source) []source {
	all := make([]source, n)
	for i := range all {
		all[i] = one(i)
	}
	return all
}

// newcomers never repeat an identity: each phase begins far after the last.
func (b *bench) newcomers(o op, l license, n int) []source {
	b.last += fillSpace
	return b.sources(n, func(i int) source { return b.t.newcomer(o, l, b.last+uint64(i), uint64(n)) })
}

// leavers share out evenly what the newcomers have taken.
func (b *bench) leavers(came []source) []source {
	var seats []held
	for _, s := range came {
		seats = append(seats, s.(*newcomers).seats...)
	}
	n := len(came)
	return b.sources(n, func(i int) source {
		return &leavers{newTemplate(release, apiKey, ""), seats[i*len(seats)/n : (i+1)*len(seats)/n]}
	})
}

func (t *target) newcomer(o op, l license, first, step uint64) *newcomers {
	return &newcomers{request: newTemplate(o, apiKey, l.UserKey), last: first, step: step}
}

func (t *target) guest(l license, first, step uint64) *guests {
	return &guests{come: *t.newcomer(claim, l, first, step), leave: leavers{request: newTemplate(release, apiKey, "")}}
}

func (t *target) holder(o op) *holders {
	key := ""
	if o == validate {
		key = t.holders.license.UserKey
	}
	return &holders{request: newTemplate(o, apiKey, key), filled: t.holders, random: rand.New(rand.NewPCG(rand.Uint64(), 0))}
}
