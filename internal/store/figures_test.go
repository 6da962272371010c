package store_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// TestLicensesOfOlderBooksAreCounted by the migration that begins to count.
func TestLicensesOfOlderBooksAreCounted(t *testing.T) {
	t.Parallel()
	storetest.EachEmpty(t, func(t *testing.T, url string) {
		engine, driver := store.Postgres, "pgx"
		if strings.HasPrefix(url, "sqlite:") {
			engine, driver = store.SQLite, "sqlite"
		}
		db, err := sql.Open(driver, strings.TrimPrefix(url, "sqlite:"))
		if err != nil {
			t.Fatal(err)
		}
		if err := store.MigrateTo(t.Context(), engine, db, 5); err != nil {
			t.Fatal(err)
		}
		_, err = db.ExecContext(t.Context(), `INSERT INTO licenses (id, license_id, format, licensing_mode, user_key, revoked, trace, parent_id) VALUES
			(1, 'a', 4, 0, 'a', TRUE, FALSE, NULL), (2, 'b', 4, 1, 'b', FALSE, TRUE, NULL), (3, 'b', 4, 1, NULL, FALSE, TRUE, 2), (4, 'c', 4, 2, 'c', TRUE, FALSE, NULL)`)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		var n [6]int
		err = storetest.Open(t, url).Read().NewRaw(`SELECT licenses, revoked, traced, file, activation, floating FROM license_figures`).
			Scan(t.Context(), &n[0], &n[1], &n[2], &n[3], &n[4], &n[5])
		if err != nil || n != [6]int{3, 2, 1, 1, 1, 1} {
			t.Errorf("%v, %v", n, err)
		}
	})
}
