package app_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/backup"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// TestProofLeasesOfARestoredBackup: books that are brought up a month after they
// were backed up give the leases that lived then one more, and not more than
// that, whatever the clock says by now.
func TestProofLeasesOfARestoredBackup(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, store.SQLite)
	s := apptest.New(t, url)
	l := takeSeats(t, s.Vendor)
	s.Clock.Advance(10 * time.Minute)
	place := backup.Place{Database: strings.TrimPrefix(url, "sqlite:"), ServerKey: strings.Repeat("ab", 32)}
	at := filepath.Join(t.TempDir(), "b")
	if _, err := backup.Take(t.Context(), place, backup.Options{To: at, Clock: s.Clock}); err != nil {
		t.Fatal(err)
	}
	all := steps()
	all["a month ahead"] = func(now time.Time) time.Time { return now.AddDate(0, 1, 0) }
	for name, step := range all {
		to := backup.Place{Database: filepath.Join(t.TempDir(), "licet.db"), ServerKey: place.ServerKey}
		if _, err := backup.Restore(t.Context(), at, to); err != nil {
			t.Fatal(err)
		}
		again := apptest.NewAt(t, step(s.Clock.Read().Wall), "sqlite:"+to.Database)
		l.c = again.Client(t)
		l.bothHold(t)
		again.Clock.Advance(15*time.Minute - time.Second)
		l.bothHold(t)
		l.beat(t, again.Clock.Read().Wall)
		again.Clock.Advance(time.Second)
		l.silentLapsed(t)
		if t.Failed() {
			t.Fatalf("restored %s", name)
		}
	}
}
