package entity

import (
	"fmt"
	"strings"

	"github.com/licet/licet/internal/fault"
)

// Validate judges an organisation.
func (o *Organisation) Validate() error {
	var c check
	c.named("name", o.Name)
	c.text("description", o.Description, maxDescription)
	c.line("parentLabel", o.ParentLabel, maxName)
	if !o.Status.Valid() {
		c.fail("status", "must be %s, %s or %s", OrgActive, OrgDisabled, OrgDeleted)
	}
	c.text("icon", o.Icon, maxText)
	c.link("logoLight", o.LogoLight)
	c.link("darkLogo", o.DarkLogo)
	return c.err
}

// named is a name that must be there, on one line.
func (c *check) named(field, value string) {
	c.needed(field, value, maxName)
	c.line(field, value, maxName)
}

// link is nothing, or an address on the web: the rule of the instances page.
func (c *check) link(field, value string) {
	c.line(field, value, maxDescription)
	if strings.TrimSpace(value) != "" && !strings.HasPrefix(value, "http") {
		c.fail(field, "must begin with http, or be empty")
	}
}

// Validate judges a license definition.
func (d *LicenseDefinition) Validate() error {
	var c check
	c.named("name", d.Name)
	c.text("description", d.Description, maxDescription)
	switch d.Category {
	case CategoryFeature, CategoryConnector, CategoryCustom, CategoryBundle, CategoryHierarchy:
	default:
		c.fail("category", "must be %s, %s, %s, %s or %s", CategoryFeature, CategoryConnector, CategoryCustom, CategoryBundle, CategoryHierarchy)
	}
	if d.Inheritable && !d.Category.CanBeInherited() {
		c.fail("inheritable", "cannot be so for the category %s", d.Category)
	}
	return c.err
}

// Validate judges an edition.
func (e *Edition) Validate() error {
	var c check
	c.named("name", e.Name)
	c.text("description", e.Description, maxDescription)
	c.items("licenseDefs", len(e.LicenseDefs))
	seen := map[string]bool{}
	for i, d := range e.LicenseDefs {
		if seen[d] {
			c.fail(at("licenseDefs", i, ""), "is there twice")
		}
		seen[d] = true
	}
	return c.err
}

// Validate judges a limit definition.
func (d *LimitDefinition) Validate() error {
	var c check
	c.named("name", d.Name)
	c.text("description", d.Description, maxDescription)
	return c.err
}

// maxRights is how many rows each list of an organisation's rights has at most.
const maxRights = 500

// Validate judges rights as they were sent: each list by itself.
func (r *OrgRights) Validate() error {
	c := check{}
	for _, list := range []struct {
		name string
		n    int
	}{{"customLicenses", len(r.CustomLicenses)}, {"assignedEditions", len(r.AssignedEditions)}, {"customLimits", len(r.CustomLimits)}} {
		if list.n > maxRights {
			c.fail(list.name, "has %d items, %d is the most", list.n, maxRights)
		}
	}
	if c.err != nil {
		return c.err
	}
	defs, editions, limits := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i, l := range r.CustomLicenses {
		c.once(at("customLicenses", i, ".licenseDef"), l.LicenseDef, defs)
		switch l.LicenseType {
		case OrgTrial, OrgSubscription, OrgFree, OrgNone:
		default:
			c.fail(at("customLicenses", i, ".licenseType"), "must be %s, %s, %s or %s", OrgTrial, OrgSubscription, OrgFree, OrgNone)
		}
		if !l.LicenseType.MayBeEndless() {
			c.end(at("customLicenses", i, ".expirationDate"), l.ExpirationDate, "is missing: only FREE and NONE may lack it")
		}
	}
	for i, e := range r.AssignedEditions {
		c.once(at("assignedEditions", i, ".edition"), e.Edition, editions)
		c.end(at("assignedEditions", i, ".expirationDate"), e.ExpirationDate, "is missing")
	}
	for i, l := range r.CustomLimits {
		c.once(at("customLimits", i, ".limitDefinition"), l.LimitDefinition, limits)
		if l.Value == nil {
			c.fail(at("customLimits", i, ".value"), "is missing")
		}
		c.between(at("customLimits", i, ".value"), l.Value, NoMaximum, MaxLimit)
	}
	return c.err
}

// once is a name that must be there, and not twice.
func (c *check) once(field, name string, seen map[string]bool) {
	if name == "" {
		c.fail(field, "is missing")
	}
	if seen[name] && c.err == nil {
		c.err = &fault.Error{Kind: fault.Invalid, Code: fault.OrgDuplicate, Field: field, Message: fmt.Sprintf("%.40q is there twice", name)}
	}
	seen[name] = true
}

// end is a date that must be there.
func (c *check) end(field string, t Time, message string) {
	if t.IsZero() && c.err == nil {
		c.err = &fault.Error{Kind: fault.Invalid, Code: fault.OrgExpiryMissing, Field: field, Message: message}
	}
}
