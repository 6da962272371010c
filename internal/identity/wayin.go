package identity

import (
	"context"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// waysIn counts by what the house can be administered.
type waysIn struct {
	keys   int64 // valid API keys of administrators with every permission
	logins int64 // administrators with a password
}

// keepingAWayIn runs a change of API keys, users or roles and refuses it when
// it would shut everybody out: when it takes the last key that can make any
// other, or, where there is no such key, the last administrator who can log in.
// A password does not stand in for the last key: nobody knows whether anybody
// still knows it.
func (s *Service) keepingAWayIn(ctx context.Context, tx *store.Tx, change func() error) error {
	// Two changes at once must not each count on what the other takes.
	_, err := tx.NewRaw(`UPDATE user_roles SET role = role WHERE role = ?`, entity.Administrator).Exec(ctx)
	if err != nil {
		return fmt.Errorf("lock the administrators: %w", err)
	}
	before, err := s.waysIn(ctx, tx)
	if err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	after, err := s.waysIn(ctx, tx)
	if err != nil {
		return err
	}
	switch {
	case before.keys > 0 && after.keys == 0:
		return fault.New(fault.Conflict, "this would take away the last API key of an administrator that can make others; make another one first")
	case after.keys == 0 && before.logins > 0 && after.logins == 0:
		return fault.New(fault.Conflict, "this would take away the last administrator who can log in; make another one first")
	}
	return nil
}

func (s *Service) waysIn(ctx context.Context, tx *store.Tx) (w waysIn, err error) {
	err = tx.NewRaw(`SELECT
		(SELECT COUNT(*) FROM api_keys k WHERE NOT k.revoked AND (k.expire_date IS NULL OR k.expire_date > ?)
			AND (k.permissions & ?) = ? AND EXISTS (SELECT 1 FROM user_roles r WHERE r.user_id = k.owner_id AND r.role = ?)),
		(SELECT COUNT(*) FROM users u JOIN user_roles r ON r.user_id = u.id WHERE r.role = ? AND u.password_hash <> '')`,
		entity.TimeOf(s.clock.Read().Wall), entity.AllPermissions, entity.AllPermissions, entity.Administrator, entity.Administrator).
		Scan(ctx, &w.keys, &w.logins)
	if err != nil {
		return waysIn{}, fmt.Errorf("count the administrators' keys and logins: %w", store.Normalise(err))
	}
	return w, nil
}
