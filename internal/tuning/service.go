package tuning

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
)

// Sealer encrypts secrets at rest. A *vault.Vault is one.
type Sealer interface {
	Seal(plain []byte, context string) []byte
	Open(sealed []byte, context string) ([]byte, error)
	// Hold fails unless the books are still sealed under this sealer's key, and
	// keeps them so until the transaction ends.
	Hold(ctx context.Context, tx *store.Tx) error
}

// Service keeps the settings. Make it with Open; it is safe for concurrent use.
type Service struct {
	store  *store.Store
	sealer Sealer
	clock  clock.Clock
	pins   settings.Pins
	now    atomic.Pointer[snapshot]
}

// snapshot are the settings in force at a version of the books.
type snapshot struct {
	version int64
	values  settings.Values
}

// Open reads the settings from the books. Pins are what the configuration
// gives. Settings that do not go together are an error that names them.
func Open(ctx context.Context, st *store.Store, v Sealer, c clock.Clock, pins settings.Pins) (*Service, error) {
	s := &Service{store: st, sealer: v, clock: c, pins: pins}
	if err := s.Refresh(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Licensing are the settings of seats and keys in force.
func (s *Service) Licensing() settings.Licensing { return s.now.Load().values.Licensing }

// Application are the settings of people who sign in, and of the server as they
// see it.
func (s *Service) Application() settings.Application { return s.now.Load().values.Application }

// Email are the settings of mail, its password in plain.
func (s *Service) Email() settings.Email { return s.now.Load().values.Email }

// Log are the settings of the log.
func (s *Service) Log() settings.Log { return s.now.Load().values.Log }

// errUnfit is for settings that another node may store and this one, with its
// configuration, cannot follow.
var errUnfit = errors.New("the settings in the database and the configuration do not go together")

// Orders are the settings of license orders.
func (s *Service) Orders() settings.Orders { return s.now.Load().values.Orders }

// Refresh takes over what other nodes have changed. After an error the settings
// are as before. When nothing has changed it reads one row.
func (s *Service) Refresh(ctx context.Context) error {
	// The version comes first: rows that are newer than it are read once more.
	version, err := readVersion(ctx, s.store.Read())
	if err != nil {
		return err
	}
	if known := s.now.Load(); known != nil && known.version >= version {
		return nil
	}
	rows, err := readRows(ctx, s.store.Read())
	if err != nil {
		return err
	}
	stored, err := s.textsOf(rows)
	if err != nil {
		return err
	}
	values, err := settings.Combine(stored, s.pins)
	if err != nil {
		return fmt.Errorf("%w: %w", errUnfit, err)
	}
	s.publish(&snapshot{version: version, values: values})
	return nil
}

// refreshInterval is how often a node asks whether another has changed something.
const refreshInterval = 3 * time.Second

// Keep refreshes until ctx ends, where other nodes may change the books. report
// gets what goes wrong.
func (s *Service) Keep(ctx context.Context, report func(error)) {
	if s.store.Engine() != store.Postgres {
		return
	}
	tell := anew(report)
	tick := time.NewTicker(refreshInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.Refresh(ctx); ctx.Err() == nil {
			tell(err)
		}
	}
}

// anew passes on an error where the one before was another or none: what goes on
// for hours is told once.
func anew(report func(error)) func(error) {
	told := ""
	return func(err error) {
		if err == nil {
			told = ""
			return
		}
		if text := err.Error(); text != told {
			told = text
			report(fmt.Errorf("take over the settings: %w", err))
		}
	}
}

// publish puts a snapshot into force unless a later one is.
func (s *Service) publish(next *snapshot) {
	for {
		known := s.now.Load()
		if known != nil && known.version >= next.version || s.now.CompareAndSwap(known, next) {
			return
		}
	}
}
