package eventlog

import (
	"context"
	"fmt"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

const (
	sweepInterval = time.Minute
	// sweepRows is how many entries one transaction sweeps.
	sweepRows = 250
)

func (l *Log) keepSwept(ctx context.Context) {
	tick := time.NewTicker(sweepInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := l.Sweep(ctx); err != nil && ctx.Err() == nil {
			l.own.Error("background work", "error", err)
		}
	}
}

// Sweep deletes entries that are older than the retention, and those further
// behind the newest than entries are kept, and returns how many. Ids tell how far
// behind: where some were deleted by hand, fewer are kept.
func (l *Log) Sweep(ctx context.Context) (int64, error) {
	old, err := l.sweep(ctx, `SELECT id FROM log_entries WHERE time_stamp < ? ORDER BY time_stamp LIMIT ?`,
		entity.TimeOf(l.now().Add(-l.settings().Retention)))
	if err != nil {
		return old, err
	}
	var newest int64
	if err := l.store.Read().NewRaw(`SELECT COALESCE(MAX(id), 0) FROM log_entries`).Scan(ctx, &newest); err != nil {
		return old, fmt.Errorf("find the newest log entry: %w", store.Normalise(err))
	}
	many, err := l.sweep(ctx, `SELECT id FROM log_entries WHERE id <= ? ORDER BY id LIMIT ?`, newest-l.most)
	return old + many, err
}

// sweep deletes the rows of a query in small transactions, with rests between
// them as those of writing.
func (l *Log) sweep(ctx context.Context, rows string, bound any) (int64, error) {
	total := int64(0)
	for {
		start := time.Now()
		var n int64
		err := l.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			res, err := tx.NewRaw(`DELETE FROM log_entries WHERE id IN (`+rows+`)`, bound, sweepRows).Exec(ctx)
			if err != nil {
				return err
			}
			n, err = res.RowsAffected()
			return err
		})
		if err != nil {
			return total, fmt.Errorf("sweep the log: %w", err)
		}
		if total += n; n < sweepRows {
			return total, nil
		}
		pause(ctx, restFactor*time.Since(start))
	}
}
