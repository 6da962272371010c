package transfer_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
	"github.com/licet/licet/internal/transfer"
	"github.com/licet/licet/internal/vault"
)

// stockRows is how many rows a table of the stock has.
const stockRows = 3

// givenID is the highest id that the stock ever gave.
const givenID = 17

// special are columns of the stock that cannot have any value; row counts from 0.
func special(table, column string, row int) (value any, is bool) {
	switch table + "." + column {
	case "licenses.parent_id", "organisations.parent_id": // the first is below the second, which must come in before
		return map[bool]any{true: int64(2)}[row == 0], true
	case "licenses.user_key":
		if row == 0 {
			return nil, true
		}
		return fmt.Sprint("KEY-", row), true
	case "licenses.licensing_mode":
		return []int64{1, 1, 2}[row], true
	case "seat_pools.kind", "license_tokens.kind":
		return []int64{1, 2, 2}[row], true
	case "seat_pools.license_id", "license_tokens.license_id":
		return []int64{2, 3, 2}[row], true
	case "seat_pools.held":
		return int64(1), true
	case "license_tokens.expire_at":
		if row > 0 {
			return int64(1_700_000_000_000_001) + int64(row), true
		}
		return nil, true
	case "license_tokens.node_locked_license_id":
		return map[bool]any{true: int64(1)}[row == 0], true
	}
	return nil, false
}

