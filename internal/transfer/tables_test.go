package transfer_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
	"github.com/licet/licet/internal/transfer"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// schemaOf describes the columns of every table: "type", "null", ">table", "key".
// On SQLite it does not tell truths and times from integers.
func schemaOf(t *testing.T, s *store.Store) map[string]map[string]string {
	t.Helper()
	query := `SELECT m.name AS table_name, p.name AS column_name, lower(p.type) AS type, NOT p."notnull" AND NOT p.pk AS nullable, p.pk > 0 AS key,
			COALESCE((SELECT f."table" FROM pragma_foreign_key_list(m.name) f WHERE f."from" = p.name), '') AS refers
		FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table'`
	if s.Engine() == store.Postgres {
		query = `SELECT c.relname AS table_name, a.attname AS column_name, format_type(a.atttypid, NULL) AS type, NOT a.attnotnull AS nullable,
				EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p' AND a.attnum = ANY (k.conkey)) AS key,
				COALESCE((SELECT r.relname FROM pg_constraint k JOIN pg_class r ON r.oid = k.confrelid
					WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.conkey = ARRAY[a.attnum]), '') AS refers
			FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
			WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace`
	}
	var rows []struct {
		TableName, ColumnName, Type, Refers string
		Nullable, Key                       bool
	}
	if err := s.Read().NewRaw(query).Scan(t.Context(), &rows); err != nil {
		t.Fatal(err)
	}
	schema := map[string]map[string]string{}
	for _, r := range rows {
		if schema[r.TableName] == nil {
			schema[r.TableName] = map[string]string{}
		}
		schema[r.TableName][r.ColumnName] = described(typeNames()[r.Type], r.Nullable, r.Refers, r.Key)
	}
	return schema
}

func described(kind string, null bool, refers string, key bool) string {
	return fmt.Sprintf("%s null=%v >%s key=%v", kind, null, refers, key)
}

func typeNames() map[string]string {
	return map[string]string{"integer": "integer", "bigint": "integer", "boolean": "boolean", "text": "text", "blob": "bytes", "bytea": "bytes",
		"real": "real", "double precision": "real"}
}

// inSchema is the kind of a declaration as the schema of an engine tells it.
func inSchema(kind string, e store.Engine) string {
	switch {
	case kind == "":
		return "text"
	case kind == "blob", kind == "sealed":
		return "bytes"
	case kind == "bool" && e == store.Postgres:
		return "boolean"
	case kind == "real":
		return "real"
	}
	return "integer"
}

// TestEveryColumnIsDeclared: whoever adds a table or column says in tables.go that
// it goes out and comes in, or in leftOut why not.
func TestEveryColumnIsDeclared(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		schema, left := schemaOf(t, s), transfer.LeftOut()
		for name := range left {
			table, column, _ := strings.Cut(name, ".")
			if column == "" {
				delete(schema, table)
				continue
			}
			if schema[table][column] == "" {
				t.Errorf("%s is left out and not there", name)
			}
			delete(schema[table], column)
		}
		for _, d := range transfer.Tables() {
			columns := schema[d.Name]
			for _, c := range d.Columns {
				want := described(inSchema(c.Kind, s.Engine()), c.Null, c.Refers, slices.Contains(d.Key, c.Name))
				if got := columns[c.Name]; got != want {
					t.Errorf("%s.%s is declared as %q, the schema says %q", d.Name, c.Name, want, got)
				}
				if isMoment := strings.HasSuffix(c.Name, "_at") || strings.HasSuffix(c.Name, "_date"); isMoment && c.Kind == "int" {
					t.Errorf("%s.%s is declared as a number and has the name of a time", d.Name, c.Name)
				}
				delete(columns, c.Name)
			}
			for column := range columns {
				t.Errorf("%s.%s is neither in tables.go nor left out with a reason", d.Name, column)
			}
			delete(schema, d.Name)
		}
		for _, table := range slices.Sorted(maps.Keys(schema)) {
			t.Errorf("table %s is neither in tables.go nor left out with a reason: %v", table, slices.Sorted(maps.Keys(schema[table])))
		}
	})
}

func TestTablesComeAfterThoseTheyReferTo(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, d := range transfer.Tables() {
		if seen[d.Name] {
			t.Errorf("%s is declared twice", d.Name)
		}
		seen[d.Name] = true // rows may refer to their own kind
		for _, c := range d.Columns {
			if c.Refers != "" && !seen[c.Refers] {
				t.Errorf("%s.%s refers to %s, which comes later", d.Name, c.Name, c.Refers)
			}
		}
	}
}
