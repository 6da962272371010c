package store_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// watch notes the queries of a store.
type watch struct{ queries []string }

func (a *watch) BeforeQuery(ctx context.Context, e *bun.QueryEvent) context.Context {
	a.queries = append(a.queries, e.Query)
	return ctx
}

func (*watch) AfterQuery(context.Context, *bun.QueryEvent) {}

// crowd fills books with licenses; every third has no customer and no end.
func crowd(t *testing.T, s *store.Store, n int) {
	t.Helper()
	numbers := `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?0)`
	if s.Engine() == store.Postgres {
		numbers = `WITH n(i) AS (SELECT * FROM generate_series(1, ?0))`
	}
	err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		for _, query := range []string{
			`INSERT INTO customers (id, company) VALUES (0, '')`,
			`INSERT INTO customers (id, company) ` + numbers + ` SELECT i, 'c' || i FROM n WHERE i <= 100`,
			`INSERT INTO licenses (license_id, user_key, format, licensing_mode, expire_date, customer_id, license_key)
				` + numbers + ` SELECT 'lic' || i, 'key' || i, 4, 2, CASE WHEN i % 3 > 0 THEN i END, CASE WHEN i % 3 > 0 THEN i % 100 END, ?1 FROM n`,
		} {
			if _, err := tx.NewRaw(query, n, strings.Repeat("x", 1000)).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// plan is how the engine goes about a query, a step a line.
func plan(t *testing.T, s *store.Store, query string) string {
	t.Helper()
	explain := "EXPLAIN QUERY PLAN "
	if s.Engine() == store.Postgres {
		explain = "EXPLAIN "
	}
	rows, err := s.Read().QueryContext(t.Context(), explain+query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	cells, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	var steps []string
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, fmt.Sprint(cells[len(cells)-1]))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(steps, "\n")
}

// readPlans are the plans of what a page of licenses reads: the count, the
// keys, and the first rows.
func readPlans(t *testing.T, s *store.Store, page entity.Page) [3]string {
	t.Helper()
	w := &watch{}
	list, err := store.ReadList(t.Context(), s.Watched(w), store.Listing[entity.License]{
		Chunk: 32, Names: []string{"license_id", "user_key"},
		Where: func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("?TableAlias.parent_id IS NULL") },
	}, page)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range list.Items {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if len(w.queries) != 3 {
		t.Fatalf("%+v: %d queries: %q", page, len(w.queries), w.queries)
	}
	var plans [3]string
	for i, query := range w.queries {
		plans[i] = plan(t, s, query)
	}
	return plans
}

// sorts finds a step that sorts all rows; to sort those that are equal by an
// index is none.
var sorts = regexp.MustCompile(`(?m)^[ >-]*Sort  \(|TEMP B-TREE FOR ORDER BY`)

// TestPagesAreReadByIndex asks the engines how they go about a page. SQLite has
// no statistics in service; PostgreSQL gets them within a minute.
func TestPagesAreReadByIndex(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		crowd(t, s, 5000)
		if s.Engine() == store.Postgres {
			if _, err := s.Pool().Exec(t.Context(), "ANALYZE licenses"); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			page             entity.Page
			sqlite, postgres string // in the plan of the keys
		}{
			{entity.Page{}, "SCAN license", "licenses_pkey"},
			{entity.Page{Sort: "id desc"}, "SCAN license", "licenses_pkey"},
			{entity.Page{Filter: "id > 2500"}, "INTEGER PRIMARY KEY", "licenses_pkey"},
			{entity.Page{Sort: "userKey"}, "autoindex_licenses_1", "licenses_user_key_key"},
			{entity.Page{Sort: "userKey desc"}, "autoindex_licenses_1", "licenses_user_key_key"},
			{entity.Page{Sort: "licenseId"}, "licenses_license_id", "licenses_license_id"},
			{entity.Page{Sort: "licenseId desc, description"}, "licenses_license_id", "licenses_license_id"},
			{entity.Page{Sort: "customerId"}, "licenses_customer_id", "licenses_customer_id"},
			{entity.Page{Sort: "expireDate"}, "licenses_expire_date", "licenses_expire_date"},
			{entity.Page{Filter: `userKey = "key7"`}, "(user_key=?)", "licenses_user_key_key"},
			{entity.Page{Filter: `licenseId = "lic7"`}, "(license_id=?)", "licenses_license_id"},
			{entity.Page{Filter: "customerId = 7"}, "(customer_id=?", "licenses_customer_id"},
			{entity.Page{Filter: "expireDate > \"1970-01-01\" and expireDate < \"1970-01-01T00:00:00.0001Z\"", Sort: "expireDate"}, "licenses_expire_date (", "licenses_expire_date"},
		} {
			want := c.sqlite
			if s.Engine() == store.Postgres {
				want = c.postgres
			}
			c.page.Take = ptr(50)
			if plans := readPlans(t, s, c.page); !strings.Contains(plans[1], want) || sorts.MatchString(plans[1]) && c.page.Filter == "" {
				t.Errorf("sort %q, filter %q: the keys are read by\n%s\nwant %s", c.page.Sort, c.page.Filter, plans[1], want)
			}
		}
	})
}

