package store_test

import (
	"testing"

	"github.com/licet/licet/internal/store/storetest"
)

// TestLicensesOfOlderBooksAreCounted by the migration that begins to count.
func TestLicensesOfOlderBooksAreCounted(t *testing.T) {
	t.Parallel()
	storetest.EachEmpty(t, func(t *testing.T, url string) {
		db := older(t, url, 5)
		run(t, db, `INSERT INTO licenses (id, license_id, format, licensing_mode, user_key, revoked, trace, parent_id) VALUES
			(1, 'a', 4, 0, 'a', TRUE, FALSE, NULL), (2, 'b', 4, 1, 'b', FALSE, TRUE, NULL), (3, 'b', 4, 1, NULL, FALSE, TRUE, 2), (4, 'c', 4, 2, 'c', TRUE, FALSE, NULL)`)
		var n [6]int
		err := newest(t, db, url).Read().NewRaw(`SELECT licenses, revoked, traced, file, activation, floating FROM license_figures`).
			Scan(t.Context(), &n[0], &n[1], &n[2], &n[3], &n[4], &n[5])
		if err != nil || n != [6]int{3, 2, 1, 1, 1, 1} {
			t.Errorf("%v, %v", n, err)
		}
	})
}
