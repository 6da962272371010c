package document

import (
	"maps"
	"slices"

	"github.com/licet/licet/internal/entity"
)

const (
	xsiAttribute     = "xmlns:xsi"
	xsiNamespace     = "http://www.w3.org/2001/XMLSchema-instance"
	signatureElement = "Signature"

	// dotnetTime is the round-trip form of a UTC DateTime.
	dotnetTime = "2006-01-02T15:04:05.0000000Z"
)

// licensesNode is the root with one license and no signature.
func licensesNode(c *Content) (*node, error) {
	restrictions, err := restrictionsNode(c.Restrictions)
	if err != nil {
		return nil, err
	}
	license := element("License").
		with("Id", c.LicenseID).
		with("issueDate", dotnet(c.IssueDate)).
		with("expireDate", dotnet(c.ExpireDate)).
		with("supportExpireDate", dotnet(c.SupportExpireDate)).
		with("type", c.Type).
		add(
			licenseeNode(c.Licensee), productNode(c.Product),
			componentsNode(c.Components), assembliesNode(c.Assemblies),
			fieldsNode(c.Fields), featuresNode(c.Features), restrictions,
		)
	return element("Licenses", license).always(xsiAttribute, xsiNamespace), nil
}

func licenseeNode(l Licensee) *node {
	return element("Licensee").
		with("name", l.Name).with("company", l.Company).
		with("contactInfo", l.ContactInfo).with("url", l.URL).orNil()
}

func productNode(p Product) *node {
	return element("Product").
		with("Id", p.ID).with("name", p.Name).with("version", p.Version).
		with("copyright", p.Copyright).with("url", p.URL).
		add(descriptionNode(p.Description)).orNil()
}

func descriptionNode(description string) *node {
	if isXMLSpace(description) {
		return nil
	}
	return element("Description", &node{text: foldLines(description)})
}

func componentsNode(names []string) *node {
	list := element("Components")
	for _, name := range names {
		list.add(element("Component").always("name", name))
	}
	return list.orNil()
}

func assembliesNode(assemblies []Assembly) *node {
	list := element("Assemblies")
	for _, a := range assemblies {
		list.add(element("Assembly").
			with("name", a.Name).with("version", a.Version).
			with("culture", a.Culture).with("publicKeyToken", a.PublicKeyToken))
	}
	return list.orNil()
}

func fieldsNode(fields []Field) *node {
	list := element("Fields")
	for _, f := range fields {
		list.add(element("Field").always("name", f.Name).always("value", f.Value))
	}
	return list.orNil()
}

func featuresNode(features []Feature) *node {
	list := element("Features")
	for _, f := range features {
		list.add(element("Feature").
			with("Id", f.ID).with("name", f.Name).with("expireDate", dotnet(f.ExpireDate)).
			with("key", f.Key).with("data", f.Data).
			add(descriptionNode(f.Description)))
	}
	return list.orNil()
}

func restrictionsNode(restrictions []Restriction) (*node, error) {
	list := element("Restrictions")
	for _, r := range restrictions {
		custom, err := parseFragment(r.CustomXMLContent)
		if err != nil {
			return nil, err
		}
		n := element("Restriction").
			with("Id", r.ID).with("name", r.Name).with("expireDate", dotnet(r.ExpireDate))
		for _, name := range slices.Sorted(maps.Keys(r.Properties)) {
			n.add(element("Property").always("name", name).always("value", r.Properties[name]))
		}
		list.add(n.add(element("CustomXml", custom...).orNil()))
	}
	return list.orNil(), nil
}

func dotnet(t entity.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Std().Format(dotnetTime)
}
