package org_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

func ask(limit string, units int64, key string) entity.LimitRequest {
	return entity.LimitRequest{Limit: limit, Units: units, IdempotencyKey: key}
}

func TestCheck(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		parent := h.org("parent", nil)
		h.set(parent, sub("c", 10), ed("ab", 20), lim("x", 5), lim("y", -1))
		child := h.org("child", parent)
		h.set(child, lic("c", entity.OrgTrial, 3), ed("ab", 20), lim("x", 4), lim("y", -1))
		_, err := h.Consume(ctx, child.ID, ask("x", 3, "1"))
		h.must(err)
		_, err = h.Consume(ctx, child.ID, ask(h.ids["y"], 7, "2"))
		h.must(err)
		look := func(want ...string) {
			t.Helper()
			for _, names := range [][2][]string{{{"a", "b", "c", "bundle"}, {"x", "y"}}, {{h.ids["a"], h.ids["b"], h.ids["c"], h.ids["bundle"]}, {h.ids["x"], h.ids["y"]}}} {
				got, err := h.Check(ctx, child.ID, names[0], names[1])
				h.must(err)
				if diff := cmp.Diff(want, entitled(got)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		}
		end := func(days int) string { return day(days).String() }
		look("a true "+end(20), "b true "+end(20), "c true "+end(3), "bundle false ", "x true 4 3 1", "y true -1 7 -1")
		h.set(parent, sub("c", 2), lim("x", 2))
		look("a false ", "b false ", "c true "+end(2), "bundle false ", "x true 2 3 0", "y false 0 7 0")
		all, err := h.Check(ctx, child.ID, nil, nil)
		h.must(err)
		if diff := cmp.Diff([]string{"c true " + end(2), "x true 2 3 0"}, entitled(all)); diff != "" {
			t.Errorf("all (-want +got):\n%s", diff)
		}
		h.clock.Step(48 * time.Hour)
		look("a false ", "b false ", "c false ", "bundle false ", "x true 2 3 0", "y false 0 7 0")
		h.must(h.SetDisabled(ctx, child.ID, true))
		look("a false ", "b false ", "c false ", "bundle false ", "x false 0 3 0", "y false 0 7 0")
		_, err = h.Check(ctx, child.ID, []string{"a", "nothing"}, nil)
		if f := fault.Of(err); f == nil || f.Code != fault.OrgUnknownDefinition || f.Field != "licenses[1]" {
			t.Errorf("%v", err)
		}
		_, err = h.Check(ctx, child.ID, make([]string, 501), nil)
		wantFault(t, err, "", fault.Invalid)
		_, err = h.Check(ctx, 99, nil, nil)
		wantFault(t, err, fault.OrgNotFound, fault.NotFound)
	})
}

func entitled(e *entity.Entitlements) (lines []string) {
	for _, l := range e.Licenses {
		lines = append(lines, fmt.Sprint(l.Name, " ", l.Granted, " ", l.ExpirationDate))
	}
	for _, l := range e.Limits {
		lines = append(lines, fmt.Sprint(l.Name, " ", l.Granted, " ", l.Value, " ", l.Used, " ", l.Left))
	}
	return lines
}

// TestCheckOfAll: how many names a caller may send bounds no answer.
func TestCheckOfAll(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		defs := make([]entity.LicenseDefinition, 501)
		e := entity.Edition{Name: "many", LicenseDefs: make([]string, len(defs))}
		for i := range defs {
			id := fmt.Sprintf("def%019d", i)
			defs[i] = entity.LicenseDefinition{PublicID: id, Name: "name of " + id, Category: entity.CategoryFeature, Inheritable: true, CreatedAt: day(1), UpdatedAt: day(1)}
			e.LicenseDefs[i] = id
		}
		h.must(h.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.NewInsert().Model(&defs).Exec(ctx)
			return err
		}))
		made, err := h.books.InsertEdition(ctx, entity.Sent[entity.Edition]{Value: e, Members: entity.Members{"licensedefs": true}})
		h.must(err)
		h.name("many", made.PublicID)
		o := h.org("o", nil)
		h.set(o, ed("many", 20), lim("x", 1))
		all, err := h.Check(ctx, o.ID, nil, nil)
		h.must(err)
		if got := entitled(all); len(got) != 502 || got[0] != "name of "+defs[0].PublicID+" true "+day(20).String() || got[501] != "x true 1 0 1" {
			t.Errorf("%d: %.3q", len(got), got)
		}
	})
}

