package document

import (
	"fmt"

	"github.com/licet/licet/internal/entity"
)

// readLicense is the inverse of licensesNode, for one License element.
func readLicense(n *node) (Content, error) {
	dates := dateReader{}
	product := n.first("Product")
	licensee := n.first("Licensee")
	c := Content{
		LicenseID:         n.value("Id"),
		Type:              n.value("type"),
		IssueDate:         dates.of(n, "issueDate"),
		ExpireDate:        dates.of(n, "expireDate"),
		SupportExpireDate: dates.of(n, "supportExpireDate"),
		Licensee: Licensee{
			Name: licensee.value("name"), Company: licensee.value("company"),
			ContactInfo: licensee.value("contactInfo"), URL: licensee.value("url"),
		},
		Product: Product{
			ID: product.value("Id"), Name: product.value("name"), Version: product.value("version"),
			Copyright: product.value("copyright"), URL: product.value("url"),
			Description: product.first("Description").content(),
		},
	}
	for _, component := range n.first("Components").all("Component") {
		c.Components = append(c.Components, component.value("name"))
	}
	for _, a := range n.first("Assemblies").all("Assembly") {
		c.Assemblies = append(c.Assemblies, Assembly{
			Name: a.value("name"), Version: a.value("version"),
			Culture: a.value("culture"), PublicKeyToken: a.value("publicKeyToken"),
		})
	}
	for _, f := range n.first("Fields").all("Field") {
		c.Fields = append(c.Fields, Field{Name: f.value("name"), Value: f.value("value")})
	}
	for _, f := range n.first("Features").all("Feature") {
		c.Features = append(c.Features, Feature{
			ID: f.value("Id"), Name: f.value("name"), Description: f.first("Description").content(),
			ExpireDate: dates.of(f, "expireDate"), Key: f.value("key"), Data: f.value("data"),
		})
	}
	for _, r := range n.first("Restrictions").all("Restriction") {
		c.Restrictions = append(c.Restrictions, readRestriction(r, &dates))
	}
	return c, dates.err
}

func readRestriction(n *node, dates *dateReader) Restriction {
	r := Restriction{
		ID: n.value("Id"), Name: n.value("name"), ExpireDate: dates.of(n, "expireDate"),
		CustomXMLContent: compact(n.first("CustomXml").children...),
	}
	for _, property := range n.all("Property") {
		if r.Properties == nil {
			r.Properties = map[string]string{}
		}
		r.Properties[property.value("name")] = property.value("value")
	}
	return r
}

// dateReader keeps the first date that could not be read.
type dateReader struct{ err error }

func (d *dateReader) of(n *node, name string) entity.Time {
	t, err := entity.ParseTime(n.value(name))
	if err != nil && d.err == nil {
		d.err = fmt.Errorf("%s of %s: %w", name, n.name, err)
	}
	return t
}
