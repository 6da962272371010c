package order

import (
	"context"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
)

// Counters is the account's pool of activations and what is left of it.
type Counters struct {
	settings.Orders
	Left             int64
	SubscriptionLeft int64
}

// Counters counts the activations of license orders that are held now against
// the account's pool: the subscription's first, then the others.
func (s *Service) Counters(ctx context.Context) (*Counters, error) {
	var held int64
	err := s.store.Read().NewRaw(`SELECT COALESCE(SUM(p.held), 0) FROM license_orders o
		JOIN seat_pools p ON p.license_id = o.license_id AND p.kind = ?`, entity.PoolActivation).Scan(ctx, &held)
	if err != nil {
		return nil, fmt.Errorf("count the activations: %w", store.Normalise(err))
	}
	c := &Counters{Orders: s.settings()}
	today := s.now().Date()
	if c.SubscriptionActivations > 0 && c.SubscriptionStart <= today && today <= c.SubscriptionEnd {
		c.SubscriptionLeft = max(0, int64(c.SubscriptionActivations)-held)
		held = max(0, held-int64(c.SubscriptionActivations))
	}
	if c.Activations == settings.MaxActivations { // without a limit nothing is used up
		held = 0
	}
	if c.ActivationsExpire == "" || today <= c.ActivationsExpire {
		c.Left = max(0, int64(c.Activations)-held)
	}
	return c, nil
}