func TestConsumeAndRelease(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		parent := h.org("parent", nil)
		h.set(parent, lim("x", 5), lim("y", -1))
		child, other := h.org("child", parent), h.org("other", parent)
		use := func(o *entity.Organisation, f func(context.Context, int64, entity.LimitRequest) (*entity.LimitUse, error), r entity.LimitRequest, used, left int64) {
			t.Helper()
			got, err := f(ctx, o.ID, r)
			if err != nil || got.Used != used || got.Left != left {
				t.Errorf("%+v: %+v, %v", r, got, err)
			}
		}
		use(child, h.Consume, ask("x", 3, "k1"), 3, 2)
		use(child, h.Consume, ask("x", 3, "k1"), 3, 2) // the same again
		use(child, h.Consume, ask(h.ids["x"], 3, "k1"), 3, 2)
		use(other, h.Consume, ask("x", 5, "k1"), 5, 0) // a key is one organisation's, and so is what is used
		for name, r := range map[string]entity.LimitRequest{"more units": ask("x", 2, "k1"), "another limit": ask("y", 3, "k1")} {
			if _, err := h.Consume(ctx, child.ID, r); !fault.Is(err, fault.IdempotencyKeyReused) || !fault.IsKind(err, fault.Conflict) {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err := h.Release(ctx, child.ID, ask("x", 3, "k1"))
		wantFault(t, err, fault.IdempotencyKeyReused, fault.Conflict)
		_, err = h.Consume(ctx, child.ID, ask("x", 3, "k2"))
		wantFault(t, err, fault.LimitExhausted, fault.Conflict)
		use(child, h.Release, ask("x", 1, "k3"), 2, 3)
		use(child, h.Release, ask("x", 1, "k3"), 2, 3)
		use(child, h.Consume, ask("x", 3, "k2"), 5, 0) // a refusal kept no key
		use(child, h.Consume, ask("x", 3, "k1"), 3, 2) // the answer of then
		_, err = h.Release(ctx, child.ID, ask("x", 6, "k4"))
		wantFault(t, err, "", fault.Conflict)

		// Below what is used nothing more is granted; giving back goes on.
		h.set(parent, lim("x", 4), lim("y", -1))
		_, err = h.Consume(ctx, child.ID, ask("x", 1, "k5"))
		wantFault(t, err, fault.LimitExhausted, fault.Conflict)
		use(child, h.Release, ask("x", 2, "k6"), 3, 1)
		use(child, h.Consume, ask("x", 1, "k7"), 4, 0)
		h.set(parent)
		_, err = h.Consume(ctx, child.ID, ask("x", 1, "k8"))
		wantFault(t, err, fault.NotEntitled, fault.Forbidden)
		use(child, h.Release, ask("x", 1, "k9"), 3, 0)
		use(child, h.Consume, ask("x", 1, "k7"), 4, 0)
		h.set(parent, lim("y", -1))
		h.set(child, lim("y", -1))
		use(child, h.Consume, ask("y", entity.MaxLimit, "k10"), entity.MaxLimit, -1)
		_, err = h.Consume(ctx, child.ID, ask("y", 1, "k11"))
		wantFault(t, err, fault.LimitExhausted, fault.Conflict)

		for field, bad := range map[string]entity.LimitRequest{
			"limit": ask("", 1, "k"), "limit ": ask("nothing", 1, "k"), "limit  ": ask("a", 1, "k"),
			"units": ask("y", 0, "k"), "units ": ask("y", -1, "k"), "units  ": ask("y", entity.MaxLimit+1, "k"),
			"idempotencyKey": ask("y", 1, ""), "idempotencyKey ": ask("y", 1, "a b"), "idempotencyKey  ": ask("y", 1, fmt.Sprintf("%129d", 1)),
		} {
			for _, f := range []func(context.Context, int64, entity.LimitRequest) (*entity.LimitUse, error){h.Consume, h.Release} {
				_, err := f(ctx, child.ID, bad)
				if got := fault.Of(err); got == nil || got.Kind != fault.Invalid || got.Field != trimmed(field) {
					t.Errorf("%+v: %v", bad, err)
				}
			}
		}
		_, err = h.Consume(ctx, 99, ask("y", 1, "k"))
		wantFault(t, err, fault.OrgNotFound, fault.NotFound)
		h.set(other)
		wantFault(t, h.books.DeleteLimitDefinition(ctx, 1), "", fault.Conflict) // nobody has it, but it is used
		use(child, h.Release, ask("x", 3, "k12"), 0, 0)
		use(other, h.Release, ask("x", 5, "k13"), 0, 0)
		h.must(h.books.DeleteLimitDefinition(ctx, 1))
		h.must(h.Delete(ctx, child.ID))
	})
}

