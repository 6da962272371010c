package order_test

import (
	"context"
	"testing"
	"time"

	"github.com/licet/licet/internal/order"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// TestAnotherNodeTakesOver: what a node that died had in hand is made by another:
// on SQLite at the next start, on PostgreSQL when the lease is over. Should the
// first one live after all, it changes nothing.
func TestAnotherNodeTakesOver(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		key := h.order(3)
		_, err := h.generate(key, host)
		h.must(err)
		held, err := h.Claim(t.Context())
		h.must(err)
		if len(held) != 1 {
			t.Fatalf("claimed %d", len(held))
		}
		other := h.node()
		other.make(0)
		if h.store.Engine() == store.SQLite {
			h.must(other.Recover(t.Context()))
		} else {
			h.clock.Advance(time.Minute)
		}
		taken, err := other.Claim(t.Context())
		h.must(err)
		h.exec(`UPDATE licenses SET features = replace(features, 'Term', 'no name') WHERE user_key = ?`, key)
		h.must(h.Finish(t.Context(), held[0])) // it would fail now
		if s := h.state(key, host); s != order.InProgress || len(taken) != 1 {
			t.Fatalf("the late one has made it %q; claimed %d", s, len(taken))
		}
		h.exec(`UPDATE licenses SET features = replace(features, 'no name', 'Term') WHERE user_key = ?`, key)
		h.must(other.Finish(t.Context(), taken[0]))
		made, err := h.Generated(t.Context(), key, ids(t, host))
		h.must(err)
		h.exec(`UPDATE licenses SET features = replace(features, 'Term', 'no name') WHERE user_key = ?`, key)
		h.must(h.Finish(t.Context(), held[0]))
		if again, err := h.Generated(t.Context(), key, ids(t, host)); err != nil || again.State != order.Success || again.Content != made.Content {
			t.Errorf("after the late one: %+v, %v", again, err)
		}
		h.agree(key, 1)
	})
}

// TestAJobSurvivesARestart: nothing is lost between the answer and the license.
func TestAJobSurvivesARestart(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		h := newHouse(t, url)
		key := h.order(3)
		for n := range 3 {
			_, err := h.generate(key, machine(n))
			h.must(err)
		}
		h.must(h.store.Close())
		again := *h
		again.store = storetest.Open(t, url)
		next := again.node()
		next.make(3)
		next.agree(key, 3)
		for n := range 3 {
			if s := next.state(key, machine(n)); s != order.Success {
				t.Errorf("%d is %s", n, s)
			}
		}
	})
}

// TestAFailedJobFreesItsSlot, tells why, holds up no other, and can be tried
// again, when it is the first activation still.
func TestAFailedJobFreesItsSlot(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		bad, good := h.order(1), h.order(1)
		h.exec(`UPDATE licenses SET features = replace(features, 'Term', 'no name') WHERE user_key = ?`, bad)
		for _, key := range []string{bad, good} {
			_, err := h.generate(key, host)
			h.must(err)
		}
		h.make(2)
		h.agree(bad, 0)
		h.agree(good, 1)
		g, err := h.Generated(t.Context(), bad, ids(t, host))
		h.must(err)
		if g.State != order.Failed || len(g.Errors) != 1 || len(g.HostIDs) != 2 || !g.Errors[0].Time.Std().Equal(testStart) {
			t.Fatalf("failed: %+v", g)
		}
		has(t, g.Errors[0].Message, `"no name"`)
		if n := h.number(`SELECT COUNT(*) FROM first_activations`); n != 1 {
			t.Errorf("%d first activations", n)
		}
		h.exec(`UPDATE licenses SET features = replace(features, 'no name', 'Term') WHERE user_key = ?`, bad)
		h.clock.Advance(24 * time.Hour)
		if again := h.license(bad, host); again.Expiration.Date() != "2026-05-31" {
			t.Errorf("the term began when nothing was generated: %s", again.Expiration)
		}
		h.agree(bad, 1)
		// Whoever has the key cannot fill the books with failures.
		h.exec(`INSERT INTO order_failures (license_id, digest, sent_digest, asked_at, message, created_at) SELECT l.id, 'd', 'd', 0, 'bad', 0
			FROM licenses l, (SELECT 0 FROM server_state s1, order_activations a, resources r1, resources r2, resources r3, resources r4, resources r5, resources r6, resources r7) many
			WHERE l.user_key = ?`, bad)
		h.change(bad, order.Input{Terms: order.Terms{ActivationsAllowed: whole(2)}})
		h.exec(`UPDATE licenses SET features = replace(features, 'Term', 'no name') WHERE user_key = ?`, bad)
		_, err = h.generate(bad, machine(2))
		h.must(err)
		h.make(1)
		if n := h.number(`SELECT COUNT(*) FROM order_failures`); n != 100 {
			t.Errorf("%d failures are kept", n)
		}
		h.agree(bad, 1)
	})
}

