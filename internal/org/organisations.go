package org

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/keyformat"
	"github.com/licet/licet/internal/store"
)

// Organisations lists organisations, deleted ones too.
func (s *Service) Organisations(ctx context.Context, page entity.Page) (*entity.List[entity.Organisation], error) {
	return store.ReadList(ctx, s.store, store.Listing[entity.Organisation]{Chunk: listChunk, Names: []string{"public_id"}}, page)
}

// listChunk is small because an icon may be large.
const listChunk = 64

// ByID reads an organisation. None is OrgNotFound.
func (s *Service) ByID(ctx context.Context, id int64) (*entity.Organisation, error) {
	o, err := store.Get[entity.Organisation](ctx, s.store.Read(), id)
	if err != nil {
		return nil, missing(err, id)
	}
	return o, nil
}

// ByPublicID reads an organisation by its 22 characters. None, or a deleted one,
// is OrgNotFound.
func (s *Service) ByPublicID(ctx context.Context, publicID string) (*entity.Organisation, error) {
	o := new(entity.Organisation)
	err := store.Normalise(s.store.Read().NewSelect().Model(o).Where("public_id = ?", publicID).Where("status <> ?", entity.OrgDeleted).Scan(ctx))
	if errors.Is(err, store.ErrNoRow) {
		return nil, unseen(publicID)
	}
	if err != nil {
		return nil, fmt.Errorf("read an organisation: %w", err)
	}
	return o, nil
}

// InsertOrganisation is Create for a caller who says which members were sent.
func (s *Service) InsertOrganisation(ctx context.Context, in entity.Sent[entity.Organisation]) (*entity.Organisation, error) {
	return s.Create(ctx, in.Value)
}

// UpdateOrganisation replaces an organisation by what was sent. A name left out
// is unchanged, as it cannot be empty. Public id, parent, parent label, status
// and synchronisation are unchanged always: there are ways of their own for
// them. An updatedAt that is not the stored one is a Conflict.
func (s *Service) UpdateOrganisation(ctx context.Context, in entity.Sent[entity.Organisation]) (*entity.Organisation, error) {
	return s.Change(ctx, in.Value.ID, func(o *entity.Organisation) error {
		if err := entity.RefuseStale(in.Value.UpdatedAt, o.UpdatedAt); err != nil {
			return err
		}
		o.Name, o.Description, o.TenantID = cmp.Or(in.Value.Name, o.Name), in.Value.Description, in.Value.TenantID
		o.Icon, o.LogoLight, o.DarkLogo = in.Value.Icon, in.Value.LogoLight, in.Value.DarkLogo
		return nil
	})
}

// Create adds an organisation, below another one where ParentID says so: then it
// inherits all that can be, or has what its parent has where that synchronises.
// Id, public id, synchronisation and dates are not taken from what was sent; a
// status left out is ACTIVE. Faults: Invalid for a parent that is not there,
// OrgHierarchy for one that cannot have others below it.
func (s *Service) Create(ctx context.Context, in entity.Organisation) (*entity.Organisation, error) {
	var row entity.Organisation
	err := s.write(ctx, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		row = in
		row.ID, row.PublicID, row.Synchronised = 0, keyformat.Base62(entity.PublicIDLength), false
		row.ParentID, row.Status = entity.OrNone(in.ParentID), cmp.Or(in.Status, entity.OrgActive)
		row.CreatedAt = entity.TimeOf(s.clock.Read().Wall)
		row.UpdatedAt = row.CreatedAt
		if err := row.Validate(); err != nil {
			return journal.Entry{}, err
		}
		var parent *entity.Organisation
		if row.ParentID != nil {
			var err error
			if parent, err = lockParent(ctx, tx, *row.ParentID); err != nil {
				return journal.Entry{}, err
			}
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("insert an organisation: %w", err)
		}
		return s.entry(journal.Insert, organisationKind, row.ID, "%s%s", row.Name, below(parent)), inherit(ctx, tx, &row, parent)
	})
	if err != nil {
		return nil, err
	}
	return &row, nil
}

