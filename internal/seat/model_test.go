package seat_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
)

// model is the floating rules in the plainest form: who holds until when. A
// seat is free when fewer than limit leases live; there are no rows, pools or
// reaping in it.
type model struct {
	now   time.Time
	limit int64
	ends  map[string]time.Time
	token map[string]string
}

func (m *model) lives(who string) bool { return m.ends[who].After(m.now) }

func (m *model) live() (n int64) {
	for who := range m.ends {
		if m.lives(who) {
			n++
		}
	}
	return n
}

// request says whether a seat is granted and whether it is the one held before.
func (m *model) request(who string) (granted, same bool) {
	if same = m.lives(who); !same && m.live() >= m.limit {
		return false, false
	}
	m.ends[who] = m.now.Add(lease)
	return true, same
}

func (m *model) heartbeat(who string) bool {
	if !m.lives(who) {
		return false
	}
	m.ends[who] = m.now.Add(lease)
	return true
}

func (m *model) release(who string) bool {
	held := m.lives(who)
	delete(m.ends, who)
	return held
}

func TestFloatingFollowsTheModel(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		rapid.Check(t, func(rt *rapid.T) {
			limit := rapid.Int64Range(0, 4).Draw(rt, "limit")
			lic := h.license(entity.Floating, sites(limit))
			m := &model{now: h.clock.Read().Lease, limit: limit, ends: map[string]time.Time{}, token: map[string]string{}}
			who := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f"})
			lost := func(rt *rapid.T, err error) {
				if !fault.Is(err, fault.TokenExpired) && !fault.Is(err, fault.TokenNotFound) {
					rt.Fatalf("a seat not held: %v", err)
				}
			}
			rt.Repeat(map[string]func(*rapid.T){
				"request": func(rt *rapid.T) {
					id := who.Draw(rt, "who")
					granted, same := m.request(id)
					g, err := h.request(lic, id)
					if !granted {
						wantFault(t, err, fault.NoSeatAvailable)
						return
					}
					if err != nil || same && g.Token != m.token[id] || !same && g.Token == m.token[id] || !g.ExpireAt.Std().Equal(m.ends[id]) {
						rt.Fatalf("request by %s (same %v): %+v, %v; model %+v", id, same, g, err, m)
					}
					m.token[id] = g.Token
				},
				"heartbeat": func(rt *rapid.T) {
					id := who.Draw(rt, "who")
					_, err := h.Heartbeat(context.Background(), "x"+m.token[id], client(id))
					lost(rt, err)
					if m.token[id] == "" {
						return
					}
					_, err = h.Heartbeat(context.Background(), m.token[id], client(id))
					if m.heartbeat(id) != (err == nil) {
						rt.Fatalf("heartbeat of %s: %v; model %+v", id, err, m)
					}
					if err != nil {
						lost(rt, err)
					}
				},
				"release": func(rt *rapid.T) {
					id := who.Draw(rt, "who")
					if m.token[id] == "" {
						return
					}
					_, err := h.Release(context.Background(), m.token[id], client(id))
					if m.release(id) != (err == nil) {
						rt.Fatalf("release by %s: %v; model %+v", id, err, m)
					}
				},
				"pass": func(rt *rapid.T) {
					// Sampled, because rapid's integers are mostly small ones.
					h.clock.Advance(rapid.SampledFrom([]time.Duration{time.Microsecond, lease / 3, lease / 2, lease - time.Microsecond, lease}).Draw(rt, "d"))
					m.now = h.clock.Read().Lease
				},
				"limit": func(rt *rapid.T) {
					m.limit = rapid.Int64Range(0, 4).Draw(rt, "limit")
					h.change(lic, func(l *entity.License) { l.MaxAllowedSites = sites(m.limit) })
				},
				"sweep": func(rt *rapid.T) {
					if _, err := h.Sweep(context.Background()); err != nil {
						rt.Fatal(err)
					}
				},
				"": func(rt *rapid.T) {
					if rows, held := h.books(lic); rows != held || held < m.live() {
						rt.Fatal(fmt.Sprintf("%d rows, pool %d, model holds %d", rows, held, m.live()))
					}
				},
			})
		})
	})
}
