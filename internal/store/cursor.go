package store

import (
	"context"
	"math"

	"github.com/uptrace/bun"
)

// cursor is a place in a list.
//
// Primary keys are read first, many at once, and then the rows by them, few at
// once because they may be large. A read of keys may have to look at every row,
// when these are sorted by what has no index or few of them are asked for; a
// read of rows never does.
type cursor[T any] struct {
	*reader[T]
	skip  int64   // rows to leave out yet; only the first read does
	left  *int64  // rows wanted yet; nil: all
	after []any   // the values of the sort keys of the last row seen; nil: at the start
	ids   [][]any // primary keys of rows to read
	done  bool    // nothing comes after
}

func (r *reader[T]) begin() *cursor[T] {
	c := &cursor[T]{reader: r}
	if r.page.Skip != nil {
		c.skip = *r.page.Skip
	}
	if r.page.Take != nil {
		left := *r.page.Take
		c.left = &left
	}
	return c
}

// next reads the next rows; none at the end.
func (c *cursor[T]) next(ctx context.Context) (rows []T, err error) {
	for len(rows) == 0 && err == nil {
		if len(c.ids) == 0 {
			if err := c.readKeys(ctx); err != nil || len(c.ids) == 0 {
				return nil, err
			}
		}
		n := min(c.size(), int64(len(c.ids)))
		sel := c.rows(&rows, c.ids[:n])
		c.ids = c.ids[n:]
		err = c.scan(ctx, sel, &rows) // none when they were deleted meanwhile
	}
	return rows, err
}

// readKeys reads the next primary keys, and the sort keys of the last row.
func (c *cursor[T]) readKeys(ctx context.Context) error {
	limit := c.keySize()
	if c.left != nil {
		limit = min(limit, *c.left)
	}
	if c.done || limit == 0 || !c.page.Uncounted && c.skip >= c.total {
		return nil
	}
	found, err := c.keyQuery(limit).Rows(ctx)
	if err != nil {
		return Normalise(err)
	}
	defer found.Close()
	places := c.primaryKey()
	values, into := make([]any, len(c.keys)), make([]any, len(c.keys))
	for i := range values {
		into[i] = &values[i]
	}
	for found.Next() {
		if err := found.Scan(into...); err != nil {
			return Normalise(err)
		}
		id := make([]any, len(places))
		for i, place := range places {
			id[i] = values[place]
		}
		c.ids = append(c.ids, id)
	}
	if err := found.Err(); err != nil {
		return Normalise(err)
	}
	n := int64(len(c.ids))
	c.after, c.skip, c.done = values, 0, n < limit
	if c.left != nil {
		*c.left -= n
	}
	return nil
}

// keyQuery asks for the keys of the rows that come next.
func (c *cursor[T]) keyQuery(limit int64) *bun.SelectQuery {
	table := c.table()
	if c.way == few && !c.isLookedFor() {
		table += c.hint(columnsOf(c.keys))
	}
	sel := c.store.read.NewSelect().Model((*T)(nil)).ModelTableExpr(table)
	how := looking
	if c.way == inOrder {
		how = apart
	}
	sel = c.keyColumns(c.meeting(sel, how))
	if c.after != nil {
		sel = c.behind(sel, c.after)
	}
	if c.way == few {
		// The limit of the inner query is no limit, but engines then find its rows first.
		sel = c.store.read.NewSelect().TableExpr("(?) AS found", sel.Limit(math.MaxInt64))
		for i := range c.keys {
			sel = sel.Column(keyName(i))
		}
		return c.orderBy(sel, keyName).Limit(limit).Offset(c.skip)
	}
	return c.order(sel).Limit(limit).Offset(c.skip)
}