// stocked makes books with rows in every table, nothing in them as by default.
func stocked(t *testing.T, engine store.Engine) (url string, s *store.Store) {
	t.Helper()
	url = storetest.URL(t, engine)
	s = storetest.Open(t, url)
	for _, d := range transfer.Tables() {
		for row := stockRows - 1; row >= 0; row-- {
			var names []string
			var values []any
			for i, c := range d.Columns {
				value, is := special(d.Name, c.Name, row)
				if !is {
					value = valueOf(d, i, row)
				}
				names, values = append(names, c.Name), append(values, value)
			}
			write(t, s, `INSERT INTO `+d.Name+` (`+strings.Join(names, ", ")+`) VALUES (`+strings.Repeat(", ?", len(names))[2:]+`)`, values...)
		}
	}
	// Ids were given that no row has any more.
	for _, d := range transfer.Tables() {
		if d.Columns[0].Name != "id" || d.Columns[0].Kind != "int" {
			continue
		}
		if engine == store.Postgres {
			write(t, s, `SELECT setval(pg_get_serial_sequence(?, 'id'), ?)`, d.Name, givenID)
		} else {
			write(t, s, `UPDATE sqlite_sequence SET seq = ? WHERE name = ?`, givenID, d.Name)
		}
	}
	if err := newVault(t, 1).Check(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return url, s
}

// valueOf is a value of its own for a column and a row; what may be null is, in
// the second row.
func valueOf(d transfer.Declared, i, row int) any {
	c := d.Columns[i]
	isKey := slices.Contains(d.Key, c.Name)
	switch {
	case c.Null && row == 1:
		return nil
	case c.Refers == "users":
		return fmt.Sprintf(`users.id %d`, row)
	case c.Refers != "", isKey && c.Kind == "int":
		return int64(row + 1)
	}
	n := int64(1000*row + i + 1)
	switch c.Kind {
	case "int":
		return 1<<62 + n
	case "time":
		return int64(1_700_000_000_000_001) + n
	case "real":
		return float64(n) / 3e-5
	case "bool":
		return row != 1
	case "blob", "sealed":
		return []byte{0, 0xff, byte(row), byte(i), '\''}
	}
	if isKey {
		return fmt.Sprintf(`%s.%s %d`, d.Name, c.Name, row)
	}
	return fmt.Sprintf("%s.%s %d: 'x' \"y\" \\z ? ?0 \n\t\x01\x7f <&> ä😀\u2028", d.Name, c.Name, row)
}

func write(t testing.TB, s *store.Store, query string, args ...any) {
	t.Helper()
	err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.NewRaw(query, args...).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// contents are all rows of all tables but those left out, as text; columns by
// their names, truths as numbers, so that engines compare.
func contents(t *testing.T, s *store.Store) map[string][]string {
	t.Helper()
	left, all := transfer.LeftOut(), map[string][]string{}
	for table := range schemaOf(t, s) {
		if left[table] != "" {
			continue
		}
		rows, err := s.Read().QueryContext(t.Context(), `SELECT * FROM `+table)
		if err != nil {
			t.Fatal(err)
		}
		names, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			values, into, parts := make([]any, len(names)), make([]any, len(names)), []string{}
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			for i, name := range names {
				if b, is := values[i].(bool); is {
					values[i] = map[bool]int64{true: 1}[b]
				}
				if left[table+"."+name] == "" {
					parts = append(parts, fmt.Sprintf("%s=%#v", name, values[i]))
				}
			}
			slices.Sort(parts)
			if row := strings.Join(parts, " "); !strings.Contains(row, vault.CheckName) && !strings.Contains(row, `"lease_`) {
				all[table] = append(all[table], row)
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		slices.Sort(all[table])
	}
	return all
}

func equalBooks(t *testing.T, got, want map[string][]string) {
	t.Helper()
	for table := range want {
		if !slices.Equal(got[table], want[table]) {
			t.Errorf("%s:\n%q, want\n%q", table, got[table], want[table])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d tables, want %d", len(got), len(want))
	}
}

func newVault(t testing.TB, key byte) *vault.Vault {
	t.Helper()
	v, err := vault.New(bytes.Repeat([]byte{key}, vault.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// exported is the file of books.
func exported(t *testing.T, url string) string {
	t.Helper()
	file, err := tryExport(t, url)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func tryExport(t *testing.T, url string) (string, error) {
	t.Helper()
	snapshot, err := store.OpenSnapshot(t.Context(), url, "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := snapshot.Close(); err != nil {
			t.Error(err)
		}
	}()
	var out bytes.Buffer
	_, err = transfer.Export(t.Context(), snapshot, &out, "test", time.Unix(4e9, 0), nil)
	return out.String(), err
}

// rowsOf are the lines of a file between its first and last.
func rowsOf(file string) []string {
	lines := strings.Split(strings.TrimSpace(file), "\n")
	return lines[1 : len(lines)-1]
}

// change makes another file by hand: its last line counts the rows, without a
// digest.
func change(t *testing.T, file string, change func(rows []string) []string) string {
	t.Helper()
	header, _, _ := strings.Cut(file, "\n")
	counts := map[string]int{}
	rows := change(rowsOf(file))
	for _, row := range rows {
		kind, _, _ := strings.Cut(strings.TrimPrefix(row, `{"kind":"`), `"`)
		counts[kind]++
	}
	var parts []string
	for kind, n := range counts {
		parts = append(parts, fmt.Sprintf(`%q:%d`, kind, n))
	}
	return header + "\n" + strings.Join(rows, "\n") + "\n" + `{"end":true,"rows":{` + strings.Join(parts, ",") + `}}`
}

// outcome is what an import said.
type outcome struct {
	summary transfer.Summary
	results []transfer.Result
	err     error
}

func (o outcome) bad() (bad []transfer.Result) {
	for _, r := range o.results {
		if r.IsBad() {
			bad = append(bad, r)
		}
	}
	return bad
}

// brought imports a file into books at a URL.
func brought(t *testing.T, url, file string, dry bool) outcome {
	t.Helper()
	name := filepath.Join(t.TempDir(), "books.ndjson")
	if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var o outcome
	report := func(r transfer.Result) { o.results = append(o.results, r) }
	c, err := transfer.Check(t.Context(), f, int64(len(file)), report, nil)
	if err != nil || c.Bad > 0 {
		o.err = err
		return o
	}
	s, err := store.Open(t.Context(), store.Options{URL: url, Name: "licet import"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	im := transfer.Importer{Store: s, Vault: newVault(t, 1), File: f, Contents: c, DryRun: dry, Report: report}
	o.summary, o.err = im.Run(t.Context())
	return o
}

// at is the URL of fresh books, and a way to look into them.
func at(t *testing.T, engine store.Engine) (url string, look func(func(*store.Store))) {
	t.Helper()
	url = storetest.URL(t, engine)
	return url, func(do func(*store.Store)) {
		t.Helper()
		s, err := store.Open(t.Context(), store.Options{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		do(s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
