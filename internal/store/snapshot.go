package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

var (
	// ErrNoBooks is returned by OpenSnapshot where no server has ever started.
	ErrNoBooks = errors.New("there are no books at this database yet")
	// ErrOtherSchema is returned by OpenSnapshot for books of another version of
	// the program.
	ErrOtherSchema = errors.New("the books have the schema of another version of licet")
)

// Snapshot is the books as they were at one moment, for reading only. Servers
// that have the same books open go on; what they write does not show.
type Snapshot struct {
	engine Engine
	schema int64
	conn   *sql.Conn
	close  []func() error
}

// OpenSnapshot reads the books at a URL beside whoever serves them: it takes no
// lock, makes nothing, migrates nothing. On SQLite that is safe because the
// reader is this same program, and the write-ahead log lets readers and the writer
// be at once; the log grows until Close. Name is what PostgreSQL shows of it.
func OpenSnapshot(ctx context.Context, url, name string) (_ *Snapshot, err error) {
	s := &Snapshot{engine: Postgres}
	defer func() {
		if err != nil {
			_ = s.Close()
		}
	}()
	begin := "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	var db *sql.DB
	if file, ok := strings.CutPrefix(url, "sqlite:"); ok {
		s.engine, begin = SQLite, "BEGIN DEFERRED"
		db, err = beside(file)
	} else {
		db, err = besidePostgres(url, name)
	}
	if err != nil {
		return nil, err
	}
	s.close = append(s.close, db.Close)
	if s.conn, err = db.Conn(ctx); err != nil {
		return nil, fmt.Errorf("open the books: %w", err)
	}
	s.close = append(s.close, s.conn.Close)
	if _, err := s.conn.ExecContext(ctx, begin); err != nil {
		return nil, fmt.Errorf("begin to read the books: %w", Normalise(err))
	}
	return s, s.checkSchema(ctx)
}

func beside(file string) (*sql.DB, error) {
	info, err := os.Stat(file)
	if errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil, fmt.Errorf("%w: %s", ErrNoBooks, file)
	}
	if err != nil {
		return nil, fmt.Errorf("find the database file: %w", err)
	}
	db, err := sql.Open("sqlite", sqliteDSN(file, "query_only(1)"))
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return db, nil
}

func besidePostgres(url, name string) (*sql.DB, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err) // pgx masks the password in its message
	}
	cfg.RuntimeParams["application_name"] = cmp.Or(name, serverName)
	cfg.RuntimeParams["timezone"] = "UTC"
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec // works behind poolers too
	return stdlib.OpenDB(*cfg), nil
}

// checkSchema is also the first look at the books, which the snapshot is of.
func (s *Snapshot) checkSchema(ctx context.Context) error {
	there := `SELECT COUNT(*) FROM sqlite_master WHERE name = 'goose_db_version'`
	if s.engine == Postgres {
		there = `SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'goose_db_version'`
	}
	var n int64
	if err := s.conn.QueryRowContext(ctx, there).Scan(&n); err != nil {
		return fmt.Errorf("look for the books: %w", Normalise(err))
	}
	if n == 0 {
		return ErrNoBooks
	}
	if err := s.conn.QueryRowContext(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version`).Scan(&s.schema); err != nil {
		return fmt.Errorf("read the schema version: %w", Normalise(err))
	}
	known, err := SchemaVersion()
	if err == nil && s.schema != known {
		err = fmt.Errorf("%w: theirs is %d, this one's is %d", ErrOtherSchema, s.schema, known)
	}
	return err
}

// Engine says which database is under the books.
func (s *Snapshot) Engine() Engine { return s.engine }

// Query reads rows, streamed: it holds a few of them at once. One query is read
// at a time.
func (s *Snapshot) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := s.conn.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, Normalise(err)
	}
	return rows, nil
}

// Row reads one row; no row is ErrNoRow.
func (s *Snapshot) Row(ctx context.Context, query string, dest ...any) error {
	return Normalise(s.conn.QueryRowContext(ctx, query).Scan(dest...))
}

// Close lets go of the books.
func (s *Snapshot) Close() error {
	var errs []error
	for i := len(s.close) - 1; i >= 0; i-- {
		errs = append(errs, s.close[i]())
	}
	return errors.Join(errs...)
}
