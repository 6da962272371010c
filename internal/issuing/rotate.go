package issuing

import (
	"context"
	"errors"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
)

// SetDefault makes a signing key the server's own one of its type: it signs what
// no license, template or product says otherwise of. The one before it stays and
// what it signed stays valid.
func (s *Service) SetDefault(ctx context.Context, id int64) error {
	return journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		r, err := s.lockKey(ctx, tx, id)
		if err != nil {
			return journal.Entry{}, err
		}
		if err := refuseRevokedIn(ctx, tx, id, r.KeyID); err != nil {
			return journal.Entry{}, err
		}
		_, err = tx.NewRaw(`UPDATE resources SET is_default = (id = ?) WHERE type = ? AND (is_default OR id = ?)`, id, r.Type, id).Exec(ctx)
		return s.entry(journal.Update, "resource", id, "%s key %s is the server's own now", r.Type, r.KeyID), err
	})
}

// RevokeKey makes a signing key one that is no longer believed: it signs nothing
// from now on, on any node, and leaves jwks.json, and importing it again is
// refused. For a key of the server itself a successor is made. To revoke a
// revoked key changes nothing.
func (s *Service) RevokeKey(ctx context.Context, id int64) error {
	var successor *entity.Resource
	for {
		keyType, err := s.revoke(ctx, id, successor)
		if !errors.Is(err, errNoSuccessor) {
			return err
		}
		err = s.inSlot(ctx, func() error {
			successor, err = s.ownKey(keyType, "made when its predecessor was revoked")
			return err
		})
		if err != nil {
			return err
		}
	}
}

// errNoSuccessor is a key of the server itself that was to be revoked without a
// successor at hand.
var errNoSuccessor = errors.New("a successor is needed")

func (s *Service) revoke(ctx context.Context, id int64, successor *entity.Resource) (keyType string, err error) {
	err = journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		r, err := s.lockKey(ctx, tx, id)
		if err != nil {
			return journal.Entry{}, err
		}
		keyType = r.Type
		var own bool
		err = tx.NewRaw(`SELECT EXISTS (SELECT 1 FROM resources WHERE key_id = ? AND is_default)`, r.KeyID).Scan(ctx, &own)
		if err != nil {
			return journal.Entry{}, fmt.Errorf("look whether the key is the server's own: %w", err)
		}
		if own && successor == nil {
			return journal.Entry{}, errNoSuccessor
		}
		now := entity.TimeOf(s.now())
		_, err = tx.NewRaw(`UPDATE resources SET revoked_at = ?, updated_at = ?, is_default = FALSE WHERE key_id = ? AND revoked_at IS NULL`,
			now, now, r.KeyID).Exec(ctx)
		if err != nil {
			return journal.Entry{}, fmt.Errorf("revoke key %s: %w", r.KeyID, err)
		}
		if own {
			if err := s.insertKey(ctx, tx, *successor); err != nil {
				return journal.Entry{}, err
			}
		}
		return s.entry(journal.Update, "resource", id, "%s key %s is revoked", r.Type, r.KeyID), nil
	})
	return keyType, err
}

// insertKey adds a key of the server itself. It takes a copy: the write may run
// again, and must then insert anew.
func (s *Service) insertKey(ctx context.Context, tx *store.Tx, r entity.Resource) error {
	if err := s.admit(ctx, tx, &r); err != nil {
		return err
	}
	if _, err := tx.NewInsert().Model(&r).Exec(ctx); err != nil {
		return fmt.Errorf("insert a signing key: %w", err)
	}
	return journal.Record(ctx, tx, s.entry(journal.Insert, "resource", r.ID, "%s key %s of the server", r.Type, r.KeyID))
}

// lockKey reads a signing key. Changes of which keys are the server's own and
// believed take turns on one row, so that there is always one of each type.
func (s *Service) lockKey(ctx context.Context, tx *store.Tx, id int64) (*entity.Resource, error) {
	if _, err := tx.NewRaw(`UPDATE server_state SET value = value WHERE name = ?`, defaultsMark).Exec(ctx); err != nil {
		return nil, fmt.Errorf("take turns on the signing keys: %w", err)
	}
	r, err := store.Lock[entity.Resource](ctx, tx, id)
	if err != nil {
		return nil, store.Missing(err, "resource", id)
	}
	if !r.IsSigningKey() || r.KeyID == "" {
		return nil, fault.New(fault.Conflict, "resource %d is not a signing key", id)
	}
	return r, nil
}
