package store

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"github.com/licet/licet/internal/query"
)

// listed is an entity with lists that are [] on the wire and never null.
type listed interface{ FillLists() }

// include reads relations of rows of a kind and hangs them into the rows: one
// query for each relation, however many rows there are.
func (s *Store) include(ctx context.Context, q *question, k *kind, rows []reflect.Value, nodes []*query.Include) error {
	if len(rows) == 0 {
		return nil
	}
	for _, node := range nodes {
		rel := k.relations[node.Relation]
		found, err := s.related(ctx, q, rel, rows, node.With)
		if err != nil {
			return fmt.Errorf("include %s: %w", node.Relation.Name, err)
		}
		rel.hang(rows, found)
	}
	return nil
}

// related reads what a relation leads to from rows, with relations of its own.
func (s *Store) related(ctx context.Context, q *question, rel *relation, rows []reflect.Value, with []*query.Include) ([]reflect.Value, error) {
	var keys []any
	seen := map[any]bool{}
	for _, row := range rows {
		if key := keyOf(rel.base(), row); key != nil && !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, nil
	}
	target := rel.target()
	alias := target.table.Alias
	found := reflect.New(reflect.SliceOf(target.table.Type))
	sel := s.read.NewSelect().Model(found.Interface()).Column(rel.columns(target, with)...).
		Where(column(alias, rel.join().Name)+" IN (?)", bun.List(keys))
	for _, pk := range target.table.PKs {
		sel = sel.OrderExpr(column(alias, pk.Name))
	}
	if q.customer != nil {
		sql, args := target.owned(alias, *q.customer)
		sel = sel.Where(sql, args...)
	}
	if err := sel.Scan(ctx); err != nil {
		return nil, Normalise(err)
	}
	children := make([]reflect.Value, found.Elem().Len())
	for i := range children {
		children[i] = found.Elem().Index(i)
		if l, ok := children[i].Addr().Interface().(listed); ok {
			l.FillLists()
		}
	}
	return children, s.include(ctx, q, target, children, with)
}

// columns are those of the members that show, and those by which rows find
// each other: what never shows is not read.
func (r *relation) columns(target *kind, with []*query.Include) []string {
	names := append(slices.Clone(target.columns), r.join().Name)
	for _, node := range with {
		names = append(names, node.Relation.Column)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// hang puts what was found where it belongs.
func (r *relation) hang(rows, found []reflect.Value) {
	at := map[any][]reflect.Value{}
	for _, child := range found {
		key := keyOf(r.join(), child)
		at[key] = append(at[key], child)
	}
	for _, row := range rows {
		member := r.Field.Value(row)
		children := at[keyOf(r.base(), row)]
		if r.many() {
			member.Set(reflect.MakeSlice(member.Type(), 0, len(children)))
		}
		for _, child := range children {
			value := child
			if elem := member.Type(); elem.Kind() == reflect.Pointer || r.many() && elem.Elem().Kind() == reflect.Pointer {
				value = child.Addr()
			}
			if !r.many() {
				member.Set(value)
				break
			}
			member.Set(reflect.Append(member, value))
		}
	}
}

// keyOf is the value of a column in a row, as something to compare; nil for
// null.
func keyOf(f *schema.Field, row reflect.Value) any {
	v := f.Value(row)
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	if v.CanInt() {
		return v.Int()
	}
	return v.String()
}
