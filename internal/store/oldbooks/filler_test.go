package oldbooks

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/licet/licet/internal/store"
)

// filler makes rows: in each new table one with something in every column and one
// with as little as it may have; in each new column of an old table a value.
type filler struct {
	db       *sql.DB
	before   *Books
	keys     map[string][2]any // by table, of the full and the bare row
	booleans []string
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
	boolean    bool // which only PostgreSQL knows
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
		c.boolean = slices.Contains(f.booleans, c.name)
		all = append(all, c)
	}
	return all, rows.Err()
}

// booleans are the names of all columns that are boolean on PostgreSQL.
func booleans(t *testing.T) (names []string) {
	t.Helper()
	all, err := store.Migrations(store.Postgres)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(\w+)\s+boolean`).FindAllStringSubmatch(strings.Join(all, "\n"), -1) {
		names = append(names, m[1])
	}
	return names
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
	case c.boolean:
		return int64(1)
	}
	return int64(9223372036854775807)
}
