package org

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// The rows of an organisation's lists.
type (
	licenseRow struct {
		bun.BaseModel  `bun:"table:organisation_licenses,alias:l"`
		OrganisationID int64                 `bun:"organisation_id,pk"`
		DefinitionID   int64                 `bun:"definition_id,pk"`
		Type           entity.OrgLicenseType `bun:"license_type"`
		End            entity.Time           `bun:"expiration_date"`
		Position       int                   `bun:"position"`
		PublicID       string                `bun:"public_id,scanonly"`
		Inheritable    bool                  `bun:"inheritable,scanonly"`
	}
	editionRow struct {
		bun.BaseModel  `bun:"table:organisation_editions,alias:l"`
		OrganisationID int64       `bun:"organisation_id,pk"`
		EditionID      int64       `bun:"edition_id,pk"`
		End            entity.Time `bun:"expiration_date"`
		Position       int         `bun:"position"`
		PublicID       string      `bun:"public_id,scanonly"`
	}
	limitRow struct {
		bun.BaseModel  `bun:"table:organisation_limits,alias:l"`
		OrganisationID int64  `bun:"organisation_id,pk"`
		DefinitionID   int64  `bun:"limit_definition_id,pk"`
		Value          int64  `bun:"value"`
		Position       int    `bun:"position"`
		PublicID       string `bun:"public_id,scanonly"`
	}
)

// stored reads the rights that the books have of an organisation.
func stored(ctx context.Context, db bun.IDB, id int64) (*held, error) {
	var licenses []licenseRow
	var editions []editionRow
	var limits []limitRow
	for _, read := range []*bun.SelectQuery{
		db.NewSelect().Model(&licenses).ColumnExpr("l.*, d.public_id, d.inheritable").Join("JOIN license_definitions AS d ON d.id = l.definition_id"),
		db.NewSelect().Model(&editions).ColumnExpr("l.*, d.public_id").Join("JOIN editions AS d ON d.id = l.edition_id"),
		db.NewSelect().Model(&limits).ColumnExpr("l.*, d.public_id").Join("JOIN limit_definitions AS d ON d.id = l.limit_definition_id"),
	} {
		if err := read.Where("l.organisation_id = ?", id).Order("position").Scan(ctx); err != nil {
			return nil, fmt.Errorf("read the rights of organisation %d: %w", id, store.Normalise(err))
		}
	}
	h := &held{}
	for _, r := range licenses {
		h.licenses = append(h.licenses, license{id: r.DefinitionID, publicID: r.PublicID, inheritable: r.Inheritable, typ: r.Type, end: r.End})
	}
	for _, r := range editions {
		h.editions = append(h.editions, edition{id: r.EditionID, publicID: r.PublicID, end: r.End})
	}
	for _, r := range limits {
		h.limits = append(h.limits, limit{id: r.DefinitionID, publicID: r.PublicID, value: r.Value})
	}
	return h, h.readCarried(ctx, db)
}

// readCarried reads what the editions carry.
func (h *held) readCarried(ctx context.Context, db bun.IDB) error {
	if len(h.editions) == 0 {
		return nil
	}
	ids := make([]int64, len(h.editions))
	for i, e := range h.editions {
		ids[i] = e.id
	}
	var rows []struct {
		EditionID    int64
		DefinitionID int64
		PublicID     string
		Inheritable  bool
	}
	err := db.NewRaw(`SELECT e.edition_id, e.definition_id, d.public_id, d.inheritable FROM edition_licenses e
		JOIN license_definitions d ON d.id = e.definition_id WHERE e.edition_id IN (?) ORDER BY d.id`, bun.List(ids)).Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("read what editions carry: %w", store.Normalise(err))
	}
	for _, r := range rows {
		for i := range h.editions {
			if e := &h.editions[i]; e.id == r.EditionID {
				e.carries = append(e.carries, license{id: r.DefinitionID, publicID: r.PublicID, inheritable: r.Inheritable})
			}
		}
	}
	return nil
}

// write makes these rights the ones that the books have of an organisation.
func (h *held) write(ctx context.Context, tx *store.Tx, id int64) error {
	if err := clearRights(ctx, tx, "organisation_id = ?", id); err != nil {
		return err
	}
	var licenses []licenseRow
	for i, l := range h.licenses {
		licenses = append(licenses, licenseRow{OrganisationID: id, DefinitionID: l.id, Type: l.typ, End: l.end, Position: i})
	}
	var editions []editionRow
	for i, e := range h.editions {
		editions = append(editions, editionRow{OrganisationID: id, EditionID: e.id, End: e.end, Position: i})
	}
	var limits []limitRow
	for i, l := range h.limits {
		limits = append(limits, limitRow{OrganisationID: id, DefinitionID: l.id, Value: l.value, Position: i})
	}
	for _, rows := range []struct {
		n     int
		model any
	}{{len(licenses), &licenses}, {len(editions), &editions}, {len(limits), &limits}} {
		if rows.n == 0 {
			continue
		}
		if _, err := tx.NewInsert().Model(rows.model).Exec(ctx); err != nil {
			return fmt.Errorf("write the rights of organisation %d: %w", id, err)
		}
	}
	return nil
}

