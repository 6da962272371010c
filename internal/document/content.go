package document

import "github.com/licet/licet/internal/entity"

// Content is what a document states. Its JSON is the payload of format 4, so
// names and order never change; new members go to the end.
type Content struct {
	LicenseID         string        `json:"licenseId"`
	Type              string        `json:"type,omitempty"`
	Mode              string        `json:"mode,omitempty"` // file, activation or floating; not stated in XML
	Sites             *int64        `json:"sites"`          // null: unlimited; not stated in XML
	IssueDate         entity.Time   `json:"issueDate,omitzero"`
	ExpireDate        entity.Time   `json:"expireDate,omitzero"`
	SupportExpireDate entity.Time   `json:"supportExpireDate,omitzero"`
	Licensee          Licensee      `json:"licensee,omitzero"`
	Product           Product       `json:"product,omitzero"`
	Components        []string      `json:"components,omitempty"`
	Assemblies        []Assembly    `json:"assemblies,omitempty"`
	Fields            []Field       `json:"fields,omitempty"`
	Features          []Feature     `json:"features,omitempty"`
	Restrictions      []Restriction `json:"restrictions,omitempty"`
}

// Licensee is who the document names.
type Licensee struct {
	Name        string `json:"name,omitempty"`
	Company     string `json:"company,omitempty"`
	ContactInfo string `json:"contactInfo,omitempty"`
	URL         string `json:"url,omitempty"`
}

// Product is what may be run; ID is the product's code.
type Product struct {
	ID          string `json:"id,omitempty"`
	Name        string `json:"name,omitempty"`
	Version     string `json:"version,omitempty"`
	Copyright   string `json:"copyright,omitempty"`
	URL         string `json:"url,omitempty"`
	Description string `json:"description,omitempty"`
}

// Assembly is an assembly that the license covers.
type Assembly struct {
	Name           string `json:"name,omitempty"`
	Version        string `json:"version,omitempty"`
	Culture        string `json:"culture,omitempty"`
	PublicKeyToken string `json:"publicKeyToken,omitempty"`
}

// Field is a named value.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Feature is a named right.
type Feature struct {
	ID          string      `json:"id,omitempty"`
	Name        string      `json:"name,omitempty"`
	Description string      `json:"description,omitempty"`
	ExpireDate  entity.Time `json:"expireDate,omitzero"`
	Key         string      `json:"key,omitempty"`
	Data        string      `json:"data,omitempty"` // base64, as it was given
}

// Restriction is a limit that the application enforces.
type Restriction struct {
	ID               string            `json:"id,omitempty"`
	Name             string            `json:"name,omitempty"`
	ExpireDate       entity.Time       `json:"expireDate,omitzero"`
	Properties       map[string]string `json:"properties,omitempty"`
	CustomXMLContent string            `json:"customXmlContent,omitempty"` // in the writer's form
}
