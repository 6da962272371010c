package seat

import (
	"context"
	"sync"
	"time"
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
		ids, err := s.books.lapsedLicenses(ctx, after, s.now(), sweepLicenses)
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
		n, err := s.books.reap(ctx, id, s.now(), sweepRows)
		if total += n; err != nil || n < sweepRows {
			return total, err
		}
	}
}

// How often Keep marks the clock and sweeps.
const (
	markInterval  = 10 * time.Second
	sweepInterval = time.Minute
)

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
