package transfer_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/transfer"
)

// TestRoundTripThroughTheOtherEngine: rows in every table, something in every
// column, out of one engine, through the other, and back.
func TestRoundTripThroughTheOtherEngine(t *testing.T) {
	t.Parallel()
	for _, engine := range []store.Engine{store.SQLite, store.Postgres} {
		t.Run(engine.String(), func(t *testing.T) {
			t.Parallel()
			url, s := stocked(t, engine)
			want, file := contents(t, s), exported(t, url)
			if !strings.Contains(sequencesOf(file), `"licenses":17,`) {
				t.Errorf("highest ids %s", sequencesOf(file))
			}
			for table, rows := range want {
				if len(rows) < stockRows {
					t.Errorf("the stock has %d rows in %s", len(rows), table)
				}
			}
			for _, to := range []store.Engine{1 - engine, engine} {
				url, look := at(t, to)
				o := brought(t, url, file, false)
				if o.err != nil || o.summary[transfer.Inserted] != int64(len(rowsOf(file))) {
					t.Fatalf("into %s: %v, %v, %v", to, o.err, o.summary, o.bad())
				}
				look(func(s *store.Store) {
					equalBooks(t, contents(t, s), want)
					figures(t, s)
				})
				again := exported(t, url)
				if !slices.Equal(rowsOf(again), rowsOf(file)) {
					t.Error("the file of the copy differs")
				}
				if a, b := sequencesOf(again), sequencesOf(file); a != b {
					t.Errorf("the highest ids are %s, were %s", a, b)
				}
				file = again
			}
		})
	}
}

func sequencesOf(file string) string {
	_, rest, _ := strings.Cut(file, `"sequences":`)
	sequences, _, _ := strings.Cut(rest, "}")
	return sequences
}

// figures holds that triggers have counted the licenses that came in once.
func figures(t *testing.T, s *store.Store) {
	t.Helper()
	var counted, there int64
	if err := s.Read().NewRaw(`SELECT SUM(licenses) FROM license_figures`).Scan(t.Context(), &counted); err != nil {
		t.Fatal(err)
	}
	if err := s.Read().NewRaw(`SELECT COUNT(*) FROM licenses WHERE parent_id IS NULL`).Scan(t.Context(), &there); err != nil {
		t.Fatal(err)
	}
	if counted != there {
		t.Errorf("%d licenses are counted, there are %d", counted, there)
	}
}
