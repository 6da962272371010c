package issuing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
)

// updateTries bounds how often an update begins again because the license was
// changed while it signed. Each failure is somebody else's success.
const updateTries = 64

// errChanged is a license that no longer has the revision that was signed.
var errChanged = errors.New("the license was changed meanwhile")

// UpdateLicense replaces a license by what was sent and signs it anew. Scalars
// that were not sent become zero, but for those in kept; a template is not
// applied again. A change of the licensing mode while seats are held is a
// Conflict, and so is an updatedAt that is not that of the license.
func (s *Service) UpdateLicense(ctx context.Context, in entity.Sent[entity.License]) (*entity.License, error) {
	id := in.Value.ID
	sent := claimed(in.Value)
	if err := sent.Validate(); err != nil {
		return nil, err
	}
	// Updates of one license queue here, so that none signs what another is
	// about to replace. Those of other nodes are told by the revision.
	defer s.updates.lock(id)()
	for range updateTries {
		old, err := s.original(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := entity.RefuseStale(in.Value.UpdatedAt, old.UpdatedAt); err != nil {
			return nil, err
		}
		order, err := s.orderOf(ctx, id)
		if err != nil {
			return nil, err
		}
		next := sent
		next.Features = slices.Clone(next.Features) // each try begins with what was sent
		kept(&next, old, in.Members)
		if order != nil {
			if err := keepOrder(&next, old, order, in.Members); err != nil {
				return nil, err
			}
		}
		o, err := s.originOf(ctx, &next)
		if err != nil {
			return nil, err
		}
		if moved(&next, old) && !in.Members.Has("product") && o.product != nil {
			next.Product = nil // it belongs to its new template's product
		}
		next.Product = snapshot(next.Product, o.product)
		if err := s.checkReferences(ctx, &next); err != nil { // also what a write was refused for in the try before
			return nil, err
		}
		next.UpdatedAt, next.Revision = old.UpdatedAt.Next(s.now()), old.Revision+1
		if err := s.sign(ctx, &next, o); err != nil {
			return nil, err
		}
		err = s.replace(ctx, &next, old.Revision, func(ctx context.Context, tx *store.Tx) error { return setPools(ctx, tx, &next, order) },
			"license", strings.Join(in.Members.Names(), " "))
		switch {
		case err == nil:
			return &next, nil
		case errors.Is(err, store.ErrDuplicate):
			return nil, s.duplicate(ctx, &next, old)
		case !errors.Is(err, errChanged) && !errors.Is(err, store.ErrReference):
			return nil, err
		}
	}
	return nil, fault.New(fault.Unavailable, "the license is being changed; try again")
}

// moved says whether a license has got another template.
func moved(next, old *entity.License) bool {
	if next.TemplateID == nil || old.TemplateID == nil {
		return next.TemplateID != old.TemplateID
	}
	return *next.TemplateID != *old.TemplateID
}

// original reads a license that may be changed. A node-locked copy is not a
// license of its own: it follows its parent and goes with its token.
func (s *Service) original(ctx context.Context, id int64) (*entity.License, error) {
	lic, err := store.Get[entity.License](ctx, s.store.Read(), id)
	if err != nil {
		return nil, store.Missing(err, "license", id)
	}
	return lic, refuseCopy(lic)
}

func refuseCopy(lic *entity.License) error {
	if lic.ParentID == nil {
		return nil
	}
	return fault.New(fault.Conflict, "license %d is the node-locked copy of license %d; change that one, or remove the copy's token", lic.ID, *lic.ParentID)
}

// kept is the table of what an update does not lose by leaving it out. All
// other members are replaced, so null or absent clears them: maxAllowedSites
// becomes unlimited, expireDate never.
func kept(next, old *entity.License, sent entity.Members) {
	next.ID, next.CreatedAt = old.ID, old.CreatedAt
	next.Features.KeepTerms(old.Features)
	for _, m := range []struct {
		name string
		keep func()
	}{
		// What a license is known and delivered by.
		{"format", func() { next.Format = old.Format }},
		{"licensingMode", func() { next.LicensingMode = old.LicensingMode }},
		{"issueDate", func() { next.IssueDate = old.IssueDate }},
		// Owned collections and objects: null or absent is unchanged, [] clears.
		{"product", func() { next.Product = old.Product }},
		{"licensee", func() { next.Licensee = old.Licensee }},
		{"components", func() { next.Components = old.Components }},
		{"assemblies", func() { next.Assemblies = old.Assemblies }},
		{"fields", func() { next.Fields = old.Fields }},
		{"features", func() { next.Features = old.Features }},
		{"restrictions", func() { next.Restrictions = old.Restrictions }},
	} {
		if !sent.Has(m.name) {
			m.keep()
		}
	}
	// Names cannot be empty, so an empty one is one that was left out.
	if next.LicenseID == "" {
		next.LicenseID = old.LicenseID
	}
	if next.UserKey == "" {
		next.UserKey = old.UserKey
	}
	if next.IssueDate.IsZero() {
		next.IssueDate = old.IssueDate
	}
}

// replace writes the license if it still has the revision that was read. first
// sets its pools, and writes what else there is of it.
func (s *Service) replace(ctx context.Context, next *entity.License, revision int64, first func(context.Context, *store.Tx) error, kind, sent string) error {
	return journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		// The pool is locked first: claims lock it before they look at the license.
		if err := first(ctx, tx); err != nil {
			return journal.Entry{}, err
		}
		res, err := tx.NewUpdate().Model(next).WherePK().Where("revision = ?", revision).Exec(ctx)
		if err != nil {
			return journal.Entry{}, fmt.Errorf("update license %d: %w", next.ID, err)
		}
		n, err := res.RowsAffected()
		if err == nil && n == 0 {
			err = errChanged
		}
		return s.entry(journal.Update, kind, next.ID, "%s revision %d; sent %s", next.LicenseID, next.Revision, sent), err
	})
}

// duplicate names the member that another license has already.
func (s *Service) duplicate(ctx context.Context, next, old *entity.License) error {
	if next.UserKey == old.UserKey {
		return fault.Taken("licenseId")
	}
	if next.LicenseID == old.LicenseID {
		return fault.Taken("userKey")
	}
	used, err := store.InUse[entity.License](ctx, s.store, "user_key", []string{next.UserKey})
	if err != nil {
		return err
	}
	if used[next.UserKey] {
		return fault.Taken("userKey")
	}
	return fault.Taken("licenseId")
}
