package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"modernc.org/sqlite"
)

const (
	// copyPages is how many pages of 4 KiB are copied between two looks at the
	// context.
	copyPages = 256
	// syncSteps is after how many of these the copy goes to the disk. All of it at
	// the end would keep the disk from the server's commits for as long.
	syncSteps = 4
)

// CopySQLite copies the books in file to a new file, as they are at one moment
// after the call: every commit before it is in the copy. A server may serve them
// meanwhile: its writes wait for nothing, only its write-ahead log is not begun
// anew before the copy is done. The copy is on disk when CopySQLite returns; on
// an error it may be there in part.
func CopySQLite(ctx context.Context, file, to string) error {
	db, err := sql.Open("sqlite", fileURI(file, url.Values{"mode": {"rw"}, "_pragma": {"busy_timeout(5000)", "query_only(1)"}}))
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	defer conn.Close()
	// Inside this transaction all that is read is of one moment. Without it the
	// copying would begin again whenever the server writes.
	var rows int
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return fmt.Errorf("read the database: %w", err)
	}
	if err := conn.QueryRowContext(ctx, "SELECT COUNT(*) FROM sqlite_schema").Scan(&rows); err != nil {
		return fmt.Errorf("read the database: %w", err)
	}
	return conn.Raw(func(driver any) error { return copyTo(ctx, driver, to) })
}

// copier is the driver's connection.
type copier interface {
	NewBackup(uri string) (*sqlite.Backup, error)
}

func copyTo(ctx context.Context, driver any, to string) (err error) {
	source, ok := driver.(copier)
	if !ok {
		return errors.New("the SQLite driver cannot copy a database")
	}
	f, err := os.OpenFile(to, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("make the copy: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	// Nothing is left of a copy that fails, so it needs no journal of its own.
	b, err := source.NewBackup(fileURI(to, url.Values{"_pragma": {"journal_mode(OFF)", "synchronous(OFF)", "cache_size(-1024)"}}))
	if err != nil {
		return fmt.Errorf("make the copy: %w", err)
	}
	err = copySteps(ctx, b, f)
	if err := errors.Join(err, b.Finish()); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	return nil
}

func copySteps(ctx context.Context, b *sqlite.Backup, f *os.File) error {
	for step := 1; ; step++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		more, err := b.Step(copyPages)
		if err != nil || !more {
			return err
		}
		if step%syncSteps == 0 {
			if err := f.Sync(); err != nil {
				return err
			}
		}
	}
}

// Copy is a SQLite file that nobody writes to. Opening it neither locks nor
// changes nor migrates it, and lays nothing beside it.
type Copy struct{ db *bun.DB }

// OpenCopy opens a file that CopySQLite made.
func OpenCopy(file string) (*Copy, error) {
	db, err := sql.Open("sqlite", fileURI(file, url.Values{"mode": {"ro"}, "immutable": {"1"}}))
	if err != nil {
		return nil, fmt.Errorf("open the copy: %w", err)
	}
	return &Copy{bun.NewDB(db, sqlitedialect.New())}, nil
}

// Read returns the handle for reading.
func (c *Copy) Read() *bun.DB { return c.db }

// Close closes the file.
func (c *Copy) Close() error { return c.db.Close() }

// Check refuses a file whose structure is not whole, whose rows refer to nothing,
// that holds no books of ours, or books of a newer program. It returns the
// version of their schema.
func (c *Copy) Check(ctx context.Context) (schema int64, err error) {
	var verdict string
	if err := c.db.NewRaw("PRAGMA quick_check(1)").Scan(ctx, &verdict); err != nil {
		return 0, fmt.Errorf("check the database: %w", err)
	}
	if verdict != "ok" {
		return 0, fmt.Errorf("the database is damaged: %s", verdict)
	}
	var broken int
	if err := c.db.NewRaw("SELECT COUNT(*) FROM pragma_foreign_key_check").Scan(ctx, &broken); err != nil {
		return 0, fmt.Errorf("check the references: %w", err)
	}
	if broken > 0 {
		return 0, fmt.Errorf("the database is damaged: %d rows refer to nothing", broken)
	}
	provider, err := migrationsOf(SQLite, c.db.DB)
	if err != nil {
		return 0, err
	}
	// Not by goose, which would make its table where there is none.
	err = c.db.NewRaw("SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(ctx, &schema)
	if err != nil {
		return 0, fmt.Errorf("there are no books in the database: %w", err)
	}
	return schema, refuseAbove(schema, newest(provider))
}
