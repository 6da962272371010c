package entity

// What the instances API keeps. Its licenses are no seats: a regulatory license
// is a kind of license that a regulator, an organisation, gives to projects, and
// an instance is one project's.

// Status is the status of every row of the instances API. The values of
// OrgStatus are the same.
type Status string

// The statuses. A deleted row stays for who looks at its history.
const (
	StatusActive   Status = "ACTIVE"
	StatusDisabled Status = "DISABLED"
	StatusDeleted  Status = "DELETED"
)

// Valid says whether it is one of the three.
func (s Status) Valid() bool { return s == StatusActive || s == StatusDisabled || s == StatusDeleted }

// Kept is what every row of the instances API has.
type Kept struct {
	ID        int64  `bun:"id,pk,autoincrement" json:"id"`
	CreatedAt Millis `bun:"created_at,notnull" json:"createdAt"`
	UpdatedAt Millis `bun:"updated_at,notnull" json:"updatedAt"`
	Status    Status `bun:"status" json:"status" jsonschema:"enum=ACTIVE,enum=DISABLED,enum=DELETED"`
}

// Base is the row's own.
func (k *Kept) Base() *Kept { return k }

// RegulatoryLicense is a kind of license. Its scripts are texts that the server
// keeps and shows; it never runs them.
type RegulatoryLicense struct {
	Name    string `bun:"name" json:"name"`
	Version string `bun:"version" json:"version"`
	Kept
	Icon        string       `bun:"icon" json:"icon"`
	ScoreGroups []ScoreGroup `bun:"rel:has-many,join:id=license_id" json:"scoreGroups"`
	Params      Params       `bun:"params" json:"params"`
	GroupScript string       `bun:"group_script" json:"groupScript" jsonschema:"description=Kept and shown. Never run."`
	ScoreScript string       `bun:"score_script" json:"scoreScript" jsonschema:"description=Kept and shown. Never run."`
}

// FillLists makes the lists that are not there empty, for answers.
func (l *RegulatoryLicense) FillLists() { fill(&l.ScoreGroups) }

// ScoreGroup is a group of scores of a license.
type ScoreGroup struct {
	Kept
	Name        string `bun:"name" json:"name"`
	Title       string `bun:"title" json:"title"`
	Description string `bun:"description" json:"description"`
	LicenseID   int64  `bun:"license_id" json:"-"`
}

// FillLists is there for all rows; this one has no lists.
func (*ScoreGroup) FillLists() {}

// LicenseStatus says whether an instance's project holds the license.
type LicenseStatus string

// The statuses, spelled as published. CANCELED is for good.
const (
	LicensePending  LicenseStatus = "PENDING"
	LicenseLicenced LicenseStatus = "LICENCED"
	LicenseCanceled LicenseStatus = "CANCELED"
)

// Valid says whether it is one of the three.
func (s LicenseStatus) Valid() bool {
	return s == LicensePending || s == LicenseLicenced || s == LicenseCanceled
}

// MayBecome says whether an instance goes from one status to another.
func (s LicenseStatus) MayBecome(next LicenseStatus) bool {
	return s == next || s == LicensePending || s == LicenseLicenced && next == LicenseCanceled
}

// LicenseInstance is one project's license of a kind from an organisation.
type LicenseInstance struct {
	License        *RegulatoryLicense `bun:"rel:belongs-to,join:license_id=id" json:"license"`
	OrganisationID int64              `bun:"organisation_id" json:"organisationId"`
	ProjectID      int64              `bun:"project_id" json:"projectId"`
	LicenseStatus  LicenseStatus      `bun:"license_status" json:"licenseStatus" jsonschema:"enum=PENDING,enum=LICENCED,enum=CANCELED"`
	Kept
	Meta      []LicenseInstanceMeta `bun:"rel:has-many,join:id=instance_id" json:"licenseInstanceMeta"`
	LicenseID int64                 `bun:"license_id" json:"-"` // on the wire it is license.id
}

// FillLists makes the lists that are not there empty, for answers.
func (i *LicenseInstance) FillLists() {
	fill(&i.Meta)
	if i.License != nil {
		i.License.FillLists()
	}
}

// LicenseInstanceMeta is a period in which an instance is valid. Together they
// are its history.
type LicenseInstanceMeta struct {
	Kept
	InstanceID int64 `bun:"instance_id" json:"licenseInstanceId"`
	StartedAt  Time  `bun:"started_at" json:"startedAt"` // none: not said
	ExpiredAt  Time  `bun:"expired_at" json:"expiredAt"` // none: open
}

// FillLists is there for all rows; this one has no lists.
func (*LicenseInstanceMeta) FillLists() {}

// Project is what is licensed.
type Project struct {
	Kept
	Name           string            `bun:"name" json:"name"`
	LegalName      string            `bun:"legal_name" json:"legalName"`
	Description    string            `bun:"description" json:"description"`
	Icon           string            `bun:"icon" json:"icon"`
	Website        string            `bun:"website" json:"website"`
	NetworkStatus  string            `bun:"network_status" json:"networkStatus"`
	CoinGeckoID    string            `bun:"coin_gecko_id" json:"coinGeckoId"`
	Params         Params            `bun:"params" json:"params"`
	Tags           []string          `bun:"tags,type:text" json:"tags"`
	ViewTenantIDs  []int64           `bun:"view_tenant_ids,type:text" json:"viewTenantIds"`
	Type           string            `bun:"type" json:"type"`
	Meta           Params            `bun:"meta" json:"meta"`
	TenantID       *int64            `bun:"tenant_id" json:"tenantId"`
	OrganisationID *int64            `bun:"organisation_id" json:"organisationId"` // whose it is; none: the vendor's
	Licenses       []LicenseInstance `bun:"-" json:"licenses"`                     // those that the caller may see
}

// FillLists makes the lists that are not there empty, for answers and the books.
func (p *Project) FillLists() {
	fill(&p.Tags)
	fill(&p.ViewTenantIDs)
	fill(&p.Licenses)
	for i := range p.Licenses {
		p.Licenses[i].FillLists()
	}
}
