package org

import (
	"context"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// Service keeps organisations and what they have. Make it with New; it is safe
// for concurrent use.
type Service struct {
	store *store.Store
	clock clock.Clock
}

// New keeps organisations in st.
func New(st *store.Store, c clock.Clock) *Service { return &Service{store: st, clock: c} }

func later() error { return fault.New(fault.Unavailable, "comes later on the branch") }

// EnsureFirst makes an organisation on books that have none, with the first administrator as its own.
func (s *Service) EnsureFirst(ctx context.Context) error { return later() }

// Organisations lists organisations.
func (s *Service) Organisations(ctx context.Context, page entity.Page) (*entity.List[entity.Organisation], error) {
	return nil, later()
}

// ByID reads an organisation; none is NotFound.
func (s *Service) ByID(ctx context.Context, id int64) (*entity.Organisation, error) {
	return nil, later()
}

// ByPublicID reads an organisation by its 22 characters; none is NotFound.
func (s *Service) ByPublicID(ctx context.Context, publicID string) (*entity.Organisation, error) {
	return nil, later()
}

// Create adds an organisation; with a ParentID below that one, from which it inherits. Id, public id, synchronised
// and dates are not taken from what was sent; a status left out is ACTIVE.
func (s *Service) Create(ctx context.Context, in entity.Organisation) (*entity.Organisation, error) {
	return nil, later()
}

// Change changes an organisation in place: name, description, parentLabel, status, pictures, tenant. What
// change does to other members is undone. It may run more than once.
func (s *Service) Change(ctx context.Context, id int64, change func(*entity.Organisation) error) (*entity.Organisation, error) {
	return nil, later()
}

// InsertOrganisation and UpdateOrganisation are Create and Change for a management collection.
func (s *Service) InsertOrganisation(ctx context.Context, in entity.Sent[entity.Organisation]) (*entity.Organisation, error) {
	return nil, later()
}

// UpdateOrganisation replaces name, description, pictures and tenant.
func (s *Service) UpdateOrganisation(ctx context.Context, in entity.Sent[entity.Organisation]) (*entity.Organisation, error) {
	return nil, later()
}

// Delete deletes an organisation with its rights and memberships; those below it are in the way.
func (s *Service) Delete(ctx context.Context, id int64) error { return later() }

// SetDisabled disables or enables an organisation.
func (s *Service) SetDisabled(ctx context.Context, id int64, disabled bool) error { return later() }

// Link puts an organisation below another.
func (s *Service) Link(ctx context.Context, id, parentID int64) error { return later() }

// Unlink makes an organisation stand alone.
func (s *Service) Unlink(ctx context.Context, id int64) error { return later() }

// Synchronise turns license synchronisation of a parent on or off.
func (s *Service) Synchronise(ctx context.Context, id int64, on bool) error { return later() }

// License shows the rights of an organisation to a member of it or of its parent.
func (s *Service) License(ctx context.Context, actorUserID, publicID string) (*entity.OrgRights, error) {
	return nil, later()
}

// SetLicense replaces the rights of an organisation on behalf of an administrator of its parent.
func (s *Service) SetLicense(ctx context.Context, actorUserID, publicID string, r entity.OrgRights) error {
	return later()
}

// Rights and SetRights are the same for the vendor's staff, by the organisation's number; without a parent
// anything may be set.
func (s *Service) Rights(ctx context.Context, id int64) (*entity.OrgRights, error) {
	return nil, later()
}

// SetRights is SetLicense for the vendor's staff.
func (s *Service) SetRights(ctx context.Context, id int64, r entity.OrgRights) error { return later() }

// EffectiveRights are Rights cut to what is in force now.
func (s *Service) EffectiveRights(ctx context.Context, id int64) (*entity.OrgRights, error) {
	return nil, later()
}

// DisableLicense takes one license from an organisation below a parent, EnableLicense gives it back as the parent has it.
func (s *Service) DisableLicense(ctx context.Context, id int64, licenseDef string) error {
	return later()
}

// EnableLicense undoes DisableLicense.
func (s *Service) EnableLicense(ctx context.Context, id int64, licenseDef string) error {
	return later()
}

// Members lists the members of an organisation.
func (s *Service) Members(ctx context.Context, organisationID int64, page entity.Page) (*entity.List[entity.Membership], error) {
	return nil, later()
}

// MembershipsOf are the memberships of a user, organisations included, in the order of their ids; not those in deleted ones.
func (s *Service) MembershipsOf(ctx context.Context, userID string) ([]entity.Membership, error) {
	return nil, later()
}

// SetMember makes a user a member, or gives a member another role.
func (s *Service) SetMember(ctx context.Context, organisationID int64, userID string, role entity.OrgRole) error {
	return later()
}

// RemoveMember ends a membership.
func (s *Service) RemoveMember(ctx context.Context, organisationID int64, userID string) error {
	return later()
}

// Role is the role of a user in an organisation; no membership is NotFound.
func (s *Service) Role(ctx context.Context, userID string, organisationID int64) (entity.OrgRole, error) {
	return "", later()
}
