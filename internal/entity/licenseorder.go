package entity

// LicenseOrder is a license that end users activate by HostIDs: the row of the
// license and what only orders have. The activation key is the license's user
// key. An order is disabled where its license is revoked, and its type follows
// from the licensing mode: floating is network, all else local.
type LicenseOrder struct {
	LicenseID int64 `bun:"license_id,pk"`
	OrderTerms
	SettingsDescription     string `bun:"settings_description"`
	Removal                 bool   `bun:"removal"` // the application is asked to remove the license from its host
	RemovalRequestTime      Time   `bun:"removal_request_time"`
	RemovalConfirmationTime Time   `bun:"removal_confirmation_time"`
	DeactivationsUsed       int64  `bun:"deactivations_used"` // by end users

	License   *License `bun:"rel:belongs-to,join:license_id=id"`
	Activated int64    `bun:"activated,scanonly"` // activations that are held
}

// OrderTerms are what a template gives to license orders, and what an order has
// of them.
type OrderTerms struct {
	LicenseeType         string       `bun:"licensee_type" json:"licenseeType"`
	Licensee             string       `bun:"licensee" json:"licensee"` // of the type fixed only
	MatchRate            int64        `bun:"hostid_match_rate" json:"hostidMatchRate"`
	MinHostIDs           int64        `bun:"min_hostids" json:"minHostids"`
	ActivationsAllowed   int64        `bun:"activations_allowed" json:"activationsAllowed"` // at the same time
	DeactivationsAllowed int64        `bun:"deactivations_allowed" json:"deactivationsAllowed"`
	HostIDs              []HostIDRule `bun:"hostids,type:text" json:"hostids"`
}

// HostIDRule says how many HostIDs of a type an order wants, and takes.
type HostIDRule struct {
	Type string `json:"type"` // the raw name
	Min  int    `json:"min"`
	Max  int    `json:"max"`
}

// The types of a licensee. Fixed names one.
const (
	LicenseeCustomer = "customer"
	LicenseeNone     = "not_specified"
)

// IsNetwork says whether the order's features are counted as floating seats.
func (o *LicenseOrder) IsNetwork() bool { return o.License.LicensingMode == Floating }

// LicenseeName is who the order names, "" for nobody. The customer, where it is
// they, must be among the license's relations.
func (o *LicenseOrder) LicenseeName() string {
	switch {
	case o.LicenseeType == LicenseeCustomer && o.License.Customer != nil:
		return o.License.Customer.ShownName()
	case o.LicenseeType == Fixed:
		return o.Licensee
	}
	return ""
}

// Derive sets what the license has only because it is that of an order: when it
// ends, and how many seats it has. The features and terms are complete.
func (o *LicenseOrder) Derive() {
	l := o.License
	l.ExpireDate = l.Features.LastEnd()
	sites := o.ActivationsAllowed
	if o.IsNetwork() {
		sites = leastCount(l.Features.Granted())
	}
	l.MaxAllowedSites = &sites
}

// leastCount is the smallest count of the features that have one.
func leastCount(features FeatureList) (least int64) {
	found := false
	for i := range features {
		if t := features[i].Terms; t != nil && t.Count != nil && (!found || *t.Count < least) {
			least, found = *t.Count, true
		}
	}
	return least
}

// CustomTag is a named text that a vendor keeps of a customer.
type CustomTag struct {
	ID         int64  `bun:"id,pk,autoincrement"`
	CustomerID int64  `bun:"customer_id"`
	Name       string `bun:"tag_name"`
	Value      string `bun:"value"`
	CreatedAt  Time   `bun:"created_at"`
	UpdatedAt  Time   `bun:"updated_at"`
}
