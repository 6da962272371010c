package identity

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
)

// Roles lists the roles that there are.
func (s *Service) Roles(ctx context.Context, page entity.Page) (*entity.List[entity.RoleDescription], error) {
	return store.ReadList(ctx, s.store, store.Listing[entity.RoleDescription]{}, page)
}

// UserRoles lists the roles of a user. No such user is NotFound.
func (s *Service) UserRoles(ctx context.Context, userID string, page entity.Page) (*entity.List[entity.RoleDescription], error) {
	if _, err := getUser(ctx, s.store.Read(), userID); err != nil {
		return nil, err
	}
	return store.ReadList(ctx, s.store, store.Listing[entity.RoleDescription]{
		Where: func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("?TableAlias.id IN (SELECT r.role FROM user_roles r WHERE r.user_id = ?)", userID)
		},
	}, page)
}

// AddRoles gives a user roles, on behalf of by; those that they have they keep.
func (s *Service) AddRoles(ctx context.Context, by Principal, userID string, roles []entity.Role) error {
	if err := mayGive(by); err != nil {
		return err
	}
	return s.changeRoles(ctx, by, userID, "added", roles, func(has []entity.Role) []entity.Role {
		return append(slices.Clone(has), roles...)
	})
}

// RemoveRoles takes roles from a user; those that they lack they go on lacking.
// It is a Conflict where nobody would be left who can administer.
func (s *Service) RemoveRoles(ctx context.Context, by Principal, userID string, roles []entity.Role) error {
	return s.changeRoles(ctx, by, userID, "removed", roles, func(has []entity.Role) []entity.Role {
		return slices.DeleteFunc(slices.Clone(has), func(r entity.Role) bool { return slices.Contains(roles, r) })
	})
}

func (s *Service) changeRoles(ctx context.Context, by Principal, userID, how string, roles []entity.Role, change func(has []entity.Role) []entity.Role) error {
	err := journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		if err := mayManage(ctx, tx, by); err != nil {
			return journal.Entry{}, err
		}
		return s.entry(journal.Update, "user", userID, "roles %s: %v", how, roles), s.keepingAWayIn(ctx, tx, func() error {
			user, err := lockUser(ctx, tx, userID)
			if err != nil {
				return err
			}
			has, err := rolesOf(ctx, tx, userID)
			if err != nil {
				return err
			}
			if err := setRoles(ctx, tx, userID, has, change(has)); err != nil {
				return err
			}
			_, err = tx.NewRaw("UPDATE users SET updated_at = ? WHERE id = ?", s.changedAt(user), userID).Exec(ctx)
			return err
		})
	})
	s.forgetUser(userID) // also after an error: the commit may have happened
	if err != nil {
		return fmt.Errorf("change the roles of a user: %w", err)
	}
	return nil
}

func rolesOf(ctx context.Context, db bun.IDB, userID string) ([]entity.Role, error) {
	roles := []entity.Role{}
	err := db.NewSelect().TableExpr("user_roles").Column("role").Where("user_id = ?", userID).OrderExpr("role").Scan(ctx, &roles)
	if err != nil {
		return nil, fmt.Errorf("read the roles of a user: %w", store.Normalise(err))
	}
	return roles, nil
}

// setRoles makes the roles of a user, whose row tx has locked, those of want.
func setRoles(ctx context.Context, tx *store.Tx, userID string, has, want []entity.Role) error {
	for _, role := range entity.Roles() {
		row := &userRole{UserID: userID, Role: role}
		var err error
		switch had, wanted := slices.Contains(has, role), slices.Contains(want, role); {
		case wanted && !had:
			_, err = tx.NewInsert().Model(row).Exec(ctx)
		case had && !wanted:
			_, err = tx.NewDelete().Model(row).WherePK().Exec(ctx)
		}
		if err != nil {
			return fmt.Errorf("set the role %s: %w", role, err)
		}
	}
	return nil
}
