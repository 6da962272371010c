package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/query"
)

// question is what a caller asked of a list, checked against its entity.
type question struct {
	kind     *kind
	dialect  query.Dialect
	alias    string // of the entity's table
	filter   *query.Filter
	keys     []query.Key // what the rows are sorted by, and the primary key
	deciding int         // how many of the keys there are until no two rows are equal
	pick     *query.Pick // nil: all members
	include  []*query.Include
	customer *int64 // whose rows the caller may see; nil: all
}

func (s *Store) ask(ctx context.Context, k *kind, page entity.Page) (*question, error) {
	q := &question{kind: k, alias: k.table.Alias}
	if s.engine == Postgres {
		q.dialect = query.Postgres
	}
	seen := k.schema
	if id, only := entity.OnlyCustomer(ctx); only {
		if !k.isOwned() {
			return nil, fault.New(fault.Forbidden, "this list is not for customers")
		}
		q.customer, seen = &id, k.narrow()
	}
	for _, part := range []struct {
		text string
		read func(text string) error
	}{
		{page.Filter, func(text string) (err error) { q.filter, err = query.ParseFilter(seen, text); return err }},
		{page.Where, func(text string) (err error) { q.filter, err = query.ParseWhere(seen, text); return err }},
		{page.Sort, func(text string) (err error) { q.keys, err = query.ParseSort(seen, text); return err }},
		{page.Select, func(text string) (err error) { q.pick, err = query.ParseSelect(k.schema, text); return err }},
		{page.Include, func(text string) (err error) { q.include, err = query.ParseInclude(k.schema, text); return err }},
	} {
		if part.text == "" {
			continue
		}
		if err := part.read(part.text); err != nil {
			return nil, err
		}
	}
	for i, by := range page.OrderBy {
		key, err := query.KeyAt(seen, fmt.Sprintf("sort[%d].field", i), by.Member, by.Descending)
		if err != nil {
			return nil, err
		}
		q.keys = append(q.keys, key)
	}
	q.keys = distinct(append(q.keys, k.pks...))
	q.deciding = len(q.keys)
	q.picked()
	if q.customer != nil {
		return q, k.mayInclude(q.include)
	}
	return q, nil
}

// distinct drops the keys that are there already: they cannot tell rows apart
// that the first one could not.
func distinct(keys []query.Key) (left []query.Key) {
	for _, key := range keys {
		if !slices.ContainsFunc(left, func(k query.Key) bool { return k.Same(key) }) {
			left = append(left, key)
		}
	}
	return left
}

// named takes note of columns of which each names a row: what comes behind one
// of them in a sort decides nothing, and would keep engines from its index.
func (q *question) named(columns []string) {
	if len(q.kind.pks) == 1 {
		columns = append(slices.Clone(columns), q.kind.pks[0].Column())
	}
	for i, key := range q.keys {
		if slices.Contains(columns, key.Column()) {
			q.keys[i], q.deciding = key.Filled(), i+1
			return
		}
	}
}

// picked includes the relations that are selected, and those only.
func (q *question) picked() {
	if q.pick == nil {
		return
	}
	asked := q.include
	q.include = nil
	for _, r := range q.pick.Relations {
		node := query.Included(asked, r)
		if node == nil {
			node = &query.Include{Relation: r}
		}
		q.include = append(q.include, node)
	}
}

// members are what items of the answer show; nil: everything.
func (q *question) members() []string {
	if q.pick == nil {
		return nil
	}
	return q.pick.Names
}

// columns are what must be read to show the members, and needs; nil: everything.
func (q *question) columns(needs []string) []string {
	names := slices.Clone(needs)
	if q.pick == nil {
		names = append(names, q.kind.columns...)
		slices.Sort(names)
		return slices.Compact(names)
	}
	for _, pk := range q.kind.table.PKs {
		names = append(names, pk.Name)
	}
	for _, f := range q.pick.Fields {
		if f.Column != "" {
			names = append(names, f.Column)
		}
	}
	for _, r := range q.pick.Relations {
		names = append(names, r.Column)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// order sorts by the keys; null comes before every value.
func (q *question) order(sel *bun.SelectQuery) *bun.SelectQuery {
	return q.orderBy(sel, func(i int) string { return q.keys[i].SQL(q.dialect, q.alias) })
}

// orderBy is order with other expressions for the keys.
func (q *question) orderBy(sel *bun.SelectQuery, name func(key int) string) *bun.SelectQuery {
	for i, key := range q.keys[:q.deciding] {
		sql := name(i)
		switch {
		case key.Descending && key.Nullable():
			sql += " DESC NULLS LAST"
		case key.Descending:
			sql += " DESC"
		case key.Nullable():
			sql += " ASC NULLS FIRST"
		}
		sel = sel.OrderExpr(sql)
	}
	return sel
}

// primaryKey is where the primary key is among the keys.
func (q *question) primaryKey() []int {
	places := make([]int, len(q.kind.pks))
	for i, pk := range q.kind.pks {
		places[i] = slices.IndexFunc(q.keys, func(k query.Key) bool { return k.Same(pk) })
	}
	return places
}

func keyName(i int) string { return fmt.Sprintf("key%d", i) }

// keyColumns selects the values of the keys, and nothing else.
func (q *question) keyColumns(sel *bun.SelectQuery) *bun.SelectQuery {
	for i, key := range q.keys {
		sel = sel.ColumnExpr(key.SQL(q.dialect, q.alias) + " AS " + keyName(i))
	}
	return sel
}
