package identity

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// shownKey is how many characters of a key lists show.
const shownKey = 8

// InsertKey makes an API key on behalf of by and returns it, the only time that
// it is seen. A key, id or creation date in in is ignored; the owner is by where
// none is named; permissions left out are none. An owner that does not exist,
// permissions outside 0..15 and a client secret that no header can carry are
// Invalid; rights that by lacks are Forbidden.
func (s *Service) InsertKey(ctx context.Context, tx *store.Tx, by Principal, in entity.APIKey) (id int64, key string, err error) {
	if in.OwnerID == "" {
		in.OwnerID = by.UserID
	}
	if err := mayGrant(by, in.OwnerID, in.Permissions, 0); err != nil {
		return 0, "", err
	}
	if err := setSecret(&in); err != nil {
		return 0, "", err
	}
	return s.insertKey(ctx, tx, s.settings().APIKey.Random(), in)
}

// insertKey stores in under a key that is known.
func (s *Service) insertKey(ctx context.Context, tx *store.Tx, key string, in entity.APIKey) (int64, string, error) {
	hash := sha256.Sum256([]byte(key))
	in.ID, in.Key, in.KeyHash = 0, prefix(key), hash[:]
	in.CreatedDate = entity.TimeOf(s.clock.Read().Wall)
	if _, err := tx.NewInsert().Model(&in).Exec(ctx); err != nil {
		return 0, "", fmt.Errorf("insert an API key: %w", ownerFault(err, in.OwnerID))
	}
	return in.ID, key, nil
}

// UpdateKey changes the API key with the id of in. Name, description and expiry
// are replaced, also by nothing; owner, permissions, revocation and client
// secret, which decide what the key can do, change only where they are sent. The
// client secret "" takes it away. The key itself never changes. After the
// commit call ForgetKey.
func (s *Service) UpdateKey(ctx context.Context, tx *store.Tx, by Principal, in entity.Sent[entity.APIKey]) error {
	key, err := store.Lock[entity.APIKey](ctx, tx, in.Value.ID)
	if errors.Is(err, store.ErrNoRow) {
		return noKey(in.Value.ID)
	}
	if err != nil {
		return fmt.Errorf("read an API key: %w", err)
	}
	if !mayTouch(by, key.OwnerID) {
		return noKey(key.ID)
	}
	was := *key
	merge(key, in)
	before := was.Permissions
	if revives(&was, key) {
		before = 0 // all of it is granted anew
	}
	if err := mayGrant(by, key.OwnerID, key.Permissions, before); err != nil {
		return err
	}
	if err := setSecret(key); err != nil {
		return err
	}
	return s.keepingAWayIn(ctx, tx, func() error {
		if _, err := tx.NewUpdate().Model(key).WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("update an API key: %w", ownerFault(err, key.OwnerID))
		}
		return nil
	})
}

// revives says whether a change lets a key be used by somebody, or at a time,
// that it could not be used by before: another owner (a key acts as its owner),
// a lifted revocation, a later end, another client secret.
func revives(was, is *entity.APIKey) bool {
	later := !was.ExpireDate.IsZero() && (is.ExpireDate.IsZero() || is.ExpireDate.Std().After(was.ExpireDate.Std()))
	return is.OwnerID != was.OwnerID || was.Revoked && !is.Revoked || later || is.ClientSecret != nil
}

func merge(key *entity.APIKey, in entity.Sent[entity.APIKey]) {
	sent := in.Value
	key.Name, key.Description, key.ExpireDate = sent.Name, sent.Description, sent.ExpireDate
	if sent.OwnerID != "" {
		key.OwnerID = sent.OwnerID
	}
	if in.Members.Has("permissions") {
		key.Permissions = sent.Permissions
	}
	if in.Members.Has("revoked") {
		key.Revoked = sent.Revoked
	}
	key.ClientSecret = sent.ClientSecret
}

// DeleteKey deletes an API key. One that is not there, or that by may not touch,
// is NotFound. After the commit call ForgetKey.
func (s *Service) DeleteKey(ctx context.Context, tx *store.Tx, by Principal, id int64) error {
	query := tx.NewDelete().Model((*entity.APIKey)(nil)).Where("id = ?", id)
	if !by.Is(entity.Administrator) {
		query = query.Where("owner_id = ?", by.UserID)
	}
	return s.keepingAWayIn(ctx, tx, func() error {
		result, err := query.Exec(ctx)
		if err != nil {
			return fmt.Errorf("delete an API key: %w", err)
		}
		if n, err := result.RowsAffected(); err != nil {
			return fmt.Errorf("delete an API key: %w", err)
		} else if n == 0 {
			return noKey(id)
		}
		return nil
	})
}

// mayTouch lets administrators at every key and others at their own.
func mayTouch(by Principal, ownerID string) bool {
	return by.Is(entity.Administrator) || ownerID == by.UserID
}

// mayGrant judges a key's owner and permissions. A key acts as its owner, so
// only an administrator may name somebody else; and nobody gives a key a
// permission that their own credential lacks and the key did not have before.
func mayGrant(by Principal, ownerID string, permissions, before entity.Permission) error {
	if permissions&^entity.AllPermissions != 0 {
		return fault.Bad("apiKey.permissions", "must be a sum of 1 (Read), 2 (Write), 4 (Delete) and 8 (Create)")
	}
	if !mayTouch(by, ownerID) {
		return fault.New(fault.Forbidden, "an API key of another user is for the role %s", entity.Administrator)
	}
	if permissions&^(by.Permissions|before) != 0 {
		return fault.New(fault.Forbidden, "a credential cannot grant permissions that it lacks")
	}
	return nil
}

// setSecret hashes the client secret, if one was sent.
func setSecret(key *entity.APIKey) error {
	secret := key.ClientSecret
	switch {
	case secret == nil:
		return nil
	case *secret == "":
		key.SecretHash = nil
		return nil
	case len(*secret) > maxKey || !visible(*secret):
		return fault.Bad("apiKey.clientSecret", "must have at most %d characters, all of them visible ASCII", maxKey)
	}
	hash := sha256.Sum256([]byte(*secret))
	key.SecretHash = hash[:]
	return nil
}

// visible says whether s can be sent as a header's value as it is.
func visible(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}

// prefix is what of a key is kept in clear, for people to tell keys apart.
func prefix(key string) string { return key[:min(shownKey, len(key))] + "…" }

// ownerFault names the member behind the only reference that a key holds.
func ownerFault(err error, ownerID string) error {
	if errors.Is(store.Normalise(err), store.ErrReference) {
		return fault.Bad("apiKey.ownerId", "there is no user %.80q", ownerID)
	}
	return err
}

func noKey(id int64) error {
	return fault.New(fault.NotFound, "there is no API key %d", id)
}
