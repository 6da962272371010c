package query_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/query"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// engine is a database that holds the rows of a test, as filters see them.
type engine struct {
	*store.Store
	dialect query.Dialect
}

// openEngines puts the same rows into both engines: sales, whose schema is
// licenses, with buyers and their lands.
func openEngines(t *testing.T, b books) []engine {
	var all []engine
	for _, kind := range []store.Engine{store.SQLite, store.Postgres} {
		e := engine{storetest.Open(t, storetest.URL(t, kind)), query.SQLite}
		number, collate, decimal, boolean := "INTEGER", "", "REAL", "INTEGER"
		if kind == store.Postgres {
			e.dialect = query.Postgres
			number, collate, decimal, boolean = "bigint", ` COLLATE "C"`, "double precision", "boolean"
		}
		types := strings.NewReplacer("NUMBER", number, "TEXT", "TEXT"+collate, "DECIMAL", decimal, "BOOL", boolean)
		err := e.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			for _, table := range []string{
				`CREATE TABLE lands (id NUMBER PRIMARY KEY, name TEXT NOT NULL, capital_id NUMBER)`,
				`CREATE TABLE buyers (id NUMBER PRIMARY KEY, company TEXT NOT NULL, rating NUMBER,
					is_reseller BOOL NOT NULL, country_id NUMBER)`,
				`CREATE TABLE sales (id NUMBER PRIMARY KEY, license_type TEXT NOT NULL, user_key TEXT,
					max_allowed_sites NUMBER, price DECIMAL, total DECIMAL NOT NULL, revoked BOOL NOT NULL, trace BOOL,
					created_at NUMBER, expire_date NUMBER, product TEXT, customer_id NUMBER)`,
			} {
				if _, err := tx.NewRaw(types.Replace(table)).Exec(ctx); err != nil {
					return err
				}
			}
			for _, in := range b.inserts {
				marks := strings.Repeat(", ?", len(in.values))[2:]
				if _, err := tx.NewRaw("INSERT INTO "+in.table+" VALUES ("+marks+")", in.values...).Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// find asks for the ids of the rows that a filter finds, in one of its forms.
func (e engine) find(ctx context.Context, form func(query.Dialect, string) (string, []any)) (ids []int64, sql string, err error) {
	where, args := form(e.dialect, "l")
	sql = fmt.Sprint(where, " ", args)
	err = e.Read().NewSelect().TableExpr("sales AS l").Column("l.id").Where(where, args...).OrderExpr("l.id").Scan(ctx, &ids)
	if err != nil {
		return nil, sql, fmt.Errorf("%s: %w", where, err)
	}
	return ids, sql, nil
}

// agree fails unless Go and both engines find the same rows.
func agree(t interface {
	Fatalf(string, ...any)
	Context() context.Context
}, b books, all []engine, text string) {
	f, err := query.ParseFilter(licenses(), text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	want := []int64{}
	for _, r := range b.rows {
		if f.Match(r) {
			want = append(want, r["id"].(int64))
		}
	}
	for _, e := range all {
		got, sql, err := e.find(t.Context(), f.SQL)
		if judging, _ := f.Judging(e.dialect, "l"); err == nil && !strings.HasPrefix(sql, judging+" ") && slices.Equal(got, want) {
			got, sql, err = e.find(t.Context(), f.Judging)
		}
		if err != nil {
			t.Fatalf("%s on %s: %v", text, e.Engine(), err)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%s\n%s on %s\nfinds %v\n not  %v\nfirst that differs: %v", text, sql, e.Engine(), got, want, b.differs(got, want))
		}
	}
}

// Any filter finds the same rows in Go, on SQLite and on PostgreSQL.
func TestEnginesFindTheSameRows(t *testing.T) {
	t.Parallel()
	b := someBooks()
	all := openEngines(t, b)
	rapid.Check(t, func(t *rapid.T) {
		for _, text := range rapid.SliceOfN(conditions(3), 10, 10).Draw(t, "filters") {
			agree(t, b, all, text)
		}
	})
}

// What is as deep and as long as it may be is not too much for an engine.
func TestEnginesTakeTheLargestFilters(t *testing.T) {
	t.Parallel()
	b := someBooks()
	all := openEngines(t, b)
	for _, text := range atTheLimits() {
		agree(t, b, all, text)
	}
}
