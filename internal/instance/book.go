package instance

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
)

// Desk is where one kind of thing is asked for and changed. In is what callers
// send; what is nil in it was not sent.
type Desk[T, In any] interface {
	Insert(ctx context.Context, by Caller, in In) (*T, error)
	Get(ctx context.Context, by Caller, id int64) (*T, error)
	Update(ctx context.Context, by Caller, id int64, in In) (*T, error)
	Search(ctx context.Context, by Caller, q Search) (*entity.List[T], error)
}

// row is a pointer to a T that the books keep.
type row[T any] interface {
	*T
	Base() *entity.Kept
	Validate() error
	FillLists()
}

// book says how one kind of row is kept. Insertion, update, reading and search
// are the same for all of them; what is nil is not needed.
type book[T any, R row[T], In any] struct {
	*Service
	noun      string   // for people: "license instance"
	kind      string   // for the audit: "licenseInstance"
	include   string   // relations that answers show
	needs     []string // columns by which they are found, where no member shows them
	seen      string   // the condition that a member sees a row, as scope has it; "" is every row
	params    int
	duplicate string // what is said where the books have such a row; "" where they take any

	// says is what the audit tells of a row; never a script.
	says func(r R) string
	// merge puts what was sent into a row, a new one where isNew.
	merge func(in *In, r R, isNew bool) error
	// refer looks up what the row refers to and judges whether the caller may
	// write it. was is the row before the change, nil for a new one.
	refer func(ctx context.Context, tx *store.Tx, by Caller, r, was R) error
	// after writes what follows from a change; was as above.
	after func(ctx context.Context, tx *store.Tx, r, was R) error
	// fill adds to rows what no relation of the books leads to.
	fill func(ctx context.Context, by Caller, rows []T) error
}

// Insert adds a row.
func (b book[T, R, In]) Insert(ctx context.Context, by Caller, in In) (*T, error) {
	if err := b.admit(ctx, by, true); err != nil {
		return nil, err
	}
	var v T
	r := R(&v)
	err := journal.Write(ctx, b.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		now := entity.Millis{Time: b.now()}
		v = *new(T)
		*r.Base() = entity.Kept{Status: entity.StatusActive, CreatedAt: now, UpdatedAt: now}
		if err := b.judge(ctx, tx, by, &in, r, nil); err != nil {
			return journal.Entry{}, err
		}
		if _, err := tx.NewInsert().Model(r).Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("insert a %s: %w", b.noun, err)
		}
		return b.entry(journal.Insert, b.kind, r.Base().ID, "%s; %s", b.says(r), r.Base().Status), b.follow(ctx, tx, r, nil)
	})
	if err != nil {
		return nil, b.refused(err)
	}
	return b.read(ctx, by, r.Base().ID)
}

// Update merges what was sent into a row.
func (b book[T, R, In]) Update(ctx context.Context, by Caller, id int64, in In) (*T, error) {
	if err := b.admit(ctx, by, true); err != nil {
		return nil, err
	}
	err := journal.Write(ctx, b.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		v, err := b.lock(ctx, tx, by, id)
		if err != nil {
			return journal.Entry{}, err
		}
		was := *v
		r := R(v)
		base := r.Base()
		base.UpdatedAt.Time = base.UpdatedAt.Next(b.clock.Read().Wall)
		if err := b.judge(ctx, tx, by, &in, r, R(&was)); err != nil {
			return journal.Entry{}, err
		}
		if _, err := tx.NewUpdate().Model(r).WherePK().Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("update %s %d: %w", b.noun, id, err)
		}
		return b.entry(journal.Update, b.kind, id, "%s; %s; was %s; %s", b.says(r), base.Status, b.says(R(&was)), R(&was).Base().Status), b.follow(ctx, tx, r, R(&was))
	})
	if err != nil {
		return nil, b.refused(err)
	}
	return b.read(ctx, by, id)
}

// judge makes a row of what was sent, and judges it.
func (b book[T, R, In]) judge(ctx context.Context, tx *store.Tx, by Caller, in *In, r, was R) error {
	if err := b.merge(in, r, was == nil); err != nil {
		return err
	}
	r.FillLists()
	if err := r.Validate(); err != nil {
		return err
	}
	return b.refer(ctx, tx, by, r, was)
}

func (b book[T, R, In]) follow(ctx context.Context, tx *store.Tx, r, was R) error {
	if b.after == nil {
		return nil
	}
	return b.after(ctx, tx, r, was)
}

// lock reads a row that is about to change and that the caller sees.
func (b book[T, R, In]) lock(ctx context.Context, tx *store.Tx, by Caller, id int64) (*T, error) {
	v, err := store.Lock[T](ctx, tx, id)
	if err != nil {
		return nil, store.Missing(err, b.noun, id)
	}
	sees, err := scope(tx.NewSelect().Model((*T)(nil)).Where("?TableAlias.id = ?", id), by, b.seen, b.params).Exists(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up %s %d: %w", b.noun, id, err)
	}
	if !sees {
		return nil, store.Missing(store.ErrNoRow, b.noun, id)
	}
	return v, nil
}

// refused names what the books themselves refused to write.
func (b book[T, R, In]) refused(err error) error {
	switch {
	case b.duplicate != "" && errors.Is(err, store.ErrDuplicate):
		return fault.Named(fault.Conflict, fault.Duplicate, b.duplicate)
	case errors.Is(err, store.ErrReference):
		return fault.New(fault.Conflict, "something that the %s refers to was deleted meanwhile", b.noun)
	}
	return err
}

// Get reads a row; one that is not there, or not for the caller, is NotFound.
func (b book[T, R, In]) Get(ctx context.Context, by Caller, id int64) (*T, error) {
	if err := b.admit(ctx, by, false); err != nil {
		return nil, err
	}
	return b.read(ctx, by, id)
}

func (b book[T, R, In]) read(ctx context.Context, by Caller, id int64) (*T, error) {
	list, err := b.list(ctx, by, entity.Page{Uncounted: true}, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("?TableAlias.id = ?", id)
	})
	if err != nil {
		return nil, err
	}
	for v, err := range list.Items {
		return &v, err
	}
	return nil, store.Missing(store.ErrNoRow, b.noun, id)
}

// Search lists the rows that the caller sees and asks for.
func (b book[T, R, In]) Search(ctx context.Context, by Caller, q Search) (*entity.List[T], error) {
	return b.searchAmong(ctx, by, q, nil)
}

func (b book[T, R, In]) searchAmong(ctx context.Context, by Caller, q Search, among func(*bun.SelectQuery) *bun.SelectQuery) (*entity.List[T], error) {
	if err := b.admit(ctx, by, false); err != nil {
		return nil, err
	}
	page, err := q.page()
	if err != nil {
		return nil, err
	}
	return b.list(ctx, by, page, among)
}

// list reads rows; among narrows them further, nil does not.
func (b book[T, R, In]) list(ctx context.Context, by Caller, page entity.Page, among func(*bun.SelectQuery) *bun.SelectQuery) (*entity.List[T], error) {
	page.Include = b.include
	list, err := store.ReadList(ctx, b.store, store.Listing[T]{
		Chunk: listChunk, Needs: b.needs,
		Where: func(q *bun.SelectQuery) *bun.SelectQuery {
			if q = scope(q, by, b.seen, b.params); among != nil {
				q = among(q)
			}
			return q
		},
	}, page)
	if err != nil {
		return nil, err
	}
	list.Items = b.filled(ctx, by, list.Items)
	return list, nil
}
