package seat

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

// What the books remember of the lease clock, in rows of server_state, in
// microseconds. Leases that end after LeaseClock lived when LeaseTime was the
// time. A server before this one may have left LeaseClock alone: then it is the
// time too.
const (
	LeaseClock = "lease_clock"
	LeaseTime  = "lease_time"
	// LeaseGrace is until when no lease ends that lived at the start.
	LeaseGrace = "lease_grace"
)

// MarkClock keeps the present lease time for Recover. PostgreSQL needs none:
// there the database's clock decides and goes on while nodes restart.
func (s *Service) MarkClock(ctx context.Context) error {
	if s.store.Engine() == store.Postgres {
		return nil
	}
	now := s.now()
	return s.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return writeMarks(ctx, tx, now)
	})
}

// Recover is called before the first request of a SQLite server. Clients could
// not renew while it was down, and the wall clock may have been set in the
// meantime, so each lease alive at the last mark gets one more lease from now,
// and each that had lapsed by then stays lapsed. It takes as long whatever the
// number of leases.
//
// Lease time never goes back: where the wall clock did, it goes on from the last
// mark, and from as much later as that mark may be old.
func (s *Service) Recover(ctx context.Context) error {
	if s.store.Engine() == store.Postgres {
		return nil
	}
	lease := s.settings().LeaseTime()
	err := s.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		alive, marked, err := readMarks(ctx, tx)
		if err != nil {
			return err
		}
		s.epoch = epoch{lapsed: alive}
		if late := marked.Sub(s.clock.Read().Lease); late > 0 {
			s.epoch.shift = late + markInterval
		}
		now := s.now()
		// Who was told of a longer grace keeps it where the setting became shorter.
		if now.grace, err = readMark(ctx, tx, LeaseGrace, time.UnixMicro(0)); err != nil {
			return err
		}
		if one := now.Lease.Add(lease); now.grace.Before(one) {
			now.grace = one
		}
		s.epoch = now.epoch
		return writeMarks(ctx, tx, now)
	})
	if err != nil {
		return fmt.Errorf("carry the leases over: %w", err)
	}
	return nil
}

func writeMarks(ctx context.Context, tx *store.Tx, now instant) error {
	_, err := tx.NewRaw(`INSERT INTO server_state (name, value) VALUES (?, ?), (?, ?), (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
		LeaseClock, mark(now.over()), LeaseTime, mark(now.Lease), LeaseGrace, mark(now.grace)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("mark the lease clock: %w", err)
	}
	return nil
}

func mark(t time.Time) string { return strconv.FormatInt(entity.TimeOf(t).Micros(), 10) }

// readMarks reads the last marks. Books without any have no leases.
func readMarks(ctx context.Context, tx *store.Tx) (alive, marked time.Time, err error) {
	if alive, err = readMark(ctx, tx, LeaseClock, time.UnixMicro(0)); err != nil {
		return alive, marked, err
	}
	marked, err = readMark(ctx, tx, LeaseTime, alive)
	if marked.Before(alive) { // left there by this version, before an older one ran again
		marked = alive
	}
	return alive, marked, err
}

func readMark(ctx context.Context, tx *store.Tx, name string, otherwise time.Time) (time.Time, error) {
	var value string
	err := tx.NewRaw(`SELECT value FROM server_state WHERE name = ?`, name).Scan(ctx, &value)
	if errors.Is(store.Normalise(err), store.ErrNoRow) {
		return otherwise, nil
	}
	if err != nil {
		return otherwise, fmt.Errorf("read the lease clock: %w", err)
	}
	micros, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return otherwise, fmt.Errorf("read the lease clock: %w", err)
	}
	return entity.TimeOfMicros(micros).Std(), nil
}
