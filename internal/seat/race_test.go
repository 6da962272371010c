package seat_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/seat"
)

// event is one line of the history: from a grant's answer on the seat is
// certainly held, from a release's call on, or from the end of the lease, it
// may be given away.
type event struct {
	who   string
	token string
	held  bool
	ends  time.Time
}

// history is written by all workers of a license; the order of its lines is a
// possible order of what happened.
type history struct {
	mu     sync.Mutex
	events []event
}

func (hs *history) note(e event) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	hs.events = append(hs.events, e)
}

// pass notes that the clock now stands at now: what has ended is not held.
func (hs *history) pass(now time.Time) { hs.note(event{ends: now}) }

// judge replays the history: never may more than limit seats be certainly
// held, no token may be two identities', and a live identity keeps its token.
func (hs *history) judge(t *testing.T, limit int) (peak int) {
	t.Helper()
	held, owner := map[string]event{}, map[string]string{}
	for i, e := range hs.events {
		switch {
		case e.who == "":
			for who, h := range held {
				if !h.ends.After(e.ends) {
					delete(held, who)
				}
			}
		case !e.held:
			delete(held, e.who)
		default:
			if before, ok := held[e.who]; ok && before.token != e.token {
				t.Fatalf("event %d: %s held %s and got %s", i, e.who, before.token, e.token)
			}
			if who, ok := owner[e.token]; ok && who != e.who {
				t.Fatalf("event %d: %s went to %s and %s", i, e.token, who, e.who)
			}
			held[e.who], owner[e.token] = e, e.who
		}
		if peak = max(peak, len(held)); len(held) > limit {
			t.Fatalf("event %d: %d seats held of %d", i, len(held), limit)
		}
	}
	return peak
}

// worker is one process with an identity of its own; it acts at random and
// sometimes dies without a word.
type worker struct {
	who   string
	token string
	ends  time.Time
}

func (w *worker) act(h *house, lic *entity.License, hs *history) error {
	ctx, now := context.Background(), h.clock.Read().Lease
	alive := w.token != "" && w.ends.After(now)
	switch n := rand.IntN(10); {
	case n < 5 || w.token == "":
		g, err := h.request(lic, w.who)
		if fault.Is(err, fault.NoSeatAvailable) && !alive {
			return nil
		}
		if err != nil {
			return fmt.Errorf("request by %s (alive %v): %w", w.who, alive, err)
		}
		w.token, w.ends = g.Token, g.ExpireAt.Std()
		hs.note(event{who: w.who, token: w.token, held: true, ends: w.ends})
	case n < 7:
		b, err := h.Heartbeat(ctx, w.token, client(w.who))
		if alive != (err == nil) {
			return fmt.Errorf("heartbeat of %s (alive %v): %w", w.who, alive, err)
		}
		if err == nil {
			w.ends = b.ExpireAt.Std()
			hs.note(event{who: w.who, token: w.token, held: true, ends: w.ends})
		}
	case n < 9:
		hs.note(event{who: w.who})
		_, err := h.Release(ctx, w.token, client(w.who))
		if alive != (err == nil) {
			return fmt.Errorf("release by %s (alive %v): %w", w.who, alive, err)
		}
		w.token = ""
	default:
		w.token = "" // abandoned: the server still counts it until it lapses
	}
	return nil
}

// TestNeverOverIssued lets hundreds of workers race for 1, 7 and 1,000 seats
// while leases are renewed, released, abandoned and lapse.
func TestNeverOverIssued(t *testing.T) {
	for _, c := range []struct{ limit, workers, identities, rounds int }{{1, 200, 1, 5}, {7, 200, 1, 5}, {1000, 300, 4, 3}} {
		t.Run(fmt.Sprint(c.limit), func(t *testing.T) {
			eachEngine(t, func(t *testing.T, h *house) {
				lic, hs := h.license(entity.Floating, sites(int64(c.limit))), &history{}
				workers := make([][]worker, c.workers)
				for i := range workers {
					for k := range c.identities {
						workers[i] = append(workers[i], worker{who: fmt.Sprintf("w%d-%d", i, k)})
					}
				}
				for range c.rounds {
					var wg sync.WaitGroup
					for i := range workers {
						wg.Go(func() {
							for k := range workers[i] {
								for range 3 {
									if err := workers[i][k].act(h, lic, hs); err != nil {
										t.Error(err)
										return
									}
								}
							}
						})
					}
					wg.Wait()
					h.clock.Advance(lease / 2)
					hs.pass(h.clock.Read().Lease)
				}
				if peak := hs.judge(t, c.limit); peak < min(c.limit, 500) {
					t.Errorf("the race never held more than %d of %d seats", peak, c.limit)
				}
				if rows, held := h.books(lic); rows != held || held > int64(c.limit) {
					t.Fatalf("%d rows, pool says %d, limit %d", rows, held, c.limit)
				}
				nothingLeaked(t, h, lic, c.limit)
			})
		})
	}
}