func trimmed(field string) string {
	for len(field) > 0 && field[len(field)-1] == ' ' {
		field = field[:len(field)-1]
	}
	return field
}

// TestKeysAreKeptForADay whatever the wall clock does, and then forgotten.
func TestKeysAreKeptForADay(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		o := h.org("o", nil)
		h.set(o, lim("x", 1))
		repeat := func(r entity.LimitRequest) {
			t.Helper()
			if got, err := h.Consume(t.Context(), o.ID, r); err != nil || got.Used != 1 {
				t.Fatalf("%+v, %v", got, err)
			}
		}
		sweep := func(want int64) {
			t.Helper()
			if n, err := h.Sweep(t.Context()); err != nil || n != want {
				t.Errorf("%d swept, %v; want %d", n, err, want)
			}
		}
		repeat(ask("x", 1, "k"))
		h.clock.Step(1000 * time.Hour)
		h.clock.Advance(24 * time.Hour)
		sweep(0)
		repeat(ask("x", 1, "k"))
		h.clock.Advance(24*time.Hour + time.Second)
		sweep(1)
		_, err := h.Consume(t.Context(), o.ID, ask("x", 1, "k"))
		wantFault(t, err, fault.LimitExhausted, fault.Conflict)
		h.must(h.store.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			for i := range 1200 {
				if _, err := tx.NewRaw(`INSERT INTO limit_requests (organisation_id, idempotency_key, limit_definition_id, units, used, value, made_at)
					VALUES (?, ?, 1, 1, 1, 1, 1)`, o.ID, fmt.Sprint("old", i)).Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		}))
		sweep(1200)
	})
}

// TestUseFollowsTheModel: what is used is what the model counts, and no
// consumption goes beyond the smaller of the limits of then.
func TestUseFollowsTheModel(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		runs := 0
		rapid.Check(t, func(rt *rapid.T) {
			if runs++; h.store.Engine() == store.Postgres && runs > 12 || runs > 50 {
				return // each step is a commit
			}
			parent := h.org("parent", nil)
			child := h.org("child", parent)
			m := &useModel{house: h, rt: rt, orgs: [2]*entity.Organisation{parent, child}, answers: map[string]entity.LimitUse{}, asked: map[string]int64{}}
			for i := range m.limit {
				m.limit[i] = -2
			}
			m.change()
			actions := []func(){m.consume, m.consume, m.release, m.repeat, m.change, m.disable}
			for range rapid.IntRange(1, 20).Draw(rt, "steps") {
				rapid.SampledFrom(actions).Draw(rt, "action")()
				m.agree()
			}
		})
	})
}

// useModel counts what a parent and a child use of x.
type useModel struct {
	*house
	rt       *rapid.T
	orgs     [2]*entity.Organisation
	limit    [2]int64 // -2: none
	disabled [2]bool
	used     [2]int64
	made     int
	answers  map[string]entity.LimitUse // by key
	asked    map[string]int64           // by key; released is negative
}

// most is what one may use at most, -2 for nothing at all.
func (m *useModel) most(i int) int64 {
	if m.disabled[0] || m.disabled[i] || m.limit[0] == -2 || m.limit[i] == -2 {
		return -2
	}
	if m.limit[0] == -1 || m.limit[i] != -1 && m.limit[i] < m.limit[0] {
		return m.limit[i]
	}
	return m.limit[0]
}

func (m *useModel) draw() (i int, units int64, key string) {
	i = rapid.IntRange(0, 1).Draw(m.rt, "who")
	m.made++
	return i, rapid.Int64Range(1, 4).Draw(m.rt, "units"), fmt.Sprint(i, "-", m.made)
}

func (m *useModel) note(i int, key string, units int64, got *entity.LimitUse) {
	m.used[i] += units
	m.answers[key], m.asked[key] = *got, units
	if got.Used != m.used[i] {
		m.rt.Fatalf("%+v, the model says %d", got, m.used[i])
	}
}

func (m *useModel) consume() {
	i, units, key := m.draw()
	got, err := m.Consume(context.Background(), m.orgs[i].ID, ask("x", units, key))
	most := m.most(i)
	switch {
	case most == -2:
		wantFault(m.t, err, fault.NotEntitled, fault.Forbidden)
	case most != -1 && m.used[i]+units > most:
		wantFault(m.t, err, fault.LimitExhausted, fault.Conflict)
	case err != nil || got.Value != most:
		m.rt.Fatalf("%+v, %v, the model says %d of %d", got, err, m.used[i], most)
	default:
		m.note(i, key, units, got)
	}
}

