package books

import (
	"cmp"
	"context"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/keyformat"
	"github.com/licet/licet/internal/store"
)

// LicenseDefinitions lists what licenses organisations can have.
func (s *Service) LicenseDefinitions(ctx context.Context, page entity.Page) (*entity.List[entity.LicenseDefinition], error) {
	return store.ReadList(ctx, s.store, store.Listing[entity.LicenseDefinition]{Names: []string{"public_id", "name"}}, page)
}

// InsertLicenseDefinition adds one. A category left out is custom; inheritable
// left out is what the category allows.
func (s *Service) InsertLicenseDefinition(ctx context.Context, in entity.Sent[entity.LicenseDefinition]) (*entity.LicenseDefinition, error) {
	return s.licenseDefinitions().insert(ctx, s, in)
}

// UpdateLicenseDefinition replaces one by what was sent. Name, category and
// inheritable left out are unchanged, the public id always is.
func (s *Service) UpdateLicenseDefinition(ctx context.Context, in entity.Sent[entity.LicenseDefinition]) (*entity.LicenseDefinition, error) {
	return s.licenseDefinitions().update(ctx, s, in)
}

// DeleteLicenseDefinition deletes one. Editions and organisations that have it
// are in the way.
func (s *Service) DeleteLicenseDefinition(ctx context.Context, id int64) error {
	return s.licenseDefinitions().delete(ctx, s, id)
}

func (s *Service) licenseDefinitions() plain[entity.LicenseDefinition] {
	return plain[entity.LicenseDefinition]{
		kind: "license definition", unique: "name",
		id:   func(d *entity.LicenseDefinition) *int64 { return &d.ID },
		name: func(d *entity.LicenseDefinition) string { return d.Name },
		ready: func(_ context.Context, _ *store.Tx, next, old *entity.LicenseDefinition, sent entity.Members) error {
			if err := define(s, next, old, func(d *entity.LicenseDefinition) defined {
				return defined{&d.PublicID, &d.Name, &d.CreatedAt, &d.UpdatedAt}
			}); err != nil {
				return err
			}
			if old == nil {
				old = &entity.LicenseDefinition{Category: entity.CategoryCustom}
			}
			next.Category = cmp.Or(next.Category, old.Category)
			if !sent.Has("inheritable") {
				next.Inheritable = next.Category.CanBeInherited() && (old.Inheritable || old.ID == 0)
			}
			return next.Validate()
		},
		holders: []store.Referrer{
			{Plural: "editions", Count: `SELECT COUNT(*) FROM edition_licenses WHERE definition_id = ?`},
			{Plural: "organizations", Count: `SELECT COUNT(*) FROM organisation_licenses WHERE definition_id = ?`},
		},
	}
}

// defined is what all definitions have.
type defined struct {
	publicID, name   *string
	created, updated *entity.Time
}

// define makes the public id of a new definition, and keeps that and a name left
// out of one that is there (old).
func define[T any](s *Service, next, old *T, parts func(*T) defined) (err error) {
	n, was := parts(next), stamps{}
	if old == nil {
		*n.publicID = keyformat.Base62(entity.PublicIDLength)
	} else {
		o := parts(old)
		*n.publicID, *n.name, was = *o.publicID, cmp.Or(*n.name, *o.name), stamps{*o.created, *o.updated}
	}
	*n.created, *n.updated, err = s.stamp(*n.updated, was)
	return err
}

// LimitDefinitions lists what can be limited for organisations.
func (s *Service) LimitDefinitions(ctx context.Context, page entity.Page) (*entity.List[entity.LimitDefinition], error) {
	return store.ReadList(ctx, s.store, store.Listing[entity.LimitDefinition]{Names: []string{"public_id", "name"}}, page)
}

// InsertLimitDefinition adds one.
func (s *Service) InsertLimitDefinition(ctx context.Context, in entity.Sent[entity.LimitDefinition]) (*entity.LimitDefinition, error) {
	return s.limitDefinitions().insert(ctx, s, in)
}

// UpdateLimitDefinition replaces one by what was sent. A name left out is
// unchanged, the public id always is.
func (s *Service) UpdateLimitDefinition(ctx context.Context, in entity.Sent[entity.LimitDefinition]) (*entity.LimitDefinition, error) {
	return s.limitDefinitions().update(ctx, s, in)
}

// DeleteLimitDefinition deletes one. Organisations that have it are in the way.
func (s *Service) DeleteLimitDefinition(ctx context.Context, id int64) error {
	return s.limitDefinitions().delete(ctx, s, id)
}

