package bench

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

// listStep fills one table of the books that lists are measured on. Its SELECT
// is FROM numbers, which has i; ?2 is how many licenses there are, ?3 now, ?4
// narrow and ?5 a document.
type listStep struct {
	insert string
	part   int // rows are one in so many of the licenses
	fixed  int // or so many
}

// narrow is how many rows a narrow filter finds, in books of any size: the
// licenses of a customer, the tokens of a license.
const narrow = 1000

const (
	// groups is how many groups of narrow rows there are.
	groups = `(1 + (?2 - 1) / ?4)`
	// scattered gives each i another number below ?2, in no order: no size of books
	// is a multiple of the factor, a prime.
	scattered = `(i * 7368787 % ?2)`
	// created are moments of three years, in the order of the ids.
	created = `(?3 - (?2 - i) * (94608000000000 / ?2))`
	day     = `86400000000`
)

// listSteps make the books. A license's document is as long as a short real
// one; one in ten is that of a license order with an activation; each customer
// and order has narrow licenses, each license with seats as many of them.
func listSteps() []listStep {
	return []listStep{
		{fixed: 5, insert: `INSERT INTO license_templates (name, format, licensing_mode) SELECT 'Template ' || i, 4, 2 FROM numbers`},
		{part: 10, insert: `INSERT INTO customers (company, first_name, last_name, email, code, created_at, updated_at)
			SELECT 'Company ' || i, 'Ann', 'Person ' || ` + scattered + `, 'c' || i || '@example.com', 'C' || i, ` + created + `, ` + created + ` FROM numbers`},
		{part: 10, insert: `INSERT INTO orders (order_number, status, created_at, updated_at, customer_id)
			SELECT 'SO' || i, CASE i % 20 WHEN 0 THEN 'Open' ELSE 'Paid' END, ` + created + `, ` + created + `, i FROM numbers`},
		{part: 1, insert: `INSERT INTO licenses (license_id, license_type, format, created_at, updated_at, issue_date,
				expire_date, support_expire_date, revoked, license_key, user_key, licensing_mode,
				licensee_name, licensee_company, licensee_email, hash, template_id, customer_id, order_id, product, features)
			SELECT 'lic' || (1000000000 + i), CASE i % 10 WHEN 0 THEN 'Trial' ELSE 'Standard' END, 4, ` + created + `, ?3 - ` + scattered + ` * 1000000, ` + created + `,
				CASE WHEN i % 10 > 0 THEN ?3 + ` + scattered + ` * ` + day + ` / ?2 * 1000 END, ?3 + ` + scattered + ` * ` + day + ` / ?2 * 400,
				i % (1 + ` + groups + `) = 0, ?5, 'KEY-' || (1000000000 + i), CASE WHEN i % 10 = 0 THEN 1 ELSE 2 END,
				'Person ' || ` + scattered + `, 'Company ' || (i % ` + groups + `), 'p' || i || '@example.com', '0123456789abcdef', 1 + (i + i / 10) % 5,
				1 + i % ` + groups + `, 1 + i % ` + groups + `, '{"id":"EDIT","name":"Editor","version":"2.1"}', '[{"name":"Export","value":"on"}]' FROM numbers`},
		{part: 1, insert: `INSERT INTO seat_pools (license_id, kind, held)
			SELECT i, CASE WHEN i % 10 = 0 THEN 1 ELSE 2 END, CASE WHEN i % 10 = 0 THEN 1 WHEN i % 10 = 1 AND i / 10 < ` + groups + ` THEN ?4 ELSE 0 END FROM numbers`},
		{part: 10, insert: `INSERT INTO license_orders (license_id, licensee_type, hostid_match_rate, min_hostids, activations_allowed, hostids)
			SELECT i * 10, 'customer', 100, 1, 1000, '[{"type":"ETHERNET","min":1,"max":1}]' FROM numbers`},
		{part: 1, insert: `INSERT INTO license_tokens (kind, token, address, client_id, client_name, machine_id, issue_date, expire_at, last_heartbeat, license_id)
			SELECT 2, 'fltk_' || i, '10.0.0.1', 'c' || (i % ` + groups + `), 'editor', 'm' || ` + scattered + `, ` + created + `,
				?3 + 365 * ` + day + `, ?3, 10 * ((i - 1) / ?4) + 1 FROM numbers`},
		{part: 10, insert: `INSERT INTO license_tokens (kind, token, address, client_name, machine_id, issue_date, license_id)
			SELECT 1, 'acti_' || i, '10.0.0.1', 'editor', 'ETHERNET=' || i, ` + created + `, 10 * i FROM numbers`},
		{part: 2, insert: `INSERT INTO license_traces (client_ip, machine_id, created_date, action, license_id)
			SELECT '10.0.0.1', 'm' || i, ` + created + `, 3, 1 + i % ` + groups + ` FROM numbers`},
		{part: 2, insert: `INSERT INTO log_entries (message, message_template, level, time_stamp, properties)
			SELECT 'request', 'request', CASE i % 100 WHEN 0 THEN 'Error' ELSE 'Information' END, ` + created + `, '{}' FROM numbers`},
	}
}

