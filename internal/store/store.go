package store

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/uptrace/bun"
)

// Engine is the kind of database under the books.
type Engine uint8

// The engines.
const (
	SQLite Engine = iota
	Postgres
)

func (e Engine) String() string {
	if e == Postgres {
		return "postgres"
	}
	return "sqlite"
}

// Options say which books to open.
type Options struct {
	// URL is sqlite:FILE or postgres://…
	URL string
	// Logger gets what goes wrong below a request; nil: slog.Default.
	Logger *slog.Logger
	// Registry gets the store's metrics; nil: none are kept.
	Registry prometheus.Registerer
	// Name is what PostgreSQL shows of this program's connections; "": that of a
	// server. See Served.
	Name string
}

// Store is one open set of books. It is safe for concurrent use.
type Store struct {
	engine Engine
	read   *bun.DB
	writer *writer       // SQLite only
	hot    *readers      // SQLite only
	pool   *pgxpool.Pool // PostgreSQL only
	close  []func() error
	kinds  kinds // what lists know of entities
}

// Open opens the books at o.URL, creates them if they are not there, and
// migrates them. A SQLite file that another process serves is refused.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	if file, ok := strings.CutPrefix(o.URL, "sqlite:"); ok {
		return openSQLite(ctx, file, o)
	}
	if strings.HasPrefix(o.URL, "postgres://") || strings.HasPrefix(o.URL, "postgresql://") {
		return openPostgres(ctx, o)
	}
	return nil, fmt.Errorf("database must be sqlite:FILE or postgres://…")
}

// Engine says which database is under the books.
func (s *Store) Engine() Engine { return s.engine }

// Read returns the handle for reading. On SQLite its connections are
// query_only: an attempt to write through them fails.
func (s *Store) Read() *bun.DB { return s.read }

// Pool returns the PostgreSQL pool, for hand-written hot statements; nil on SQLite.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// Ping says whether the books can be read now.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	if err := s.read.NewRaw("SELECT 1").Scan(ctx, &one); err != nil {
		return Normalise(err)
	}
	return nil
}

// Close waits for what is being written, then lets go of the database.
func (s *Store) Close() error {
	var first error
	for i := len(s.close) - 1; i >= 0; i-- {
		if err := s.close[i](); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// Tx is an open transaction. On SQLite its Stmt statements are prepared once
// for the life of the process.
type Tx struct {
	bun.IDB
	stmts *statements // SQLite only
}

// Stmt returns the prepared form of a hand-written SQLite statement, keyed by
// its text, so the text must be a constant.
func (t *Tx) Stmt(query string) (*Stmt, error) { return t.stmts.prepare(query) }

// Prepares says whether Stmt can be used: on SQLite.
func (t *Tx) Prepares() bool { return t.stmts != nil }

// Write runs fn in a transaction and returns when its changes are on disk. An
// error of fn undoes what it wrote and nothing else. fn must use only tx, must
// not call Write, and may run more than once (PostgreSQL retries a transaction
// that lost against another, SQLite a batch that one seat command failed in).
func (s *Store) Write(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if s.engine == Postgres {
		return s.writePostgres(ctx, fn)
	}
	return s.writer.do(ctx, s.writer.bulk, &command{fn: fn, bulk: true})
}

// WriteSeat is Write for seat commands on SQLite: they go before all others.
func (s *Store) WriteSeat(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	return s.writer.do(ctx, s.writer.seats, &command{fn: fn})
}
