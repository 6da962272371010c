package issuing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/licet/licet/internal/document"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/keyformat"
	"github.com/licet/licet/internal/store"
)

// FinishTemplate judges a template of the product, nil for none, by itself, and
// makes its skeleton document; for who writes the row in a transaction of
// their own.
func FinishTemplate(tpl *entity.LicenseTemplate, product *entity.Product) error {
	return finish(tpl, product)
}

// InsertTemplate adds a license template. Format left out is 4 (JWS), mode
// left out is file.
func (s *Service) InsertTemplate(ctx context.Context, in entity.Sent[entity.LicenseTemplate]) (*entity.LicenseTemplate, error) {
	tpl := referring(in.Value)
	tpl.ID = 0
	if !in.Members.Has("format") {
		tpl.Format = entity.FormatJWS
	}
	product, err := s.templateProduct(ctx, &tpl)
	if err != nil {
		return nil, err
	}
	if err := finish(&tpl, product); err != nil {
		return nil, err
	}
	var row entity.LicenseTemplate
	err = journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		row = tpl
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("insert a license template: %w", err)
		}
		return s.entry(journal.Insert, "licenseTemplate", row.ID, "%s", row.Name), nil
	})
	if err != nil {
		return nil, deletedMeanwhile(err)
	}
	return &row, nil
}

// UpdateTemplate replaces a template by what was sent; what may not be lost by
// leaving it out is in keptTemplate. Licenses that were issued keep what they
// were issued with.
func (s *Service) UpdateTemplate(ctx context.Context, in entity.Sent[entity.LicenseTemplate]) (*entity.LicenseTemplate, error) {
	id, sent := in.Value.ID, referring(in.Value)
	product, err := s.templateProduct(ctx, &sent)
	if err != nil {
		return nil, err
	}
	var next entity.LicenseTemplate
	err = journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		old, err := store.Lock[entity.LicenseTemplate](ctx, tx, id)
		if err != nil {
			return journal.Entry{}, store.Missing(err, "license template", id)
		}
		next = sent
		next.Features = slices.Clone(next.Features) // this may run again
		keptTemplate(&next, old, in.Members)
		if err := finish(&next, product); err != nil {
			return journal.Entry{}, err
		}
		if _, err := tx.NewUpdate().Model(&next).WherePK().Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("update license template %d: %w", id, err)
		}
		return s.entry(journal.Update, "licenseTemplate", id, "%s; sent %s", next.Name, strings.Join(in.Members.Names(), " ")), nil
	})
	if err != nil {
		return nil, deletedMeanwhile(err)
	}
	return &next, nil
}

// keptTemplate is the table of what an update of a template does not lose by
// leaving it out.
func keptTemplate(next, old *entity.LicenseTemplate, sent entity.Members) {
	next.OrderTerms = old.OrderTerms
	next.Features.KeepTerms(old.Features)
	for _, m := range []struct {
		name string
		keep func()
	}{
		{"name", func() { next.Name = old.Name }},
		{"format", func() { next.Format = old.Format }},
		{"licensingMode", func() { next.LicensingMode = old.LicensingMode }},
		{"product", func() { next.Product = old.Product }},
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
}

// templateProduct looks up what a template refers to and returns its product,
// nil where it has none.
func (s *Service) templateProduct(ctx context.Context, tpl *entity.LicenseTemplate) (*entity.Product, error) {
	if err := s.checkKeyReference(ctx, tpl.SignatureKeysID); err != nil {
		return nil, err
	}
	if err := s.checkRelease(ctx, tpl); err != nil {
		return nil, err
	}
	if tpl.ProductID == nil {
		return nil, nil
	}
	product, err := store.Get[entity.Product](ctx, s.store.Read(), *tpl.ProductID)
	if errors.Is(err, store.ErrNoRow) {
		return nil, fault.Bad("productId", "there is no product %d", *tpl.ProductID)
	}
	if err != nil {
		return nil, fmt.Errorf("read the product: %w", err)
	}
	return product, nil
}

// checkRelease wants a release that is there, and of the template's product where
// it has one. A release never moves to another product.
func (s *Service) checkRelease(ctx context.Context, tpl *entity.LicenseTemplate) error {
	if tpl.ReleaseID == nil {
		return nil
	}
	release, err := store.Get[entity.Release](ctx, s.store.Read(), *tpl.ReleaseID)
	if errors.Is(err, store.ErrNoRow) {
		return fault.Bad("releaseId", "there is no release %d", *tpl.ReleaseID)
	}
	if err != nil {
		return fmt.Errorf("read the release: %w", err)
	}
	if tpl.ProductID != nil && release.ProductID != *tpl.ProductID {
		return fault.Bad("releaseId", "release %d is one of product %d", release.ID, release.ProductID)
	}
	return nil
}

// referring is the template as sent, with the references that are none cleared.
func referring(tpl entity.LicenseTemplate) entity.LicenseTemplate {
	tpl.ProductID, tpl.SignatureKeysID, tpl.ReleaseID = entity.OrNone(tpl.ProductID), entity.OrNone(tpl.SignatureKeysID), entity.OrNone(tpl.ReleaseID)
	return tpl
}

// finish judges a complete template by itself and rebuilds its skeleton
// document.
func finish(tpl *entity.LicenseTemplate, product *entity.Product) error {
	if err := tpl.Validate(); err != nil {
		return err
	}
	if _, err := document.KeyType(tpl.Format); err != nil {
		return err
	}
	if tpl.UserKey != "" {
		if _, err := keyformat.Parse(tpl.UserKey); err != nil {
			return fault.Bad("userKey", "%v", err)
		}
	}
	said := *tpl
	said.Product = snapshot(said.Product, product)
	var err error
	tpl.Template, err = document.Skeleton(&said)
	return err
}

// deletedMeanwhile is for a reference that was good when it was looked up.
func deletedMeanwhile(err error) error {
	if errors.Is(err, store.ErrReference) {
		return fault.New(fault.Conflict, "something that this refers to was deleted meanwhile")
	}
	return err
}

// DeleteTemplate deletes a template. Licenses made from it are in the way.
func (s *Service) DeleteTemplate(ctx context.Context, id int64) error {
	return s.delete(ctx, "licenseTemplate", (*entity.LicenseTemplate)(nil), id, func(ctx context.Context, tx *store.Tx) error {
		return store.RefuseReferred(ctx, tx, "the license template", []store.Referrer{
			{Plural: "licenses", Count: `SELECT COUNT(*) FROM licenses WHERE template_id = ?`},
		}, id)
	})
}
