package oldbooks

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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
	f := filler{db: db, before: before, keys: map[string][2]any{}}
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

// filler makes rows: in each new table one with something in every column and one
// with as little as it may have; in each new column of an old table a value.
type filler struct {
	db     *sql.DB
	before *Books
	keys   map[string][2]any // by table, of the full and the bare row
}

// The two kinds of rows that are made.
const (
	full = 0
	bare = 1
)

// lastMoment is the end of the year 9999 in microseconds.
const lastMoment = int64(253402300799999999)

// column is what SQLite knows of a column.
type column struct {
	name, kind string
	notNull    bool
	defaulted  bool
	key        bool
	parent     string
}

func (f *filler) fill(ctx context.Context, t *Table) error {
	columns, err := f.columns(ctx, t.Name)
	if err != nil {
		return err
	}
	var old *Table
	if f.before != nil {
		old = f.before.Table(t.Name)
	}
	switch {
	case old != nil:
		err = f.fillColumns(ctx, t, old, columns)
	case len(t.Rows) == 0 || !slices.Contains(served(), t.Name):
		err = errors.Join(f.insert(ctx, t, columns, full), f.insert(ctx, t, columns, bare))
	}
	if err != nil {
		return err
	}
	if _, made := f.keys[t.Name]; !made && len(t.Rows) > 0 {
		f.keys[t.Name] = [2]any{t.keyValue(t.Rows[0]), t.keyValue(t.Rows[len(t.Rows)-1])}
	}
	return nil
}

func (f *filler) columns(ctx context.Context, table string) (all []column, err error) {
	rows, err := f.db.QueryContext(ctx, `SELECT c.name, c.type, c."notnull", c.dflt_value IS NOT NULL, c.pk > 0, COALESCE(k."table", '')
		FROM pragma_table_info(?1) c LEFT JOIN pragma_foreign_key_list(?1) k ON k."from" = c.name`, table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c column
		if err := rows.Scan(&c.name, &c.kind, &c.notNull, &c.defaulted, &c.key, &c.parent); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

// fillColumns puts values into what the last row of an old table did not have.
func (f *filler) fillColumns(ctx context.Context, t, old *Table, columns []column) error {
	for _, c := range columns {
		if slices.Contains(old.Columns, c.name) && !slices.ContainsFunc(changes(), func(ch change) bool { return ch.table == t.Name && ch.column == c.name }) {
			continue
		}
		v, _ := f.value(t.Name, c, full)
		key := t.Key[0]
		_, err := f.db.ExecContext(ctx, fmt.Sprintf(`UPDATE %[1]s SET %[2]s = ? WHERE %[3]s = (SELECT MAX(%[3]s) FROM %[1]s)`, t.Name, c.name, key), v)
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *filler) insert(ctx context.Context, t *Table, columns []column, which int) error {
	var names, marks []string
	var args []any
	for _, c := range columns {
		if v, set := f.value(t.Name, c, which); set {
			names, marks, args = append(names, c.name), append(marks, "?"), append(args, v)
		}
	}
	row := fmt.Sprintf("(%s) VALUES (%s)", strings.Join(names, ", "), strings.Join(marks, ", "))
	if len(names) == 0 {
		row = "DEFAULT VALUES"
	}
	query := fmt.Sprintf("INSERT INTO %s %s RETURNING %s", t.Name, row, t.Key[0])
	var key any
	if err := f.db.QueryRowContext(ctx, query, args...).Scan(&key); err != nil {
		return err
	}
	keys := f.keys[t.Name]
	keys[which] = key
	f.keys[t.Name] = keys
	return nil
}

// value is what a made row has in a column; false leaves the column out.
func (f *filler) value(table string, c column, which int) (any, bool) {
	given, is := values()[table+"."+c.name]
	needed := c.notNull && !c.defaulted || c.key
	switch {
	case which == bare && !needed:
		return nil, false
	case is:
		return given, true
	case c.parent != "":
		return f.keys[c.parent][which], true
	case c.key && c.name == "id" && c.kind == "INTEGER":
		return nil, false
	case which == bare && c.kind == "TEXT" && c.key:
		return "bare", true
	}
	return madeUp(table, c, which), true
}

// madeUp is a value that may be mangled on its way: letters beyond ASCII, quotes,
// the last moment that has four digits of a year, the largest integer.
func madeUp(table string, c column, which int) any {
	moment := regexp.MustCompile(`(^|_)(at|date|time|stamp|until|in|messages)$`).MatchString(c.name)
	switch {
	case c.kind == "TEXT" && which == bare:
		return ""
	case c.kind == "TEXT":
		return `Ünï 漢字 👩‍🚀 'q' "d" %_\ ` + table + "." + c.name
	case c.kind == "BLOB":
		return []byte{0, 1, 0xff, byte(which)}
	case which == bare:
		return int64(0)
	case c.kind == "REAL":
		return 1234567.875
	case moment:
		return lastMoment
	case regexp.MustCompile(`^(is_|notify|revoked|read_only|merges|removal$|enabled|trace|generate_)`).MatchString(c.name):
		return int64(1)
	}
	return int64(9223372036854775807)
}
