package oldbooks

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// each runs test on the books of every schema, on both engines.
func each(t *testing.T, test func(t *testing.T, b *Books, url string)) {
	t.Helper()
	versions, err := Versions()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range versions {
		t.Run(fmt.Sprint("schema ", v), func(t *testing.T) {
			t.Parallel()
			storetest.EachEmpty(t, func(t *testing.T, url string) {
				b, err := LoadVersion(t.Context(), v, url)
				if err != nil {
					t.Fatal(err)
				}
				test(t, b, url)
			})
		})
	}
}

// TestAnUpgradeLosesNothing: of books of every schema, every row is there after
// the migration to the newest, with every value; what the database counts by
// itself is right, and stays so.
func TestAnUpgradeLosesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *Books, url string) {
		st := storetest.Open(t, url)
		for _, wrong := range b.Compare(t.Context(), st) {
			t.Error(wrong)
		}
		for _, change := range []string{
			`UPDATE licenses SET revoked = NOT revoked, trace = NOT trace WHERE parent_id IS NULL`,
			`UPDATE licenses SET licensing_mode = 0 WHERE parent_id IS NULL AND licensing_mode = 2`,
		} {
			write(t, st, change)
		}
		for _, wrong := range contradictions(t.Context(), st) {
			t.Errorf("after a change: %s", wrong)
		}
	})
}

func write(t *testing.T, st *store.Store, statement string) {
	t.Helper()
	err := st.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.NewRaw(statement).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestEveryLossIsSeen: or the test above would show nothing.
func TestEveryLossIsSeen(t *testing.T) {
	t.Parallel()
	for harm, says := range map[string]string{
		`UPDATE customers SET company = company || ' ' WHERE id = 1`:                                          "customers: company of 1",
		`UPDATE customers SET rating = 9223372036854775806 WHERE rating = 9223372036854775807`:                "customers: rating of",
		`UPDATE contacts SET meta = 'x' WHERE id = 1`:                                                         "contacts: meta of 1",
		`UPDATE customers SET created_at = 0 WHERE created_at IS NULL`:                                        "customers: created_at of",
		`DELETE FROM license_traces WHERE id = 2`:                                                             "license_traces: the row 2 is lost",
		`INSERT INTO products (name) VALUES ('new')`:                                                          "came from nowhere",
		`ALTER TABLE assemblies DROP COLUMN culture`:                                                          "assemblies: the column culture is lost",
		`DROP TABLE custom_tags`:                                                                              "custom_tags",
		`UPDATE seat_pools SET held = held + 1`:                                                               "pools that do not count",
		`UPDATE license_figures SET floating = floating + 1 WHERE id = (SELECT MIN(id) FROM license_figures)`: "figures of licenses",
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			url := storetest.Empty(t, store.SQLite)
			b, err := LoadVersion(t.Context(), 9, url)
			if err != nil {
				t.Fatal(err)
			}
			st := storetest.Open(t, url)
			write(t, st, harm)
			if wrong := strings.Join(b.Compare(t.Context(), st), "\n"); !strings.Contains(wrong, says) {
				t.Errorf("%s is not seen: %q", harm, wrong)
			}
		})
	}
}
