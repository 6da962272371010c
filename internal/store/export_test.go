package store

import (
	"context"
	"database/sql"
)

// MigrateTo brings an empty database to an older schema.
func MigrateTo(ctx context.Context, engine Engine, db *sql.DB, version int64) error {
	p, err := newProvider(engine, db)
	if err != nil {
		return err
	}
	_, err = p.UpTo(ctx, version)
	return err
}

// Waiting is how many commands wait for the writer.
func (s *Store) Waiting() int { return len(s.writer.seats) + len(s.writer.bulk) }
