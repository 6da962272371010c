package eventlog

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
)

// Range is a span of time with both its ends; an end that is not set is open.
type Range struct{ From, To entity.Time }

func (r Range) open() bool { return r.From.IsZero() && r.To.IsZero() }

func (r Range) validate() error {
	if !r.From.IsZero() && !r.To.IsZero() && r.To.Std().Before(r.From.Std()) {
		return fault.Bad("endDate", "is before startDate")
	}
	return nil
}

func (r Range) where(q *bun.SelectQuery) *bun.SelectQuery {
	if !r.From.IsZero() {
		q = q.Where("?TableAlias.time_stamp >= ?", r.From)
	}
	if !r.To.IsZero() {
		q = q.Where("?TableAlias.time_stamp <= ?", r.To)
	}
	return q
}

// listChunk is small because an entry may carry a stack trace.
const listChunk = 200

// List lists the entries of a range, those that are still waiting among them
// unless the books are too busy.
func (l *Log) List(ctx context.Context, r Range, page entity.Page) (*entity.List[entity.LogEntry], error) {
	if err := r.validate(); err != nil {
		return nil, err
	}
	l.catchUp(ctx)
	return store.ReadList(ctx, l.store, store.Listing[entity.LogEntry]{Where: r.where, Chunk: listChunk}, page)
}

// catchUp writes what is waiting, so that who reads sees what came before. A
// failure shows on the console, and the reader gets what there is.
func (l *Log) catchUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	_ = l.Flush(ctx)
}

// Deletion says which entries go: those that meet everything that is set.
type Deletion struct {
	ID     *int64
	Filter string // in the query language
	Range  Range
	All    bool // needed where nothing else is set
}

func (d Deletion) validate() error {
	if d.ID == nil && d.Filter == "" && d.Range.open() && !d.All {
		return fault.New(fault.Invalid, "say which log entries: id, filter, startDate, endDate, or deleteAll=true for all of them")
	}
	return d.Range.validate()
}

// Delete deletes entries and returns how many, in transactions of a few hundred:
// one that fails leaves those before it done. Entries that come in meanwhile stay.
// An id that is not there is NotFound.
func (l *Log) Delete(ctx context.Context, d Deletion) (int64, error) {
	if err := d.validate(); err != nil {
		return 0, err
	}
	l.catchUp(ctx)
	n, err := journal.Purge(ctx, l.store, journal.Purging[entity.LogEntry]{
		Rows: store.Listing[entity.LogEntry]{Where: d.where}, Filter: d.Filter,
		ID: func(e *entity.LogEntry) int64 { return e.ID },
		Entry: func(total int64) journal.Entry {
			return journal.Entry{At: l.now(), Action: journal.Delete, Entity: "log", EntityID: d.entityID(), Details: d.details(total)}
		},
	})
	if err != nil {
		return n, err
	}
	if d.ID != nil && n == 0 {
		return 0, fault.New(fault.NotFound, "there is no such log entry %d", *d.ID)
	}
	return n, nil
}

func (d Deletion) where(q *bun.SelectQuery) *bun.SelectQuery {
	if d.ID != nil {
		q = q.Where("?TableAlias.id = ?", *d.ID)
	}
	return d.Range.where(q)
}

func (d Deletion) entityID() string {
	if d.ID != nil {
		return journal.ID(*d.ID)
	}
	return "several"
}

// details tells the audit how the entries were chosen.
func (d Deletion) details(total int64) string {
	by := []string{fmt.Sprintf("entries: %d", total)}
	if d.Filter != "" {
		by = append(by, "by a filter")
	}
	if !d.Range.From.IsZero() {
		by = append(by, "from "+d.Range.From.String())
	}
	if !d.Range.To.IsZero() {
		by = append(by, "to "+d.Range.To.String())
	}
	return strings.Join(by, "; ")
}
