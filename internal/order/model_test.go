package order_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/order"
	"github.com/licet/licet/internal/seat"
)

// model is an order in the plainest form: which machines have what, and since
// when their terms count.
type model struct {
	allowed, deactivations int
	enabled                bool
	have                   map[int]order.State // InProgress or Success
	first                  map[int]time.Time
	text                   map[int]string // of those that are ready
}

// take is how a machine comes to an activation: the code of the refusal, or "".
func (m *model) take(who int, now time.Time) fault.Code {
	switch _, has := m.have[who]; {
	case !m.enabled:
		return fault.OrderDisabled
	case has:
		return ""
	case len(m.have) >= m.allowed:
		return fault.ActivationsExhausted
	}
	m.have[who] = order.InProgress
	if m.first[who].IsZero() {
		m.first[who] = now
	}
	return ""
}

func (m *model) giveBack(who int) fault.Code {
	switch m.have[who] {
	case "":
		if m.enabled {
			return fault.LicenseMissing
		}
		return fault.OrderDisabled
	}
	switch {
	case !m.enabled:
		return fault.OrderDisabled
	case m.have[who] == order.InProgress, m.deactivations == 0:
		return fault.CannotDeactivate
	}
	m.deactivations--
	m.drop(who)
	return ""
}

func (m *model) drop(who int) {
	delete(m.have, who)
	delete(m.text, who)
}

// asSeat is a refusal as seat calls word it.
func asSeat(code fault.Code) fault.Code {
	switch code {
	case fault.OrderDisabled:
		return fault.LicenseRevoked
	case fault.ActivationsExhausted:
		return fault.NoSeatAvailable
	case fault.LicenseMissing:
		return fault.TokenNotFound
	}
	return code
}

func TestOrdersFollowTheModel(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		rapid.Check(t, func(rt *rapid.T) {
			const deactivations = 4
			m := &model{allowed: 2, deactivations: deactivations, enabled: true,
				have: map[int]order.State{}, first: map[int]time.Time{}, text: map[int]string{}}
			key := h.order(2, func(in *order.Input) { in.DeactivationsAllowed = whole(deactivations) })
			who := rapid.IntRange(0, 3)
			want := func(rt *rapid.T, err error, code fault.Code) {
				rt.Helper()
				if code == "" && err != nil || code != "" && !fault.Is(err, code) {
					rt.Fatalf("got %v, want %q; model %+v", err, code, m)
				}
			}
			rt.Repeat(map[string]func(*rapid.T){
				"generate": func(rt *rapid.T) {
					i := who.Draw(rt, "who")
					_, err := h.generate(key, machine(i))
					want(rt, err, m.take(i, h.clock.Read().Wall))
				},
				"activate": func(rt *rapid.T) {
					i := who.Draw(rt, "who")
					_, err := h.activate(key, machine(i), "")
					code := m.take(i, h.clock.Read().Wall)
					if want(rt, err, asSeat(code)); code == "" {
						m.have[i] = order.Success
					}
				},
				"make": func(rt *rapid.T) {
					due := 0
					for i, state := range m.have {
						if state == order.InProgress {
							due++
							m.have[i] = order.Success
						}
					}
					if n, err := h.MakeDue(t.Context()); err != nil || n != due {
						rt.Fatalf("made %d, %v; model %+v", n, err, m)
					}
				},
				"deactivate": func(rt *rapid.T) {
					i := who.Draw(rt, "who")
					want(rt, h.Deactivate(t.Context(), key, ids(t, machine(i))), m.giveBack(i))
				},
				"deactivate as an application": func(rt *rapid.T) {
					i := who.Draw(rt, "who")
					_, err := h.seats.Deactivate(t.Context(), key, seat.Client{MachineID: machine(i)})
					want(rt, err, asSeat(m.giveBack(i)))
				},
				"delete the token": func(rt *rapid.T) {
					i := who.Draw(rt, "who")
					if m.have[i] == "" || !m.enabled {
						return
					}
					o, err := h.Get(t.Context(), key)
					h.must(err)
					g, err := h.Generated(t.Context(), key, ids(t, machine(i)))
					h.must(err)
					want(rt, h.books.DeleteToken(t.Context(), o.LicenseID, g.ID), "")
					m.drop(i)
				},
				"change": func(rt *rapid.T) {
					m.allowed, m.enabled = rapid.IntRange(0, 3).Draw(rt, "allowed"), rapid.IntRange(0, 3).Draw(rt, "enabled") > 0
					h.change(key, order.Input{Enabled: &m.enabled, Terms: order.Terms{ActivationsAllowed: whole(int64(m.allowed))}})
				},
				"pass": func(*rapid.T) { h.clock.Advance(24 * time.Hour) },
				"look": func(rt *rapid.T) {
					if m.enabled {
						m.compare(rt, h, key)
					}
				},
				"": func(*rapid.T) { h.agree(key, int64(len(m.have))) },
			})
			h.exec(`DELETE FROM order_jobs WHERE token_id IN (SELECT token_id FROM order_activations WHERE NOT ready)`)
			h.exec(`UPDATE order_activations SET ready = TRUE`)
		})
	})
}

// compare asks for each machine: its state, its end, and that its text never
// changes.
func (m *model) compare(rt *rapid.T, h *house, key string) {
	for i := range 4 {
		if got := h.state(key, machine(i)); got != m.have[i] {
			rt.Fatalf("machine %d is %q; model %+v", i, got, m)
		}
		if m.have[i] != order.Success {
			continue
		}
		g, err := h.Generated(h.t.Context(), key, ids(h.t, machine(i)))
		h.must(err)
		if end := m.first[i].AddDate(0, 0, 90).Format(time.DateOnly); g.Expiration.Date() != end {
			rt.Fatalf("machine %d ends on %s, want %s", i, g.Expiration, end)
		}
		if m.text[i] == "" {
			m.text[i] = g.Content
		}
		if g.Content == "" || g.Content != m.text[i] {
			rt.Fatalf("the text of machine %d has become\n%s", i, g.Content)
		}
	}
}
