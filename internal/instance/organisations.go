package instance

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// Organisation is a row of entity.Organisation by the names of this API.
type Organisation struct {
	bun.BaseModel `bun:"table:organisations,alias:organisation"`

	entity.Kept
	Name      string `bun:"name" json:"name"`
	Parent    string `bun:"parent_label" json:"parent"` // free text; it leads nowhere
	Icon      string `bun:"icon" json:"icon"`
	LogoLight string `bun:"logo_light" json:"logoLight"`
	DarkLogo  string `bun:"dark_logo" json:"darkLogo"`
	TenantID  *int64 `bun:"tenant_id" json:"tenantId"`
	PublicID  string `bun:"public_id" json:"publicId"` // how the organisations API names it
}

// FillLists is there for all rows; this one has no lists.
func (*Organisation) FillLists() {}

// Validate is there for all rows; organisations are judged where they are
// written.
func (*Organisation) Validate() error { return nil }

// OrganisationInput is an organisation as it was sent.
type OrganisationInput struct {
	Name      *string        `json:"name"`
	Parent    *string        `json:"parent"`
	Status    *entity.Status `json:"status" jsonschema:"enum=ACTIVE,enum=DISABLED,enum=DELETED"`
	Icon      *string        `json:"icon"`
	LogoLight *string        `json:"logoLight"`
	DarkLogo  *string        `json:"darkLogo"`
	TenantID  *int64         `json:"tenantId"`
}

// organisations reads as all books do, and writes by package org.
type organisations struct {
	book[Organisation, *Organisation, OrganisationInput]
}

// Organisations are the organisations. The vendor's staff makes them; an
// administrator changes how theirs is shown, not its status or tenant.
func (s *Service) Organisations() Desk[Organisation, OrganisationInput] {
	return organisations{book[Organisation, *Organisation, OrganisationInput]{
		Service: s, noun: "organisation", seen: "?TableAlias.id IN (" + mine + ")", params: 1,
	}}
}

// Insert adds an organisation.
func (o organisations) Insert(ctx context.Context, by Caller, in OrganisationInput) (*Organisation, error) {
	if err := mayWrite(ctx, o.store.Read(), by, nil); err != nil {
		return nil, err
	}
	if err := need(true, member{"name", in.Name != nil}, member{"parent", in.Parent != nil}); err != nil {
		return nil, err
	}
	row := entity.Organisation{Status: entity.OrgActive}
	if err := in.put(&row); err != nil {
		return nil, err
	}
	written, err := o.orgs.Create(ctx, row)
	if err != nil {
		return nil, spelt(err)
	}
	return o.read(ctx, by, written.ID)
}

// Update merges what was sent into an organisation.
func (o organisations) Update(ctx context.Context, by Caller, id int64, in OrganisationInput) (*Organisation, error) {
	if err := o.admit(ctx, by, true); err != nil {
		return nil, err
	}
	was, err := o.read(ctx, by, id)
	if err != nil {
		return nil, err
	}
	if err := mayWrite(ctx, o.store.Read(), by, &id); err != nil {
		return nil, err
	}
	_, err = o.orgs.Change(ctx, id, func(row *entity.Organisation) error {
		now := *row
		if err := in.put(row); err != nil {
			return err
		}
		if !by.Writes && (row.Status != now.Status || !sameID(row.TenantID, now.TenantID)) {
			return fault.New(fault.Forbidden, "the status and the tenant of an organisation are for Administrator and LicenseManager")
		}
		return nil
	})
	if fault.IsKind(err, fault.NotFound) { // deleted since it was read
		return nil, store.Missing(store.ErrNoRow, o.noun, was.ID)
	}
	if err != nil {
		return nil, spelt(err)
	}
	return o.read(ctx, by, id)
}

func sameID(a, b *int64) bool { return a == b || a != nil && b != nil && *a == *b }

// put sets what was sent.
func (in *OrganisationInput) put(o *entity.Organisation) error {
	put(&o.Name, in.Name)
	put(&o.ParentLabel, in.Parent)
	put(&o.Icon, in.Icon)
	put(&o.LogoLight, in.LogoLight)
	put(&o.DarkLogo, in.DarkLogo)
	if in.Status != nil {
		if !in.Status.Valid() {
			return fault.Bad("status", "must be %s, %s or %s", entity.StatusActive, entity.StatusDisabled, entity.StatusDeleted)
		}
		o.Status = entity.OrgStatus(*in.Status)
	}
	if in.TenantID != nil {
		if *in.TenantID < 0 {
			return fault.Bad("tenantId", "must not be negative")
		}
		o.TenantID = in.TenantID
	}
	return nil
}

// spelt names the member that is at fault as this surface does.
func spelt(err error) error {
	if f := fault.Of(err); f != nil && f.Field == "parentLabel" {
		return fault.Bad("parent", "%s", f.Message)
	}
	return err
}
