package seat_test

import (
	"context"
	"sync"
	"testing"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/store"
)

func (h *house) remove(lic *entity.License, token int64) error {
	return h.store.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		return seat.RemoveToken(ctx, tx, lic.ID, token)
	})
}

// tokenIDs are the ids of a license's tokens.
func (h *house) tokenIDs(lic *entity.License) []int64 {
	h.t.Helper()
	var ids []int64
	err := h.store.Read().NewSelect().Model((*entity.LicenseToken)(nil)).Column("id").Where("license_id = ?", lic.ID).Order("id").Scan(context.Background(), &ids)
	if err != nil {
		h.t.Fatal(err)
	}
	return ids
}

func TestRemovedTokensFreeTheirSeats(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		activation, floating := h.license(entity.Activation, sites(1)), h.license(entity.Floating, sites(1))
		h.mustActivate(activation, "a")
		h.mustRequest(floating, "a")
		a, f := h.tokenIDs(activation)[0], h.tokenIDs(floating)[0]
		wantFault(t, h.remove(activation, f), fault.TokenNotFound)
		h.agree(floating, 1)
		for lic, token := range map[*entity.License]int64{activation: a, floating: f} {
			if err := h.remove(lic, token); err != nil {
				t.Fatal(err)
			}
			h.agree(lic, 0)
			wantFault(t, h.remove(lic, token), fault.TokenNotFound)
			h.agree(lic, 0)
		}
		if n := copies(t, h); n != 0 {
			t.Errorf("%d node-locked copies left", n)
		}
		h.mustActivate(activation, "b")
		h.mustRequest(floating, "b")
	})
}

// TestRemovalRacesClaims takes tokens away while clients come and go; the pool
// says what the rows say in the end.
func TestRemovalRacesClaims(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		for _, lic := range []*entity.License{h.license(entity.Floating, sites(3)), h.license(entity.Activation, sites(3))} {
			var wg sync.WaitGroup
			for _, who := range []string{"a", "b", "c", "d"} {
				wg.Go(func() {
					for range 10 {
						take := h.request
						if lic.LicensingMode == entity.Activation {
							take = h.activate
						}
						if _, err := take(lic, who); err != nil && !fault.Is(err, fault.NoSeatAvailable) {
							t.Errorf("claim: %v", err)
						}
						for _, id := range h.tokenIDs(lic) {
							if err := h.remove(lic, id); err != nil && !fault.Is(err, fault.TokenNotFound) {
								t.Errorf("remove: %v", err)
							}
						}
					}
				})
			}
			wg.Wait()
			h.agree(lic, int64(len(h.tokenIDs(lic))))
		}
		if n := copies(t, h); n != 0 {
			t.Errorf("%d node-locked copies left", n)
		}
	})
}
