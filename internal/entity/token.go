package entity

// LicenseToken is a seat somebody holds: an activation, or a floating lease.
// Its identity is (license, MachineID, ClientID), both case-sensitive.
type LicenseToken struct {
	ID                  int64    `bun:"id,pk,autoincrement" json:"id"`
	Kind                PoolKind `bun:"kind" json:"-"`
	Token               string   `bun:"token" json:"token"`
	Address             string   `bun:"address" json:"address"` // the client's, as last seen at a claim
	ClientID            string   `bun:"client_id" json:"clientId"`
	ClientName          string   `bun:"client_name" json:"clientName"`
	MachineID           string   `bun:"machine_id" json:"machineId"`
	IssueDate           Time     `bun:"issue_date,notnull" json:"issueDate"`
	ExpireDate          Time     `bun:"expire_at" json:"expireDate"` // none on an activation: its license decides
	LastHeartbeat       Time     `bun:"last_heartbeat" json:"lastHeartbeat"`
	Hash                string   `bun:"-" json:"hash"`
	LicenseID           int64    `bun:"license_id" json:"licenseId"`
	License             *License `bun:"rel:belongs-to,join:license_id=id" json:"license" query:"owner"`
	NodeLockedLicenseID *int64   `bun:"node_locked_license_id" json:"nodeLockedLicenseId"`
	NodeLockedLicense   *License `bun:"rel:belongs-to,join:node_locked_license_id=id" json:"nodeLockedLicense"`
}

// LicenseTrace records one seat call on a license that asks for it.
type LicenseTrace struct {
	ID          int64  `bun:"id,pk,autoincrement" json:"id"`
	ClientIP    string `bun:"client_ip" json:"clientIp"`
	ClientID    string `bun:"client_id" json:"clientId"`
	ClientName  string `bun:"client_name" json:"clientName"`
	MachineID   string `bun:"machine_id" json:"machineId"`
	CreatedDate Time   `bun:"created_date,notnull" json:"createdDate"`
	Action      Action `bun:"action" json:"action"`
	GeoLocation string `bun:"geo_location" json:"geoLocation"`
	Meta        string `bun:"meta" json:"meta"`
	LicenseID   int64  `bun:"license_id" json:"licenseId"`
}
