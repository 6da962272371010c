package seat

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

const (
	// sweepLicenses is how many licenses one look-up of the sweeper returns.
	sweepLicenses = 200
	// sweepRows is how many rows it removes in one transaction, so that seat
	// calls never wait long for it.
	sweepRows = 100
)

// Sweep removes lapsed leases of all licenses and returns how many. Nothing
// depends on it: claims reap what they need, expiry is judged when a row is
// read. It keeps the counts that clients see close to the truth.
func (s *Service) Sweep(ctx context.Context) (int64, error) {
	total, after := int64(0), int64(0)
	for {
		ids, err := s.books.lapsedLicenses(ctx, after, s.clock.Read(), sweepLicenses)
		if err != nil || len(ids) == 0 {
			return total, err
		}
		for _, id := range ids {
			n, err := s.sweepLicense(ctx, id)
			if total += n; err != nil {
				return total, err
			}
		}
		after = ids[len(ids)-1]
	}
}

func (s *Service) sweepLicense(ctx context.Context, id int64) (int64, error) {
	total := int64(0)
	for {
		n, err := s.books.reap(ctx, id, s.clock.Read(), sweepRows)
		if total += n; err != nil || n < sweepRows {
			return total, err
		}
	}
}

// LeaseClock is the row of server_state with the highest lease time that this
// SQLite database has seen, in microseconds.
const LeaseClock = "lease_clock"

// How often Keep marks the clock and sweeps.
const (
	markInterval  = 10 * time.Second
	sweepInterval = time.Minute
)

// MarkClock keeps the present lease time for Recover. PostgreSQL needs none:
// there the database's clock decides and goes on while nodes restart.
func (s *Service) MarkClock(ctx context.Context) error {
	if s.store.Engine() == store.Postgres {
		return nil
	}
	now := s.clock.Read().Lease
	return s.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return writeMark(ctx, tx, now)
	})
}

func writeMark(ctx context.Context, tx *store.Tx, now time.Time) error {
	_, err := tx.NewRaw(`INSERT INTO server_state (name, value) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
		LeaseClock, strconv.FormatInt(entity.TimeOf(now).Micros(), 10)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("mark the lease clock: %w", err)
	}
	return nil
}

// Recover is called before the first request of a SQLite server. Clients could
// not renew while it was down, and the wall clock may have been set in the
// meantime, so each lease alive at the last mark gets one more lease from now,
// and each that had lapsed by then stays lapsed.
func (s *Service) Recover(ctx context.Context) error {
	if s.store.Engine() == store.Postgres {
		return nil
	}
	now, lease := s.clock.Read().Lease, s.settings().LeaseTime()
	err := s.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		mark, err := readMark(ctx, tx)
		if err != nil {
			return err
		}
		// One statement judges every row by the state before it; a lease that
		// ends at now is over.
		// At the start both clocks agree, so the license's own end compares.
		_, err = tx.NewRaw(`UPDATE license_tokens SET expire_at = CASE WHEN expire_at > ?0
				THEN min(?1, COALESCE((SELECT expire_date FROM licenses l WHERE l.id = license_id), ?1)) ELSE ?2 END
			WHERE kind = 2 AND (expire_at > ?0 OR expire_at > ?2)`,
			mark, entity.TimeOf(now.Add(lease)), entity.TimeOf(now)).Exec(ctx)
		if err != nil {
			return err
		}
		return writeMark(ctx, tx, now)
	})
	if err != nil {
		return fmt.Errorf("carry the leases over: %w", err)
	}
	return nil
}

// readMark is the last mark in microseconds. Books without one have no leases.
func readMark(ctx context.Context, tx *store.Tx) (int64, error) {
	var value string
	err := tx.NewRaw(`SELECT value FROM server_state WHERE name = ?`, LeaseClock).Scan(ctx, &value)
	if errors.Is(store.Normalise(err), store.ErrNoRow) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the lease clock: %w", err)
	}
	mark, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read the lease clock: %w", err)
	}
	return mark, nil
}

// Keep sweeps and marks the clock until ctx ends, each at its own pace: a long
// sweep must not make the mark old. report gets what goes wrong.
func (s *Service) Keep(ctx context.Context, report func(error)) {
	var both sync.WaitGroup
	both.Go(func() { every(ctx, markInterval, s.MarkClock, report) })
	both.Go(func() {
		every(ctx, sweepInterval, func(ctx context.Context) error {
			_, err := s.Sweep(ctx)
			return err
		}, report)
	})
	both.Wait()
}

func every(ctx context.Context, interval time.Duration, do func(context.Context) error, report func(error)) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := do(ctx); err != nil && ctx.Err() == nil {
			report(err)
		}
	}
}
