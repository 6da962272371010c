//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/proof"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// TestProofALongListNeedsLittleMemory asks a server for all of its licenses, as
// they come, and sorted and filtered: a hundred thousand of them, or in the short
// form six thousand with documents ten times as large, sixty megabytes.
func TestProofALongListNeedsLittleMemory(t *testing.T) {
	t.Parallel()
	const most = 50 << 20
	licenses, size := 6_000, 10_000
	if proof.Long() {
		licenses, size = 100_000, 1_000
	}
	storetest.Each(t, func(t *testing.T, books string) {
		s := prove(t, books)
		_ = s.p.Stop(syscall.SIGTERM)
		putLicenses(t, books, licenses, size)
		s.start(t)                                                           // anew: the first start of books needs memory of its own, to hash a password
		countRows(t, s.p, url.Values{"take": {strconv.Itoa(licenses / 10)}}) // and so do the first answers
		for _, c := range []struct {
			query url.Values
			rows  int
		}{
			{nil, licenses},
			{url.Values{"sort": {"Description, ExpireDate desc"}, "select": {"licenseKey"}, "filter": {`Revoked = false and LicenseeName.Contains("9")`}}, withNine(licenses)},
		} {
			began := time.Now()
			resetPeak(t, s.p.Pid)
			before := memory(t, s.p.Pid, "VmRSS")
			if n := countRows(t, s.p, c.query); n != c.rows {
				t.Errorf("%v: %d rows, want %d", c.query, n, c.rows)
			}
			grown := memory(t, s.p.Pid, "VmHWM") - before
			t.Logf("%v: %d KiB more than the %d KiB before, %s", c.query, grown>>10, before>>10, time.Since(began).Round(time.Millisecond))
			if grown > most {
				t.Errorf("%v: the server grew by %d MiB", c.query, grown>>20)
			}
		}
	})
}

// withNine is how many of the licenses are not revoked and have a 9 in their name.
func withNine(licenses int) int {
	n := 0
	for i := 1; i <= licenses; i++ {
		if i%10 != 0 && strings.Contains(strconv.Itoa(i), "9") {
			n++
		}
	}
	return n
}

// putLicenses puts n licenses with documents of so many bytes into new books. Every tenth is revoked; descriptions
// have many ties and dates are null for some. They are counted at once, not by triggers.
func putLicenses(t *testing.T, books string, n, size int) {
	t.Helper()
	s := storetest.Open(t, books)
	numbers := `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?0)`
	if s.Engine() == store.Postgres {
		numbers = `WITH n(i) AS (SELECT * FROM generate_series(1, ?0))`
	}
	err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		if s.Engine() == store.Postgres {
			if _, err := tx.NewRaw("ALTER TABLE licenses DISABLE TRIGGER USER").Exec(ctx); err != nil {
				return err
			}
		} else if _, err := tx.NewRaw("DROP TRIGGER licenses_counted_in").Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewRaw(`INSERT INTO licenses (license_id, user_key, format, licensing_mode, description, expire_date, revoked, licensee_name, license_key)
			`+numbers+` SELECT 'lic' || i, 'key' || i, 4, 2, 'd' || (i % 1000), CASE WHEN i % 3 > 0 THEN i END, i % 10 = 0, 'n' || i, ?1 FROM n`,
			n, strings.Repeat("x", size)).Exec(ctx)
		if err != nil {
			return err
		}
		_, err = tx.NewRaw(`INSERT INTO license_figures (licenses, revoked, traced, file, activation, floating) VALUES (?0, ?0 / 10, 0, 0, 0, ?0)`, n).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// countRows reads a list of licenses without keeping it.
func countRows(t *testing.T, p *apptest.Process, query url.Values) (n int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+"/v1/licenses?"+query.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("x-api-key", p.Key)
	resp, err := p.HTTP.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	mark, kept, piece := []byte(`"licenseKey":`), []byte(nil), make([]byte, 1<<16)
	for {
		read, err := resp.Body.Read(piece)
		kept = append(kept, piece[:read]...)
		n += bytes.Count(kept, mark)
		kept = append(kept[:0], kept[max(0, len(kept)-len(mark)+1):]...)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.HasSuffix(kept, []byte("}")) {
		t.Errorf("%d: the answer ends in %q", resp.StatusCode, kept)
	}
	return n
}

// resetPeak lets the peak of a process's memory begin anew.
func resetPeak(t *testing.T, pid int) {
	t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0); err != nil {
		t.Fatal(err)
	}
}

// memory reads a figure of a process, in bytes.
func memory(t *testing.T, pid int, figure string) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(figure + `:\s+(\d+) kB`).FindSubmatch(text)
	if m == nil {
		t.Fatalf("no %s in %s", figure, text)
	}
	n, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n << 10
}
