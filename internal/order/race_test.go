package order_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/order"
	"github.com/licet/licet/internal/seat"
)

// TestHundredsOfRetriesTakeOneSlot, through both doors and on two nodes.
func TestHundredsOfRetriesTakeOneSlot(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		key := h.order(5)
		nodes := []*house{h, h.node()}
		var all sync.WaitGroup
		var seen sync.Map
		for i := range 500 {
			all.Go(func() {
				n := nodes[i%2]
				if i%10 == 0 {
					g, err := n.activate(key, host, fmt.Sprint(i))
					if err != nil {
						t.Error(err)
						return
					}
					seen.Store(g.Token, true)
					return
				}
				g, err := n.generate(key, host)
				if err != nil {
					t.Error(err)
					return
				}
				seen.Store(g.ID, true)
			})
		}
		all.Wait()
		different := 0
		seen.Range(func(any, any) bool { different++; return true })
		if different != 2 { // one id, one token
			t.Errorf("%d ids and tokens of one activation", different)
		}
		_, err := h.MakeDue(t.Context())
		h.must(err)
		h.agree(key, 1)
	})
}

// holders is who holds activations for certain: from the answer on, until giving
// back is begun.
type holders struct {
	mu   sync.Mutex
	held map[int]bool
	peak int
}

func (s *holders) set(machine int, is bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[machine] = is; !is {
		delete(s.held, machine)
	}
	s.peak = max(s.peak, len(s.held))
}

// TestNeverMoreThanAllowed: machines come and go through both doors while
// licenses are made, fail, and the order is changed: never more are held than
// allowed, and no more is deactivated.
func TestNeverMoreThanAllowed(t *testing.T) {
	for _, c := range []struct{ allowed, deactivations int64 }{{1, 1}, {7, 3}} {
		t.Run(fmt.Sprint(c.allowed), func(t *testing.T) {
			eachEngine(t, func(t *testing.T, h *house) { raceFor(t, h, c.allowed, c.deactivations) })
		})
	}
}

func raceFor(t *testing.T, h *house, allowed, deactivations int64) {
	const machines, rounds = 24, 4
	key := h.order(allowed, func(in *order.Input) { in.DeactivationsAllowed = whole(deactivations) })
	certain, nodes := &holders{held: map[int]bool{}}, []*house{h, h.node()}
	var given atomic.Int64
	fine := func(err error, codes ...fault.Code) bool {
		if err == nil {
			return true
		}
		for _, code := range append(codes, fault.OrderDisabled, fault.LicenseRevoked) {
			if fault.Is(err, code) {
				return false
			}
		}
		t.Errorf("a machine was told: %v", err)
		return false
	}
	ctx, stop := context.WithCancel(t.Context())
	var working, all sync.WaitGroup
	for _, n := range nodes {
		working.Go(func() { n.Work(ctx, func(err error) { t.Error(err) }) })
	}
	working.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			in := order.Input{Enabled: ptr(i%4 != 3), Terms: order.Terms{Description: ptr(fmt.Sprint(i))}}
			if _, err := h.Update(ctx, key, in); err != nil && ctx.Err() == nil {
				t.Errorf("change: %v", err)
			}
			if held := h.held(key); held > allowed {
				t.Errorf("%d of %d are held", held, allowed)
			}
		}
	})
	for i := range machines {
		all.Go(func() {
			n, c := nodes[i%2], seat.Client{MachineID: machine(i)}
			for range rounds {
				switch rand.IntN(4) {
				case 0, 1:
					if _, err := n.activate(key, c.MachineID, ""); fine(err, fault.NoSeatAvailable) {
						certain.set(i, true)
					}
				case 2:
					_, err := n.generate(key, c.MachineID)
					fine(err, fault.ActivationsExhausted)
				case 3:
					certain.set(i, false)
					var err error
					if i%4 == 0 {
						_, err = n.seats.Deactivate(context.Background(), key, c)
					} else {
						err = n.Deactivate(context.Background(), key, ids(t, c.MachineID))
					}
					if fine(err, fault.CannotDeactivate, fault.LicenseMissing, fault.TokenNotFound) {
						given.Add(1)
					}
				}
			}
		})
	}
	all.Wait()
	stop()
	working.Wait()
	if certain.peak > int(allowed) {
		t.Errorf("%d machines were told that they have one of %d activations", certain.peak, allowed)
	}
	h.change(key, order.Input{Enabled: ptr(true)})
	_, err := h.MakeDue(t.Context())
	h.must(err)
	o, err := h.Get(t.Context(), key)
	h.must(err)
	if o.DeactivationsUsed != given.Load() || o.DeactivationsUsed > deactivations {
		t.Errorf("%d deactivations are counted, %d were done of %d", o.DeactivationsUsed, given.Load(), deactivations)
	}
	h.agree(key, o.Activated)
	if o.Activated > allowed {
		t.Errorf("%d of %d are held", o.Activated, allowed)
	}
}

// held is read while others write.
func (h *house) held(key string) (n int64) {
	err := h.store.Read().NewRaw(`SELECT p.held FROM seat_pools p JOIN licenses l ON l.id = p.license_id
		WHERE l.user_key = ? AND p.kind = 1`, key).Scan(context.Background(), &n)
	if err != nil {
		h.t.Error(err)
	}
	return n
}
