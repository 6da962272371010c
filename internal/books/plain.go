package books

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
)

// plain says how the books keep an entity that is a row with an id of its own.
// Its insertion, update and deletion are the same for all of them; what is nil
// is not needed.
type plain[T any] struct {
	kind   string          // as people and the audit name it: "contact"
	unique string          // the member that no two rows share; "" where there is none
	id     func(*T) *int64 //
	name   func(*T) string // what the audit says of a row; never a secret

	// before takes the locks that come before the row's own, and looks whether
	// its parents are there. id is 0 for a new row, sent nil for a deletion.
	before func(ctx context.Context, tx *store.Tx, id int64, sent *T) error
	// mine says whether a row is among those that are asked for: a release of
	// the product in the path.
	mine func(*T) bool
	// ready turns what was sent into the row to write, and looks up what it
	// refers to. old is the row that is replaced, nil for a new one.
	ready func(ctx context.Context, tx *store.Tx, next, old *T, sent entity.Members) error
	// after writes what the row owns.
	after func(ctx context.Context, tx *store.Tx, next *T, sent entity.Members) error

	holders []store.Referrer // what is in the way of a deletion
	goes    []store.Referrer // what goes with the row
}

func (p plain[T]) insert(ctx context.Context, s *Service, in entity.Sent[T]) (*T, error) {
	var row T
	err := journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		row = in.Value
		*p.id(&row) = 0
		if err := p.open(ctx, tx, 0, &row); err != nil {
			return journal.Entry{}, err
		}
		if err := p.ready(ctx, tx, &row, nil, in.Members); err != nil {
			return journal.Entry{}, err
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("insert a %s: %w", p.kind, err)
		}
		return s.entry(journal.Insert, p.kind, *p.id(&row), "%s", p.name(&row)), p.own(ctx, tx, &row, in.Members)
	})
	if err != nil {
		return nil, p.refused(err)
	}
	return &row, nil
}

func (p plain[T]) update(ctx context.Context, s *Service, in entity.Sent[T]) (*T, error) {
	return p.replace(ctx, s, *p.id(&in.Value), in, nil)
}

// patch changes a row that is there: change is given the row as it is and makes
// it what it shall be. sent names what it changes.
func (p plain[T]) patch(ctx context.Context, s *Service, id int64, sent entity.Members, change patch[T]) (*T, error) {
	return p.replace(ctx, s, id, entity.Sent[T]{Members: sent}, change)
}

// patch changes a row in the transaction that has locked it. It may run more
// than once.
type patch[T any] func(ctx context.Context, tx *store.Tx, row *T) error

// replace writes what was sent over a row, or what change makes of it.
func (p plain[T]) replace(ctx context.Context, s *Service, id int64, in entity.Sent[T], change patch[T]) (*T, error) {
	var next T
	err := journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		next = in.Value
		if err := p.open(ctx, tx, id, &next); err != nil {
			return journal.Entry{}, err
		}
		old, err := p.lock(ctx, tx, id)
		if err != nil {
			return journal.Entry{}, err
		}
		if change != nil {
			next = *old
			if err := change(ctx, tx, &next); err != nil {
				return journal.Entry{}, err
			}
		}
		if err := p.ready(ctx, tx, &next, old, in.Members); err != nil {
			return journal.Entry{}, err
		}
		if _, err := tx.NewUpdate().Model(&next).WherePK().Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("update %s %d: %w", p.kind, id, err)
		}
		return s.entry(journal.Update, p.kind, id, "%s; sent %s", p.name(&next), strings.Join(in.Members.Names(), " ")),
			p.own(ctx, tx, &next, in.Members)
	})
	if err != nil {
		return nil, p.refused(err)
	}
	return &next, nil
}

func (p plain[T]) delete(ctx context.Context, s *Service, id int64) error {
	err := journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		if err := p.open(ctx, tx, id, nil); err != nil {
			return journal.Entry{}, err
		}
		row, err := p.lock(ctx, tx, id)
		if err != nil {
			return journal.Entry{}, err
		}
		if err := store.RefuseReferred(ctx, tx, fmt.Sprintf("%s %d", p.kind, id), p.holders, id); err != nil {
			return journal.Entry{}, err
		}
		with, err := p.goesWith(ctx, tx, id)
		if err != nil {
			return journal.Entry{}, err
		}
		if _, err := tx.NewDelete().Model(row).WherePK().Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("delete %s %d: %w", p.kind, id, err)
		}
		return s.entry(journal.Delete, p.kind, id, "%s%s", p.name(row), with), nil
	})
	if errors.Is(err, store.ErrReference) {
		return fault.New(fault.Conflict, "%s %d is in use", p.kind, id)
	}
	return err
}

func (p plain[T]) open(ctx context.Context, tx *store.Tx, id int64, sent *T) error {
	if p.before == nil {
		return nil
	}
	return p.before(ctx, tx, id, sent)
}

// lock reads a row that is about to change, and not one of another parent.
func (p plain[T]) lock(ctx context.Context, tx *store.Tx, id int64) (*T, error) {
	row, err := store.Lock[T](ctx, tx, id)
	if err == nil && p.mine != nil && !p.mine(row) {
		err = store.ErrNoRow
	}
	if err != nil {
		return nil, store.Missing(err, p.kind, id)
	}
	return row, nil
}

func (p plain[T]) own(ctx context.Context, tx *store.Tx, next *T, sent entity.Members) error {
	if p.after == nil {
		return nil
	}
	return p.after(ctx, tx, next, sent)
}

// goesWith tells the audit what a deletion takes with it.
func (p plain[T]) goesWith(ctx context.Context, tx *store.Tx, id int64) (string, error) {
	with := ""
	for _, r := range p.goes {
		n, err := r.CountOf(ctx, tx, id)
		if err != nil {
			return "", err
		}
		if n > 0 {
			with += fmt.Sprintf("; with it %s: %d", r.Plural, n)
		}
	}
	return with, nil
}

// refused names what the books themselves refused to write.
func (p plain[T]) refused(err error) error {
	switch {
	case errors.Is(err, store.ErrDuplicate):
		return fault.Taken(p.unique)
	case errors.Is(err, store.ErrReference):
		return fault.New(fault.Conflict, "something that the %s refers to was deleted meanwhile", p.kind)
	}
	return err
}

// there is NotFound unless the row is there: a parent that a path names.
func there[T any](ctx context.Context, db bun.IDB, kind string, id int64) error {
	ok, err := db.NewSelect().Model((*T)(nil)).Where("id = ?", id).Exists(ctx)
	if err != nil {
		return fmt.Errorf("look up %s %d: %w", kind, id, store.Normalise(err))
	}
	if !ok {
		return store.Missing(store.ErrNoRow, kind, id)
	}
	return nil
}

// known is there for a row that a member of the body names; nil names none.
func known[T any](ctx context.Context, db bun.IDB, member, kind string, id *int64) error {
	if id == nil {
		return nil
	}
	err := there[T](ctx, db, kind, *id)
	if fault.IsKind(err, fault.NotFound) {
		return fault.Bad(member, "there is no %s %d", kind, *id)
	}
	return err
}
