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

// keyring keeps parsed keys by resource id. What it says of a key never goes
// stale: material is never replaced, and ids are never used twice. Whether a key
// is still there and may sign is for the books to say: another node may have
// deleted or revoked it a moment ago.
type keyring struct {
	mu   sync.Mutex
	byID map[int64]keys.Key
}

func newKeyring() *keyring { return &keyring{byID: map[int64]keys.Key{}} }

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
	return s.firstKey(ctx, o.keyIDs(), want)
}

func (s *Service) namedKey(ctx context.Context, id int64, want string, format entity.Format) (keys.Key, error) {
	k, err := s.key(ctx, id)
	if errors.Is(err, errNotKey) {
		return keys.Key{}, noSuchKey(id)
	}
	if err == nil && k.Type() != want {
		return keys.Key{}, fault.Bad("signatureKeysId", "format %d is signed by a key of type %s, resource %d is of type %s", format, want, id, k.Type())
	}
	if err != nil {
		return keys.Key{}, err
	}
	return k, s.refuseRevoked(ctx, id, k)
}

func noSuchKey(id int64) *fault.Error {
	return fault.Bad("signatureKeysId", "there is no signing key %d", id)
}

// defaultKey is the server's own key, looked up each time because any node may
// have made another one the default. Of two the later is meant.
func (s *Service) defaultKey(ctx context.Context, keyType string) (keys.Key, error) {
	var id int64
	err := s.store.Read().NewRaw(`SELECT id FROM resources WHERE is_default AND type = ? ORDER BY id DESC LIMIT 1`, keyType).Scan(ctx, &id)
	if err != nil {
		return keys.Key{}, fmt.Errorf("find the server's own %s key: %w", keyType, store.Normalise(err))
	}
	k, err := s.key(ctx, id)
	if err != nil {
		return keys.Key{}, err
	}
	return k, s.refuseRevoked(ctx, id, k)
}

// checkKeyReference refuses a reference to what cannot sign. It asks the books:
// the keyring may know a key that has been deleted.
func (s *Service) checkKeyReference(ctx context.Context, id *int64) error {
	if id == nil {
		return nil
	}
	r, err := store.Get[entity.Resource](ctx, s.store.Read(), *id)
	if errors.Is(err, store.ErrNoRow) || err == nil && !r.IsSigningKey() {
		return noSuchKey(*id)
	}
	if err != nil {
		return err
	}
	return refuseRevokedIn(ctx, s.store.Read(), *id, r.KeyID)
}
