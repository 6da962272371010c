package order

import (
	"context"
	"errors"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
)

// Counters is the account's pool of activations and what is left of it.
type Counters struct {
	settings.Orders
	Left             int64
	SubscriptionLeft int64
}

// accountPool is one of the account's pools: the name in the books, and how many
// activations it has.
type accountPool struct {
	name  string
	total int64
}

// accountPools are the pools that can be drawn from on a day, in their order: the
// subscription's first. unlimited says that there is no end to them; then only
// the subscription is counted.
func accountPools(o settings.Orders, day string) (pools []accountPool, unlimited bool) {
	if s := subscription(o); s.total > 0 && o.SubscriptionStart <= day && day <= o.SubscriptionEnd {
		pools = append(pools, s)
	}
	if o.ActivationsExpire != "" && day > o.ActivationsExpire {
		return pools, false
	}
	if o.Activations == settings.MaxActivations {
		return pools, true
	}
	return append(pools, single(o)), false
}

// A subscription with another start is another one.
func subscription(o settings.Orders) accountPool {
	return accountPool{"subscription " + o.SubscriptionStart, int64(o.SubscriptionActivations)}
}

func single(o settings.Orders) accountPool { return accountPool{"single", int64(o.Activations)} }

// draw takes one activation of the account, each time that a license is
// generated, and says from which pool; "" where none is counted. It is the last
// that a transaction does: all activations wait for each other there. Fault:
// AccountExhausted.
func (s *Service) draw(ctx context.Context, tx *store.Tx, now entity.Time) (string, error) {
	pools, unlimited := accountPools(s.settings(), now.Date())
	for _, p := range pools {
		if p.total == 0 {
			continue
		}
		var used int64
		err := tx.NewRaw(`INSERT INTO activation_pools (name, used) VALUES (?, 1)
			ON CONFLICT (name) DO UPDATE SET used = activation_pools.used + 1 WHERE activation_pools.used < ? RETURNING used`,
			p.name, p.total).Scan(ctx, &used)
		if err == nil {
			return p.name, nil
		}
		if !errors.Is(store.Normalise(err), store.ErrNoRow) {
			return "", fmt.Errorf("draw an activation: %w", err)
		}
	}
	if unlimited {
		return "", nil
	}
	return "", fault.Named(fault.Forbidden, fault.AccountExhausted, "The account has no activations left")
}

// refund gives back what was drawn for a license that could not be made.
func refund(ctx context.Context, tx *store.Tx, pool string) error {
	if _, err := tx.NewRaw(`UPDATE activation_pools SET used = used - 1 WHERE name = ?`, pool).Exec(ctx); err != nil {
		return fmt.Errorf("refund an activation: %w", err)
	}
	return nil
}

// Counters tells what is left of the account's pools. Each license that was
// generated counts, whether it is still active or not.
func (s *Service) Counters(ctx context.Context) (*Counters, error) {
	c := &Counters{Orders: s.settings()}
	pools, unlimited := accountPools(c.Orders, s.now().Date())
	if unlimited {
		c.Left = settings.MaxActivations
	}
	for _, p := range pools {
		var used int64
		err := s.store.Read().NewRaw(`SELECT COALESCE(SUM(used), 0) FROM activation_pools WHERE name = ?`, p.name).Scan(ctx, &used)
		if err != nil {
			return nil, fmt.Errorf("count the activations: %w", store.Normalise(err))
		}
		left := max(0, p.total-used)
		if p == single(c.Orders) {
			c.Left = left
		} else {
			c.SubscriptionLeft = left
		}
	}
	return c, nil
}
