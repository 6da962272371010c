package org

import (
	"context"
	"errors"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
)

// maxBelow is how many organisations one parent may have. Turning synchronisation
// off writes the rights of all of them in one transaction.
const maxBelow = 1000

// lockParent locks an organisation that is about to get another one below it.
func lockParent(ctx context.Context, tx *store.Tx, id int64) (*entity.Organisation, error) {
	parent, err := store.Lock[entity.Organisation](ctx, tx, id)
	if errors.Is(err, store.ErrNoRow) || err == nil && parent.Status == entity.OrgDeleted {
		return nil, fault.Bad("parentId", "there is no organization %d", id)
	}
	if err != nil {
		return nil, err
	}
	if parent.ParentID != nil {
		return nil, misplaced("organization %d is itself below another one: they stand one level deep", id)
	}
	n, err := store.Referrer{Plural: "organizations", Count: countBelow}.CountOf(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if n >= maxBelow {
		return nil, misplaced("organization %d has %d below it, which is the most", id, n)
	}
	return parent, nil
}

func misplaced(format string, args ...any) error {
	return fault.Named(fault.Conflict, fault.OrgHierarchy, fmt.Sprintf(format, args...))
}

// inherit gives a new organisation what it inherits; nothing without a parent.
func inherit(ctx context.Context, tx *store.Tx, o, parent *entity.Organisation) error {
	if parent == nil || parent.Synchronised {
		return nil
	}
	rights, err := stored(ctx, tx, parent.ID)
	if err != nil {
		return err
	}
	return rights.inherited().write(ctx, tx, o.ID)
}

// Link puts an organisation that stands alone below another one. It loses what
// that one lacks, and is cut to its ends and limits; where the parent
// synchronises it has from now on what the parent has. Faults: OrgHierarchy for
// one that has a parent, or others below it, or is the parent itself.
func (s *Service) Link(ctx context.Context, id, parentID int64) error {
	if id == parentID {
		return misplaced("organization %d cannot be below itself", id)
	}
	return s.write(ctx, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		o, parent, err := lockBoth(ctx, tx, id, parentID)
		if err != nil {
			return journal.Entry{}, err
		}
		n, err := store.Referrer{Plural: "organizations", Count: countBelow}.CountOf(ctx, tx, id)
		if err != nil {
			return journal.Entry{}, err
		}
		if n > 0 {
			return journal.Entry{}, misplaced("organization %d has %d below it: they stand one level deep", id, n)
		}
		if err := cut(ctx, tx, o, parent); err != nil {
			return journal.Entry{}, err
		}
		o.ParentID, o.Synchronised = &parent.ID, false
		return s.entry(journal.Update, organisationKind, id, "%s; linked%s", o.Name, below(parent)), s.touch(ctx, tx, o)
	})
}

// lockBoth locks two organisations that stand alone. Where two are linked below
// each other at once, both writers begin with the same one.
func lockBoth(ctx context.Context, tx *store.Tx, id, parentID int64) (o, parent *entity.Organisation, err error) {
	if o, err = store.Get[entity.Organisation](ctx, tx, id); err != nil {
		return nil, nil, missing(err, id)
	}
	if o.ParentID == nil && id < parentID {
		if o, err = store.Lock[entity.Organisation](ctx, tx, id); err != nil {
			return nil, nil, missing(err, id)
		}
	}
	if o.ParentID != nil {
		return nil, nil, misplaced("organization %d is below organization %d: unlink it first", id, *o.ParentID)
	}
	if parent, err = lockParent(ctx, tx, parentID); err != nil {
		return nil, nil, err
	}
	if o, err = store.Lock[entity.Organisation](ctx, tx, id); err != nil {
		return nil, nil, missing(err, id)
	}
	if o.ParentID != nil {
		return nil, nil, errMoved
	}
	return o, parent, nil
}

// cut takes from a linked organisation what its parent lacks; all where that
// synchronises.
func cut(ctx context.Context, tx *store.Tx, o, parent *entity.Organisation) error {
	if parent.Synchronised {
		return clearRights(ctx, tx, "organisation_id = ?", o.ID)
	}
	most, err := stored(ctx, tx, parent.ID)
	if err != nil {
		return err
	}
	rights, err := stored(ctx, tx, o.ID)
	if err != nil {
		return err
	}
	return rights.cutTo(most).write(ctx, tx, o.ID)
}

// Unlink makes an organisation stand alone. It keeps what it has, as far as its
// parent still has it. OrgHierarchy where it has no parent.
func (s *Service) Unlink(ctx context.Context, id int64) error {
	return s.write(ctx, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		f, err := lock(ctx, tx, id)
		if err != nil {
			return journal.Entry{}, err
		}
		if f.parent == nil {
			return journal.Entry{}, standsAlone(id)
		}
		rights, most, err := f.rights(ctx, tx)
		if err != nil {
			return journal.Entry{}, err
		}
		if err := rights.cutTo(most).write(ctx, tx, id); err != nil {
			return journal.Entry{}, err
		}
		f.org.ParentID = nil
		return s.entry(journal.Update, organisationKind, id, "%s; unlinked, was%s", f.org.Name, below(f.parent)), s.touch(ctx, tx, f.org)
	})
}

func standsAlone(id int64) error { return misplaced("organization %d has no parent", id) }

// Synchronise turns license synchronisation of a parent on or off. On, those
// below have what the parent has, whatever they had; off, they keep it as their
// own and may be changed one by one again. OrgHierarchy for one with a parent.
func (s *Service) Synchronise(ctx context.Context, id int64, on bool) error {
	return s.write(ctx, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		f, err := lock(ctx, tx, id)
		if err != nil {
			return journal.Entry{}, err
		}
		if f.parent != nil {
			return journal.Entry{}, misplaced("organization %d is below another one", id)
		}
		if on != f.org.Synchronised {
			if err := follow(ctx, tx, id, on); err != nil {
				return journal.Entry{}, err
			}
		}
		f.org.Synchronised = on
		return s.entry(journal.Update, organisationKind, id, "%s; license synchronization %t", f.org.Name, on), s.touch(ctx, tx, f.org)
	})
}

// follow clears the rights of those below, or gives them what they had by their
// parent. The disabled ones had nothing.
func follow(ctx context.Context, tx *store.Tx, parentID int64, on bool) error {
	if on {
		return clearRights(ctx, tx, "organisation_id IN (SELECT id FROM organisations WHERE parent_id = ?)", parentID)
	}
	rights, err := stored(ctx, tx, parentID)
	if err != nil {
		return err
	}
	var children []int64
	err = tx.NewSelect().Model((*entity.Organisation)(nil)).Column("id").Where("parent_id = ?", parentID).
		Where("status = ?", entity.OrgActive).Order("id").Scan(ctx, &children)
	if err != nil {
		return fmt.Errorf("read who is below organisation %d: %w", parentID, store.Normalise(err))
	}
	inherited := rights.inherited()
	for _, child := range children {
		if err := inherited.write(ctx, tx, child); err != nil {
			return err
		}
	}
	return nil
}
