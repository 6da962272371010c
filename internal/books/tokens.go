package books

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/store"
)

// TokenFilter narrows a list of tokens; what is nil does not.
type TokenFilter struct {
	LicenseID  *int64
	CustomerID *int64
}

// licenseEnd is when a token's license ends, and an activation with it.
const licenseEnd = `(SELECT l.expire_date FROM licenses l WHERE l.id = ?TableAlias.license_id)`

// Tokens lists the seats that are held. Leases that have lapsed are among them
// until they are reaped; their expireDate tells. A license that is not there,
// or is not the customer's, is NotFound.
func (s *Service) Tokens(ctx context.Context, f TokenFilter, page entity.Page) (*entity.List[entity.LicenseToken], error) {
	if f.LicenseID != nil {
		lic, err := store.Get[entity.License](ctx, s.store.Read(), *f.LicenseID)
		if err == nil && f.CustomerID != nil && (lic.CustomerID == nil || *lic.CustomerID != *f.CustomerID) {
			err = store.ErrNoRow
		}
		if err != nil {
			return nil, store.Missing(err, "license", *f.LicenseID)
		}
	}
	return store.ReadList(ctx, s.store, store.Listing[entity.LicenseToken]{
		Shown: map[string]string{"expire_at": "COALESCE(" + s.seats.Leases().EndSQL("?TableAlias.expire_at", licenseEnd) + ", " + licenseEnd + ")"},
		Of:    f.parents(),
		Where: func(q *bun.SelectQuery) *bun.SelectQuery {
			if f.CustomerID != nil {
				q = q.Where("?TableAlias.license_id IN (SELECT l.id FROM licenses l WHERE l.customer_id = ?)", *f.CustomerID)
			}
			return q
		},
	}, page)
}

func (f TokenFilter) parents() []store.Parent {
	if f.LicenseID == nil {
		return nil
	}
	return []store.Parent{{Column: "license_id", ID: *f.LicenseID}}
}

// InsertToken takes a seat by hand for a client, by the rules of a seat call of
// the license's mode: the same identity gets its own token back, and no limit
// is passed. The seat is granted by a seat call, which has a transaction of its
// own, so here alone the audit entry follows the change. A file license has no
// seats: Conflict.
func (s *Service) InsertToken(ctx context.Context, licenseID int64, c seat.Client) (*entity.LicenseToken, error) {
	lic, err := store.Get[entity.License](ctx, s.store.Read(), licenseID)
	if err != nil {
		return nil, store.Missing(err, "license", licenseID)
	}
	grant, err := s.grant(ctx, lic, c)
	if err != nil {
		return nil, err
	}
	var token entity.LicenseToken
	err = s.store.Read().NewSelect().Model(&token).Where("token = ?", grant.Token).Scan(ctx)
	if errors.Is(store.Normalise(err), store.ErrNoRow) {
		return nil, fault.New(fault.Conflict, "the seat was given back meanwhile")
	}
	if err != nil {
		return nil, fmt.Errorf("read the token: %w", store.Normalise(err))
	}
	if !token.ExpireDate.IsZero() {
		token.ExpireDate = grant.ExpireAt // by the clock that callers see
	}
	err = journal.Write(ctx, s.store, func(context.Context, *store.Tx) (journal.Entry, error) {
		return s.entry(journal.Insert, "licenseToken", token.ID, "license %s", lic.LicenseID), nil
	})
	if err != nil {
		return nil, err
	}
	return &token, nil
}

func (s *Service) grant(ctx context.Context, lic *entity.License, c seat.Client) (*seat.Grant, error) {
	switch {
	case lic.ParentID != nil:
		return nil, fault.New(fault.Conflict, "license %d is the node-locked copy of license %d and has no seats", lic.ID, *lic.ParentID)
	case lic.LicensingMode == entity.Activation:
		return s.seats.Activate(ctx, lic.UserKey, c)
	case lic.LicensingMode == entity.Floating:
		return s.seats.Request(ctx, lic.UserKey, c)
	}
	return nil, fault.Named(fault.Conflict, fault.WrongLicensingMode, "a file license has no tokens")
}

// DeleteToken takes a seat away from its holder and frees its place.
func (s *Service) DeleteToken(ctx context.Context, licenseID, tokenID int64) error {
	return journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		return s.entry(journal.Delete, "licenseToken", tokenID, "license id %d", licenseID), seat.RemoveToken(ctx, tx, licenseID, tokenID)
	})
}