func (m *useModel) release() {
	i, units, key := m.draw()
	got, err := m.Release(context.Background(), m.orgs[i].ID, ask("x", units, key))
	if (err == nil) != (units <= m.used[i]) {
		m.rt.Fatalf("release %d of %d: %v", units, m.used[i], err)
	}
	if err == nil {
		m.note(i, key, -units, got)
	}
}

// repeat asks again with a key that there was, rightly or not.
func (m *useModel) repeat() {
	i, units, _ := m.draw()
	key := fmt.Sprint(i, "-", rapid.IntRange(1, m.made).Draw(m.rt, "key"))
	asked, known := m.asked[key]
	if !known {
		return
	}
	use := m.Consume
	if asked < 0 {
		use, asked = m.Release, -asked
	}
	if units != asked {
		_, err := use(context.Background(), m.orgs[i].ID, ask("x", units, key))
		wantFault(m.t, err, fault.IdempotencyKeyReused, fault.Conflict)
	}
	if got, err := use(context.Background(), m.orgs[i].ID, ask("x", asked, key)); err != nil || *got != m.answers[key] {
		m.rt.Fatalf("repeat: %+v, %v; it was %+v", got, err, m.answers[key])
	}
}

func (m *useModel) change() {
	for i, o := range m.orgs {
		v := rapid.SampledFrom([]int64{-2, -1, 0, 3, 6}).Draw(m.rt, "limit")
		var parts []any
		if v != -2 {
			parts = append(parts, lim("x", v))
		}
		if err := m.SetRights(context.Background(), o.ID, m.rights(parts...)); err == nil {
			m.limit[i] = v
		} else if i == 0 {
			m.rt.Fatal(err)
		}
	}
}

func (m *useModel) disable() {
	i := rapid.IntRange(0, 1).Draw(m.rt, "who")
	m.disabled[i] = !m.disabled[i]
	m.must(m.SetDisabled(context.Background(), m.orgs[i].ID, m.disabled[i]))
}

func (m *useModel) agree() {
	for i, o := range m.orgs {
		got, err := m.Check(context.Background(), o.ID, nil, []string{"x"})
		m.must(err)
		want := entity.EntitledLimit{Name: "x", LimitUse: entity.NewLimitUse(m.ids["x"], 0, m.used[i])}
		if most := m.most(i); most != -2 {
			want.Granted, want.LimitUse = true, entity.NewLimitUse(m.ids["x"], most, m.used[i])
		}
		if got.Limits[0] != want {
			m.rt.Fatalf("%s: %+v, the model says %+v", o.Name, got.Limits[0], want)
		}
	}
}

// TestConsumersRace: many more ask than there is, on two nodes, each twice with
// its key; exactly the limit is granted, and counted.
func TestConsumersRace(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		ctx, nodes := t.Context(), h.nodes()
		const most, askers = 20, 60
		parent := h.org("parent", nil)
		h.set(parent, lim("x", most), lim("y", 5))
		child := h.org("child", parent)
		denied := func(err error) bool {
			return fault.Is(err, fault.LimitExhausted) || fault.Is(err, fault.IdempotencyKeyReused)
		}
		var wg sync.WaitGroup
		for i := range askers {
			// Once more with another limit: one of the two is granted at most.
			for k, limit := range []string{"x", "x", "x", "y"} {
				wg.Go(func() {
					got, err := nodes[k%2].Consume(ctx, child.ID, ask(limit, 1, fmt.Sprint(i)))
					if err != nil && !denied(err) || err == nil && got.Used > got.Value {
						t.Errorf("%+v, %v", got, err)
					}
				})
			}
		}
		wg.Wait()
		var rows, used []int64
		h.must(h.store.Read().NewRaw(`SELECT COALESCE(SUM(units), 0) FROM limit_requests GROUP BY limit_definition_id ORDER BY limit_definition_id`).Scan(ctx, &rows))
		h.must(h.store.Read().NewRaw(`SELECT used FROM limit_usage ORDER BY limit_definition_id`).Scan(ctx, &used))
		if diff := cmp.Diff(rows, used); diff != "" || used[0] != most {
			t.Errorf("granted %v, counted %v of %d", rows, used, most)
		}
	})
}

