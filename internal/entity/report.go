package entity

// LicenseReport is the name of reports that tell what an application used of its
// license. Those with counters are added up.
const LicenseReport = "LicenseReport"

// Report is what an application reported: an error, what it used of its license,
// or anything that its vendor wants to know.
type Report struct {
	ID          int64  `bun:"id,pk,autoincrement" json:"id"`
	UID         string `bun:"uid" json:"uid"`
	Name        string `bun:"name" json:"name"`       // ExceptionReport, LicenseReport or the vendor's own
	Version     string `bun:"version" json:"version"` // of the application
	Date        Time   `bun:"date,notnull" json:"date"`
	UserKey     string `bun:"user_key" json:"userKey"`
	MachineID   string `bun:"machine_id" json:"machineId"`
	ClientID    string `bun:"client_id" json:"clientId"`
	ClientName  string `bun:"client_name" json:"clientName"`
	ContentType string `bun:"content_type" json:"contentType"`
	Content     string `bun:"content" json:"content"`
	Address     string `bun:"address" json:"address"` // that it came from
	Merges      bool   `bun:"merges" json:"-"`        // later ones of the same application are added to this one

	Properties []ReportProperty `bun:"rel:has-many,join:id=report_id" json:"properties"`
}

// FillLists makes the lists that are not there empty, for answers.
func (r *Report) FillLists() { fill(&r.Properties) }

// ReportProperty is a detail of a report by name.
type ReportProperty struct {
	ID       int64  `bun:"id,pk,autoincrement" json:"id"`
	Name     string `bun:"name" json:"name"`
	Value    string `bun:"value" json:"value"`
	ReportID int64  `bun:"report_id" json:"reportId"`
}

// What a report may hold at most.
const (
	MaxReportContent    = 256 << 10 // bytes
	maxReportProperties = 100
)

// Validate judges a report as an application sends it.
func (r *Report) Validate() error {
	var c check
	c.needed("name", r.Name, maxName)
	c.text("version", r.Version, maxName)
	if r.UserKey == "" {
		c.fail("userKey", "is missing")
	}
	for _, m := range []struct{ name, value string }{
		{"userKey", r.UserKey}, {"machineId", r.MachineID}, {"clientId", r.ClientID}, {"clientName", r.ClientName},
	} {
		c.bytes(m.name, m.value, maxName)
	}
	c.text("contentType", r.ContentType, maxName)
	c.bytes("content", r.Content, MaxReportContent)
	if n := len(r.Properties); n > maxReportProperties {
		c.fail("properties", "has %d items, %d is the most", n, maxReportProperties)
	}
	for i := range r.Properties {
		c.needed(at("properties", i, ".name"), r.Properties[i].Name, maxName)
		c.text(at("properties", i, ".value"), r.Properties[i].Value, maxDescription)
	}
	return c.err
}
