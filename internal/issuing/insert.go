package issuing

import (
	"context"
	"errors"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/store"
)

// nameTries bounds how often an insertion draws names again. Each failure means
// that another license took the name, so only a stampede gets near it.
const nameTries = 500

// InsertLicense issues a license. What was not sent is filled from its template
// or with defaults: format 4, mode file, issued now, names by the formats in
// force, sites unlimited. A license or user key that is given is kept; it must
// be free.
func (s *Service) InsertLicense(ctx context.Context, in entity.Sent[entity.License]) (*entity.License, error) {
	return s.issue(ctx, in, nil)
}

// issue issues a license; order, where it is one, is what it has besides.
func (s *Service) issue(ctx context.Context, in entity.Sent[entity.License], order *entity.LicenseOrder) (*entity.License, error) {
	lic := claimed(in.Value)
	if err := lic.Validate(); err != nil {
		return nil, err
	}
	o, err := s.originOf(ctx, &lic)
	if err != nil {
		return nil, err
	}
	now := s.now()
	if err := complete(&lic, in.Members, o, now); err != nil {
		return nil, err
	}
	if err := s.checkReferences(ctx, &lic); err != nil {
		return nil, err
	}
	if order != nil {
		order.License = &lic
		order.Derive()
	}
	lic.CreatedAt, lic.UpdatedAt, lic.Revision = entity.TimeOf(now), entity.TimeOf(now), 1
	names, err := s.namesOf(&lic, o)
	if err != nil {
		return nil, err
	}
	if order != nil {
		names = orderNames(names)
	}
	signed := "" // the license id that the document states
	for range nameTries {
		if signed != lic.LicenseID {
			if err := s.sign(ctx, &lic, o); err != nil {
				return nil, err
			}
			signed = lic.LicenseID
		}
		written, err := s.insert(ctx, lic, order)
		if err == nil {
			return written, nil
		}
		if !errors.Is(err, store.ErrDuplicate) {
			return nil, s.explain(ctx, err, &lic)
		}
		if err := s.renew(ctx, names); err != nil {
			return nil, err
		}
	}
	return nil, fault.New(fault.Unavailable, "no free license id and user key could be had; try again")
}

func (s *Service) insert(ctx context.Context, lic entity.License, order *entity.LicenseOrder) (*entity.License, error) {
	var row entity.License
	err := journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		row = lic
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("insert a license: %w", err)
		}
		if order != nil {
			return s.entry(journal.Insert, "licenseOrder", row.ID, "%s", row.LicenseID), writeOrder(ctx, tx, order, &row)
		}
		return s.entry(journal.Insert, "license", row.ID, "%s", row.LicenseID), seat.SetPool(ctx, tx, &row)
	})
	if err != nil {
		return nil, err
	}
	return &row, nil
}

// checkReferences names the member that refers to a row that is not there. The
// template is looked at where it is used.
func (s *Service) checkReferences(ctx context.Context, lic *entity.License) error {
	for _, ref := range []struct {
		member, kind string
		id           *int64
		model        any
	}{
		{"customerId", "customer", lic.CustomerID, (*entity.Customer)(nil)},
		{"orderId", "order", lic.OrderID, (*entity.Order)(nil)},
	} {
		if ref.id == nil {
			continue
		}
		there, err := s.store.Read().NewSelect().Model(ref.model).Where("id = ?", *ref.id).Exists(ctx)
		if err != nil {
			return fmt.Errorf("look up the %s: %w", ref.kind, store.Normalise(err))
		}
		if !there {
			return fault.Bad(ref.member, "there is no %s %d", ref.kind, *ref.id)
		}
	}
	return s.checkKeyReference(ctx, lic.SignatureKeysID)
}

// explain turns a refused reference into a fault: the row was deleted between
// the look-up and the write.
func (s *Service) explain(ctx context.Context, err error, lic *entity.License) error {
	if !errors.Is(err, store.ErrReference) {
		return err
	}
	if _, err := s.originOf(ctx, lic); err != nil {
		return err
	}
	if err := s.checkReferences(ctx, lic); err != nil {
		return err
	}
	return fault.New(fault.Conflict, "something that the license refers to was deleted meanwhile")
}
