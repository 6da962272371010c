package store

import (
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/query"
)

// behind leaves the rows that come after the one with these values of the keys.
func (q *question) behind(sel *bun.SelectQuery, values []any) *bun.SelectQuery {
	keys, values := q.keys[:q.deciding], values[:q.deciding]
	if compareAsRow(keys) {
		return sel.Where("("+q.keyList(keys)+") "+sign(keys[0])+" (?)", bun.List(values))
	}
	var either []string
	var args []any
	for i, key := range keys {
		after, ok := q.after(key, values[i])
		if !ok {
			continue // nothing comes after null when that is last
		}
		all := make([]string, 0, i+1)
		for j, equal := range keys[:i] {
			all = append(all, q.equals(equal, values[j]))
			if values[j] != nil {
				args = append(args, values[j])
			}
		}
		if values[i] != nil {
			args = append(args, values[i])
		}
		either = append(either, strings.Join(append(all, after), " AND "))
	}
	return sel.Where("("+strings.Join(either, " OR ")+")", args...)
}

// compareAsRow says whether SQL's own comparison of rows does: all keys go the
// same way and none is null. It is what an index can be searched by.
func compareAsRow(keys []query.Key) bool {
	return !slices.ContainsFunc(keys, func(k query.Key) bool {
		return k.Nullable() || k.Descending != keys[0].Descending
	})
}

func (q *question) keyList(keys []query.Key) string {
	sql := make([]string, len(keys))
	for i, key := range keys {
		sql[i] = key.SQL(q.dialect, q.alias)
	}
	return strings.Join(sql, ", ")
}

func sign(key query.Key) string {
	if key.Descending {
		return "<"
	}
	return ">"
}

// after is the condition that a key's value comes after another one, with a ?
// for it unless it is nil; false: nothing does.
func (q *question) after(key query.Key, value any) (sql string, ok bool) {
	sql = key.SQL(q.dialect, q.alias)
	switch {
	case value == nil && key.Descending:
		return "", false
	case value == nil:
		return sql + " IS NOT NULL", true
	case key.Descending && key.Nullable():
		return "(" + sql + " < ? OR " + sql + " IS NULL)", true
	}
	return sql + " " + sign(key) + " ?", true
}

// equals is the condition that a key has a value, with a ? for it unless it is
// nil.
func (q *question) equals(key query.Key, value any) string {
	sql := key.SQL(q.dialect, q.alias)
	if value == nil {
		return sql + " IS NULL"
	}
	return sql + " = ?"
}
