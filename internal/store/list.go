package store

import (
	"context"
	"fmt"
	"iter"
	"reflect"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"github.com/licet/licet/internal/entity"
)

// listChunk is how many rows of a list one read takes.
const listChunk = 1000

// Listing says which rows of an entity make a list.
type Listing[T any] struct {
	// Where narrows the rows; nil: all of them. It is asked for every chunk.
	Where func(*bun.SelectQuery) *bun.SelectQuery
	// Chunk is how many rows one read takes, for entities with large rows;
	// 0: a thousand.
	Chunk int64
}

// ReadList counts the rows of a listing and returns the part that a page asks
// for. The rows are read in chunks while they are ranged over, each chunk a
// short read of its own that goes on after the last id seen, so a list of any
// length needs the memory of one chunk, and a slow reader holds no transaction.
// Rows written meanwhile may or may not show.
func ReadList[T any](ctx context.Context, s *Store, l Listing[T], page entity.Page) (*entity.List[T], error) {
	if err := page.Validate(); err != nil {
		return nil, err
	}
	total, err := l.narrow(s.read.NewSelect().Model((*T)(nil))).Count(ctx)
	if err != nil {
		return nil, fmt.Errorf("count a list: %w", Normalise(err))
	}
	return &entity.List[T]{Total: int64(total), Items: l.rows(ctx, s, page)}, nil
}

func (l Listing[T]) narrow(q *bun.SelectQuery) *bun.SelectQuery {
	if l.Where == nil {
		return q
	}
	return l.Where(q)
}

// rows ranges over the page. Only the first chunk skips; the others go on
// after an id.
func (l Listing[T]) rows(ctx context.Context, s *Store, page entity.Page) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var after *T
		var skip int64
		if page.Skip != nil {
			skip = *page.Skip
		}
		var left *int64
		if page.Take != nil {
			n := *page.Take
			left = &n
		}
		for {
			size := l.size(left)
			if size == 0 {
				return
			}
			chunk, err := l.chunk(ctx, s, after, skip, size)
			if err != nil {
				yield(*new(T), err)
				return
			}
			for i := range chunk {
				if !yield(chunk[i], nil) {
					return
				}
			}
			if int64(len(chunk)) < size {
				return
			}
			after, skip = &chunk[len(chunk)-1], 0
			if left != nil {
				*left -= int64(len(chunk))
			}
		}
	}
}

// size is how many rows the next chunk has at most.
func (l Listing[T]) size(left *int64) int64 {
	size := l.Chunk
	if size == 0 {
		size = listChunk
	}
	if left != nil {
		size = min(size, *left)
	}
	return size
}

// chunk reads the rows behind one, by their primary key, whatever its columns.
func (l Listing[T]) chunk(ctx context.Context, s *Store, after *T, skip, size int64) ([]T, error) {
	var rows []T
	q := s.read.NewSelect().Model(&rows)
	pks := q.GetModel().(bun.TableModel).Table().PKs
	if after != nil {
		q = q.Where("(?) > (?)", keys(pks), bun.List(valuesOf(pks, after)))
	}
	q = q.OrderExpr("?", keys(pks))
	if err := l.narrow(q.Limit(size).Offset(skip)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read a list: %w", Normalise(err))
	}
	return rows, nil
}

// keys writes the columns of a primary key, qualified, with commas between.
type keys []*schema.Field

func (k keys) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	for i, f := range k {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, f.Table.SQLAlias...)
		b = append(b, '.')
		b = append(b, f.SQLName...)
	}
	return b, nil
}

func valuesOf[T any](fields []*schema.Field, row *T) []any {
	values := make([]any, len(fields))
	for i, f := range fields {
		values[i] = f.Value(reflect.ValueOf(row).Elem()).Interface()
	}
	return values
}
