// Command licet-bench measures a licet server; internal/bench says how.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/licet/licet/internal/bench"
	"github.com/licet/licet/internal/store"
)

// cli is the command line.
type cli struct {
	Run   runCmd   `cmd:"" default:"withargs" help:"Measure."`
	Lists listsCmd `cmd:"" help:"Measure pages of lists on small and on large books."`
	Bare  bareCmd  `cmd:"" hidden:"" help:"Serve the bare handler that licet is measured against."`
}

type runCmd struct {
	Licet   string        `help:"The licet program." default:"bin/licet" type:"path"`
	Engines []string      `help:"sqlite, postgres." enum:"sqlite,postgres" default:"sqlite,postgres"`
	Clients []int         `help:"Closed loops at once." default:"1,16,64,256"`
	Seats   []int         `help:"Seats held while claims at a size are made." default:"1000,100000,1000000"`
	Holders int           `help:"Seats that send heartbeats and are validated." default:"10000"`
	Rounds  int           `help:"Rounds; the figures are their medians." default:"5"`
	Phase   time.Duration `help:"How long each call is measured in each round." default:"400ms"`
	Server  []string      `help:"One more flag for the server, such as --log-level=warn; may be repeated." sep:"none"`
	Dir     string        `help:"Folder for the books; a temporary one is made in it." type:"path"`
	Out     string        `help:"Write the figures to this file as JSON." default:"bin/bench.json" type:"path"`
}

type listsCmd struct {
	Licet   string   `help:"The licet program." default:"bin/licet" type:"path"`
	Engines []string `help:"sqlite, postgres." enum:"sqlite,postgres" default:"sqlite,postgres"`
	Sizes   []int    `help:"Licenses in the books, and as many floating seats; the first is what others are compared with." default:"1000,1000000"`
	Rounds  int      `help:"Answers to each question; the fastest counts." default:"7"`
	Dir     string   `help:"Folder for the books; a temporary one is made in it." type:"path"`
}

type bareCmd struct {
	Sizes []string `arg:"" help:"op=bytes"`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	k := kong.Parse(&cli{}, kong.Name("licet-bench"), kong.Description("Measures a licet server."),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.BindTo(os.Stdout, (*io.Writer)(nil)))
	k.FatalIfErrorf(k.Run())
}

// Run measures, prints the table and writes the file.
func (c *runCmd) Run(ctx context.Context, out io.Writer) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	o := bench.Options{
		Licet: []string{c.Licet, "serve"}, Bare: []string{self, "bare"}, Clients: c.Clients, Seats: c.Seats,
		Holders: c.Holders, Rounds: c.Rounds, Phase: c.Phase, Server: c.Server, Dir: c.Dir,
	}
	o.Engines = engines(c.Engines)
	return measure(ctx, o, c.Out, out)
}

func engines(names []string) (all []store.Engine) {
	for _, name := range names {
		engine := store.SQLite
		if name == store.Postgres.String() {
			engine = store.Postgres
		}
		all = append(all, engine)
	}
	return all
}

// Run measures and prints a table for each engine.
func (c *listsCmd) Run(ctx context.Context, out io.Writer) error {
	return bench.RunLists(ctx, bench.ListOptions{
		Licet: []string{c.Licet, "serve"}, Engines: engines(c.Engines), Sizes: c.Sizes, Rounds: c.Rounds, Dir: c.Dir,
	}, out)
}

// measure runs, writes the file and fails where answers did.
func measure(ctx context.Context, o bench.Options, file string, out io.Writer) error {
	report, err := bench.Run(ctx, o, out)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, append(text, '\n'), 0o644); err != nil {
		return err
	}
	if n := report.Failed(); n > 0 {
		return fmt.Errorf("%d answers were not 200", n)
	}
	return nil
}

// Run serves until it is killed.
func (c *bareCmd) Run(out io.Writer) error { return bench.ServeBare(out, c.Sizes) }
