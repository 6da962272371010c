package store

import (
	"context"
	"fmt"
)

// serverName is what PostgreSQL shows of connections of servers.
const serverName = "licet"

// aloneLock is the key of the PostgreSQL advisory lock of Reserve.
const aloneLock = 0x6c69636574 // "licet"

// Reserve keeps others from reserving the same books until release, or the end
// of the process: ErrLocked where another has. On SQLite the lock of Open already
// does that.
func (s *Store) Reserve(ctx context.Context) (release func(), err error) {
	if s.engine == SQLite {
		return func() {}, nil
	}
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("reserve the books: %w", Normalise(err))
	}
	var got bool
	if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", int64(aloneLock)).Scan(&got); err != nil {
		conn.Release()
		return nil, fmt.Errorf("reserve the books: %w", Normalise(err))
	}
	if !got {
		conn.Release()
		return nil, fmt.Errorf("%w: another import", ErrLocked)
	}
	// The lock is the connection's, so the connection goes with it.
	return func() { _ = conn.Hijack().Close(context.Background()) }, nil
}

// Served says whether a server has these books open. On SQLite none can while
// this process has. On PostgreSQL it is told by the connections of others that
// are named as a server's, so the caller must have another Options.Name.
func (s *Store) Served(ctx context.Context) (served bool, err error) {
	if s.engine == SQLite {
		return false, nil
	}
	err = s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM pg_stat_activity
		WHERE datname = current_database() AND application_name = $1 AND pid <> pg_backend_pid())`, serverName).Scan(&served)
	if err != nil {
		return false, fmt.Errorf("look for servers: %w", Normalise(err))
	}
	return served, nil
}
