package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

// fill is a license with seats that were put there by SQL: numbers first to
// first+seats, which no other license has.
type fill struct {
	license license
	first   uint64
	seats   int
}

// fillChunk is how many seats one transaction puts in, in the order of their
// identities: indexes then look as if their rows had come one by one.
const fillChunk = 50_000

// fillColumns completes an INSERT whose SELECT gives i and its scattered digits.
const (
	fillColumns = `INSERT INTO license_tokens (kind, token, address, client_id, client_name, machine_id,
			issue_date, expire_at, last_heartbeat, license_id)
		SELECT 2, 'fltk_' || d, '127.0.0.1', 'licet-bench', 'licet-bench', 'm' || d, ?2, ?3, ?2, ?4 FROM numbers ORDER BY d`
	fillSQLite = `WITH RECURSIVE n(i) AS (SELECT ?0 UNION ALL SELECT i + 1 FROM n WHERE i < ?1),
		numbers AS (SELECT printf('%0' || ?5 || 'd', i * ?6 % ?7) AS d FROM n) ` + fillColumns
	fillPostgres = `WITH numbers AS (
		SELECT lpad((i * ?6 % ?7)::text, ?5, '0') AS d FROM generate_series(?0::bigint, ?1::bigint) i) ` + fillColumns
)

// fillSeats holds the seats in books that no server has open. They live longer
// than any run.
func fillSeats(ctx context.Context, url string, fills []fill, lease time.Duration) error {
	s, err := store.Open(ctx, store.Options{URL: url})
	if err != nil {
		return fmt.Errorf("open the books: %w", err)
	}
	defer s.Close()
	for _, f := range fills {
		for done := 0; done < f.seats; done += fillChunk {
			if err := f.write(ctx, s, done, min(f.seats-done, fillChunk), lease); err != nil {
				return fmt.Errorf("fill %d seats: %w", f.seats, err)
			}
		}
	}
	if s.Engine() == store.Postgres {
		// As autovacuum and the checkpointer would in time, but not while measuring.
		for _, query := range []string{"VACUUM ANALYZE", "CHECKPOINT"} {
			if _, err := s.Pool().Exec(ctx, query); err != nil {
				return fmt.Errorf("settle the books: %w", err)
			}
		}
	}
	return s.Close()
}

func (f fill) write(ctx context.Context, s *store.Store, done, n int, lease time.Duration) error {
	query := fillSQLite
	if s.Engine() == store.Postgres {
		query = fillPostgres
	}
	from, now := f.first+uint64(done), time.Now()
	return s.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.NewRaw(query, from, from+uint64(n)-1, entity.TimeOf(now), entity.TimeOf(now.Add(lease)),
			f.license.ID, digits, scatterBy, scatterOver).Exec(ctx)
		if err != nil {
			return err
		}
		_, err = tx.NewRaw(`UPDATE seat_pools SET held = held + ? WHERE license_id = ? AND kind = 2`, n, f.license.ID).Exec(ctx)
		return err
	})
}