// TestConsumersRaceWithALowering: from the moment that a parent's limit is lower,
// nobody is granted more than that.
func TestConsumersRaceWithALowering(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		ctx, nodes := t.Context(), h.nodes()
		parent := h.org("parent", nil)
		h.set(parent, lim("x", 1000))
		child := h.org("child", parent)
		var lowered atomic.Int64
		lowered.Store(1000)
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				for k := range 12 {
					most := lowered.Load() // read before the request: it holds at its commit
					got, err := nodes[i%2].Consume(ctx, child.ID, ask("x", 1, fmt.Sprint(i, "-", k)))
					if err != nil && !fault.Is(err, fault.LimitExhausted) {
						t.Error(err)
					}
					if err == nil && (got.Value > most || got.Used > got.Value) {
						t.Errorf("granted %+v when the limit was %d", got, most)
					}
				}
			})
		}
		wg.Go(func() {
			for _, v := range []int64{60, 40, 25} {
				if err := nodes[1].SetRights(ctx, parent.ID, h.rights(lim("x", v))); err != nil {
					t.Error(err)
				}
				lowered.Store(v)
			}
		})
		wg.Wait()
	})
}

// TestConsumersRaceWithTheFamily: a child is unlinked, linked again, disabled and
// synchronised while two nodes use its limit; never is more used than the parent
// has, which the child has at most whatever becomes of it.
func TestConsumersRaceWithTheFamily(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		const most = 20
		ctx, nodes := t.Context(), h.nodes()
		parent := h.org("parent", nil)
		h.set(parent, lim("x", most))
		child := h.org("child", parent)
		var used atomic.Int64
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				for k := range 12 {
					use, units := nodes[i%2].Consume, int64(3)
					if k%3 == 2 {
						use, units = nodes[i%2].Release, -3
					}
					got, err := use(ctx, child.ID, ask("x", 3, fmt.Sprint(i, "-", k)))
					if kind := fault.Of(err); err != nil && (kind == nil || kind.Kind != fault.Conflict && kind.Code != fault.NotEntitled) {
						t.Error(err)
					}
					if err != nil {
						continue
					}
					if used.Add(units); got.Used < 0 || got.Used > most {
						t.Errorf("granted %+v of %d", got, most)
					}
				}
			})
		}
		wg.Go(func() {
			for range 4 {
				for step, change := range []error{
					nodes[0].Synchronise(ctx, parent.ID, true), nodes[1].Unlink(ctx, child.ID), nodes[0].Link(ctx, child.ID, parent.ID),
					nodes[1].SetDisabled(ctx, parent.ID, true), nodes[1].SetDisabled(ctx, parent.ID, false),
					nodes[1].Synchronise(ctx, parent.ID, false), nodes[0].Unlink(ctx, child.ID), nodes[1].Link(ctx, child.ID, parent.ID),
				} {
					if change != nil {
						t.Errorf("step %d: %v", step, change)
					}
				}
			}
		})
		wg.Wait()
		h.has(child, lim("x", most))
		all, err := h.Check(ctx, child.ID, nil, []string{"x"})
		h.must(err)
		if all.Limits[0].Used != used.Load() {
			t.Errorf("%+v, of %d that were granted", all.Limits[0], used.Load())
		}
	})
}

// TestNobodyConsumesAfterALoss: on PostgreSQL a consumption that is under way
// keeps the rights that it is judged by from changing, until it is committed.
func TestNobodyConsumesAfterALoss(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.URL(t, store.Postgres))
	ctx, parent := t.Context(), h.org("parent", nil)
	h.set(parent, lim("x", 5))
	child := h.org("child", parent)
	_, err := h.Consume(ctx, child.ID, ask("x", 1, "1"))
	h.must(err)
	for _, who := range []*entity.Organisation{child, parent} {
		h.must(h.SetDisabled(ctx, who.ID, false))
		holder, err := h.store.Pool().Begin(ctx) // keeps a consumption from going on once it is judged
		h.must(err)
		_, err = holder.Exec(ctx, "SELECT used FROM limit_usage FOR UPDATE")
		h.must(err)
		consumed, disabled := make(chan error, 1), make(chan error, 1)
		go func() {
			_, err := h.Consume(ctx, child.ID, ask("x", 1, who.Name))
			consumed <- err
		}()
		h.await(1, nil)
		go func() { disabled <- h.SetDisabled(ctx, who.ID, true) }()
		first := h.await(2, disabled)
		h.must(holder.Rollback(ctx))
		if err := <-consumed; err == nil && first {
			t.Errorf("units were granted after %s was disabled", who.Name)
		}
		if !first {
			h.must(<-disabled)
		}
	}
}

// await waits until so many transactions wait for a lock, or done says that one
// does not: then true.
func (h *house) await(waiting int, done chan error) bool {
	h.t.Helper()
	for n := 0; n < waiting; {
		select {
		case err := <-done:
			h.must(err)
			return true
		default:
		}
		h.must(h.store.Read().NewRaw(`SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(h.t.Context(), &n))
	}
	return false
}
