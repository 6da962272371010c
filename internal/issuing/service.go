package issuing

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
)

// Sealer encrypts private keys at rest. A *vault.Vault is one.
type Sealer interface {
	Seal(plain []byte, context string) []byte
	Open(sealed []byte, context string) ([]byte, error)
	// Hold fails unless the books are still sealed under this sealer's key, and
	// keeps them so until the transaction ends.
	Hold(ctx context.Context, tx *store.Tx) error
}

// Service issues licenses. Make it with New; it is safe for concurrent use.
type Service struct {
	store    *store.Store
	sealer   Sealer
	settings func() settings.Licensing
	clock    clock.Clock
	keys     *keyring
	slots    chan struct{} // held while signing
	updates  queues        // by license
	newKey   KeyMaker
}

// KeyMaker makes a signing key of a type such as entity.ResourceRSA.
type KeyMaker func(keyType string) (keys.Key, error)

// New issues licenses into the books with keys sealed by v.
func New(st *store.Store, v Sealer, set func() settings.Licensing, c clock.Clock) *Service {
	return &Service{
		store: st, sealer: v, settings: set, clock: c,
		keys: newKeyring(), slots: make(chan struct{}, runtime.NumCPU()), newKey: keys.Generate,
	}
}

// MakeKeysBy makes this service ask for keys there, not keys.Generate, which
// takes a while. It is called before the service is used.
func (s *Service) MakeKeysBy(newKey KeyMaker) { s.newKey = newKey }

func (s *Service) now() time.Time { return s.clock.Read().Wall }

// entry is the audit entry of a change to a numbered row.
func (s *Service) entry(a journal.Action, kind string, id int64, format string, args ...any) journal.Entry {
	return journal.Entry{At: s.now(), Action: a, Entity: kind, EntityID: journal.ID(id), Details: fmt.Sprintf(format, args...)}
}

// inSlot runs sign when one of the signing slots is free.
func (s *Service) inSlot(ctx context.Context, sign func() error) error {
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.slots }()
	return sign()
}