// nothingLeaked lets all leases lapse; then every seat can be had again, and
// not one more.
func nothingLeaked(t *testing.T, h *house, lic *entity.License, limit int) {
	t.Helper()
	h.clock.Advance(lease)
	if _, err := h.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.agree(lic, 0)
	var wg sync.WaitGroup
	var mu sync.Mutex
	granted := 0
	for i := range limit + 25 {
		wg.Go(func() {
			_, err := h.request(lic, fmt.Sprint("after", i))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				granted++
			} else if !fault.Is(err, fault.NoSeatAvailable) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if granted != limit {
		t.Fatalf("%d of %d seats could be had after the race", granted, limit)
	}
	h.agree(lic, int64(limit))
}

// TestThousandRetriesOfOneIdentity: one seat, one token, whatever the mode and
// whether the identity is new or its lease has lapsed.
func TestThousandRetriesOfOneIdentity(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		floating, activation := h.license(entity.Floating, sites(1)), h.license(entity.Activation, sites(1))
		first := retry(t, 1000, func() (*seat.Grant, error) { return h.request(floating, "one") })
		h.agree(floating, 1)
		h.clock.Advance(lease)
		if second := retry(t, 1000, func() (*seat.Grant, error) { return h.request(floating, "one") }); second == first {
			t.Error("the lapsed lease came back under its old token")
		}
		h.agree(floating, 1)
		retry(t, 1000, func() (*seat.Grant, error) { return h.activate(activation, "one") })
		h.agree(activation, 1)
		if n := copies(t, h); n != 1 {
			t.Errorf("%d node-locked copies of one activation", n)
		}
	})
}

// retry calls n times at once and returns the one token that all of them got.
func retry(t *testing.T, n int, call func() (*seat.Grant, error)) string {
	t.Helper()
	tokens := make([]string, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			g, err := call()
			if err != nil {
				t.Error(err)
				return
			}
			tokens[i] = g.Token
		})
	}
	wg.Wait()
	slices.Sort(tokens)
	if got := slices.Compact(tokens); len(got) != 1 || got[0] == "" {
		t.Fatalf("%d tokens for one identity", len(got))
	}
	return tokens[0]
}

// TestActivationsRace: more machines than seats, each activating and
// deactivating; the books and the copies agree afterwards.
func TestActivationsRace(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		const limit, machines = 7, 150
		lic, hs := h.license(entity.Activation, sites(limit)), &history{}
		var wg sync.WaitGroup
		for i := range machines {
			wg.Go(func() {
				who := fmt.Sprint("m", i)
				for range 4 {
					g, err := h.activate(lic, who)
					if fault.Is(err, fault.NoSeatAvailable) {
						continue
					}
					if err != nil {
						t.Error(err)
						return
					}
					hs.note(event{who: who, token: g.Token, held: true})
					if rand.IntN(4) == 0 {
						return // stays activated
					}
					hs.note(event{who: who})
					if _, err := h.Deactivate(context.Background(), lic.UserKey, client(who)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		hs.judge(t, limit)
		rows, held := h.books(lic)
		if n := copies(t, h); rows != held || held > limit || n != held {
			t.Fatalf("%d rows, pool says %d, %d copies", rows, held, n)
		}
	})
}

// TestChangesRaceWithClaims lowers and raises the limit, revokes and restores
// under load: no error but the named denials, and the books agree.
func TestChangesRaceWithClaims(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		lic := h.license(entity.Floating, sites(5))
		user := *lic
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Go(func() {
				for range 10 {
					g, err := h.request(&user, fmt.Sprint(i))
					if err == nil {
						_, err = h.Release(context.Background(), g.Token, client(fmt.Sprint(i)))
					}
					if err != nil && !fault.Is(err, fault.NoSeatAvailable) && !fault.Is(err, fault.LicenseRevoked) {
						t.Error(err)
					}
				}
			})
		}
		for i := range 30 {
			h.change(lic, func(l *entity.License) {
				l.MaxAllowedSites, l.Revoked = sites(int64(i%7)), i%5 == 4
			})
		}
		wg.Wait()
		h.agree(lic, 0)
	})
}

// TestClaimsRaceWithAPoolThatAppears: a license is issued, gets a known key, or
// becomes a floating one, while clients already ask for its one seat.
func TestClaimsRaceWithAPoolThatAppears(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		for round := range 30 {
			key := fmt.Sprint("APPEARS-", round)
			var lic *entity.License
			appear := map[int]func(){
				0: func() { lic = h.license(entity.Floating, sites(1), func(l *entity.License) { l.UserKey = key }) },
				1: func() { h.change(lic, func(l *entity.License) { l.UserKey = key }) },
				2: func() { h.change(lic, func(l *entity.License) { l.LicensingMode = entity.Floating }) },
			}[round%3]
			switch round % 3 {
			case 1:
				lic = h.license(entity.Floating, sites(1))
			case 2:
				lic = h.license(entity.File, sites(1), func(l *entity.License) { l.UserKey = key })
			}
			var wg sync.WaitGroup
			for i := range 8 {
				wg.Go(func() {
					for range 400 {
						_, err := h.Request(context.Background(), key, client(fmt.Sprint(i)))
						if err == nil || fault.Is(err, fault.NoSeatAvailable) {
							return
						}
						if !fault.Is(err, fault.LicenseKeyNotFound) && !fault.Is(err, fault.WrongLicensingMode) {
							t.Error(err)
							return
						}
					}
				})
			}
			appear()
			wg.Wait()
			if rows, held := h.books(lic); rows != held || held > 1 {
				t.Fatalf("round %d: %d token rows of 1 seat, pool says %d", round, rows, held)
			}
		}
	})
}
