package store

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"strings"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
)

// How much one read takes.
const (
	listChunk    = 1000   // rows
	includeChunk = 32     // rows with relations, which may be large
	keyChunk     = 20_000 // primary keys
)

// Listing says which rows of an entity make a list.
type Listing[T any] struct {
	// Where narrows the rows; nil: all of them. It is asked for every read.
	Where func(*bun.SelectQuery) *bun.SelectQuery
	// Only is a condition of all rows of the list, in the words of the partial
	// indexes that are made for it; "": there are none.
	Only string
	// Of names what the list is of, such as the licenses of a customer.
	Of []Parent
	// Total tells how many rows there are where a caller asks for no fewer; nil:
	// they are counted.
	Total func(ctx context.Context) (int64, error)
	// Chunk is how many rows one read takes, for entities with large rows;
	// 0: a thousand.
	Chunk int64
	// KeyChunk is how many primary keys one read takes; 0: twenty thousand.
	KeyChunk int64
	// Few is up to how many rows are found by what they meet and sorted then, not
	// looked for in the order of the list; 0: five thousand.
	Few int64
	// Shown are the columns that show something else than is kept, or are not
	// kept (scanonly), with the expressions for it. Filters and sorts mean what is shown.
	Shown map[string]string
	// Needs are columns that are read whatever members a caller selects, for
	// those who make other members of them.
	Needs []string
	// Names are columns that are neither null nor twice among these rows, beside
	// the primary key: a sort by one of them is by nothing else.
	Names []string
}

// Parent is a column that has one id in all rows of a list.
type Parent struct {
	Column string
	ID     int64
}

// ReadList counts the rows of a listing and returns the part that a page asks
// for, in the language of docs/query-language.md. The rows are read in chunks
// while they are ranged over, each chunk a short read of its own that goes on
// after the last row seen, so a list of any length needs the memory of one
// chunk, and a slow reader holds no transaction. Rows written meanwhile may or
// may not show.
//
// Under entity.ForCustomer nothing but that customer's rows is found.
func ReadList[T any](ctx context.Context, s *Store, l Listing[T], page entity.Page) (*entity.List[T], error) {
	if err := page.Validate(); err != nil {
		return nil, err
	}
	q, err := s.ask(ctx, s.kindOf(reflect.TypeFor[T]()), page)
	if err != nil {
		return nil, err
	}
	q.named(l.Names)
	r := &reader[T]{store: s, listing: l, question: q, page: page}
	if !page.Uncounted {
		if err := r.count(ctx); err != nil {
			return nil, fmt.Errorf("count a list: %w", Normalise(err))
		}
	}
	return &entity.List[T]{Total: r.total, Members: q.members(), Items: r.items(ctx)}, nil
}

// reader answers one question about a listing.
type reader[T any] struct {
	*question
	store   *Store
	listing Listing[T]
	page    entity.Page
	indexes []index // on SQLite, where anything was asked for
	total   int64
	way     way // in which the keys are read
}

// manner is what the conditions of a list are for.
type manner int

const (
	looking manner = iota // to find rows
	judging               // of rows that are found by their keys
	apart                 // judging, and SQLite is kept from finding rows by them, but for what they are sorted by
)

// meeting leaves the rows that are in the list.
func (r *reader[T]) meeting(sel *bun.SelectQuery, how manner) *bun.SelectQuery {
	sign := ""
	if how == apart {
		sign = "+"
	}
	if r.listing.Only != "" {
		sel = sel.Where(quoted(r.alias) + "." + r.listing.Only)
	}
	if r.listing.Where != nil {
		sel = r.listing.Where(sel)
	}
	for _, p := range r.listing.Of {
		sel = sel.Where(sign+column(r.alias, p.Column)+" = ?", p.ID)
	}
	if r.customer != nil {
		sql, args := r.kind.owned(r.alias, *r.customer)
		sel = sel.Where(sign+"("+sql+")", args...)
	}
	if r.filter == nil {
		return sel
	}
	var sql string
	var args []any
	switch how {
	case looking:
		sql, args = r.filter.SQL(r.dialect, r.alias)
	case judging:
		sql, args = r.filter.Judging(r.dialect, r.alias)
	case apart:
		sql, args = r.filter.Apart(r.dialect, r.alias, r.keys[0].Column())
	}
	return sel.Where(sql, args...)
}

