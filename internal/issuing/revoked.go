package issuing

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// admit judges a resource that is about to be inserted, if it is a signing key:
// it must be sealed under the server key in force, and not be a key that was
// revoked.
func (s *Service) admit(ctx context.Context, tx *store.Tx, r *entity.Resource) error {
	if r.KeyID == "" {
		return nil
	}
	if err := s.sealer.Hold(ctx, tx); err != nil {
		return err
	}
	revoked, err := isRevoked(ctx, tx, r.KeyID)
	if err == nil && revoked {
		err = fault.New(fault.Conflict, "the key %s was revoked; it cannot be added again", r.KeyID)
	}
	return err
}

func (s *Service) refuseRevoked(ctx context.Context, id int64, k keys.Key) error {
	return refuseRevokedIn(ctx, s.store.Read(), id, k.ID())
}

// refuseRevokedIn is asked before each signature, so that revoking is immediate on
// every node.
func refuseRevokedIn(ctx context.Context, db rawQuerier, id int64, keyID string) error {
	revoked, err := isRevoked(ctx, db, keyID)
	if err == nil && revoked {
		err = fault.New(fault.Conflict, "signing key %d (%s) was revoked and signs nothing any more; name another one", id, keyID)
	}
	return err
}

// rawQuerier is a transaction or the handle for reading.
type rawQuerier interface {
	NewRaw(query string, args ...any) *bun.RawQuery
}

func isRevoked(ctx context.Context, db rawQuerier, keyID string) (revoked bool, err error) {
	err = db.NewRaw(`SELECT EXISTS (SELECT 1 FROM resources WHERE key_id = ? AND key_id <> '' AND revoked_at IS NOT NULL)`, keyID).Scan(ctx, &revoked)
	if err != nil {
		return false, fmt.Errorf("look whether key %s is revoked: %w", keyID, store.Normalise(err))
	}
	return revoked, nil
}
