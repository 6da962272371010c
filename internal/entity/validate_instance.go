package entity

import "strings"

func (c *check) kept(k *Kept) {
	if !k.Status.Valid() {
		c.fail("status", "must be %s, %s or %s", StatusActive, StatusDisabled, StatusDeleted)
	}
}

// title is a name that must be there, on one line and more than white space.
func (c *check) title(field, value string) {
	if strings.TrimSpace(value) == "" {
		c.fail(field, "is missing")
	}
	c.line(field, value, maxName)
}

// Validate judges a regulatory license.
func (l *RegulatoryLicense) Validate() error {
	var c check
	c.title("name", l.Name)
	c.title("version", l.Version)
	c.kept(&l.Kept)
	c.line("icon", l.Icon, maxText)
	c.text("groupScript", l.GroupScript, maxText)
	c.text("scoreScript", l.ScoreScript, maxText)
	return c.err
}

// Validate judges a score group.
func (g *ScoreGroup) Validate() error {
	var c check
	c.title("name", g.Name)
	c.line("title", g.Title, maxName)
	c.text("description", g.Description, maxDescription)
	c.kept(&g.Kept)
	return c.err
}

// Validate judges an instance.
func (i *LicenseInstance) Validate() error {
	var c check
	if !i.LicenseStatus.Valid() {
		c.fail("licenseStatus", "must be %s, %s or %s", LicensePending, LicenseLicenced, LicenseCanceled)
	}
	c.kept(&i.Kept)
	return c.err
}

// Validate judges a period.
func (m *LicenseInstanceMeta) Validate() error {
	var c check
	c.kept(&m.Kept)
	if !m.StartedAt.IsZero() && !m.ExpiredAt.IsZero() && m.StartedAt.Std().After(m.ExpiredAt.Std()) {
		c.fail("expiredAt", "must not be before startedAt")
	}
	return c.err
}

// Validate judges a project.
func (p *Project) Validate() error {
	var c check
	c.title("name", p.Name)
	c.kept(&p.Kept)
	for _, m := range []struct{ field, value string }{
		{"legalName", p.LegalName}, {"networkStatus", p.NetworkStatus}, {"coinGeckoId", p.CoinGeckoID}, {"type", p.Type},
	} {
		c.line(m.field, m.value, maxName)
	}
	c.text("description", p.Description, maxText)
	c.line("icon", p.Icon, maxText)
	c.line("website", p.Website, maxDescription)
	if n := len(p.Tags); n > maxTags {
		c.fail("tags", "has %d items, %d is the most", n, maxTags)
	}
	for i, tag := range p.Tags {
		c.line(at("tags", i, ""), tag, maxName)
	}
	if n := len(p.ViewTenantIDs); n > maxTags {
		c.fail("viewTenantIds", "has %d items, %d is the most", n, maxTags)
	}
	for i, id := range p.ViewTenantIDs {
		c.between(at("viewTenantIds", i, ""), &id, 0, maxID)
	}
	c.between("tenantId", p.TenantID, 0, maxID)
	return c.err
}

const maxID = 1<<63 - 1
