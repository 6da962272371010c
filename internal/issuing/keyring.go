package issuing

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/licet/licet/internal/document"
	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// maxKeyring bounds how many private keys are kept parsed in memory.
const maxKeyring = 256

// keyring keeps parsed keys by resource id, and the ids of the server's own
// keys by type. What it says of a key never goes stale: material is never
// replaced, ids are never used twice, and the server's own keys cannot be
// deleted. That a key is still there is for checkKeyReference to say.
type keyring struct {
	mu       sync.Mutex
	byID     map[int64]keys.Key
	defaults map[string]int64
}

func newKeyring() *keyring {
	return &keyring{byID: map[int64]keys.Key{}, defaults: map[string]int64{}}
}

func (r *keyring) get(id int64) (keys.Key, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k, ok := r.byID[id]
	return k, ok
}

func (r *keyring) put(id int64, k keys.Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for other := range r.byID {
		if len(r.byID) < maxKeyring {
			break
		}
		delete(r.byID, other)
	}
	r.byID[id] = k
}

func (r *keyring) defaultID(keyType string) (int64, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id, ok := r.defaults[keyType]
	return id, ok
}

func (r *keyring) setDefault(keyType string, id int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.defaults[keyType] = id
}

// errNotKey is a resource that is not there or is not a signing key.
var errNotKey = errors.New("not a signing key")

// key returns the signing key of a resource, or errNotKey.
func (s *Service) key(ctx context.Context, id int64) (keys.Key, error) {
	if k, ok := s.keys.get(id); ok {
		return k, nil
	}
	r, err := store.Get[entity.Resource](ctx, s.store.Read(), id)
	if errors.Is(err, store.ErrNoRow) {
		return keys.Key{}, errNotKey
	}
	if err != nil {
		return keys.Key{}, fmt.Errorf("read a signing key: %w", err)
	}
	if !r.IsSigningKey() || len(r.Sealed) == 0 {
		return keys.Key{}, errNotKey
	}
	k, err := s.unseal(r)
	if err != nil {
		return keys.Key{}, err
	}
	s.keys.put(id, k)
	return k, nil
}

// keyFor finds the key that signs a license: the one named on the license,
// which must fit the format, or else the first that fits of its template's, its
// product's and the server's own.
func (s *Service) keyFor(ctx context.Context, lic *entity.License, o origin) (keys.Key, error) {
	want, err := document.KeyType(lic.Format)
	if err != nil {
		return keys.Key{}, err
	}
	if lic.SignatureKeysID != nil {
		return s.namedKey(ctx, *lic.SignatureKeysID, want, lic.Format)
	}
	for _, id := range o.keyIDs() {
		k, err := s.key(ctx, id)
		if err == nil && k.Type() == want {
			return k, nil
		}
		if err != nil && !errors.Is(err, errNotKey) {
			return keys.Key{}, err
		}
	}
	return s.defaultKey(ctx, want)
}

func (s *Service) namedKey(ctx context.Context, id int64, want string, format entity.Format) (keys.Key, error) {
	k, err := s.key(ctx, id)
	if errors.Is(err, errNotKey) {
		return keys.Key{}, noSuchKey(id)
	}
	if err == nil && k.Type() != want {
		return keys.Key{}, fault.Bad("signatureKeysId", "format %d is signed by a key of type %s, resource %d is of type %s", format, want, id, k.Type())
	}
	return k, err
}

func noSuchKey(id int64) *fault.Error {
	return fault.Bad("signatureKeysId", "there is no signing key %d", id)
}

func (s *Service) defaultKey(ctx context.Context, keyType string) (keys.Key, error) {
	id, ok := s.keys.defaultID(keyType)
	if !ok {
		err := s.store.Read().NewSelect().Model((*entity.Resource)(nil)).Column("id").
			Where("is_default = ?", true).Where("type = ?", keyType).Order("id").Limit(1).Scan(ctx, &id)
		if err != nil {
			return keys.Key{}, fmt.Errorf("find the server's own %s key: %w", keyType, store.Normalise(err))
		}
		s.keys.setDefault(keyType, id)
	}
	return s.key(ctx, id)
}

// checkKeyReference refuses a reference to what is not a signing key. It asks
// the books: the keyring may know a key that has been deleted.
func (s *Service) checkKeyReference(ctx context.Context, id *int64) error {
	if id == nil {
		return nil
	}
	r, err := store.Get[entity.Resource](ctx, s.store.Read(), *id)
	if errors.Is(err, store.ErrNoRow) || err == nil && !r.IsSigningKey() {
		return noSuchKey(*id)
	}
	return err
}
