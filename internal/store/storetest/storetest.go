package storetest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/licet/licet/internal/store"
)

// Main runs the tests of a package that uses PostgreSQL and stops the cluster
// afterwards. Call it from TestMain.
func Main(m *testing.M) {
	code := m.Run()
	if err := shared.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stop the test cluster:", err)
	}
	os.Exit(code)
}

// Each runs test once on every engine, in parallel, with the URL of a fresh
// database that has the newest schema and no rows.
func Each(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	each(t, URL, test)
}

// EachEmpty is Each with databases that have no schema either.
func EachEmpty(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	each(t, Empty, test)
}

func each(t *testing.T, make func(testing.TB, store.Engine) string, test func(*testing.T, string)) {
	t.Helper()
	for _, engine := range []store.Engine{store.SQLite, store.Postgres} {
		t.Run(engine.String(), func(t *testing.T) {
			t.Parallel()
			test(t, make(t, engine))
		})
	}
}

// URL names a fresh database of the engine, with the newest schema.
func URL(t testing.TB, engine store.Engine) string {
	t.Helper()
	if engine == store.Postgres {
		return postgres(shared.migrated(t.Context()))(t)
	}
	books, err := file()
	if err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(t.TempDir(), "licet.db")
	if err := os.WriteFile(at, books, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + at
}

// Empty names a fresh and empty database of the engine.
func Empty(t testing.TB, engine store.Engine) string {
	t.Helper()
	if engine == store.Postgres {
		return postgres(shared.empty(t.Context()))(t)
	}
	return "sqlite:" + filepath.Join(t.TempDir(), "licet.db")
}

func postgres(url string, err error) func(testing.TB) string {
	return func(t testing.TB) string {
		t.Helper()
		if err != nil {
			t.Fatalf("PostgreSQL for tests (make test installs it): %v", err)
		}
		return url
	}
}

// Open opens the books at url and closes them when the test ends.
func Open(t testing.TB, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{URL: url})
	if err != nil {
		t.Fatalf("open the books: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the books: %v", err)
		}
	})
	return s
}

// AwaitIdle waits until nobody but the caller is connected to a PostgreSQL
// database: what a killed process has sent may still be on its way into it.
func AwaitIdle(t testing.TB, url string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for others := -1; others != 0; {
		err := conn.QueryRow(t.Context(), `SELECT COUNT(*) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`).Scan(&others)
		if err != nil {
			t.Fatal(err)
		}
	}
}
