package identity

import (
	"context"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// mayManage lets administrators at users and roles. It asks the books: an
// administrator who was demoted on another node must not use the seconds for
// which this one still believes in them to come back.
func mayManage(ctx context.Context, tx *store.Tx, by Principal) error {
	if err := isAdministrator(by); err != nil {
		return err
	}
	found, err := tx.NewSelect().TableExpr("user_roles").Where("user_id = ? AND role = ?", by.UserID, entity.Administrator).Exists(ctx)
	if err != nil {
		return fmt.Errorf("look for an administrator: %w", err)
	}
	if !found {
		return noAdministrator()
	}
	return nil
}

func isAdministrator(by Principal) error {
	if !by.Is(entity.Administrator) {
		return noAdministrator()
	}
	return nil
}

func noAdministrator() error {
	return fault.New(fault.Forbidden, "users and roles are for the role %s", entity.Administrator)
}

// mayGive judges who gives a user a password, a role or a customer. A session
// has every permission, and another's key may have any, so each of these gives
// more than a narrowed key has.
func mayGive(by Principal) error {
	if by.Permissions&entity.AllPermissions != entity.AllPermissions {
		return fault.New(fault.Forbidden, "a credential that lacks a permission cannot give a user a password, a role or a customer")
	}
	return nil
}
