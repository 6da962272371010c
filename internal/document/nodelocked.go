package document

import (
	"maps"
	"slices"

	"github.com/licet/licet/internal/entity"
)

// The restriction that ties a license to a machine, as applications know it.
const (
	hardwareRestriction = "Hardware"
	hardwareKey         = "HardwareKey"
)

// NodeLocked is the copy of a license for one machine: its Hardware restriction
// names machineID. A Hardware restriction with an empty HardwareKey is filled;
// one that names a machine already is kept, and another is added unless it names
// this one.
//
// The copy is a child of lic, not yet in the books and not yet signed: no ID, no
// user key, no document, no relations. It shares no memory with lic.
func NodeLocked(lic entity.License, machineID string) entity.License {
	parent := lic.ID
	lic.ParentID = &parent
	lic.ID, lic.UserKey, lic.LicenseKey, lic.Hash = 0, "", "", ""
	lic.Order, lic.Customer, lic.Template = nil, nil, nil
	lic.Product, lic.Licensee = clone(lic.Product), clone(lic.Licensee)
	lic.MaxAllowedSites, lic.TemplateID = clone(lic.MaxAllowedSites), clone(lic.TemplateID)
	lic.SignatureKeysID, lic.CustomerID, lic.OrderID = clone(lic.SignatureKeysID), clone(lic.CustomerID), clone(lic.OrderID)
	lic.Contents = cloneContents(lic.Contents)
	lock(&lic.Contents, machineID)
	return lic
}

func lock(c *entity.Contents, machineID string) {
	locked := false
	for i := range c.Restrictions {
		r := &c.Restrictions[i]
		if r.Name != hardwareRestriction {
			continue
		}
		if r.Properties[hardwareKey] == "" {
			if r.Properties == nil {
				r.Properties = map[string]string{}
			}
			r.Properties[hardwareKey] = machineID
		}
		locked = locked || r.Properties[hardwareKey] == machineID
	}
	if !locked {
		c.Restrictions = append(c.Restrictions, entity.Restriction{
			Name:       hardwareRestriction,
			Properties: map[string]string{hardwareKey: machineID},
		})
	}
}

func cloneContents(c entity.Contents) entity.Contents {
	c.Components = slices.Clone(c.Components)
	c.Assemblies = slices.Clone(c.Assemblies)
	for i := range c.Assemblies {
		c.Assemblies[i].MappingFileID = clone(c.Assemblies[i].MappingFileID)
	}
	c.Fields = slices.Clone(c.Fields)
	c.Features = slices.Clone(c.Features)
	c.Restrictions = slices.Clone(c.Restrictions)
	for i := range c.Restrictions {
		c.Restrictions[i].Properties = maps.Clone(c.Restrictions[i].Properties)
	}
	return c
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
