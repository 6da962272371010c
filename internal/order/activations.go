package order

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/hostid"
	"github.com/licet/licet/internal/store"
)

// Activation is a license that was generated under an order and is active.
type Activation struct {
	ID             int64 // of the token that holds the slot
	Key            string
	Time           entity.Time
	Expiration     entity.Time     // the earliest end of its features; none: it never ends
	MaintenanceEnd entity.Time     // the earliest, likewise
	HostIDs        []hostid.HostID // none where it was activated by another name, or ties to nothing
	Content        string
	Filename       string
}

// ActivationFilter narrows a list of activations; what is empty does not.
type ActivationFilter struct {
	Offset        int64
	Key           string // a whole activation key, in any case
	ExpiresAfter  string // a date, inclusive; goes with ExpiresBefore
	ExpiresBefore string
}

// OrderActivations lists the activations of an order, the oldest first, a page
// at a time.
func (s *Service) OrderActivations(ctx context.Context, key string, skip int64) ([]Activation, error) {
	n, err := offset(skip)
	if err != nil {
		return nil, err
	}
	o, err := s.Get(ctx, key)
	if err != nil {
		return nil, missing(err, "License order activation key does not exist.")
	}
	return s.activations(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("activation.license_id = ?", o.LicenseID).Offset(n).Limit(PageSize)
	})
}

// Activations lists the activations of all orders, the oldest first, a page at a
// time.
func (s *Service) Activations(ctx context.Context, f ActivationFilter) ([]Activation, error) {
	skip, err := offset(f.Offset)
	if err != nil {
		return nil, err
	}
	if (f.ExpiresAfter != "") != (f.ExpiresBefore != "") {
		return nil, fault.Bad("expiration_date_after", "goes with expiration_date_before: send both or neither")
	}
	which := func(q *bun.SelectQuery) *bun.SelectQuery {
		if f.Key != "" {
			q = q.Where("license.user_key IN (?, ?)", f.Key, strings.ToUpper(f.Key))
		}
		return q
	}
	if f.ExpiresAfter == "" {
		return s.activations(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return which(q).Offset(skip).Limit(PageSize) })
	}
	from, _, err := spanOf("expiration_date_after", f.ExpiresAfter)
	if err != nil {
		return nil, err
	}
	_, to, err := spanOf("expiration_date_before", f.ExpiresBefore)
	if err != nil {
		return nil, err
	}
	return s.activations(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return which(q).Where("activation.expiration >= ?", from).Where("activation.expiration <= ?", to).Offset(skip).Limit(PageSize)
	})
}

// activations lists those that are ready, with the token that each has.
func (s *Service) activations(ctx context.Context, which func(*bun.SelectQuery) *bun.SelectQuery) ([]Activation, error) {
	var rows []activation
	q := s.store.Read().NewSelect().Model(&rows).
		Relation("License", func(q *bun.SelectQuery) *bun.SelectQuery { return q.Column("id", "user_key") }).
		Relation("Token", func(q *bun.SelectQuery) *bun.SelectQuery { return q.Column("id", "issue_date") }).
		Where("activation.ready = ?", true).OrderExpr("activation.token_id")
	if err := which(q).Scan(ctx); err != nil {
		return nil, fmt.Errorf("list activations: %w", store.Normalise(err))
	}
	list := make([]Activation, len(rows))
	for i := range rows {
		var err error
		if list[i], err = rows[i].shown(rows[i].License.UserKey); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// earlier is the first of two ends, of which either may not be.
func earlier(a, b entity.Time) entity.Time {
	if a.IsZero() || !b.IsZero() && b.Std().Before(a.Std()) {
		return b
	}
	return a
}
