package seat_test

import (
	"context"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// stale is how old a mark is at the most when a server is killed.
const stale = 10 * time.Second

// restarted is the model with servers that come and go. It rewrites every lease
// at a start, as the server must not.
type restarted struct {
	model
	marked time.Time     // the last mark
	lease  time.Duration // the setting
	grace  time.Time     // no lease ends before it that was not over at the start
}

// start is the rule: who lived at the last mark has one more lease, or what he
// was granted since, who had lapsed has not, and lease time does not go back.
func (m *restarted) start(wall time.Time) {
	if m.now = wall; wall.Before(m.marked) {
		m.now = m.marked.Add(stale)
	}
	if one := m.now.Add(m.lease); m.grace.Before(one) {
		m.grace = one
	}
	for who, end := range m.ends {
		if !end.After(m.marked) {
			m.ends[who] = time.Time{}
			continue
		}
		if end.Before(m.grace) {
			m.ends[who] = m.grace
		}
	}
	m.marked = m.now
}

// sweep forgets the rows of leases that have lapsed, but for one's own. A kill
// soon after it cannot bring them back, as it can others that lapsed after the
// last mark: their places were still counted.
func (m *restarted) sweep(own string) {
	for who := range m.ends {
		if who != own && !m.lives(who) {
			delete(m.ends, who)
		}
	}
}

// request reaps when the rows fill the license.
func (m *restarted) request(who string) (granted, same bool) {
	rows := int64(len(m.ends))
	if _, own := m.ends[who]; !own {
		rows++
	}
	if !m.lives(who) && rows > m.limit {
		m.sweep(who)
	}
	if granted, same = m.model.request(who); granted {
		m.renew(who)
	}
	return granted, same
}

func (m *restarted) heartbeat(who string) bool {
	if !m.lives(who) {
		return false
	}
	m.renew(who)
	return true
}

func (m *restarted) renew(who string) {
	if m.ends[who] = m.now.Add(m.lease); m.ends[who].Before(m.grace) {
		m.ends[who] = m.grace
	}
}

// TestRestartsFollowTheModel: any number of restarts in a row, in order or by a
// kill, the clock set anywhere between them, agree with the rule.
func TestRestartsFollowTheModel(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.URL(t, store.SQLite))
	rapid.Check(t, func(rt *rapid.T) {
		lic := h.license(entity.Floating, sites(3))
		start := func() { // a new server on the same books
			h.Service = seat.New(h.store, signer{h.store}, func() settings.Licensing { return h.set }, h.clock)
			if err := h.Recover(t.Context()); err != nil {
				rt.Fatal(err)
			}
		}
		mark := func() {
			if err := h.MarkClock(t.Context()); err != nil {
				rt.Fatal(err)
			}
		}
		h.clock = clock.NewFake(testStart)
		h.set.HeartbeatInterval = settings.HeartbeatInterval(lease / 3)
		h.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.NewRaw(`DELETE FROM server_state WHERE name LIKE 'lease_%'`).Exec(ctx)
			return err
		})
		start()
		m := &restarted{model: model{now: testStart, limit: 3, ends: map[string]time.Time{}, token: map[string]string{}}, marked: testStart, lease: lease, grace: testStart.Add(lease)}
		who := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"})
		lives := func(id string) bool {
			g, err := h.Validate(t.Context(), lic.UserKey, client(id))
			if err != nil {
				if !fault.Is(err, fault.TokenExpired) && !fault.Is(err, fault.TokenNotFound) {
					rt.Fatal(err)
				}
				return false
			}
			if told := g.ExpireAt.Std().Sub(h.clock.Read().Wall); told != m.ends[id].Sub(m.now) {
				rt.Fatalf("%s has %s left by what he is told, %s by the rule", id, told, m.ends[id].Sub(m.now))
			}
			return true
		}
		rt.Repeat(map[string]func(*rapid.T){
			"request": func(rt *rapid.T) {
				id := who.Draw(rt, "who")
				granted, _ := m.request(id)
				g, err := h.request(lic, id)
				if granted != (err == nil) || granted && g.Lease != m.ends[id].Sub(m.now) {
					rt.Fatalf("request by %s: %+v, %v; model %+v", id, g, err, m)
				}
				if granted {
					m.token[id] = g.Token
				}
			},
			"heartbeat": func(rt *rapid.T) {
				id := who.Draw(rt, "who")
				if m.token[id] == "" {
					return
				}
				if _, err := h.Heartbeat(t.Context(), m.token[id], client(id)); m.heartbeat(id) != (err == nil) {
					rt.Fatalf("heartbeat of %s: %v; model %+v", id, err, m)
				}
			},
			"release": func(rt *rapid.T) {
				id := who.Draw(rt, "who")
				if m.token[id] == "" {
					return
				}
				held := m.lives(id)
				if _, err := h.Release(t.Context(), m.token[id], client(id)); held != (err == nil) {
					rt.Fatalf("release by %s: %v; model %+v", id, err, m)
				}
				if held {
					delete(m.ends, id)
				}
			},
			"pass": func(rt *rapid.T) {
				d := rapid.SampledFrom([]time.Duration{time.Microsecond, stale - time.Microsecond, lease / 3, lease - time.Microsecond, lease}).Draw(rt, "d")
				h.clock.Advance(d)
				m.now = m.now.Add(d)
				if m.now.Sub(m.marked) >= stale {
					mark()
					m.marked = m.now
				}
			},
			"step": func(rt *rapid.T) {
				h.clock.Step(rapid.SampledFrom([]time.Duration{time.Second, -time.Second, 5 * lease, -5 * lease}).Draw(rt, "d"))
			},
			"setting": func(rt *rapid.T) {
				m.lease = rapid.SampledFrom([]time.Duration{lease, lease / 10, 4 * lease}).Draw(rt, "lease")
				h.set.HeartbeatInterval = settings.HeartbeatInterval(m.lease / 3)
				if h.set.LeaseTime() != m.lease {
					rt.Fatalf("leases of %s", h.set.LeaseTime())
				}
			},
			"restart": func(rt *rapid.T) {
				if rapid.Bool().Draw(rt, "in order") {
					mark()
					m.marked = m.now
				}
				wall := rapid.SampledFrom([]time.Time{
					h.clock.Read().Wall, h.clock.Read().Wall.Add(time.Second), h.clock.Read().Wall.Add(-time.Second),
					h.clock.Read().Wall.Add(3 * lease), h.clock.Read().Wall.Add(-time.Hour), time.Unix(1, 0).UTC(), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
				}).Draw(rt, "wall")
				h.clock = clock.NewFake(wall)
				start()
				m.start(wall)
				for id, end := range m.ends {
					if end.Sub(m.now) > 4*lease+stale {
						rt.Fatalf("%s has %s left", id, end.Sub(m.now))
					}
				}
			},
			"sweep": func(rt *rapid.T) {
				if _, err := h.Sweep(t.Context()); err != nil {
					rt.Fatal(err)
				}
				m.sweep("")
			},
			"": func(rt *rapid.T) {
				live := 0
				for _, id := range []string{"a", "b", "c", "d", "e"} {
					if lives(id) != m.lives(id) {
						rt.Fatalf("%s lives: %v; model %+v", id, !m.lives(id), m)
					}
					if m.lives(id) {
						live++
					}
				}
				info, err := h.Info(t.Context(), lic.UserKey, seat.Client{})
				if listed := holders(t, info, err); len(listed) != live {
					rt.Fatalf("%d holders listed, %d live", len(listed), live)
				}
				if rows, held := h.books(lic); rows != held || held < int64(live) {
					rt.Fatalf("%d rows, pool %d, %d live", rows, held, live)
				}
			},
		})
	})
}