func below(parent *entity.Organisation) string {
	if parent == nil {
		return ""
	}
	return fmt.Sprintf("; below %d, %s", parent.ID, parent.Name)
}

// Change changes an organisation in place: its name, description, parent label,
// status, pictures and tenant. What change does to anything else is undone. It
// may run more than once. One that has others below it, or
// active license instances or projects, cannot be DELETED.
func (s *Service) Change(ctx context.Context, id int64, change func(*entity.Organisation) error) (*entity.Organisation, error) {
	var next entity.Organisation
	err := s.write(ctx, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		f, err := lock(ctx, tx, id)
		if err != nil {
			return journal.Entry{}, err
		}
		old := f.org
		next = *old
		if err := change(&next); err != nil {
			return journal.Entry{}, err
		}
		next.ID, next.PublicID, next.ParentID, next.Synchronised = old.ID, old.PublicID, old.ParentID, old.Synchronised
		next.CreatedAt, next.UpdatedAt = old.CreatedAt, old.UpdatedAt
		if err := next.Validate(); err != nil {
			return journal.Entry{}, err
		}
		if next.Status == entity.OrgDeleted && old.Status != entity.OrgDeleted {
			if err := inNoUse(ctx, tx, id, "status = 'ACTIVE'"); err != nil {
				return journal.Entry{}, err
			}
		}
		return s.entry(journal.Update, organisationKind, id, "%s; %s", next.Name, next.Status), s.touch(ctx, tx, &next)
	})
	if err != nil {
		return nil, err
	}
	return &next, nil
}

// SetDisabled disables an organisation, or enables it. Disabled, it has no right
// in force, nor have those below it. What is stored stays; below a parent that
// synchronises nothing is, and who is enabled again has what the parent has.
func (s *Service) SetDisabled(ctx context.Context, id int64, disabled bool) error {
	_, err := s.Change(ctx, id, func(o *entity.Organisation) error {
		if o.Status == entity.OrgDeleted {
			return fault.New(fault.Conflict, "the organization is deleted")
		}
		o.Status = entity.OrgActive
		if disabled {
			o.Status = entity.OrgDisabled
		}
		return nil
	})
	return err
}

// Delete deletes an organisation with its rights, memberships and use of limits.
// Others below it are in the way, and whatever else refers to it.
func (s *Service) Delete(ctx context.Context, id int64) error {
	err := s.write(ctx, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		f, err := lock(ctx, tx, id)
		if err != nil {
			return journal.Entry{}, err
		}
		if err := inNoUse(ctx, tx, id, "status <> ''"); err != nil {
			return journal.Entry{}, err
		}
		if _, err := tx.NewDelete().Model(f.org).WherePK().Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("delete organisation %d: %w", id, err)
		}
		return s.entry(journal.Delete, organisationKind, id, "%s", f.org.Name), nil
	})
	if errors.Is(err, store.ErrReference) {
		return fault.New(fault.Conflict, "organization %d is in use", id)
	}
	return err
}

// inNoUse refuses to do away with what has organisations below it, or license
// instances and projects of these statuses.
func inNoUse(ctx context.Context, tx *store.Tx, id int64, statuses string) error {
	return store.RefuseReferred(ctx, tx, fmt.Sprintf("organization %d", id), []store.Referrer{
		{Plural: "organizations below it", Count: countBelow},
		{Plural: "license instances", Count: "SELECT COUNT(*) FROM license_instances WHERE organisation_id = ? AND " + statuses},
		{Plural: "projects", Count: "SELECT COUNT(*) FROM projects WHERE organisation_id = ? AND " + statuses},
	}, id)
}

const countBelow = `SELECT COUNT(*) FROM organisations WHERE parent_id = ?`
