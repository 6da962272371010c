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
		return q.Where("license.id = ?", o.LicenseID).Offset(n).Limit(PageSize)
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
	if f.ExpiresAfter != "" {
		return s.expiring(ctx, f, skip, which)
	}
	return s.activations(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return which(q).Offset(skip).Limit(PageSize) })
}

// expiring narrows by a date that is kept nowhere: it follows from the features
// and the time of the activation. So it looks at all, a page at a time.
func (s *Service) expiring(ctx context.Context, f ActivationFilter, skip int64, which func(*bun.SelectQuery) *bun.SelectQuery) ([]Activation, error) {
	from, _, err := spanOf("expiration_date_after", f.ExpiresAfter)
	if err != nil {
		return nil, err
	}
	_, to, err := spanOf("expiration_date_before", f.ExpiresBefore)
	if err != nil {
		return nil, err
	}
	found := []Activation{}
	for last := int64(0); ; {
		part, err := s.activations(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
			return which(q).Where("?TableAlias.id > ?", last).Limit(PageSize)
		})
		if err != nil {
			return nil, err
		}
		for _, a := range part {
			if end := a.Expiration; end.IsZero() || end.Std().Before(from.Std()) || end.Std().After(to.Std()) {
				continue
			}
			if skip > 0 {
				skip--
				continue
			}
			if found = append(found, a); len(found) == PageSize {
				return found, nil
			}
		}
		if len(part) < PageSize {
			return found, nil
		}
		last = part[len(part)-1].ID
	}
}

func (s *Service) activations(ctx context.Context, which func(*bun.SelectQuery) *bun.SelectQuery) ([]Activation, error) {
	var tokens []entity.LicenseToken
	q := s.store.Read().NewSelect().Model(&tokens).
		Relation("License", func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Column("id", "user_key", "features", "template_id")
		}).
		Relation("License.Template", func(q *bun.SelectQuery) *bun.SelectQuery { return q.Column("id", "license_file_name") }).
		Relation("NodeLockedLicense", func(q *bun.SelectQuery) *bun.SelectQuery { return q.Column("id", "license_key", "features") }).
		Where("?TableAlias.kind = ?", entity.PoolActivation).
		Where("?TableAlias.license_id IN (SELECT o.license_id FROM license_orders o)").
		OrderExpr("?TableAlias.id")
	if err := which(q).Scan(ctx); err != nil {
		return nil, fmt.Errorf("list activations: %w", store.Normalise(err))
	}
	list := make([]Activation, len(tokens))
	for i := range tokens {
		list[i] = activationOf(&tokens[i])
	}
	return list, nil
}

// activationOf shows a token as what was activated.
func activationOf(t *entity.LicenseToken) Activation {
	a := Activation{ID: t.ID, Key: t.License.UserKey, Time: t.IssueDate, Filename: Filename(t.License.Template, t.IssueDate)}
	if ids, listed, err := hostid.ParseMachineID("machineId", t.MachineID); listed && err == nil {
		a.HostIDs = ids
	}
	features := t.License.Features
	if t.NodeLockedLicense != nil {
		a.Content, features = t.NodeLockedLicense.LicenseKey, t.NodeLockedLicense.Features
	}
	for _, f := range features.Granted() {
		a.Expiration = earlier(a.Expiration, f.EndFrom(t.IssueDate))
		a.MaintenanceEnd = earlier(a.MaintenanceEnd, f.MaintenanceEndFrom(t.IssueDate))
	}
	return a
}

// earlier is the first of two ends, of which either may not be.
func earlier(a, b entity.Time) entity.Time {
	if a.IsZero() || !b.IsZero() && b.Std().Before(a.Std()) {
		return b
	}
	return a
}
