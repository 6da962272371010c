package store

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/uptrace/bun"
)

// readers are query_only SQLite connections with statements of their own, for
// the reads of the hot path. There are as many as cores: more would only wait
// for each other.
type readers struct {
	free chan *statements
	made int
	gone chan struct{} // closed when they are being closed
	once sync.Once
}

func startReaders(ctx context.Context, db *bun.DB, n int) (*readers, error) {
	r := &readers{free: make(chan *statements, n), gone: make(chan struct{})}
	for range n {
		conn, err := db.DB.Conn(ctx)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open a reading connection: %w", err), r.close())
		}
		r.free <- newStatements(conn)
		r.made++
	}
	return r, nil
}

// close waits for the reads under way. It is safe to call it more than once.
func (r *readers) close() error {
	var errs []error
	r.once.Do(func() {
		close(r.gone)
		for range r.made {
			errs = append(errs, (<-r.free).close())
		}
	})
	return errors.Join(errs...)
}

func (r *readers) row(ctx context.Context, query string, args []any, dest []any) (bool, error) {
	select {
	case stmts := <-r.free:
		defer func() { r.free <- stmts }()
		st, err := stmts.prepare(query)
		if err != nil {
			return false, err
		}
		return st.Row(args, dest...)
	case <-ctx.Done():
		return false, ctx.Err()
	case <-r.gone:
		return false, closing()
	}
}

// Row reads the first row of a hand-written query on SQLite; false when there
// is none. The query is prepared once for each reading connection, so its text
// must be a constant.
func (s *Store) Row(ctx context.Context, query string, args []any, dest ...any) (bool, error) {
	found, err := s.hot.row(ctx, query, args, dest)
	return found, Normalise(err)
}
