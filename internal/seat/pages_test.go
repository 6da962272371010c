package seat_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

// TestClaimTouchesSamePages: what a claim by itself writes to the log must not
// grow with the seats that are held, but for the depth of the indexes.
func TestClaimTouchesSamePages(t *testing.T) {
	t.Parallel()
	few, many := pagesPerClaim(t, 1_000), pagesPerClaim(t, 100_000)
	t.Logf("pages a claim: %.2f at 1,000 seats, %.2f at 100,000", few, many)
	if few == 0 || many > 1.2*few {
		t.Fatalf("a claim writes %.2f pages at 100,000 seats and %.2f at 1,000", many, few)
	}
}

// pagesPerClaim counts the pages that claims, one after the other, add to the
// write-ahead log of books with so many seats on one license.
func pagesPerClaim(t *testing.T, seats int) float64 {
	t.Helper()
	const claims = 200 // fewer pages than start a checkpoint
	file := filepath.Join(t.TempDir(), "licet.db")
	h := newHouse(t, "sqlite:"+file)
	lic := h.license(entity.Floating, nil)
	h.write(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.NewRaw(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?0)
			INSERT INTO license_tokens (kind, token, machine_id, client_id, issue_date, expire_at, license_id)
			SELECT 2, hex(randomblob(8)), hex(randomblob(8)), 'app', 0, ?1, ?2 FROM n`,
			seats, entity.TimeOf(testStart.AddDate(1, 0, 0)), lic.ID).Exec(ctx)
		return err
	})
	// The last to close a database empties its log into it.
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	h = newHouse(t, "sqlite:"+file)
	before := logSize(t, file)
	for i := range claims {
		h.mustRequest(lic, fmt.Sprintf("%d", i*61803398%999983))
	}
	const frame = 4096 + 24 // a page and its header
	return float64(logSize(t, file)-before) / frame / claims
}

func logSize(t *testing.T, file string) int64 {
	t.Helper()
	info, err := os.Stat(file + "-wal")
	if os.IsNotExist(err) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
