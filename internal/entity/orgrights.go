package entity

// OrgRights are the three lists of an organisation, with the names of the
// organisations page. They change as one.
type OrgRights struct {
	ID               string       `json:"id"`        // the organisation's public id; "" where a caller leaves it out
	ParentOrg        *string      `json:"parentOrg"` // its parent's; ignored when sent
	CustomLicenses   []OrgLicense `json:"customLicenses"`
	AssignedEditions []OrgEdition `json:"assignedEditions"`
	CustomLimits     []OrgLimit   `json:"customLimits"`
}

// OrgLicense is a license that an organisation has beside its editions. It
// stands before what an edition says about the same definition.
type OrgLicense struct {
	LicenseType    OrgLicenseType `json:"licenseType"`
	ExpirationDate Time           `json:"expirationDate"` // whole seconds; none: no end
	LicenseDef     string         `json:"licenseDef"`     // a definition's public id
}

// OrgEdition is an edition that an organisation has.
type OrgEdition struct {
	ExpirationDate Time   `json:"expirationDate"` // whole seconds; always there
	Edition        string `json:"edition"`        // its public id
}

// OrgLimit is how much of something an organisation may use.
type OrgLimit struct {
	Value           *int64 `json:"value"`           // NoMaximum, or 0 and more; always there
	LimitDefinition string `json:"limitDefinition"` // its public id
}

// The values of a limit.
const (
	NoMaximum = -1        // it does not limit
	MaxLimit  = 1<<53 - 1 // the largest, which every reader of JSON has
)

// OrgLicenseType is the type of an organisation's license.
type OrgLicenseType string

// The types. NONE grants nothing: it takes away what an edition would give.
const (
	OrgTrial        OrgLicenseType = "TRIAL"
	OrgSubscription OrgLicenseType = "SUBSCRIPTION"
	OrgFree         OrgLicenseType = "FREE"
	OrgNone         OrgLicenseType = "NONE"
)

// MayBeEndless says whether a license of the type may lack an end.
func (t OrgLicenseType) MayBeEndless() bool { return t == OrgFree || t == OrgNone }
