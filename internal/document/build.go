package document

import (
	"cmp"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
)

// contentOf takes from a license what its document states.
func contentOf(lic *entity.License) (*Content, error) {
	if lic.LicenseID == "" {
		return nil, fault.Bad("licenseId", "a license without an id cannot be signed")
	}
	if !lic.LicensingMode.Valid() {
		return nil, fault.Bad("licensingMode", "%d is not a licensing mode", lic.LicensingMode)
	}
	c := &Content{
		LicenseID:         lic.LicenseID,
		Type:              lic.LicenseType,
		Mode:              lic.LicensingMode.String(),
		Sites:             lic.MaxAllowedSites,
		IssueDate:         lic.IssueDate,
		ExpireDate:        lic.ExpireDate,
		SupportExpireDate: lic.SupportExpireDate,
		Licensee:          licenseeOf(lic),
		Product:           productOf(lic.Product),
	}
	if err := c.addContents(&lic.Contents); err != nil {
		return nil, err
	}
	return c, nil
}

// licenseeOf is the licensee object; the flat members of the license stand in
// for what it leaves empty.
func licenseeOf(lic *entity.License) Licensee {
	var l entity.Licensee
	if lic.Licensee != nil {
		l = *lic.Licensee
	}
	return Licensee{
		Name:        cmp.Or(l.Name, lic.LicenseeName),
		Company:     cmp.Or(l.Company, lic.LicenseeCompany),
		ContactInfo: cmp.Or(l.ContactInfo, lic.LicenseeEmail),
		URL:         l.URL,
	}
}

// blamed names the member that a refused text of the licensee came from: the
// flat one, where that stood in.
func blamed(err error, lic *entity.License) error {
	f := fault.Of(err)
	if f == nil {
		return err
	}
	var l entity.Licensee
	if lic.Licensee != nil {
		l = *lic.Licensee
	}
	for _, m := range []struct{ member, said, flat string }{
		{"licensee.name", l.Name, "licenseeName"},
		{"licensee.company", l.Company, "licenseeCompany"},
		{"licensee.contactInfo", l.ContactInfo, "licenseeEmail"},
	} {
		if f.Field == m.member && m.said == "" {
			at := *f
			at.Field = m.flat
			return &at
		}
	}
	return err
}

func productOf(p *entity.ProductInfo) Product {
	if p == nil {
		return Product{}
	}
	return Product(*p)
}

func (c *Content) addContents(from *entity.Contents) error {
	c.Components = from.Components
	for _, a := range from.Assemblies {
		c.Assemblies = append(c.Assemblies, Assembly{a.Name, a.Version, a.Culture, a.PublicKeyToken})
	}
	for _, f := range from.Fields {
		c.Fields = append(c.Fields, Field(f))
	}
	for _, f := range from.Features.Granted() {
		c.Features = append(c.Features, Feature{ID: f.ID, Name: f.Name, Description: f.Description, ExpireDate: f.ExpireDate, Key: f.Key, Data: f.Data})
	}
	for i, r := range from.Restrictions {
		custom, err := canonicalFragment(r.CustomXMLContent)
		if err != nil {
			return fault.Bad(fmt.Sprintf("restrictions[%d].customXmlContent", i), "%v", err)
		}
		r.CustomXMLContent = custom
		c.Restrictions = append(c.Restrictions, Restriction(r))
	}
	return nil
}

// text is one string of a document and the member it came from.
type text struct{ member, value string }

// texts lists every string that a caller chose.
func (c *Content) texts() []text {
	all := []text{
		{"licenseId", c.LicenseID}, {"licenseType", c.Type},
		{"licensee.name", c.Licensee.Name}, {"licensee.company", c.Licensee.Company},
		{"licensee.contactInfo", c.Licensee.ContactInfo}, {"licensee.url", c.Licensee.URL},
		{"product.id", c.Product.ID}, {"product.name", c.Product.Name},
		{"product.version", c.Product.Version}, {"product.copyright", c.Product.Copyright},
		{"product.url", c.Product.URL}, {"product.description", c.Product.Description},
	}
	add := func(list string, i int, member, value string) {
		all = append(all, text{fmt.Sprintf("%s[%d]%s", list, i, member), value})
	}
	for i, name := range c.Components {
		add("components", i, "", name)
	}
	for i, a := range c.Assemblies {
		add("assemblies", i, ".name", a.Name)
		add("assemblies", i, ".version", a.Version)
		add("assemblies", i, ".culture", a.Culture)
		add("assemblies", i, ".publicKeyToken", a.PublicKeyToken)
	}
	for i, f := range c.Fields {
		add("fields", i, ".name", f.Name)
		add("fields", i, ".value", f.Value)
	}
	for i, f := range c.Features {
		add("features", i, ".id", f.ID)
		add("features", i, ".name", f.Name)
		add("features", i, ".description", f.Description)
		add("features", i, ".key", f.Key)
		add("features", i, ".data", f.Data)
	}
	for i, r := range c.Restrictions {
		add("restrictions", i, ".id", r.ID)
		add("restrictions", i, ".name", r.Name)
		for name, value := range r.Properties {
			add("restrictions", i, ".properties", name)
			add("restrictions", i, ".properties", value)
		}
	}
	return all
}
