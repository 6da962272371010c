package oldbooks

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/licet/licet/internal/store"
)

// Compare says what a database of a newer schema has lost of the books, or has
// in their tables without their having it.
func (b *Books) Compare(ctx context.Context, st *store.Store) (wrong []string) {
	for _, t := range b.Tables {
		if slices.Contains(derived(), t.Name) {
			continue
		}
		now, _, err := read(ctx, st.Read().DB, t.Name, "")
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("%s: %v", t.Name, err))
			continue
		}
		wrong = append(wrong, b.lost(t, now)...)
	}
	return append(wrong, contradictions(ctx, st)...)
}

// changed says whether a migration since has changed a column on purpose.
func (b *Books) changed(table, column string) bool {
	return slices.ContainsFunc(changes(), func(c change) bool {
		return c.by > b.Schema && c.table == table && c.column == column
	})
}

func (b *Books) lost(was, now *Table) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, was.Name+": "+fmt.Sprintf(format, args...)) }
	rows := map[string][]any{}
	for _, row := range now.Rows {
		rows[now.key(was.Key, row)] = row
	}
	for _, row := range was.Rows {
		key := was.key(was.Key, row)
		kept := rows[key]
		delete(rows, key)
		if kept == nil {
			if !b.changed(was.Name, "") {
				say("the row %s is lost", key)
			}
			continue
		}
		for i, column := range was.Columns {
			at := slices.Index(now.Columns, column)
			switch {
			case b.changed(was.Name, column):
			case at < 0:
				say("the column %s is lost", column)
			case !same(row[i], kept[at]):
				say("%s of %s is %v, was %v", column, key, kept[at], row[i])
			}
		}
	}
	if !b.changed(was.Name, "") {
		for key := range rows {
			say("the row %s came from nowhere", key)
		}
	}
	return wrong
}

func (t *Table) key(columns []string, row []any) string {
	var parts []string
	for _, name := range columns {
		parts = append(parts, fmt.Sprint(row[slices.Index(t.Columns, name)]))
	}
	return strings.Join(parts, "/")
}

func same(a, b any) bool {
	if x, is := a.([]byte); is {
		y, is := b.([]byte)
		return is && bytes.Equal(x, y)
	}
	if x, is := a.(int64); is {
		if y, is := b.(float64); is { // JSON has one kind of number
			return float64(x) == y
		}
	}
	return a == b
}

// contradictions says where figures that the books keep are not those of the rows
// that they tell of.
func contradictions(ctx context.Context, st *store.Store) (wrong []string) {
	for what, query := range map[string]string{
		"pools that do not count their tokens": `SELECT COUNT(*) FROM seat_pools p WHERE held <>
			(SELECT COUNT(*) FROM license_tokens t WHERE t.license_id = p.license_id AND t.kind = p.kind)`,
		"tokens without a pool": `SELECT COUNT(*) FROM license_tokens t WHERE NOT EXISTS
			(SELECT 1 FROM seat_pools p WHERE t.license_id = p.license_id AND t.kind = p.kind)`,
		"figures of licenses that are wrong": `SELECT COUNT(*) FROM
			(SELECT SUM(licenses) AS l, SUM(revoked) AS r, SUM(traced) AS t, SUM(file) AS f, SUM(activation) AS a, SUM(floating) AS n FROM license_figures) x,
			(SELECT COUNT(*) AS l, COUNT(CASE WHEN revoked THEN 1 END) AS r, COUNT(CASE WHEN trace THEN 1 END) AS t,
				COUNT(CASE WHEN licensing_mode = 0 THEN 1 END) AS f, COUNT(CASE WHEN licensing_mode = 1 THEN 1 END) AS a,
				COUNT(CASE WHEN licensing_mode = 2 THEN 1 END) AS n FROM licenses WHERE parent_id IS NULL) y
			WHERE x.l <> y.l OR x.r <> y.r OR x.t <> y.t OR x.f <> y.f OR x.a <> y.a OR x.n <> y.n`,
		"users without the name that they log in by": `SELECT COUNT(*) FROM users WHERE name_key IS NULL AND user_name <> ''`,
	} {
		var n int
		if err := st.Read().NewRaw(query).Scan(ctx, &n); err != nil || n != 0 {
			wrong = append(wrong, fmt.Sprintf("%d %s, %v", n, what, err))
		}
	}
	return wrong
}
