package storetest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

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
// and empty database.
func Each(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	for _, engine := range []store.Engine{store.SQLite, store.Postgres} {
		t.Run(engine.String(), func(t *testing.T) {
			t.Parallel()
			test(t, URL(t, engine))
		})
	}
}

// URL names a fresh and empty database of the engine.
func URL(t testing.TB, engine store.Engine) string {
	t.Helper()
	if engine == store.SQLite {
		return "sqlite:" + filepath.Join(t.TempDir(), "licet.db")
	}
	url, err := shared.database(t.Context())
	if err != nil {
		t.Fatalf("PostgreSQL for tests (make test installs it): %v", err)
	}
	return url
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
