package store_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
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

// crowd fills books with n rows of all that is long. Every third license has no
// customer and no end.
func crowd(t *testing.T, s *store.Store, n int) {
	t.Helper()
	numbers := `WITH RECURSIVE n(i) AS (SELECT CAST(1 AS bigint) UNION ALL SELECT i + 1 FROM n WHERE i < ?0) `
	err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		for _, query := range []string{
			`INSERT INTO customers (id, company) VALUES (0, '')`,
			numbers + `INSERT INTO customers (company, last_name, email, code, created_at, updated_at) SELECT 'c' || i, 'l' || i, 'e' || i, 'k' || i, i, i FROM n`,
			numbers + `INSERT INTO contacts (customer_id, email, last_name) SELECT i, 'e' || i, 'l' || i FROM n`,
			numbers + `INSERT INTO orders (order_number, status, invoice_number, purchase_order, created_at, updated_at, customer_id)
				SELECT 'o' || i, 's' || (i % 100), 'i' || i, 'p' || i, i, i, i % 100 FROM n`,
			numbers + `INSERT INTO products (name) SELECT 'p' || i FROM n`,
			numbers + `INSERT INTO license_templates (name, format, licensing_mode) SELECT 't' || i, 4, 2 FROM n WHERE i <= 100`,
			numbers + `INSERT INTO licenses (license_id, user_key, format, licensing_mode, expire_date, customer_id, license_key, template_id, order_id, created_at,
					updated_at, issue_date, support_expire_date, revoked, license_type, licensee_name, licensee_company, licensee_email)
				SELECT 'lic' || i, 'key' || i, 4, 2, CASE WHEN i % 3 > 0 THEN i END, CASE WHEN i % 3 > 0 THEN i % 100 END, ?1, 1 + i % 20, 1 + i % 1000,
					i, i, i, i, i % 100 = 0, 't' || (i % 100), 'n' || i, 'c' || (i % 100), 'e' || i FROM n`,
			numbers + `INSERT INTO license_tokens (kind, token, machine_id, client_id, issue_date, expire_at, license_id)
				SELECT 2, 't' || i, 'm' || i, 'c' || (i % 500), i, i, 1 + i % 100 FROM n`,
			numbers + `INSERT INTO users (id, user_name, email, created_at) SELECT 'i' || i, 'u' || i, 'e' || i, i FROM n`,
			numbers + `INSERT INTO license_traces (created_date, action, license_id) SELECT i, 3, 1 + i % 100 FROM n`,
			numbers + `INSERT INTO log_entries (message, message_template, level, time_stamp) SELECT 'm', 'm', 'l', i FROM n`,
			numbers + `INSERT INTO reports (uid, name, date, user_key) SELECT 'u' || i, 'r', i, 'key' || i FROM n`,
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

// licenses is how licenses are listed.
func licenses() store.Listing[entity.License] {
	return store.Listing[entity.License]{
		Chunk: 32, Names: []string{"license_id", "user_key"},
		Only: "parent_id IS NULL",
	}
}

// readPlans are the plans of what a page reads: the count, the keys, and the
// first rows.
func readPlans[T any](t *testing.T, s *store.Store, listing store.Listing[T], page entity.Page) [3]string {
	t.Helper()
	w := &watch{}
	list, err := store.ReadList(t.Context(), s.Watched(w), listing, page)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range list.Items {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	queries := slices.DeleteFunc(w.queries, func(q string) bool { return strings.Contains(q, "pragma_index_list") })
	n := len(queries)
	if n != 3 && n != 4 { // before many are counted it is asked whether they are few
		t.Fatalf("%+v: %d queries: %q", page, n, queries)
	}
	var plans [3]string
	for i, query := range []string{queries[n-3], queries[n-2], queries[n-1]} {
		plans[i] = plan(t, s, query)
	}
	return plans
}

// sorts finds a step that sorts all rows; to sort those that are equal by an
// index is none.
var sorts = regexp.MustCompile(`(?m)^[ >-]*Sort  \(|TEMP B-TREE FOR ORDER BY`)

// scans finds a step that looks at every row of a table or an index; the rows
// that were found are looked at, too.
var scans = regexp.MustCompile(`(?m)Seq Scan on|^SCAN (license|license_token|customer|contact|order|user|license_trace|log_entry|report)(_1)*\b`)

// listedPage is a filter and a sort that docs/query-language.md promises to
// serve by an index, in both directions where it has a sort.
type listedPage struct{ filter, sort string }

// checkPages fails where a listed page, or its count, looks at more rows than it
// must. A page whose filter leaves few rows may sort them. many says that there
// are many: then rows must come in the order of an index.
func checkPages[T any](t *testing.T, s *store.Store, listing store.Listing[T], many bool, pages []listedPage) {
	t.Helper()
	if listing.Few = 1_000_000; many {
		listing.Few = 1
	}
	for _, p := range pages {
		for _, way := range []string{"", " desc"} {
			page := entity.Page{Filter: p.filter, Take: ptr(50)}
			if p.sort != "" {
				page.Sort = p.sort + way
			}
			plans := readPlans(t, s, listing, page)
			if p.filter != "" && !many && scans.MatchString(plans[0]) {
				t.Errorf("%T, filter %q: counted by\n%s", *new(T), page.Filter, plans[0])
			}
			inOrder := p.filter == "" || many // as long as enough rows meet the filter, it may look at one after the other
			sorted := sorts.MatchString(plans[1])
			if many && s.Engine() == store.Postgres {
				sorted = false // it knows that these are not many, and may sort them
			}
			if inOrder && sorted || !inOrder && scans.MatchString(plans[1]) || strings.Contains(plans[1], "Seq Scan") {
				t.Errorf("%T, filter %q, sort %q: the keys are read by\n%s", *new(T), page.Filter, page.Sort, plans[1])
			}
		}
	}
}

func byMembers(members ...string) (pages []listedPage) {
	for _, m := range members {
		pages = append(pages, listedPage{sort: m})
	}
	return pages
}

// TestListedPagesAreReadByIndex: what docs/query-language.md lists for filters
// and sorts is served by an index on both engines, without a look at all rows.
// SQLite has no statistics in service; PostgreSQL gets them within a minute.
func TestListedPagesAreReadByIndex(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		crowd(t, s, 5000)
		if s.Engine() == store.Postgres {
			if _, err := s.Pool().Exec(t.Context(), "ANALYZE"); err != nil {
				t.Fatal(err)
			}
		}
		few := func(pages ...listedPage) []listedPage { return pages }
		checkPages(t, s, licenses(), false, append(byMembers("", "id", "licenseId", "userKey", "customerId", "templateId", "orderId", "createdAt",
			"updatedAt", "issueDate", "expireDate", "supportExpireDate", "licenseType", "licenseeName", "licenseeCompany", "licenseeEmail"), few(
			listedPage{"id = 7", ""}, listedPage{"id in (7, 8)", ""}, listedPage{`licenseId = "lic7"`, ""}, listedPage{`userKey = "key7"`, ""}, listedPage{`userKey in ("key7", "key8")`, ""},
			listedPage{"customerId = 7", ""}, listedPage{"customerId = 7", "expireDate"}, listedPage{"customerId = 7 and not revoked", "licenseeName"},
			listedPage{"templateId = 7", ""}, listedPage{"templateId = 7", "createdAt"}, listedPage{"orderId = 7", ""}, listedPage{"orderId = 7", "createdAt"},
			listedPage{`createdAt > "1970-01-01" and createdAt < "1970-01-01T00:00:00.0001Z"`, ""},
			listedPage{`updatedAt > "1970-01-01" and updatedAt < "1970-01-01T00:00:00.0001Z"`, ""},
			listedPage{`issueDate > "1970-01-01" and issueDate < "1970-01-01T00:00:00.0001Z"`, "userKey"},
			listedPage{`expireDate > "1970-01-01" and expireDate < "1970-01-01T00:00:00.0001Z"`, ""},
			listedPage{`supportExpireDate > "1970-01-01" and supportExpireDate < "1970-01-01T00:00:00.0001Z"`, "expireDate"},
			listedPage{"revoked", ""}, listedPage{"Revoked = true", "createdAt"}, listedPage{`licenseType = "t7"`, ""},
			listedPage{`Customer.Company = "c7"`, ""}, listedPage{`Customer.Email in ("e7", "e8") and not Revoked`, "createdAt"}, listedPage{`"o7" = Order.OrderNumber`, "expireDate"},
			listedPage{`Order.Customer.Code = "k7"`, ""},
			listedPage{`licenseeName = "n7"`, ""}, listedPage{`licenseeCompany = "c7"`, "createdAt"}, listedPage{`licenseeEmail = "e7"`, ""},
		)...))
		checkPages(t, s, licenses(), true, few(
			listedPage{"customerId = 7", ""}, listedPage{"customerId = 7", "createdAt"}, listedPage{"customerId = 7", "expireDate"},
			listedPage{"templateId = 7", ""}, listedPage{"templateId = 7", "createdAt"}, listedPage{"templateId = 7 and not revoked", "updatedAt"},
			listedPage{"not revoked", ""}, listedPage{"not revoked", "createdAt"}, listedPage{"licensingMode = 2", "licenseeName"},
			listedPage{`Customer.Company = "c7"`, "createdAt"}, listedPage{`Customer.Company = "c7"`, "customerId"},
			listedPage{`licenseType != "t7"`, "expireDate"}, listedPage{`createdAt > "1970-01-01T00:00:00.0001Z"`, "createdAt"},
			listedPage{`createdAt > "1970-01-01T00:00:00.0001Z"`, ""}, listedPage{`Description.Contains("")`, "issueDate"},
		))
		tokens := store.Listing[entity.LicenseToken]{Shown: map[string]string{
			"expire_at": "COALESCE(?TableAlias.expire_at, (SELECT l.expire_date FROM licenses l WHERE l.id = ?TableAlias.license_id))",
		}}
		checkPages(t, s, tokens, false, append(byMembers("", "id", "machineId", "clientId", "token"), few(
			listedPage{"id = 7", ""}, listedPage{`token = "t7"`, ""}, listedPage{"licenseId = 7", ""}, listedPage{"licenseId = 7", "issueDate"},
			listedPage{`machineId = "m7"`, ""}, listedPage{`clientId = "c7"`, "issueDate"}, listedPage{`machineId = "m7" and clientId = "c7"`, ""},
			listedPage{`License.UserKey = "key7"`, ""}, listedPage{`License.UserKey in ("key7", "key8")`, "machineId"}, listedPage{`License.Customer.Code = "k7"`, ""},
		)...))
		checkPages(t, s, tokens, true, few(listedPage{`clientName != "x"`, "machineId"}, listedPage{`clientName != "x"`, ""}))
		tokens.Of = []store.Parent{{Column: "license_id", ID: 7}}
		checkPages(t, s, tokens, true, few(listedPage{"", ""}, listedPage{`ExpireDate != null`, ""}))
		checkPages(t, s, store.Listing[entity.Customer]{}, false, append(
			byMembers("", "id", "company", "lastName", "email", "code", "createdAt", "updatedAt"), few(
				listedPage{`company = "c7"`, ""}, listedPage{`email = "e7"`, ""}, listedPage{`code = "k7"`, ""}, listedPage{`lastName = "l7"`, "createdAt"},
			)...))
		checkPages(t, s, store.Listing[entity.Contact]{}, false, append(byMembers("", "email", "lastName"), few(
			listedPage{"customerId = 7", ""}, listedPage{`email = "e7"`, ""})...))
		checkPages(t, s, store.Listing[entity.Order]{}, false, append(
			byMembers("", "id", "orderNumber", "createdAt", "updatedAt", "status", "invoiceNumber", "purchaseOrder", "customerId"), few(
				listedPage{`orderNumber = "o7"`, ""}, listedPage{"customerId = 7", "createdAt"}, listedPage{`status = "s7"`, ""},
				listedPage{`Customer.Email = "e7"`, "createdAt"},
				listedPage{`invoiceNumber = "i7"`, ""}, listedPage{`purchaseOrder = "p7"`, ""},
			)...))
		checkPages(t, s, store.Listing[entity.Product]{}, false, byMembers("", "id", "name"))
		checkPages(t, s, store.Listing[entity.User]{Shown: map[string]string{"roles": "'[]'"}}, false, append(byMembers("", "userName", "email", "createdAt"), few(
			listedPage{`userName = "u7"`, ""}, listedPage{`email = "e7"`, ""})...))
		checkPages(t, s, store.Listing[entity.LicenseTrace]{}, false, append(byMembers("", "createdDate"), few(
			listedPage{"licenseId = 7", "createdDate"}, listedPage{`createdDate > "1970-01-01" and createdDate < "1970-01-01T00:00:00.0001Z"`, ""})...))
		checkPages(t, s, store.Listing[entity.LogEntry]{}, false, append(byMembers("", "timeStamp"), few(
			listedPage{`timeStamp > "1970-01-01" and timeStamp < "1970-01-01T00:00:00.0001Z"`, ""})...))
		checkPages(t, s, store.Listing[entity.Report]{}, false, append(byMembers("", "date", "userKey"), few(
			listedPage{`userKey = "key7"`, "date"}, listedPage{`date > "1970-01-01" and date < "1970-01-01T00:00:00.0001Z"`, ""})...))
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
			rows := readPlans(t, s, licenses(), entity.Page{Filter: filter})[2]
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
