package issuing

import (
	"context"
	"errors"
	"fmt"

	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

// sealContext binds a sealed key to its id, so that one row's blob cannot stand
// in another's.
func sealContext(keyID string) string { return "resource " + keyID }

// seal puts a key into a resource: the public part to show, the private part
// sealed.
func (s *Service) seal(r *entity.Resource, k keys.Key) error {
	public, err := k.PEM()
	if err != nil {
		return err
	}
	private, err := k.Marshal()
	if err != nil {
		return err
	}
	r.Type, r.KeyID, r.Data, r.DataFormat = k.Type(), k.ID(), public, formatPEM
	r.Sealed = s.sealer.Seal(private, sealContext(k.ID()))
	return nil
}

func (s *Service) unseal(r *entity.Resource) (keys.Key, error) {
	private, err := s.sealer.Open(r.Sealed, sealContext(r.KeyID))
	if err != nil {
		return keys.Key{}, fmt.Errorf("open signing key %d: %w", r.ID, err)
	}
	k, err := keys.Parse(private)
	if err != nil {
		return keys.Key{}, fmt.Errorf("open signing key %d: %w", r.ID, err)
	}
	if k.ID() != r.KeyID {
		return keys.Key{}, fmt.Errorf("open signing key %d: it is another key", r.ID)
	}
	return k, nil
}

// defaultsMark in server_state says that the server's own keys were made.
const defaultsMark = "default_signing_keys"

// EnsureDefaults makes the server's own keys on the first start: one RSA, one
// Ed25519. Several nodes may start at once; one of them makes the pair.
func (s *Service) EnsureDefaults(ctx context.Context) error {
	var mark string
	err := s.store.Read().NewRaw(`SELECT value FROM server_state WHERE name = ?`, defaultsMark).Scan(ctx, &mark)
	if err = store.Normalise(err); !errors.Is(err, store.ErrNoRow) {
		return err
	}
	var pair []entity.Resource
	for _, keyType := range []string{entity.ResourceRSA, entity.ResourceEd25519} {
		r, err := s.ownKey(keyType, "made at first start")
		if err != nil {
			return err
		}
		pair = append(pair, *r)
	}
	if err := s.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return s.insertDefaults(ctx, tx, pair) }); err != nil {
		return fmt.Errorf("store the server's own signing keys: %w", err)
	}
	return nil
}

// ownKey makes a key of the server itself, to be stored. It must not be called
// inside a write: RSA takes seconds at times.
func (s *Service) ownKey(keyType, why string) (*entity.Resource, error) {
	k, err := s.newKey(keyType)
	if err != nil {
		return nil, err
	}
	now := entity.TimeOf(s.now())
	r := entity.Resource{Name: "Server " + keyType + " key", Description: why, CreatedAt: now, UpdatedAt: now, IsDefault: true}
	return &r, s.seal(&r, k)
}

// insertDefaults takes the mark first: a node that finds it taken waits for the
// other's commit there, and then has nothing to do.
func (s *Service) insertDefaults(ctx context.Context, tx *store.Tx, pair []entity.Resource) error {
	res, err := tx.NewRaw(`INSERT INTO server_state (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING`, defaultsMark, "made").Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	for _, r := range pair {
		if err := s.insertKey(ctx, tx, r); err != nil {
			return err
		}
	}
	return nil
}

// JWKS is the key set of /.well-known/jwks.json (RFC 7517).
type JWKS struct {
	Keys []keys.JWK `json:"keys"`
}

// PublicKeys lists the public part of every signing key that is believed: those
// that sign now, and those that signed documents in the field.
func (s *Service) PublicKeys(ctx context.Context) (*JWKS, error) {
	var rows []entity.Resource
	err := s.store.Read().NewSelect().Model(&rows).Column("id", "data").Where("key_id <> ''").
		Where("NOT EXISTS (SELECT 1 FROM resources AS r WHERE r.key_id = ?TableAlias.key_id AND r.revoked_at IS NOT NULL)").Order("id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the signing keys: %w", store.Normalise(err))
	}
	set, seen := &JWKS{Keys: []keys.JWK{}}, map[string]bool{}
	for i := range rows {
		public, err := keys.ParsePublic(rows[i].Data)
		if err != nil {
			return nil, fmt.Errorf("read the public key of resource %d: %w", rows[i].ID, err)
		}
		if !seen[public.ID()] { // the same key may have been imported twice
			seen[public.ID()] = true
			set.Keys = append(set.Keys, public.JWK())
		}
	}
	return set, nil
}
