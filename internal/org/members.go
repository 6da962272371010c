package org

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
)

// Role is the role of a user in an organisation that is not deleted. No
// membership is OrgNotFound.
func (s *Service) Role(ctx context.Context, userID string, organisationID int64) (entity.OrgRole, error) {
	roles, err := rolesIn(ctx, s.store.Read(), userID, organisationID)
	if err != nil {
		return "", err
	}
	role, ok := roles[organisationID]
	if !ok {
		return "", missing(store.ErrNoRow, organisationID)
	}
	return role, nil
}

// rolesIn are the roles of a user in organisations that are not deleted.
func rolesIn(ctx context.Context, db bun.IDB, userID string, organisations ...int64) (map[int64]entity.OrgRole, error) {
	var rows []entity.Membership
	err := db.NewSelect().Model(&rows).Where("user_id = ?", userID).Where("organisation_id IN (?)", bun.List(organisations)).
		Where("organisation_id NOT IN (SELECT id FROM organisations WHERE status = ?)", entity.OrgDeleted).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read memberships: %w", store.Normalise(err))
	}
	roles := make(map[int64]entity.OrgRole, len(rows))
	for _, m := range rows {
		roles[m.OrganisationID] = m.Role
	}
	return roles, nil
}

// roles are those of a user in the organisation and in its parent.
func (f family) roles(ctx context.Context, db bun.IDB, userID string) (own, above entity.OrgRole, err error) {
	ids := []int64{f.org.ID}
	if f.parent != nil {
		ids = append(ids, f.parent.ID)
	}
	roles, err := rolesIn(ctx, db, userID, ids...)
	if err != nil {
		return "", "", err
	}
	if f.parent != nil {
		above = roles[f.parent.ID]
	}
	if own = roles[f.org.ID]; own == "" && above == "" || f.org.Status == entity.OrgDeleted {
		return "", "", unseen(f.org.PublicID)
	}
	return own, above, nil
}

// seenBy is nil for members of the organisation and of its parent.
func (f family) seenBy(ctx context.Context, db bun.IDB, userID string) error {
	_, _, err := f.roles(ctx, db, userID)
	return err
}

// setBy is nil for administrators of the parent, which must be active.
func (f family) setBy(ctx context.Context, db bun.IDB, userID string) error {
	_, above, err := f.roles(ctx, db, userID)
	if err != nil {
		return err
	}
	if above != entity.OrgAdmin || f.parent.Status != entity.OrgActive {
		return fault.Named(fault.Forbidden, fault.OrgNotAllowed, "only an administrator of an active parent organization sets these rights")
	}
	return nil
}

// Members lists the members of an organisation. None such is OrgNotFound.
func (s *Service) Members(ctx context.Context, organisationID int64, page entity.Page) (*entity.List[entity.Membership], error) {
	if _, err := s.ByID(ctx, organisationID); err != nil {
		return nil, err
	}
	return store.ReadList(ctx, s.store, store.Listing[entity.Membership]{
		Where: func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("?TableAlias.organisation_id = ?", organisationID)
		},
	}, page)
}

// MembershipsOf are the memberships of a user in organisations that are not
// deleted, with these, in the order of their ids.
func (s *Service) MembershipsOf(ctx context.Context, userID string) ([]entity.Membership, error) {
	var rows []entity.Membership
	err := s.store.Read().NewSelect().Model(&rows).Relation("Organisation").Where("membership.user_id = ?", userID).
		Where("organisation.status <> ?", entity.OrgDeleted).Order("membership.organisation_id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the memberships of a user: %w", store.Normalise(err))
	}
	return rows, nil
}

// SetMember makes a user a member of an organisation, or gives a member another
// role.
func (s *Service) SetMember(ctx context.Context, organisationID int64, userID string, role entity.OrgRole) error {
	if role != entity.OrgAdmin && role != entity.OrgViewer {
		return fault.Bad("role", "must be %s or %s", entity.OrgAdmin, entity.OrgViewer)
	}
	err := s.write(ctx, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		f, err := lock(ctx, tx, organisationID)
		if err != nil {
			return journal.Entry{}, err
		}
		m := entity.Membership{UserID: userID, OrganisationID: organisationID, Role: role}
		if _, err := tx.NewInsert().Model(&m).On("CONFLICT (user_id, organisation_id) DO UPDATE").Set("role = EXCLUDED.role").Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("write a membership: %w", err)
		}
		return s.entry(journal.Update, memberKind, organisationID, "%s; user %s is %s", f.org.Name, userID, role), nil
	})
	if errors.Is(err, store.ErrReference) {
		return fault.Bad("userId", "there is no user %.80q", userID)
	}
	return err
}

// RemoveMember ends a membership. None is NotFound.
func (s *Service) RemoveMember(ctx context.Context, organisationID int64, userID string) error {
	return s.write(ctx, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		f, err := lock(ctx, tx, organisationID)
		if err != nil {
			return journal.Entry{}, err
		}
		m := entity.Membership{UserID: userID, OrganisationID: organisationID}
		res, err := tx.NewDelete().Model(&m).WherePK().Exec(ctx)
		if err != nil {
			return journal.Entry{}, fmt.Errorf("delete a membership: %w", err)
		}
		n, err := res.RowsAffected()
		if err != nil {
			return journal.Entry{}, fmt.Errorf("delete a membership: %w", err)
		}
		if n == 0 {
			return journal.Entry{}, fault.New(fault.NotFound, "user %.80q is no member of organization %d", userID, organisationID)
		}
		return s.entry(journal.Delete, memberKind, organisationID, "%s; user %s", f.org.Name, userID), nil
	})
}
