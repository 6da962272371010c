package issuing

import (
	"context"
	"errors"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/keyformat"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/store"
)

// InsertOrder issues a license order: the license with its template's contents,
// and what only an order has. Its activation key is made; terms and features
// are judged already. What an order's license has follows from them.
func (s *Service) InsertOrder(ctx context.Context, order entity.LicenseOrder) (*entity.LicenseOrder, error) {
	sent := entity.Members{}
	for _, name := range []string{"licensingMode", "features", "description"} { // what the template does not give
		sent[entity.Fold(name)] = true
	}
	lic, err := s.issue(ctx, entity.Sent[entity.License]{Value: *order.License, Members: sent}, &order)
	if err != nil {
		return nil, err
	}
	order.License, order.LicenseID = lic, lic.ID
	return &order, nil
}

// UpdateOrder changes a license order and signs its license anew. change is
// given the order as it is, with its license, and sets what is to be another; it
// is called again when the order was changed meanwhile. sent names what the
// caller sent, for the audit. A change of the type while seats are held is a
// Conflict.
func (s *Service) UpdateOrder(ctx context.Context, id int64, sent string, change func(*entity.LicenseOrder) error) (*entity.LicenseOrder, error) {
	defer s.updates.lock(id)()
	for range updateTries {
		old, err := s.order(ctx, id)
		if err != nil {
			return nil, err
		}
		next, lic := *old, *old.License
		next.License = &lic
		if err := change(&next); err != nil {
			return nil, err
		}
		next.Derive()
		if err := lic.Validate(); err != nil {
			return nil, err
		}
		o, err := s.originOf(ctx, &lic)
		if err != nil {
			return nil, err
		}
		lic.Product = snapshot(lic.Product, o.product)
		if err := s.checkReferences(ctx, &lic); err != nil {
			return nil, err
		}
		lic.UpdatedAt, lic.Revision = lic.UpdatedAt.Next(s.now()), lic.Revision+1
		if err := s.sign(ctx, &lic, o); err != nil {
			return nil, err
		}
		err = s.replace(ctx, &lic, old.License.Revision, func(ctx context.Context, tx *store.Tx) error { return replaceOrder(ctx, tx, &next, old) },
			"licenseOrder", sent)
		if err == nil {
			return &next, nil
		}
		if !errors.Is(err, errChanged) && !errors.Is(err, store.ErrReference) {
			return nil, err
		}
	}
	return nil, fault.New(fault.Unavailable, "the license order is being changed; try again")
}

// order reads an order with its license.
func (s *Service) order(ctx context.Context, id int64) (*entity.LicenseOrder, error) {
	lic, err := s.original(ctx, id)
	if err != nil {
		return nil, err
	}
	order, err := s.orderOf(ctx, id)
	if err != nil {
		return nil, err
	}
	if order == nil {
		return nil, fault.New(fault.NotFound, "license %d is not that of a license order", id)
	}
	order.License = lic
	return order, nil
}

// orderOf is the order that a license is, without the license; nil if it is none.
func (s *Service) orderOf(ctx context.Context, id int64) (*entity.LicenseOrder, error) {
	var rows []entity.LicenseOrder
	if err := s.store.Read().NewSelect().Model(&rows).Where("?TableAlias.license_id = ?", id).Scan(ctx); err != nil {
		return nil, fmt.Errorf("look for the license order %d: %w", id, store.Normalise(err))
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return &rows[0], nil
}

// orderNames gives an order the one form of activation keys, whatever that of
// user keys is.
func orderNames(names []name) []name {
	for i := range names {
		if names[i].member == "userKey" {
			names[i].format = keyformat.Must("{TOKEN:5}-{TOKEN:5}-{TOKEN:5}-{TOKEN:5}")
			*names[i].value = names[i].format.Random()
		}
	}
	return names
}

// writeOrder writes what a new order has beside its license, which is written.
func writeOrder(ctx context.Context, tx *store.Tx, order *entity.LicenseOrder, lic *entity.License) error {
	row := *order
	row.LicenseID, row.License = lic.ID, lic
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return fmt.Errorf("insert a license order: %w", err)
	}
	return seat.SetOrderPools(ctx, tx, &row, false)
}

// replaceOrder writes what an administrator may change of an order. What end
// users change (deactivations, a confirmed removal) is left as it is; errChanged
// where they did meanwhile.
func replaceOrder(ctx context.Context, tx *store.Tx, next, old *entity.LicenseOrder) error {
	if err := seat.SetOrderPools(ctx, tx, next, next.IsNetwork() != old.IsNetwork()); err != nil {
		return err
	}
	q := tx.NewUpdate().Model(next).WherePK().Column("licensee_type", "licensee", "hostid_match_rate", "min_hostids",
		"activations_allowed", "deactivations_allowed", "hostids", "settings_description")
	if next.Removal != old.Removal {
		q = q.Column("removal", "removal_request_time", "removal_confirmation_time").Where("removal = ?", old.Removal)
	}
	res, err := q.Exec(ctx)
	if err != nil {
		return fmt.Errorf("update license order %d: %w", next.LicenseID, err)
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return errChanged
}

// setPools sets the pools of a license that is updated as such; order is nil
// where it is none.
func setPools(ctx context.Context, tx *store.Tx, lic *entity.License, order *entity.LicenseOrder) error {
	if order == nil {
		return seat.SetPool(ctx, tx, lic)
	}
	return replaceOrder(ctx, tx, order, order)
}

// keepOrder lets an update of the license of an order, as a license, lose
// nothing that the order needs. What follows from the order's terms and
// features cannot be set to something else: sent as it was, it is followed.
func keepOrder(next, old *entity.License, order *entity.LicenseOrder, sent entity.Members) error {
	if next.LicensingMode != old.LicensingMode {
		return fault.New(fault.Conflict, "license %d is a license order: its type is changed at /license-orders/{activation_key}", old.ID)
	}
	if next.TemplateID == nil {
		next.TemplateID = old.TemplateID
	}
	if next.CustomerID == nil {
		next.CustomerID = old.CustomerID
	}
	expire, sites := next.ExpireDate, next.MaxAllowedSites
	order.License = next
	if !order.IsNetwork() && sites != nil {
		order.ActivationsAllowed = *sites // the two are one number
	}
	order.Derive()
	if sent.Has("expireDate") && !expire.IsZero() && !expire.Equal(old.ExpireDate) && !expire.Equal(next.ExpireDate) {
		return fault.Bad("expireDate", "follows from the features of the license order; change theirs")
	}
	if order.IsNetwork() && sites != nil && *sites != *next.MaxAllowedSites && (old.MaxAllowedSites == nil || *sites != *old.MaxAllowedSites) {
		return fault.Bad("maxAllowedSites", "is the smallest count of the license order's features; change theirs")
	}
	return nil
}
