package store_test

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// oldRows are a row of every table of the first books, and what in it cannot be
// just any value: references, kinds, and what is cleared by a later migration.
var oldRows = []struct {
	table string
	fixed map[string]string // SQL by column; "" leaves the column out
}{
	{"server_state", nil},
	{"customers", nil},
	{"contacts", map[string]string{"customer_id": "1"}},
	{"orders", map[string]string{"customer_id": "1", "reseller_id": "1"}},
	{"users", map[string]string{"customer_id": "1"}},
	{"user_roles", map[string]string{"user_id": "'users.id'"}},
	{"api_keys", map[string]string{"owner_id": "'users.id'"}},
	{"resources", nil},
	{"products", map[string]string{"signature_keys_id": "1"}},
	{"license_templates", map[string]string{"product_id": "1", "signature_keys_id": "1", "release_id": "", "issue_date": "TRUE", "generate_key_info": "TRUE"}},
	{"licenses", map[string]string{"template_id": "1", "signature_keys_id": "1", "customer_id": "1", "order_id": "1", "parent_id": "NULL", "licensing_mode": "1"}},
	{"licenses", map[string]string{"id": "2", "template_id": "NULL", "signature_keys_id": "NULL", "customer_id": "NULL", "order_id": "NULL", "parent_id": "1", "user_key": "NULL"}},
	{"seat_pools", map[string]string{"license_id": "1", "kind": "1"}},
	{"license_tokens", map[string]string{"kind": "1", "expire_at": "NULL", "license_id": "1", "node_locked_license_id": "2"}},
	{"license_traces", map[string]string{"license_id": "1"}},
	{"audit_entries", nil},
}

// oldRow is the statement that fills every column of a table.
func oldRow(t *testing.T, db *sql.DB, table string, fixed map[string]string) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT * FROM `+table+` LIMIT 0`)
	if err != nil {
		t.Fatal(err)
	}
	columns, err := rows.ColumnTypes()
	if err != nil || rows.Close() != nil {
		t.Fatal(err)
	}
	values := maps.Clone(fixed)
	if values == nil {
		values = map[string]string{}
	}
	for i, c := range columns {
		if _, there := values[c.Name()]; there {
			continue
		}
		switch kind := c.DatabaseTypeName(); {
		case c.Name() == "id" && kind != "TEXT":
			values["id"] = "1"
		case kind == "TEXT":
			values[c.Name()] = "'" + table + "." + c.Name() + "'"
		case kind == "BOOL":
			values[c.Name()] = "TRUE"
		case kind == "BLOB":
			values[c.Name()] = "x'01ff'"
		case kind == "BYTEA":
			values[c.Name()] = `'\x01ff'`
		default:
			values[c.Name()] = fmt.Sprint(i + 1)
		}
	}
	maps.DeleteFunc(values, func(_, value string) bool { return value == "" })
	names := slices.Sorted(maps.Keys(values))
	var list []string
	for _, name := range names {
		list = append(list, values[name])
	}
	return fmt.Sprintf(`INSERT INTO %s (%s) VALUES (%s)`, table, strings.Join(names, ", "), strings.Join(list, ", "))
}

// contents are the rows of the tables, each as "column=value …" of the columns
// that columns names, or of all where it is nil; and the columns.
func contents(t *testing.T, db *sql.DB, columns map[string][]string) (rows map[string][]string, all map[string][]string) {
	t.Helper()
	rows, all = map[string][]string{}, map[string][]string{}
	for _, old := range oldRows {
		table := old.table
		if rows[table] != nil {
			continue
		}
		found, err := db.QueryContext(t.Context(), `SELECT * FROM `+table+` ORDER BY 1`)
		if err != nil {
			t.Fatal(err)
		}
		names, err := found.Columns()
		if err != nil {
			t.Fatal(err)
		}
		all[table] = names
		for found.Next() {
			values, into := make([]any, len(names)), make([]any, len(names))
			for i := range values {
				into[i] = &values[i]
			}
			if err := found.Scan(into...); err != nil {
				t.Fatal(err)
			}
			var row []string
			for i, name := range names {
				if columns == nil || slices.Contains(columns[table], name) {
					row = append(row, fmt.Sprintf("%s=%v", name, values[i]))
				}
			}
			slices.Sort(row)
			rows[table] = append(rows[table], strings.Join(row, " "))
		}
		if err := found.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return rows, all
}

// older is a database of an older schema.
func older(t *testing.T, url string, version int64) *sql.DB {
	t.Helper()
	engine, driver := store.Postgres, "pgx"
	if strings.HasPrefix(url, "sqlite:") {
		engine, driver = store.SQLite, "sqlite"
	}
	db, err := sql.Open(driver, strings.TrimPrefix(url, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // where the test has not
	if err := store.MigrateTo(t.Context(), engine, db, version); err != nil {
		t.Fatal(err)
	}
	return db
}

func run(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// newest brings an older database to the newest schema.
func newest(t *testing.T, db *sql.DB, url string) *store.Store {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return storetest.Open(t, url)
}

// TestBooksOfAnOlderProgramLoseNothing: a row of every table of the first books,
// with something in every column, is the same after the migration to the newest.
func TestBooksOfAnOlderProgramLoseNothing(t *testing.T) {
	t.Parallel()
	storetest.EachEmpty(t, func(t *testing.T, url string) {
		db := older(t, url, 2)
		for _, row := range oldRows {
			run(t, db, oldRow(t, db, row.table, row.fixed))
		}
		before, columns := contents(t, db, nil)
		after, _ := contents(t, newest(t, db, url).Read().DB, columns)
		for table, rows := range before {
			if got := after[table]; !slices.Equal(got, rows) {
				t.Errorf("%s:\n%q, was\n%q", table, got, rows)
			}
		}
	})
}
