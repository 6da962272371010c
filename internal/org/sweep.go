package org

import (
	"context"
	"fmt"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

// How long the key of a request is known. A day is promised; the clocks of two
// nodes may be apart.
const keptFor = 48 * time.Hour

const (
	sweepInterval = 10 * time.Minute
	sweepBatch    = 500
)

// Sweep forgets requests that are too old, and says how many.
func (s *Service) Sweep(ctx context.Context) (int64, error) {
	before := entity.TimeOf(s.clock.Read().Lease.Add(-keptFor))
	for total := int64(0); ; {
		var n int64
		err := s.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			res, err := tx.NewRaw(`DELETE FROM limit_requests WHERE (organisation_id, idempotency_key) IN
				(SELECT organisation_id, idempotency_key FROM limit_requests WHERE made_at < ? ORDER BY made_at LIMIT ?)`, before, sweepBatch).Exec(ctx)
			if err != nil {
				return err
			}
			n, err = res.RowsAffected()
			return err
		})
		if err != nil {
			return total, fmt.Errorf("sweep requests: %w", err)
		}
		if total += n; n < sweepBatch {
			return total, nil
		}
	}
}

// Keep sweeps until ctx ends. report gets what goes wrong.
func (s *Service) Keep(ctx context.Context, report func(error)) {
	tick := time.NewTicker(sweepInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			report(err)
		}
	}
}