func (s *Service) limitDefinitions() plain[entity.LimitDefinition] {
	return plain[entity.LimitDefinition]{
		kind: "limit definition", unique: "name",
		id:   func(d *entity.LimitDefinition) *int64 { return &d.ID },
		name: func(d *entity.LimitDefinition) string { return d.Name },
		ready: func(_ context.Context, _ *store.Tx, next, old *entity.LimitDefinition, _ entity.Members) error {
			if err := define(s, next, old, func(d *entity.LimitDefinition) defined {
				return defined{&d.PublicID, &d.Name, &d.CreatedAt, &d.UpdatedAt}
			}); err != nil {
				return err
			}
			return next.Validate()
		},
		holders: []store.Referrer{
			{Plural: "organizations", Count: `SELECT COUNT(*) FROM organisation_limits WHERE limit_definition_id = ?`},
			{Plural: "organizations that use it", Count: `SELECT COUNT(*) FROM limit_usage WHERE used > 0 AND limit_definition_id = ?`},
		},
	}
}

// Editions lists editions.
func (s *Service) Editions(ctx context.Context, page entity.Page) (*entity.List[entity.Edition], error) {
	list := `(SELECT json_group_array(d.public_id) FROM (SELECT d.public_id FROM edition_licenses e JOIN license_definitions d ON d.id = e.definition_id
		WHERE e.edition_id = ?TableAlias.id ORDER BY d.id) d)`
	if s.store.Engine() == store.Postgres {
		list = `(SELECT COALESCE(json_agg(d.public_id ORDER BY d.id)::text, '[]') FROM edition_licenses e JOIN license_definitions d ON d.id = e.definition_id
			WHERE e.edition_id = ?TableAlias.id)`
	}
	return store.ReadList(ctx, s.store, store.Listing[entity.Edition]{
		Names: []string{"public_id", "name"}, Shown: map[string]string{"license_defs": list},
	}, page)
}

// InsertEdition adds an edition of license definitions.
func (s *Service) InsertEdition(ctx context.Context, in entity.Sent[entity.Edition]) (*entity.Edition, error) {
	return s.editions().insert(ctx, s, in)
}

// UpdateEdition replaces an edition by what was sent. Name and license
// definitions left out are unchanged, the public id always is. Organisations
// that have the edition have the new definitions at once.
func (s *Service) UpdateEdition(ctx context.Context, in entity.Sent[entity.Edition]) (*entity.Edition, error) {
	return s.editions().update(ctx, s, in)
}

// DeleteEdition deletes an edition. Organisations that have it are in the way.
func (s *Service) DeleteEdition(ctx context.Context, id int64) error {
	return s.editions().delete(ctx, s, id)
}

func (s *Service) editions() plain[entity.Edition] {
	return plain[entity.Edition]{
		kind: "edition", unique: "name",
		id:   func(e *entity.Edition) *int64 { return &e.ID },
		name: func(e *entity.Edition) string { return e.Name },
		ready: func(_ context.Context, _ *store.Tx, next, old *entity.Edition, _ entity.Members) error {
			if err := define(s, next, old, func(e *entity.Edition) defined {
				return defined{&e.PublicID, &e.Name, &e.CreatedAt, &e.UpdatedAt}
			}); err != nil {
				return err
			}
			return next.Validate()
		},
		after: carry,
		holders: []store.Referrer{
			{Plural: "organizations", Count: `SELECT COUNT(*) FROM organisation_editions WHERE edition_id = ?`},
		},
	}
}

// carry makes the license definitions of an edition those that were sent.
func carry(ctx context.Context, tx *store.Tx, e *entity.Edition, sent entity.Members) error {
	if !sent.Has("licenseDefs") {
		return nil
	}
	if _, err := tx.NewRaw("DELETE FROM edition_licenses WHERE edition_id = ?", e.ID).Exec(ctx); err != nil {
		return fmt.Errorf("clear edition %d: %w", e.ID, err)
	}
	for i, publicID := range e.LicenseDefs {
		res, err := tx.NewRaw(`INSERT INTO edition_licenses (edition_id, definition_id)
			SELECT ?, id FROM license_definitions WHERE public_id = ?`, e.ID, publicID).Exec(ctx)
		if err != nil {
			return fmt.Errorf("fill edition %d: %w", e.ID, err)
		}
		n, err := res.RowsAffected()
		if err != nil {
			return fmt.Errorf("fill edition %d: %w", e.ID, err)
		}
		if n == 0 {
			return &fault.Error{Kind: fault.Invalid, Code: fault.OrgUnknownDefinition, Field: fmt.Sprintf("licenseDefs[%d]", i), Message: "there is no such license definition"}
		}
	}
	return nil
}
