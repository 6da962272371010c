package instance

import (
	"context"
	"iter"
	"strings"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
)

// Search asks for a list. What is nil was not sent.
type Search struct {
	From       *int64  `json:"from" jsonschema:"minimum=0,default=0"`
	Size       *int64  `json:"size" jsonschema:"minimum=0,maximum=10000,default=10"`
	Where      *string `json:"where" jsonschema:"description=Members of the answer compared as in SQL's WHERE: field1='value' and field2<>'value2'"`
	Sort       *[]Sort `json:"sort" jsonschema:"minItems=1"`
	TrackTotal bool    `json:"trackTotal"`
}

// Sort is a member that a list is sorted by.
type Sort struct {
	Field string `json:"field"`
	Order string `json:"order" jsonschema:"enum=Asc,enum=Desc,default=Asc"`
}

const (
	defaultSize = 10
	maxSize     = 10_000
	maxFrom     = 1<<31 - 1
	maxSort     = 8
	// listChunk is how many rows one read takes: scripts may be large.
	listChunk = 100
)

// page judges what was asked, but for the condition and the members, which the
// list reader knows.
func (q *Search) page() (page entity.Page, err error) {
	size := int64(defaultSize)
	if q.Size != nil {
		size = *q.Size
	}
	page = entity.Page{Skip: q.From, Take: &size, Uncounted: !q.TrackTotal}
	switch {
	case q.From != nil && (*q.From < 0 || *q.From > maxFrom):
		return page, fault.Bad("from", "must be from 0 to %d", maxFrom)
	case size < 0 || size > maxSize:
		return page, fault.Bad("size", "must be from 0 to %d", maxSize)
	}
	if q.Where != nil && strings.TrimSpace(*q.Where) != "" {
		page.Where = *q.Where
	}
	if q.Sort == nil {
		return page, nil
	}
	if n := len(*q.Sort); n == 0 || n > maxSort {
		return page, fault.Bad("sort", "must have from 1 to %d items", maxSort)
	}
	for i, by := range *q.Sort {
		switch {
		case strings.TrimSpace(by.Field) == "":
			return page, fault.Bad(item("sort", i, "field"), "is missing")
		case by.Order != "" && !strings.EqualFold(by.Order, "Asc") && !strings.EqualFold(by.Order, "Desc"):
			return page, fault.Bad(item("sort", i, "order"), "must be Asc or Desc")
		}
		page.OrderBy = append(page.OrderBy, entity.SortBy{Member: by.Field, Descending: strings.EqualFold(by.Order, "Desc")})
	}
	return page, nil
}

// fillChunk is how many rows are filled at once.
const fillChunk = 32

// filled is the rows as they are shown, a few at a time.
func (b book[T, R, In]) filled(ctx context.Context, by Caller, items iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		rows := make([]T, 0, fillChunk)
		flush := func() bool {
			if b.fill != nil && len(rows) > 0 {
				if err := b.fill(ctx, by, rows); err != nil {
					yield(*new(T), err)
					return false
				}
			}
			for i := range rows {
				R(&rows[i]).FillLists()
				if !yield(rows[i], nil) {
					return false
				}
			}
			rows = rows[:0]
			return true
		}
		for v, err := range items {
			if err != nil {
				yield(*new(T), err)
				return
			}
			if rows = append(rows, v); len(rows) == fillChunk && !flush() {
				return
			}
		}
		flush()
	}
}