// fillLists makes books with so many licenses and as many floating seats, and
// leaves them settled.
func fillLists(ctx context.Context, url string, licenses int, now time.Time) error {
	s, err := store.Open(ctx, store.Options{URL: url})
	if err != nil {
		return fmt.Errorf("open the books: %w", err)
	}
	defer s.Close()
	restore, err := withoutIndexes(ctx, s)
	if err != nil {
		return err
	}
	for _, step := range listSteps() {
		rows := step.fixed
		if step.part > 0 {
			rows = licenses / step.part
		}
		for done := 0; done < rows; done += fillChunk {
			if err := step.write(ctx, s, done+1, min(rows, done+fillChunk), licenses, now); err != nil {
				return fmt.Errorf("fill the books: %w", err)
			}
		}
	}
	if err := restore(); err != nil {
		return err
	}
	if s.Engine() == store.Postgres { // as autovacuum does within a minute, but not while measuring
		if _, err := s.Pool().Exec(ctx, "VACUUM ANALYZE"); err != nil {
			return fmt.Errorf("settle the books: %w", err)
		}
	}
	return s.Close()
}

// withoutIndexes takes the indexes away that are no constraint, because filling
// is much faster without them; restore makes them again.
func withoutIndexes(ctx context.Context, s *store.Store) (restore func() error, err error) {
	var indexes []struct{ Name, Text string }
	list := `SELECT name, sql AS text FROM sqlite_schema WHERE type = 'index' AND sql LIKE 'CREATE INDEX %' AND tbl_name IN ('licenses', 'license_tokens')`
	if s.Engine() == store.Postgres {
		list = `SELECT indexname AS name, indexdef AS text FROM pg_indexes WHERE indexdef LIKE 'CREATE INDEX %' AND tablename IN ('licenses', 'license_tokens')`
	}
	if err := s.Read().NewRaw(list).Scan(ctx, &indexes); err != nil {
		return nil, fmt.Errorf("list the indexes: %w", err)
	}
	run := func(query string) error {
		return s.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, query)
			return err
		})
	}
	for _, i := range indexes {
		if err := run("DROP INDEX " + i.Name); err != nil {
			return nil, fmt.Errorf("drop an index: %w", err)
		}
	}
	return func() error {
		for _, i := range indexes {
			if err := run(i.Text); err != nil {
				return fmt.Errorf("make an index: %w", err)
			}
		}
		return nil
	}, nil
}

func (l listStep) write(ctx context.Context, s *store.Store, first, last, licenses int, now time.Time) error {
	const numbers = `WITH RECURSIVE numbers(i) AS (SELECT CAST(?0 AS bigint) UNION ALL SELECT i + 1 FROM numbers WHERE i < ?1) `
	return s.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.NewRaw(numbers+l.insert, first, last, licenses, entity.TimeOf(now).Micros(), narrow, strings.Repeat("d", 1500)).Exec(ctx)
		return err
	})
}
