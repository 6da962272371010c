package org

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

// rights are those of the organisation as stored, and those of its parent; nil
// without one.
func (f family) rights(ctx context.Context, db bun.IDB) (own, most *held, err error) {
	return f.rightsBy(func(id int64) (*held, error) { return stored(ctx, db, id) })
}

// rightsBy are rights of which read says what is stored.
func (f family) rightsBy(read func(id int64) (*held, error)) (own, most *held, err error) {
	if f.parent != nil {
		if most, err = read(f.parent.ID); err != nil {
			return nil, nil, err
		}
		if f.parent.Synchronised {
			if f.org.Status != entity.OrgActive {
				return &held{}, most, nil
			}
			return most.inherited(), most, nil
		}
	}
	own, err = read(f.org.ID)
	return own, most, err
}

// readTries bounds how often a reader looks again because a writer was faster.
const readTries = 16

// read is the family of an organisation and its rights, all of one moment: the
// times of the last change are the same before and after.
func (s *Service) read(ctx context.Context, id int64) (f family, own, most *held, err error) {
	before, err := s.look(ctx, id)
	for range readTries {
		if err != nil {
			return f, nil, nil, err
		}
		if own, most, err = before.rights(ctx, s.store.Read()); err != nil {
			return f, nil, nil, err
		}
		if f, err = s.look(ctx, id); err == nil && f.unchanged(before) {
			return f, own, most, nil
		}
		before = f
	}
	return f, nil, nil, fault.New(fault.Unavailable, "the organization is being changed; try again")
}

// look reads an organisation and its parent, of one moment.
func (s *Service) look(ctx context.Context, id int64) (f family, err error) {
	var rows []entity.Organisation
	err = s.store.Read().NewSelect().Model(&rows).Where("id = ? OR id = (SELECT parent_id FROM organisations WHERE id = ?)", id, id).Scan(ctx)
	if err != nil {
		return f, fmt.Errorf("read organisation %d: %w", id, store.Normalise(err))
	}
	for i := range rows {
		if rows[i].ID == id {
			f.org = &rows[i]
		} else {
			f.parent = &rows[i]
		}
	}
	if f.org == nil {
		return f, missing(store.ErrNoRow, id)
	}
	return f, nil
}

func (f family) unchanged(g family) bool {
	if !f.org.UpdatedAt.Equal(g.org.UpdatedAt) || !same(f.org.ParentID, g.org.ParentID) {
		return false
	}
	return f.parent == nil || g.parent == nil || f.parent.UpdatedAt.Equal(g.parent.UpdatedAt)
}

// License shows the rights of an organisation, as stored, to a member of it or
// of its parent. To anybody else it is OrgNotFound.
func (s *Service) License(ctx context.Context, actorUserID, publicID string) (*entity.OrgRights, error) {
	o, err := s.ByPublicID(ctx, publicID)
	if err != nil {
		return nil, err
	}
	f, own, _, err := s.read(ctx, o.ID)
	if fault.Is(err, fault.OrgNotFound) {
		return nil, unseen(publicID)
	}
	if err != nil {
		return nil, err
	}
	if err := f.seenBy(ctx, s.store.Read(), actorUserID); err != nil {
		return nil, err
	}
	return own.shown(f.org, f.parent), nil
}

// Rights are those of License, for the vendor's staff.
func (s *Service) Rights(ctx context.Context, id int64) (*entity.OrgRights, error) {
	f, own, _, err := s.read(ctx, id)
	if err != nil {
		return nil, err
	}
	return own.shown(f.org, f.parent), nil
}

// SetLicense replaces the three lists of an organisation below a parent, all or
// nothing, on behalf of an administrator of that parent. Other members of the
// two are OrgNotAllowed, everybody else finds nothing. An id in the rights must
// be the organisation's. The faults are those of fault.Org….
func (s *Service) SetLicense(ctx context.Context, actorUserID, publicID string, r entity.OrgRights) error {
	o, err := s.ByPublicID(ctx, publicID)
	if err != nil {
		return err
	}
	// Who may not is told so before the locks, and waits for nobody; the answer
	// that counts is that under the locks.
	f, err := s.look(ctx, o.ID)
	if err == nil {
		err = f.setBy(ctx, s.store.Read(), actorUserID)
	}
	if fault.Is(err, fault.OrgNotFound) {
		return unseen(publicID)
	}
	if err != nil {
		return err
	}
	err = s.setRights(ctx, o.ID, r, func(ctx context.Context, tx *store.Tx, f family) error {
		return f.setBy(ctx, tx, actorUserID)
	})
	if fault.Is(err, fault.OrgNotFound) {
		return unseen(publicID)
	}
	return err
}

// SetRights replaces the three lists of an organisation on behalf of the
// vendor's staff. One without a parent can be given anything.
func (s *Service) SetRights(ctx context.Context, id int64, r entity.OrgRights) error {
	return s.setRights(ctx, id, r, func(context.Context, *store.Tx, family) error { return nil })
}

