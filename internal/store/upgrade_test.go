package store_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// older is a database of an older schema.
func older(t *testing.T, url string, version int64) *sql.DB {
	t.Helper()
	engine, driver := store.Postgres, "pgx"
	if strings.HasPrefix(url, "sqlite:") {
		engine, driver = store.SQLite, "sqlite"
	}
	db, err := sql.Open(driver, strings.TrimPrefix(url, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // where the test has not
	if err := store.MigrateTo(t.Context(), engine, db, version); err != nil {
		t.Fatal(err)
	}
	return db
}

func run(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// newest brings an older database to the newest schema.
func newest(t *testing.T, db *sql.DB, url string) *store.Store {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return storetest.Open(t, url)
}
