package identity

import (
	"context"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// keyMaking are the permissions without which no key could be made or mended.
const keyMaking = entity.Write | entity.Create

// keepingALastKey runs a change of API keys and refuses it when it would leave
// no key that can make another: nobody could get in again.
func (s *Service) keepingALastKey(ctx context.Context, tx *store.Tx, change func() error) error {
	// Two changes at once must not each count on the key that the other takes.
	_, err := tx.NewRaw(`UPDATE user_roles SET role = role WHERE role = ?`, entity.Administrator).Exec(ctx)
	if err != nil {
		return fmt.Errorf("lock the administrators: %w", err)
	}
	before, err := s.makingKeys(ctx, tx)
	if err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	after, err := s.makingKeys(ctx, tx)
	if err != nil {
		return err
	}
	if before > 0 && after == 0 {
		return fault.New(fault.Conflict, "this is the last API key that can make others; make another one first")
	}
	return nil
}

// makingKeys counts the valid keys of administrators that can make keys.
func (s *Service) makingKeys(ctx context.Context, tx *store.Tx) (n int64, err error) {
	err = tx.NewRaw(`SELECT COUNT(*) FROM api_keys k WHERE NOT k.revoked AND (k.expire_date IS NULL OR k.expire_date > ?)
		AND (k.permissions & ?) = ? AND EXISTS (SELECT 1 FROM user_roles r WHERE r.user_id = k.owner_id AND r.role = ?)`,
		entity.TimeOf(s.clock.Read().Wall), keyMaking, keyMaking, entity.Administrator).Scan(ctx, &n)
	if err != nil {
		return 0, fmt.Errorf("count the administrators' keys: %w", store.Normalise(err))
	}
	return n, nil
}
