package entity

// Organisation holds rights, and may hand them down to organisations below it,
// one level deep.
type Organisation struct {
	ID           int64     `bun:"id,pk,autoincrement" json:"id"`
	PublicID     string    `bun:"public_id" json:"publicId"` // 22 characters at random; how the organisations API names it
	Name         string    `bun:"name" json:"name"`
	Description  string    `bun:"description" json:"description"`
	ParentID     *int64    `bun:"parent_id" json:"parentId"`
	ParentLabel  string    `bun:"parent_label" json:"parentLabel"` // the instances API's free text; it grants nothing
	Status       OrgStatus `bun:"status" json:"status"`
	Synchronised bool      `bun:"synchronised" json:"synchronised"` // those below have what it has, and nothing of their own
	Icon         string    `bun:"icon" json:"icon"`
	LogoLight    string    `bun:"logo_light" json:"logoLight"`
	DarkLogo     string    `bun:"dark_logo" json:"darkLogo"`
	TenantID     *int64    `bun:"tenant_id" json:"tenantId"`
	CreatedAt    Time      `bun:"created_at" json:"createdAt"`
	UpdatedAt    Time      `bun:"updated_at" json:"updatedAt"`
}

// PublicIDLength is how long public ids are: letters and digits at random.
const PublicIDLength = 22

// OrgStatus is the status of an organisation.
type OrgStatus string

// The statuses. One that is not active has no right in force, nor have those
// below it.
const (
	OrgActive   OrgStatus = "ACTIVE"
	OrgDisabled OrgStatus = "DISABLED"
	OrgDeleted  OrgStatus = "DELETED" // kept for what refers to it; its members do not see it
)

// Valid says whether it is one of the three.
func (s OrgStatus) Valid() bool { return s == OrgActive || s == OrgDisabled || s == OrgDeleted }

// OrgRole is what a member may do in an organisation. It has nothing to do with
// the five global roles, which are for the vendor's staff.
type OrgRole string

// The roles of members. Both see the organisation and those below it; an
// administrator also sets the rights of those below.
const (
	OrgAdmin  OrgRole = "admin"
	OrgViewer OrgRole = "viewer"
)

// Membership makes a user a member of an organisation.
type Membership struct {
	UserID         string  `bun:"user_id,pk" json:"userId"`
	OrganisationID int64   `bun:"organisation_id,pk" json:"organizationId"`
	Role           OrgRole `bun:"role" json:"role"`

	Organisation *Organisation `bun:"rel:belongs-to,join:organisation_id=id" json:"organization"`
}

// LicenseDefinition is a license that organisations can have.
type LicenseDefinition struct {
	ID          int64       `bun:"id,pk,autoincrement" json:"id"`
	PublicID    string      `bun:"public_id" json:"publicId"`
	Name        string      `bun:"name" json:"name"`
	Description string      `bun:"description" json:"description"`
	Category    OrgCategory `bun:"category" json:"category"`
	Inheritable bool        `bun:"inheritable" json:"inheritable"` // a new organisation below a parent gets it from there
	CreatedAt   Time        `bun:"created_at" json:"createdAt"`
	UpdatedAt   Time        `bun:"updated_at" json:"updatedAt"`
}

// OrgCategory is the kind of a license definition.
type OrgCategory string

// The categories. The last two are never inherited.
const (
	CategoryFeature   OrgCategory = "feature"
	CategoryConnector OrgCategory = "connector"
	CategoryCustom    OrgCategory = "custom"
	CategoryBundle    OrgCategory = "bundle"
	CategoryHierarchy OrgCategory = "hierarchy" // the right to have organisations below
)

// CanBeInherited says whether definitions of the category may be inheritable.
func (c OrgCategory) CanBeInherited() bool { return c != CategoryBundle && c != CategoryHierarchy }

// Edition is a set of license definitions under one name.
type Edition struct {
	ID          int64    `bun:"id,pk,autoincrement" json:"id"`
	PublicID    string   `bun:"public_id" json:"publicId"`
	Name        string   `bun:"name" json:"name"`
	Description string   `bun:"description" json:"description"`
	LicenseDefs []string `bun:"license_defs,scanonly" json:"licenseDefs"` // public ids; rows of edition_licenses
	CreatedAt   Time     `bun:"created_at" json:"createdAt"`
	UpdatedAt   Time     `bun:"updated_at" json:"updatedAt"`
}

// FillLists makes lists that were not read empty instead of null.
func (e *Edition) FillLists() {
	if e.LicenseDefs == nil {
		e.LicenseDefs = []string{}
	}
}

// LimitDefinition is something that is counted and can be limited.
type LimitDefinition struct {
	ID          int64  `bun:"id,pk,autoincrement" json:"id"`
	PublicID    string `bun:"public_id" json:"publicId"`
	Name        string `bun:"name" json:"name"`
	Description string `bun:"description" json:"description"`
	CreatedAt   Time   `bun:"created_at" json:"createdAt"`
	UpdatedAt   Time   `bun:"updated_at" json:"updatedAt"`
}