// TestRowsAreReadByPrimaryKey keeps an engine from looking for the rows of a
// chunk by anything else, above all PostgreSQL when it has no statistics yet: it
// takes any condition for one that few rows meet.
func TestRowsAreReadByPrimaryKey(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		crowd(t, s, 5000)
		for _, filter := range []string{"", "customerId = 7", `Description = ""`, `LicenseId.StartsWith("lic") and Customer.Company != "x"`} {
			rows := readPlans(t, s, entity.Page{Filter: filter})[2]
			want := "SEARCH license USING INTEGER PRIMARY KEY"
			if s.Engine() == store.Postgres {
				want = "licenses_pkey"
			}
			if !strings.Contains(rows, want) || strings.Contains(rows, "licenses_license_id") || strings.Contains(rows, "licenses_customer_id") {
				t.Errorf("filter %q: the rows are read by\n%s", filter, rows)
			}
		}
	})
}

// Statements with values in them are not worth preparing: each would push one
// of a seat call out of those that a connection keeps.
func TestListsPrepareNothing(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.URL(t, store.Postgres)+"&pool_max_conns=1")
	shelf(t, s, 5)
	if _, _, err := collect(t.Context(), s, store.Listing[entity.Product]{Chunk: 1}, entity.Page{}); err != nil {
		t.Fatal(err)
	}
	var prepared []string
	rows, err := s.Pool().Query(t.Context(), `SELECT statement FROM pg_prepared_statements WHERE statement LIKE '%products%' AND statement NOT LIKE '%pg_prepared%'`)
	if err == nil {
		prepared, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	if err != nil || len(prepared) > 0 {
		t.Errorf("%v, prepared: %q", err, prepared)
	}
}

// What the entities say of dates that are always there is so in the books, and
// their lists are read by index.
func TestDatesThatAreNeverNull(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		numbers := `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)`
		tables := map[string]string{"log_entries": "time_stamp", "license_traces": "created_date", "reports": "date", "license_tokens": "issue_date"}
		for table, date := range tables {
			nullable := `SELECT "notnull" = 0 FROM pragma_table_info(?) WHERE name = ?`
			if s.Engine() == store.Postgres {
				nullable = `SELECT is_nullable = 'YES' FROM information_schema.columns WHERE table_name = ? AND column_name = ?`
			}
			var is bool
			if err := s.Read().NewRaw(nullable, table, date).Scan(t.Context(), &is); err != nil || is {
				t.Errorf("%s.%s may be null, %v", table, date, err)
			}
		}
		err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.NewRaw(`INSERT INTO log_entries (message, message_template, level, time_stamp) ` + numbers + ` SELECT 'm', 'm', 'l', i FROM n`).Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if s.Engine() == store.Postgres {
			if _, err := s.Pool().Exec(t.Context(), "ANALYZE log_entries"); err != nil {
				t.Fatal(err)
			}
		}
		w := &watch{}
		list, err := store.ReadList(t.Context(), s.Watched(w), store.Listing[entity.LogEntry]{}, entity.Page{Sort: "timeStamp desc", Take: ptr(50)})
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range list.Items {
			if err != nil {
				t.Fatal(err)
			}
		}
		if keys := plan(t, s, w.queries[1]); !strings.Contains(keys, "log_entries_time") || sorts.MatchString(keys) {
			t.Errorf("the keys are read by\n%s", keys)
		}
	})
}