// TestStartTouchesNoLease: a start writes as little with many leases as with none.
func TestStartTouchesNoLease(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.URL(t, store.SQLite))
	lic := h.license(entity.Floating, nil)
	h.mustRequest(lic, "a")
	rows := func() (text string) {
		t.Helper()
		if err := h.store.Read().NewRaw(`SELECT group_concat(expire_at) FROM license_tokens`).Scan(t.Context(), &text); err != nil {
			t.Fatal(err)
		}
		return text
	}
	before := rows()
	h.clock.Advance(lease / 2)
	if err := h.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := rows(); after != before {
		t.Errorf("the row ends at %s after the start, at %s before", after, before)
	}
}

// A lease that is granted while older ones have their grace is told no shorter
// than it is kept, also where the setting became shorter.
func TestShorterLeasesInTheGrace(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.URL(t, store.SQLite))
	lic := h.license(entity.Floating, sites(2))
	h.mustRequest(lic, "old")
	if err := h.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.set.HeartbeatInterval = settings.HeartbeatInterval(lease / 30)
	h.clock.Advance(lease / 2)
	if g := h.mustRequest(lic, "new"); g.Lease != lease/2 {
		t.Errorf("granted for %s", g.Lease)
	}
	h.clock.Advance(lease/2 - time.Microsecond)
	_, err := h.request(lic, "third")
	wantFault(t, err, fault.NoSeatAvailable)
	h.clock.Advance(time.Microsecond)
	if g := h.mustRequest(lic, "third"); g.Lease != lease/10 {
		t.Errorf("granted for %s", g.Lease)
	}
}
