package org

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/keyformat"
	"github.com/licet/licet/internal/store"
)

// FirstName is the name of the organisation that a first start makes.
const FirstName = "Default organization"

// EnsureFirst makes an organisation on books that have none, with the first
// administrator there is as its own: the user admin, else the oldest one. Of
// several nodes that start at once, one does.
func (s *Service) EnsureFirst(ctx context.Context) error {
	if found, err := anyOrganisation(ctx, s.store.Read()); err != nil || found {
		return err
	}
	err := journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		// The lock of the user makes other nodes wait for the commit.
		var userID string
		err := store.Normalise(tx.NewRaw(`UPDATE users SET id = id WHERE id = (SELECT u.id FROM users u JOIN user_roles r ON r.user_id = u.id
			WHERE r.role = ? ORDER BY COALESCE(u.name_key, '') <> 'admin', u.id LIMIT 1) RETURNING id`, entity.Administrator).Scan(ctx, &userID))
		if err != nil {
			return journal.Entry{}, err
		}
		found, err := anyOrganisation(ctx, tx)
		if err != nil {
			return journal.Entry{}, err
		}
		if found {
			return journal.Entry{}, errFound
		}
		now := entity.TimeOf(s.clock.Read().Wall)
		o := entity.Organisation{PublicID: keyformat.Base62(entity.PublicIDLength), Name: FirstName, Status: entity.OrgActive, CreatedAt: now, UpdatedAt: now}
		if _, err := tx.NewInsert().Model(&o).Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("insert the organisation: %w", err)
		}
		m := entity.Membership{UserID: userID, OrganisationID: o.ID, Role: entity.OrgAdmin}
		if _, err := tx.NewInsert().Model(&m).Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("insert the membership: %w", err)
		}
		return s.entry(journal.Insert, organisationKind, o.ID, "%s; its administrator is user %s", o.Name, userID), nil
	})
	if errors.Is(err, errFound) || errors.Is(err, store.ErrNoRow) { // another node was first; nobody could be its administrator
		return nil
	}
	return err
}

var errFound = errors.New("there is an organisation")

func anyOrganisation(ctx context.Context, db bun.IDB) (bool, error) {
	found, err := db.NewSelect().Model((*entity.Organisation)(nil)).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("look for organisations: %w", store.Normalise(err))
	}
	return found, nil
}
