package org

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// maxNamed is how many licenses, and limits, one check may name.
const maxNamed = 500

// OfMember is the organisation with that public id, for a member of it; "" is
// the only one that the user is a member of. To anybody else it is OrgNotFound.
func (s *Service) OfMember(ctx context.Context, userID, publicID string) (*entity.Organisation, error) {
	all, err := s.MembershipsOf(ctx, userID)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if m.Organisation.PublicID == publicID || publicID == "" && len(all) == 1 {
			return m.Organisation, nil
		}
	}
	if publicID == "" {
		return nil, fault.Bad("orgId", "is missing: the caller is a member of %d organizations", len(all))
	}
	return nil, unseen(publicID)
}

// Check says what an organisation may use now of licenses and limits, which are
// named by public ids or names; of all that it may use where none are named. One
// that there is not is OrgUnknownDefinition.
func (s *Service) Check(ctx context.Context, organisationID int64, licenses, limits []string) (*entity.Entitlements, error) {
	f, own, most, err := s.read(ctx, organisationID)
	if err != nil {
		return nil, err
	}
	rights := f.cut(own, most)
	if len(licenses) > maxNamed {
		return nil, fault.Bad("licenses", "has %d items, %d is the most", len(licenses), maxNamed)
	}
	if len(limits) > maxNamed {
		return nil, fault.Bad("limits", "has %d items, %d is the most", len(limits), maxNamed)
	}
	if len(licenses)+len(limits) == 0 {
		for _, l := range rights.inForce(s.clock.Read().Wall).licenses {
			licenses = append(licenses, l.publicID)
		}
		for _, l := range rights.limits {
			limits = append(limits, l.publicID)
		}
	}
	answer := &entity.Entitlements{OrgID: f.org.PublicID, Licenses: []entity.EntitledLicense{}, Limits: []entity.EntitledLimit{}}
	named, err := define(ctx, s.store.Read(), "license_definitions", "licenses", licenses)
	if err != nil {
		return nil, err
	}
	for _, d := range named {
		l := entity.EntitledLicense{LicenseDef: d.PublicID, Name: d.Name}
		if end, ok := rights.license(d.ID); ok && !end.Reached(s.clock.Read().Wall) {
			l.Granted, l.ExpirationDate = true, end
		}
		answer.Licenses = append(answer.Licenses, l)
	}
	if named, err = define(ctx, s.store.Read(), "limit_definitions", "limits", limits); err != nil {
		return nil, err
	}
	used, err := s.used(ctx, organisationID)
	if err != nil {
		return nil, err
	}
	for _, d := range named {
		value, ok := rights.limit(d.ID)
		answer.Limits = append(answer.Limits, entity.EntitledLimit{Name: d.Name, Granted: ok, LimitUse: entity.NewLimitUse(d.PublicID, value, used[d.ID])})
	}
	return answer, nil
}

// used is how much an organisation uses, by the limit definition.
func (s *Service) used(ctx context.Context, organisationID int64) (map[int64]int64, error) {
	var rows []usageRow
	if err := s.store.Read().NewSelect().Model(&rows).Where("organisation_id = ?", organisationID).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read the use of limits: %w", store.Normalise(err))
	}
	used := make(map[int64]int64, len(rows))
	for _, r := range rows {
		used[r.DefinitionID] = r.Used
	}
	return used, nil
}

// definition is a row that people may call by its name.
type definition struct {
	ID       int64
	PublicID string
	Name     string
}

// define finds rows by public ids, or else names, in their order. list names
// the member that holds them.
func define(ctx context.Context, db bun.IDB, table, list string, names []string) ([]definition, error) {
	if len(names) == 0 {
		return nil, nil
	}
	var rows []definition
	for some := range slices.Chunk(names, maxNamed) {
		var found []definition
		err := db.NewSelect().Table(table).Column("id", "public_id", "name").
			Where("public_id IN (?0) OR name IN (?0)", bun.List(some)).Scan(ctx, &found)
		if err != nil {
			return nil, fmt.Errorf("look up %s: %w", table, store.Normalise(err))
		}
		rows = append(rows, found...)
	}
	known := make(map[string]definition, 2*len(rows))
	for _, r := range rows {
		known[r.Name] = r
	}
	for _, r := range rows {
		known[r.PublicID] = r
	}
	found := make([]definition, len(names))
	for i, name := range names {
		d, ok := known[name]
		if !ok {
			return nil, refused(fault.OrgUnknownDefinition, fmt.Sprintf("%s[%d]", list, i), fmt.Sprintf("there is no %.80q", name))
		}
		found[i] = d
	}
	return found, nil
}

// limitNamed is the limit definition that a request names.
func limitNamed(ctx context.Context, db bun.IDB, name string) (definition, error) {
	found, err := define(ctx, db, "limit_definitions", "limit", []string{name})
	if err != nil {
		if f := fault.Of(err); f != nil && f.Code == fault.OrgUnknownDefinition {
			return definition{}, refused(f.Code, "limit", f.Message)
		}
		return definition{}, err
	}
	return found[0], nil
}

// share reads an organisation and its parent and keeps both from changing until
// the end of tx: others may read them so too. errMoved says that the parent
// became another one.
func share(ctx context.Context, tx *store.Tx, engine store.Engine, id int64) (f family, err error) {
	seen, err := store.Get[entity.Organisation](ctx, tx, id)
	if err != nil {
		return f, missing(err, id)
	}
	if seen.ParentID != nil {
		if f.parent, err = shareOne(ctx, tx, engine, *seen.ParentID); err != nil {
			return f, err
		}
	}
	if f.org, err = shareOne(ctx, tx, engine, id); err != nil {
		return f, err
	}
	if !same(f.org.ParentID, seen.ParentID) {
		return f, errMoved
	}
	return f, nil
}

func shareOne(ctx context.Context, tx *store.Tx, engine store.Engine, id int64) (*entity.Organisation, error) {
	o := new(entity.Organisation)
	read := tx.NewSelect().Model(o).Where("id = ?", id)
	if engine == store.Postgres { // SQLite has one writer
		read = read.For("SHARE")
	}
	switch err := store.Normalise(read.Scan(ctx)); {
	case errors.Is(err, store.ErrNoRow):
		return nil, errMoved // deleted, or unlinked and then deleted: look again
	case err != nil:
		return nil, fmt.Errorf("read organisation %d: %w", id, err)
	}
	return o, nil
}