// table is what rows are read from, under the name of what is kept.
func (r *reader[T]) table() string {
	if len(r.listing.Shown) > 0 {
		return r.shown()
	}
	return quoted(r.kind.table.Name) + " AS " + quoted(r.alias)
}

// shown is a table as it shows, under the name of the one that is kept.
func (r *reader[T]) shown() string {
	table := r.kind.table
	sql := "(SELECT "
	for _, f := range table.Fields {
		if _, ok := r.listing.Shown[f.Name]; !ok {
			sql += column(r.alias, f.Name) + ", "
		}
	}
	for name, expr := range r.listing.Shown {
		sql += "(" + expr + ") AS " + quoted(name) + ", "
	}
	return strings.TrimSuffix(sql, ", ") + " FROM " + quoted(table.Name) + " AS " + quoted(r.alias) + ") AS " + quoted(r.alias)
}

// items ranges over the page.
func (r *reader[T]) items(ctx context.Context) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		c := r.begin()
		for {
			rows, err := c.next(ctx)
			if err != nil {
				yield(*new(T), fmt.Errorf("read a list: %w", err))
				return
			}
			if len(rows) == 0 {
				return
			}
			for i := range rows {
				if !yield(rows[i], nil) {
					return
				}
			}
		}
	}
}

// size is how many rows one read takes.
func (r *reader[T]) size() int64 {
	size := r.listing.Chunk
	if size == 0 {
		size = listChunk
	}
	if len(r.include) > 0 {
		size = min(size, includeChunk)
	}
	return size
}

// few is up to how many rows are sorted after they were found.
func (r *reader[T]) few() int64 {
	if r.listing.Few > 0 {
		return r.listing.Few
	}
	return fewRows
}

// keySize is how many primary keys one read takes.
func (r *reader[T]) keySize() int64 {
	if r.listing.KeyChunk > 0 {
		return r.listing.KeyChunk
	}
	return keyChunk
}

// rows makes a query for whole rows with these primary keys, as much of them as
// was asked for. They must still be in the list: they may have become another
// customer's.
//
// The limit changes nothing but keeps the engine from looking for the rows by
// what else they meet. PostgreSQL without statistics believes that hardly a row
// meets anything, and would read a whole index for each chunk.
func (r *reader[T]) rows(into *[]T, ids [][]any) *bun.SelectQuery {
	where, args := r.among(ids)
	sel := r.store.read.NewSelect().Model(into).
		ModelTableExpr("(SELECT * FROM "+r.table()+" WHERE "+where+" LIMIT ?) AS "+quoted(r.alias), append(args, len(ids))...)
	return r.order(r.meeting(sel, judging)).Column(r.columns(r.listing.Needs)...)
}

// among is the condition that rows have these primary keys.
func (q *question) among(ids [][]any) (sql string, args []any) {
	places := strings.Repeat(", (?)", len(ids))[2:]
	for _, id := range ids {
		args = append(args, bun.List(id))
	}
	if len(q.kind.pks) == 1 {
		return q.keyList(q.kind.pks) + " IN (" + places + ")", args
	}
	return "(" + q.keyList(q.kind.pks) + ") IN (VALUES " + places + ")", args
}

// scan reads whole rows and their relations.
func (r *reader[T]) scan(ctx context.Context, sel *bun.SelectQuery, rows *[]T) error {
	if err := sel.Scan(ctx); err != nil {
		return Normalise(err)
	}
	if len(r.include) == 0 {
		return nil
	}
	values := make([]reflect.Value, len(*rows))
	for i := range *rows {
		values[i] = reflect.ValueOf(&(*rows)[i]).Elem()
	}
	return r.store.include(ctx, r.question, r.kind, values, r.question.include)
}