// TestWhatPassesIsTriedAgain, less and less often, and not for ever.
func TestWhatPassesIsTriedAgain(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		key := h.order(1)
		broken := h.node() // it has not read the signing key yet
		h.exec(`CREATE TABLE sealed AS SELECT id, sealed FROM resources`)
		h.exec(`UPDATE resources SET sealed = substr(sealed, 2)`)
		_, err := broken.generate(key, host)
		h.must(err)
		for _, pause := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
			if n, err := broken.MakeDue(t.Context()); n != 1 || err == nil {
				t.Fatalf("tried %d, %v", n, err)
			}
			h.clock.Advance(pause - time.Millisecond)
			broken.make(0)
			if broken.state(key, host) != order.InProgress {
				t.Fatal("given up")
			}
			h.clock.Advance(time.Millisecond)
		}
		h.exec(`UPDATE resources SET sealed = (SELECT s.sealed FROM sealed s WHERE s.id = resources.id)`)
		broken.make(1)
		h.agree(key, 1)

		h.exec(`UPDATE resources SET sealed = substr(sealed, 2)`)
		other, never := h.order(1), h.node()
		_, err = never.generate(other, host)
		h.must(err)
		h.clock.Advance(24 * time.Hour)
		if n, err := never.MakeDue(t.Context()); n != 1 || err == nil {
			t.Fatalf("tried %d, %v", n, err)
		}
		if never.state(other, host) != order.Failed {
			t.Error("tried for ever")
		}
		h.agree(other, 0)
	})
}

// TestManyNodesOneQueue: several workers at once; each license is
// made once, and Work ends when it is told to.
func TestManyNodesOneQueue(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		const machines = 60
		key := h.order(machines)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 3)
		nodes := []*house{h, h.node(), h.node()}
		for _, n := range nodes {
			go func() {
				var first error
				n.Work(ctx, func(err error) { first = err })
				ended <- first
			}()
		}
		for n := range machines {
			_, err := nodes[n%3].generate(key, machine(n))
			h.must(err)
		}
		for h.number(`SELECT COUNT(*) FROM order_jobs`) > 0 {
			if err := ctx.Err(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Millisecond)
		}
		stop()
		for range nodes {
			h.must(<-ended)
		}
		h.agree(key, machines)
		if n := h.number(`SELECT COUNT(DISTINCT content) FROM order_activations WHERE ready`); n != machines {
			t.Errorf("%d different texts", n)
		}
		if n := h.number(`SELECT COUNT(*) FROM order_failures`); n != 0 {
			t.Errorf("%d failures", n)
		}
	})
}

// TestAClockSetBackHoldsUpNoJob: whether it waits for a second try or was in
// hand, and on the next start too.
func TestAClockSetBackHoldsUpNoJob(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		key := h.order(3)
		_, err := h.generate(key, machine(1))
		h.must(err)
		h.clock.Step(-1000 * time.Hour)
		h.make(1)
		if s := h.state(key, machine(1)); s != order.Success {
			t.Errorf("what waited is %s", s)
		}
		_, err = h.generate(key, machine(2))
		h.must(err)
		if held, err := h.Claim(t.Context()); err != nil || len(held) != 1 {
			t.Fatalf("claimed %d, %v", len(held), err)
		}
		h.make(0)
		h.clock.Step(-1000 * time.Hour)
		h.make(1)
		if s := h.state(key, machine(2)); s != order.Success {
			t.Errorf("what was in hand is %s", s)
		}
		h.agree(key, 2)
	})
}

// TestAChangeCountsForWhatIsMadeAfterwards, also for what is being made meanwhile.
func TestAChangeCountsForWhatIsMadeAfterwards(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		key := h.order(3)
		_, err := h.generate(key, host)
		h.must(err)
		held, err := h.Claim(t.Context())
		h.must(err)
		h.must(h.FinishLate(t.Context(), held[0], func() {
			f := feature("F", "fixed")
			f.ExpirationDate = ptr("2026-04-01")
			h.change(key, order.Input{Terms: order.Terms{Features: &[]order.FeatureInput{f}}})
		}))
		if s := h.state(key, host); s != order.InProgress {
			t.Errorf("what was made of the old order is %s", s)
		}
		h.make(1)
		g, err := h.Generated(t.Context(), key, ids(t, host))
		h.must(err)
		if end := g.Expiration.Date(); end != "2026-04-01" || h.verified(g.Content).Features[0].End != end {
			t.Errorf("it ends on %q, by its text\n%s", end, g.Content)
		}
		h.agree(key, 1)
	})
}
