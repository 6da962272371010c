package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// migrate brings the schema up to this program's. Several nodes may start at
// once: on PostgreSQL a session lock makes them take turns, on SQLite the file
// lock has already refused the second. Books that a newer program has migrated
// are refused.
func migrate(ctx context.Context, engine Engine, db *sql.DB) error {
	provider, err := migrationsOf(engine, db)
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return refuseNewer(ctx, provider)
}

func migrationsOf(engine Engine, db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/"+engine.String())
	if err != nil {
		return nil, fmt.Errorf("find the migrations: %w", err)
	}
	dialect, opts := goose.DialectSQLite3, []goose.ProviderOption{goose.WithVerbose(false)}
	if engine == Postgres {
		// A node that waits looks every second, for five minutes.
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
		if err != nil {
			return nil, fmt.Errorf("make the migration lock: %w", err)
		}
		dialect, opts = goose.DialectPostgres, append(opts, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(dialect, db, files, opts...)
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return provider, nil
}

func refuseNewer(ctx context.Context, provider *goose.Provider) error {
	have, err := provider.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read the schema version: %w", err)
	}
	return refuseAbove(have, newest(provider))
}

func newest(provider *goose.Provider) int64 {
	sources := provider.ListSources()
	return sources[len(sources)-1].Version
}

func refuseAbove(have, known int64) error {
	if have > known {
		return fmt.Errorf("the database has schema version %d, made by a newer licet; this one knows %d", have, known)
	}
	return nil
}

// SchemaVersion is the schema of books that this program has opened; it is the
// same on both engines.
func SchemaVersion() (int64, error) {
	names, err := fs.Glob(migrations, "migrations/sqlite/*.sql")
	if err != nil || len(names) == 0 {
		return 0, fmt.Errorf("find the migrations: %w", err)
	}
	return goose.NumericComponent(names[len(names)-1])
}

// MigrateTo brings a database to the schema of an older program. Tests of
// upgrades need it.
func MigrateTo(ctx context.Context, engine Engine, db *sql.DB, version int64) error {
	provider, err := migrationsOf(engine, db)
	if err != nil {
		return err
	}
	if _, err := provider.UpTo(ctx, version); err != nil {
		return fmt.Errorf("migrate the database to schema %d: %w", version, err)
	}
	return nil
}

// Migrations are the texts of all migrations, the first makes schema 1.
func Migrations(engine Engine) ([]string, error) {
	dir := "migrations/" + engine.String()
	entries, err := migrations.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("find the migrations: %w", err)
	}
	var all []string
	for _, e := range entries {
		text, err := migrations.ReadFile(dir + "/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("read a migration: %w", err)
		}
		all = append(all, string(text))
	}
	return all, nil
}