// clearRights deletes the stored rights of the organisations that meet a
// condition.
func clearRights(ctx context.Context, tx *store.Tx, where string, args ...any) error {
	for _, table := range []string{"organisation_licenses", "organisation_editions", "organisation_limits"} {
		if _, err := tx.NewDelete().Table(table).Where(where, args...).Exec(ctx); err != nil {
			return fmt.Errorf("clear %s: %w", table, err)
		}
	}
	return nil
}

// recognise finds what sent rights name. They are valid by themselves.
func recognise(ctx context.Context, db bun.IDB, r *entity.OrgRights) (*held, error) {
	h := &held{
		licenses: make([]license, len(r.CustomLicenses)),
		editions: make([]edition, len(r.AssignedEditions)),
		limits:   make([]limit, len(r.CustomLimits)),
	}
	ids, err := find(ctx, db, "license_definitions", "customLicenses", "licenseDef", len(h.licenses), func(i int) string { return r.CustomLicenses[i].LicenseDef })
	if err != nil {
		return nil, err
	}
	for i, l := range r.CustomLicenses {
		h.licenses[i] = license{id: ids[i], typ: l.LicenseType, end: wholeSecond(l.ExpirationDate)}
	}
	ids, err = find(ctx, db, "editions", "assignedEditions", "edition", len(h.editions), func(i int) string { return r.AssignedEditions[i].Edition })
	if err != nil {
		return nil, err
	}
	for i, e := range r.AssignedEditions {
		h.editions[i] = edition{id: ids[i], end: wholeSecond(e.ExpirationDate)}
	}
	ids, err = find(ctx, db, "limit_definitions", "customLimits", "limitDefinition", len(h.limits), func(i int) string { return r.CustomLimits[i].LimitDefinition })
	if err != nil {
		return nil, err
	}
	for i, l := range r.CustomLimits {
		h.limits[i] = limit{id: ids[i], value: *l.Value}
	}
	return h, nil
}

// wholeSecond leaves out what a date has beside seconds, as it is shown.
func wholeSecond(t entity.Time) entity.Time {
	if t.IsZero() {
		return t
	}
	return entity.TimeOf(t.Std().Truncate(1e9))
}

// find is the ids of rows that a list of n items names by their public ids, each
// in a member. One that is not there is OrgUnknownDefinition.
func find(ctx context.Context, db bun.IDB, table, list, member string, n int, name func(int) string) ([]int64, error) {
	if n == 0 {
		return nil, nil
	}
	names, ids := make([]string, n), make([]int64, n)
	for i := range names {
		names[i] = name(i)
	}
	var rows []struct {
		ID       int64
		PublicID string
	}
	err := db.NewSelect().Table(table).Column("id", "public_id").Where("public_id IN (?)", bun.List(names)).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("look up %s: %w", table, store.Normalise(err))
	}
	known := make(map[string]int64, len(rows))
	for _, r := range rows {
		known[r.PublicID] = r.ID
	}
	for i, name := range names {
		id, ok := known[name]
		if !ok {
			return nil, refused(fault.OrgUnknownDefinition, at(list, i, member), fmt.Sprintf("there is no %.40q", name))
		}
		ids[i] = id
	}
	return ids, nil
}

// shown is rights as callers see them.
func (h *held) shown(o, parent *entity.Organisation) *entity.OrgRights {
	r := &entity.OrgRights{ID: o.PublicID, CustomLicenses: []entity.OrgLicense{}, AssignedEditions: []entity.OrgEdition{}, CustomLimits: []entity.OrgLimit{}}
	if parent != nil {
		r.ParentOrg = &parent.PublicID
	}
	for _, l := range h.licenses {
		r.CustomLicenses = append(r.CustomLicenses, entity.OrgLicense{LicenseType: l.typ, ExpirationDate: l.end, LicenseDef: l.publicID})
	}
	for _, e := range h.editions {
		r.AssignedEditions = append(r.AssignedEditions, entity.OrgEdition{ExpirationDate: e.end, Edition: e.publicID})
	}
	for _, l := range h.limits {
		r.CustomLimits = append(r.CustomLimits, entity.OrgLimit{Value: &l.value, LimitDefinition: l.publicID})
	}
	return r
}
