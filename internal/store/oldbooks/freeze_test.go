package oldbooks

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// newest is the schema of this program.
func newest(t *testing.T) int64 {
	t.Helper()
	all, err := store.Migrations(store.SQLite)
	if err != nil {
		t.Fatal(err)
	}
	return int64(len(all))
}

// sums are the SHA-256 of the migrations of a schema.
func sums(t *testing.T, version int64) map[string]string {
	t.Helper()
	sums := map[string]string{}
	for _, engine := range []store.Engine{store.SQLite, store.Postgres} {
		all, err := store.Migrations(engine)
		if err != nil {
			t.Fatal(err)
		}
		sums[engine.String()] = fmt.Sprintf("%x", sha256.Sum256([]byte(all[version-1])))
	}
	return sums
}

// TestEverySchemaHasItsBooks: and the migrations that made them are what they
// were.
func TestEverySchemaHasItsBooks(t *testing.T) {
	t.Parallel()
	have, err := Versions()
	if err != nil {
		t.Fatal(err)
	}
	for v := int64(1); v < newest(t); v++ {
		if !slices.Contains(have, v) {
			t.Errorf("there are no books of schema %d: make them by `make freeze` and commit internal/store/oldbooks/books", v)
		}
	}
	for _, v := range have {
		b, err := Read(v)
		if err != nil {
			t.Fatal(err)
		}
		if b.Schema != v {
			t.Errorf("%s are books of schema %d", file(v), b.Schema)
		}
		for engine, sum := range sums(t, v) {
			if b.Migrations[engine] != sum {
				t.Errorf("migration %05d of %s was edited after it was out: put it back and add another", v, engine)
			}
		}
		for _, table := range b.Tables {
			if len(table.Rows) == 0 {
				t.Errorf("schema %d: no row in %s", v, table.Name)
			}
		}
	}
}

// TestFreeze makes books where LICET_FREEZE says which: a schema, or "missing".
func TestFreeze(t *testing.T) {
	which := os.Getenv("LICET_FREEZE")
	if which == "" {
		t.Skip("LICET_FREEZE does not say which books to make")
	}
	if which != "missing" {
		v, err := strconv.ParseInt(which, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		freeze(t, v, os.Getenv("LICET_FREEZE_FROM"))
		return
	}
	for v := int64(1); v < newest(t); v++ {
		if _, err := os.Stat(file(v)); err != nil {
			freeze(t, v, "")
		}
	}
}

// freeze writes the books of a schema: those of the file from, or of the schema
// before.
func freeze(t *testing.T, version int64, from string) {
	t.Helper()
	if _, err := os.Stat(file(version)); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("%s is frozen", file(version))
	}
	at := filepath.Join(t.TempDir(), "licet.db")
	url := "sqlite:" + at
	var before *Books
	if from != "" {
		if err := store.CopySQLite(t.Context(), from, at); err != nil {
			t.Fatal(err)
		}
	} else {
		text, err := os.ReadFile(file(version - 1)) // it may be newer than this test program
		if err == nil {
			before, err = parse(text)
		}
		if err == nil {
			err = before.Load(t.Context(), url)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	_, db, err := open(url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := store.MigrateTo(t.Context(), store.SQLite, db, version); err != nil {
		t.Fatal(err)
	}
	b, err := dump(t.Context(), db) // for the order of the tables
	if err != nil {
		t.Fatal(err)
	}
	f := filler{db: db, before: before, keys: map[string][2]any{}, booleans: booleans(t)}
	for _, table := range b.Tables {
		if err := f.fill(t.Context(), table); err != nil {
			t.Fatalf("%s of schema %d: %v; values_test.go says what cannot be just any value", table.Name, version, err)
		}
	}
	// Leases that live must do so in the year in which they are looked at.
	_, err = db.ExecContext(t.Context(), `UPDATE license_tokens SET expire_at = ? WHERE expire_at >
		(SELECT CAST(value AS INTEGER) FROM server_state WHERE name = 'lease_clock')`, lastMoment)
	if err != nil {
		t.Fatal(err)
	}
	if b, err = dump(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	b.Schema, b.Migrations = version, sums(t, version)
	text, err := b.text()
	if err == nil {
		err = os.WriteFile(file(version), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("wrote %s: %d tables, %d bytes", file(version), len(b.Tables), len(text))
}

// texts reads a column of texts.
func texts(ctx context.Context, db *sql.DB, query string, args ...any) (all []string, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

// dump reads all tables, each after those that it refers to; what the database
// keeps by itself comes last, or loading the others would change it again.
func dump(ctx context.Context, db *sql.DB) (*Books, error) {
	names, err := texts(ctx, db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	b, done := &Books{}, map[string]bool{}
	for len(b.Tables) < len(names) {
		progress := false
		for _, name := range names {
			if done[name] || slices.Contains(derived(), name) && len(b.Tables) < len(names)-len(derived()) {
				continue
			}
			parents, err := texts(ctx, db, `SELECT "table" FROM pragma_foreign_key_list(?)`, name)
			if err != nil {
				return nil, err
			}
			if slices.ContainsFunc(parents, func(p string) bool { return p != name && !done[p] }) {
				continue
			}
			t, _, err := read(ctx, db, name, "")
			if err != nil {
				return nil, err
			}
			if t.Key, err = texts(ctx, db, `SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk`, name); err != nil {
				return nil, err
			}
			slices.SortStableFunc(t.Rows, func(a, b []any) int { return compareKeys(t.keyValue(a), t.keyValue(b)) })
			b.Tables, done[name], progress = append(b.Tables, t), true, true
		}
		if !progress && len(b.Tables) < len(names)-len(derived()) {
			return nil, fmt.Errorf("tables refer to each other in a circle: %v", names)
		}
		if !progress { // no derived tables yet
			return b, nil
		}
	}
	return b, nil
}

func (t *Table) keyValue(row []any) any { return row[slices.Index(t.Columns, t.Key[0])] }

func compareKeys(a, b any) int {
	x, numbers := a.(int64)
	y, also := b.(int64)
	if numbers && also {
		return int(x - y)
	}
	return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
}
