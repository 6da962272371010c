package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"github.com/gofrs/flock"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the driver named "sqlite"
)

// ErrLocked is returned by Open when another process serves the same file.
var ErrLocked = errors.New("another licet server has this database open")

// sqliteDSN puts the pragmas where every connection of the pool gets them;
// busy_timeout comes first, so that setting the others can wait too.
func sqliteDSN(file string, extra ...string) string {
	q := url.Values{"_txlock": {"immediate"}}
	for _, p := range append([]string{
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)",
		"foreign_keys(1)", "wal_autocheckpoint(10000)",
	}, extra...) {
		q.Add("_pragma", p)
	}
	return fileURI(file, q)
}

func fileURI(file string, q url.Values) string {
	return "file:" + (&url.URL{Path: file}).EscapedPath() + "?" + q.Encode()
}

// How much of the indexes a connection keeps at most, in KiB (hence negative).
// A million seats have 150 MB of them; what a claim touches at random is read
// from the system's cache again if it is not here.
const (
	writerCache = "cache_size(-131072)"
	readerCache = "cache_size(-32768)"
)

func openSQLite(ctx context.Context, file string, o Options) (_ *Store, err error) {
	if file == "" || file == ":memory:" {
		return nil, fmt.Errorf("database: sqlite: needs a file name")
	}
	if file, err = prepareFile(file); err != nil {
		return nil, err
	}
	s := &Store{engine: SQLite}
	defer func() {
		if err != nil {
			_ = s.Close()
		}
	}()
	unlock, err := LockFile(file)
	if err != nil {
		return nil, err
	}
	s.close = append(s.close, unlock)
	writeDB, err := s.openPool(sqliteDSN(file, writerCache), 1)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, SQLite, writeDB.DB); err != nil {
		return nil, err
	}
	if s.writer, err = startWriter(ctx, writeDB, o); err != nil {
		return nil, err
	}
	s.close = append(s.close, s.writer.stop)
	readOnly := sqliteDSN(file, "query_only(1)")
	if s.read, err = s.openPool(readOnly, max(2, runtime.NumCPU())); err != nil {
		return nil, err
	}
	hotDB, err := s.openPool(sqliteDSN(file, "query_only(1)", readerCache), runtime.NumCPU())
	if err != nil {
		return nil, err
	}
	if s.hot, err = startReaders(ctx, hotDB, runtime.NumCPU()); err != nil {
		return nil, err
	}
	s.close = append(s.close, s.hot.close)
	return s, nil
}

// prepareFile makes the folder and the file, readable by their owner only: what
// SQLite lays beside the file gets the file's mode. It returns the file's own
// name, so that a link to it is locked as what it is.
func prepareFile(file string) (string, error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", fmt.Errorf("make the data folder: %w", err)
	}
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", fmt.Errorf("open the database file: %w", err)
	}
	if err := f.Close(); err != nil {
		return "", fmt.Errorf("open the database file: %w", err)
	}
	if file, err = filepath.EvalSymlinks(file); err != nil {
		return "", fmt.Errorf("find the database file: %w", err)
	}
	for _, name := range []string{file, file + "-wal", file + "-shm"} {
		if err := os.Chmod(name, 0o600); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("restrict the database file: %w", err)
		}
	}
	return file, nil
}

// LockFile keeps every server from the SQLite file until the process ends or calls
// unlock; ErrLocked when one has it open. The lock is a file beside the database,
// which stays: removing it would let two processes lock two files.
func LockFile(file string) (unlock func() error, err error) {
	lock := flock.New(file + ".lock")
	ok, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", lock.Path(), err)
	}
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrLocked, file)
	}
	return lock.Unlock, nil
}

func (s *Store) openPool(dsn string, conns int) (*bun.DB, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	s.close = append(s.close, db.Close)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return bun.NewDB(db, sqlitedialect.New()), nil
}