func (s *Service) setRights(ctx context.Context, id int64, r entity.OrgRights, may func(context.Context, *store.Tx, family) error) error {
	err := s.write(ctx, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		f, err := lock(ctx, tx, id)
		if err != nil {
			return journal.Entry{}, err
		}
		if err := may(ctx, tx, f); err != nil {
			return journal.Entry{}, err
		}
		if r.ID != "" && r.ID != f.org.PublicID {
			return journal.Entry{}, fault.Bad("id", "is not that of the organization")
		}
		if err := r.Validate(); err != nil {
			return journal.Entry{}, err
		}
		next, err := recognise(ctx, tx, &r)
		if err != nil {
			return journal.Entry{}, err
		}
		if err := f.mayHave(ctx, tx, next); err != nil {
			return journal.Entry{}, err
		}
		return s.replaced(ctx, tx, f.org, next)
	})
	if errors.Is(err, store.ErrReference) {
		return fault.Named(fault.Invalid, fault.OrgUnknownDefinition, "a definition was deleted meanwhile")
	}
	return err
}

// replaced writes the rights of an organisation, and says so to the audit.
func (s *Service) replaced(ctx context.Context, tx *store.Tx, o *entity.Organisation, next *held) (journal.Entry, error) {
	if err := next.write(ctx, tx, o.ID); err != nil {
		return journal.Entry{}, err
	}
	e := s.entry(journal.Update, rightsKind, o.ID, "%s; licenses: %d, editions: %d, limits: %d", o.Name, len(next.licenses), len(next.editions), len(next.limits))
	return e, s.touch(ctx, tx, o)
}

// mayHave judges rights by those of the parent.
func (f family) mayHave(ctx context.Context, tx *store.Tx, next *held) error {
	if f.parent == nil {
		return nil
	}
	if f.parent.Synchronised {
		return synchronised()
	}
	most, err := stored(ctx, tx, f.parent.ID)
	if err != nil {
		return err
	}
	return next.judge(most)
}

func synchronised() error {
	return fault.Named(fault.Conflict, fault.OrgLicensesSynchronised, "the parent organization synchronizes licenses: those below it cannot be changed one by one")
}

// DisableLicense takes one license from an organisation below a parent. What an
// edition of its carries is taken away by a license of the type NONE.
func (s *Service) DisableLicense(ctx context.Context, id int64, licenseDef string) error {
	return s.changeLicense(ctx, id, licenseDef, func(own, _ *held, definition license) (*held, error) {
		next := own.without(definition.id)
		if next.carries(definition.id) {
			definition.typ = entity.OrgNone
			next.licenses = append(next.licenses, definition)
		}
		return next, nil
	})
}

// EnableLicense gives an organisation below a parent one license as the parent
// has it. OrgParentLacksLicense where it has not.
func (s *Service) EnableLicense(ctx context.Context, id int64, licenseDef string) error {
	return s.changeLicense(ctx, id, licenseDef, func(own, most *held, definition license) (*held, error) {
		end, ok := most.license(definition.id)
		if !ok {
			return nil, refused(fault.OrgParentLacksLicense, "", "the parent organization does not have this license")
		}
		next := own.without(definition.id)
		for _, l := range most.licenses {
			if l.id == definition.id {
				next.licenses = append(next.licenses, l)
				return next, nil
			}
		}
		if !next.carries(definition.id) {
			definition.typ, definition.end = entity.OrgSubscription, end
			next.licenses = append(next.licenses, definition)
		}
		return next, nil
	})
}

func (s *Service) changeLicense(ctx context.Context, id int64, licenseDef string, change func(own, most *held, definition license) (*held, error)) error {
	return s.write(ctx, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		f, err := lock(ctx, tx, id)
		switch {
		case err != nil:
			return journal.Entry{}, err
		case f.parent == nil:
			return journal.Entry{}, standsAlone(id)
		case f.parent.Synchronised:
			return journal.Entry{}, synchronised()
		}
		var d entity.LicenseDefinition
		err = store.Normalise(tx.NewSelect().Model(&d).Where("public_id = ?", licenseDef).Scan(ctx))
		if errors.Is(err, store.ErrNoRow) {
			return journal.Entry{}, fault.Named(fault.NotFound, fault.OrgUnknownDefinition, fmt.Sprintf("there is no license definition %.40q", licenseDef))
		}
		if err != nil {
			return journal.Entry{}, fmt.Errorf("read a license definition: %w", err)
		}
		own, most, err := f.rights(ctx, tx)
		if err != nil {
			return journal.Entry{}, err
		}
		next, err := change(own, most, license{id: d.ID, publicID: d.PublicID, inheritable: d.Inheritable})
		if err != nil {
			return journal.Entry{}, err
		}
		return s.replaced(ctx, tx, f.org, next)
	})
}
