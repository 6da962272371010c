package journal

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

// Purging says which rows are deleted.
type Purging[T any] struct {
	Rows   store.Listing[T] // its Chunk is also how many rows one transaction deletes; 0: 250
	Filter string           // narrows them, in the query language
	ID     func(*T) int64
	// Entry makes the audit entry from the number of rows that were found. It is
	// written with the first rows; nothing is written where there are none.
	Entry func(total int64) Entry
}

// purgeChunk is how many rows of a usual size one transaction deletes.
const purgeChunk = 250

// Purge deletes rows of an entity with a numeric member id in small transactions and returns how
// many went. Rows that are inserted meanwhile stay. An error leaves the rows
// before it deleted, and their number is returned with it.
func Purge[T any](ctx context.Context, st *store.Store, p Purging[T]) (int64, error) {
	var last int64
	if err := st.Read().NewSelect().Model((*T)(nil)).ColumnExpr("COALESCE(MAX(?TableAlias.id), 0)").Scan(ctx, &last); err != nil {
		return 0, fmt.Errorf("find the last row: %w", store.Normalise(err))
	}
	if p.Rows.Chunk == 0 {
		p.Rows.Chunk = purgeChunk
	}
	where := p.Rows.Where
	p.Rows.Where = func(q *bun.SelectQuery) *bun.SelectQuery {
		if where != nil {
			q = where(q)
		}
		return q.Where("?TableAlias.id <= ?", last)
	}
	list, err := store.ReadList(ctx, st, p.Rows, entity.Page{Filter: p.Filter, Select: "id"})
	if err != nil {
		return 0, err
	}
	var gone int64
	var ids []int64
	first := true
	drop := func() error {
		n, err := p.drop(ctx, st, ids, first, list.Total)
		gone, ids, first = gone+n, ids[:0], false // somebody else may have deleted the first ones
		return err
	}
	for row, err := range list.Items {
		if err != nil {
			return gone, err
		}
		if ids = append(ids, p.ID(&row)); int64(len(ids)) >= p.Rows.Chunk {
			if err := drop(); err != nil {
				return gone, err
			}
		}
	}
	if len(ids) == 0 {
		return gone, nil
	}
	return gone, drop()
}

// drop deletes rows by their ids in one transaction.
func (p Purging[T]) drop(ctx context.Context, st *store.Store, ids []int64, first bool, total int64) (n int64, err error) {
	remove := func(ctx context.Context, tx *store.Tx) error {
		res, err := tx.NewDelete().Model((*T)(nil)).Where("id IN (?)", bun.List(ids)).Exec(ctx)
		if err != nil {
			return fmt.Errorf("delete %d rows: %w", len(ids), err)
		}
		n, err = res.RowsAffected()
		return err
	}
	if first {
		err = Write(ctx, st, func(ctx context.Context, tx *store.Tx) (Entry, error) {
			return p.Entry(total), remove(ctx, tx)
		})
	} else {
		err = st.Write(ctx, remove)
	}
	if err != nil {
		return 0, err
	}
	return n, nil
}
