package entity

// License is what a customer was given the right to run. Its JSON is the
// license object of the management page; customer, order and template are
// relations that a caller asks for, ignored on write.
type License struct {
	ID                int64         `bun:"id,pk,autoincrement" json:"id"`
	LicenseID         string        `bun:"license_id" json:"licenseId"` // the lic… string, licenseKeyId elsewhere
	LicenseType       string        `bun:"license_type" json:"licenseType"`
	Format            Format        `bun:"format" json:"format"`
	Description       string        `bun:"description" json:"description"`
	CreatedAt         Time          `bun:"created_at" json:"createdAt"`
	UpdatedAt         Time          `bun:"updated_at" json:"updatedAt"`
	IssueDate         Time          `bun:"issue_date" json:"issueDate"`
	ExpireDate        Time          `bun:"expire_date" json:"expireDate"`
	SupportExpireDate Time          `bun:"support_expire_date" json:"supportExpireDate"`
	Revoked           bool          `bun:"revoked" json:"revoked"`
	Trace             bool          `bun:"trace" json:"trace"`
	LicenseKey        string        `bun:"license_key" json:"licenseKey"`            // the signed document
	MaxAllowedSites   *int64        `bun:"max_allowed_sites" json:"maxAllowedSites"` // seats; null: unlimited, 0: none
	UserKey           string        `bun:"user_key,nullzero" json:"userKey"`         // NULL on a node-locked copy
	LicensingMode     LicensingMode `bun:"licensing_mode" json:"licensingMode"`
	LicenseeName      string        `bun:"licensee_name" json:"licenseeName"`
	LicenseeCompany   string        `bun:"licensee_company" json:"licenseeCompany"`
	LicenseeEmail     string        `bun:"licensee_email" json:"licenseeEmail"`
	Hash              string        `bun:"hash" json:"hash"` // SHA-256 of LicenseKey in lower-case hex
	Meta              string        `bun:"meta" json:"meta"`
	TemplateID        *int64        `bun:"template_id" json:"templateId"`
	SignatureKeysID   *int64        `bun:"signature_keys_id" json:"signatureKeysId"`
	CustomerID        *int64        `bun:"customer_id" json:"customerId" query:"owner"`
	OrderID           *int64        `bun:"order_id" json:"orderId"`

	Product  *ProductInfo     `bun:"product,type:text" json:"product"` // a snapshot
	Order    *Order           `bun:"rel:belongs-to,join:order_id=id" json:"order"`
	Customer *Customer        `bun:"rel:belongs-to,join:customer_id=id" json:"customer"`
	Template *LicenseTemplate `bun:"rel:belongs-to,join:template_id=id" json:"template"`
	Licensee *Licensee        `bun:"licensee,type:text" json:"licensee"`

	Contents

	ParentID *int64 `bun:"parent_id" json:"-"` // set on the node-locked copy of an activation
	Revision int64  `bun:"revision" json:"-"`  // counts signings; a copy carries its parent's
}

// FillLists makes the lists that are not there empty, for answers; those of its
// relations too.
func (l *License) FillLists() {
	l.Contents.FillLists()
	if l.Order != nil {
		l.Order.FillLists()
	}
	if l.Customer != nil {
		l.Customer.FillLists()
	}
	if l.Template != nil {
		l.Template.FillLists()
	}
}

// Contents are the parts of a license document that a template gives to its
// licenses. Each list is stored as one JSON column.
type Contents struct {
	Components   []string      `bun:"components,type:text" json:"components"`
	Assemblies   []AssemblyRef `bun:"assemblies,type:text" json:"assemblies"`
	Fields       []Field       `bun:"fields,type:text" json:"fields"`
	Features     FeatureList   `bun:"features,type:text" json:"features"`
	Restrictions []Restriction `bun:"restrictions,type:text" json:"restrictions"`
}

// FillLists makes the lists that are not there empty, for answers: they are []
// on the wire, never null.
func (c *Contents) FillLists() {
	fill(&c.Components)
	fill(&c.Assemblies)
	fill(&c.Fields)
	fill((*[]Feature)(&c.Features))
	fill(&c.Restrictions)
	for i := range c.Restrictions {
		if c.Restrictions[i].Properties == nil {
			c.Restrictions[i].Properties = map[string]string{}
		}
	}
}

func fill[T any](list *[]T) {
	if *list == nil {
		*list = []T{}
	}
}

// ProductInfo is the product as a license or template shows it; id is the
// product's code.
type ProductInfo struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Version     string `json:"version"`
	Copyright   string `json:"copyright"`
	URL         string `json:"url"`
	Description string `json:"description"`
}

// Licensee is who the document names.
type Licensee struct {
	Name        string `json:"name"`
	Company     string `json:"company"`
	ContactInfo string `json:"contactInfo"`
	URL         string `json:"url"`
}

// AssemblyRef is an assembly that a license covers; versions may be wildcards
// or ranges (behaviour file, section 2.4).
type AssemblyRef struct {
	ID              int64  `json:"id"`
	Name            string `json:"name"`
	Version         string `json:"version"`
	Culture         string `json:"culture"`
	PublicKeyToken  string `json:"publicKeyToken"`
	MappingFileID   *int64 `json:"mappingFileId"`
	DebugSymbolsKey string `json:"debugSymbolsKey"`
}

// Field is one named value in the document.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Restriction is a limit that the application enforces, such as Hardware or Trial.
type Restriction struct {
	ID               string            `json:"id"`
	Name             string            `json:"name"`
	ExpireDate       Time              `json:"expireDate"`
	Properties       map[string]string `json:"properties"`
	CustomXMLContent string            `json:"customXmlContent"`
}
