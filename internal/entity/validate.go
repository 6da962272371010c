package entity

// The Validate methods judge what a caller sent by itself; what needs another
// row is for the services. Faults name the member relative to the entity.

// Validate judges a license.
func (l *License) Validate() error {
	var c check
	c.key("licenseId", l.LicenseID)
	c.key("userKey", l.UserKey)
	c.text("licenseType", l.LicenseType, maxName)
	c.text("description", l.Description, maxDescription)
	c.text("licenseeName", l.LicenseeName, maxName)
	c.text("licenseeCompany", l.LicenseeCompany, maxName)
	c.text("licenseeEmail", l.LicenseeEmail, maxName)
	c.text("meta", l.Meta, maxText)
	c.enums(l.Format, l.LicensingMode)
	c.between("maxAllowedSites", l.MaxAllowedSites, 0, maxSites)
	c.product(l.Product)
	if l.Licensee != nil {
		c.text("licensee.name", l.Licensee.Name, maxName)
		c.text("licensee.company", l.Licensee.Company, maxName)
		c.text("licensee.contactInfo", l.Licensee.ContactInfo, maxDescription)
		c.text("licensee.url", l.Licensee.URL, maxDescription)
	}
	c.contents(&l.Contents)
	return c.err
}

// Validate judges a template.
func (t *LicenseTemplate) Validate() error {
	var c check
	c.needed("name", t.Name, maxName)
	c.text("code", t.Code, maxName)
	c.text("licenseType", t.LicenseType, maxName)
	c.text("licenseFileName", t.LicenseFileName, maxName)
	c.text("userKey", t.UserKey, maxName)
	c.text("description", t.Description, maxDescription)
	c.enums(t.Format, t.LicensingMode)
	c.between("expireDays", t.ExpireDays, 0, maxDays)
	c.between("supportDays", t.SupportDays, 0, maxDays)
	c.product(t.Product)
	c.contents(&t.Contents)
	return c.err
}

// Validate judges a product.
func (p *Product) Validate() error {
	var c check
	c.needed("name", p.Name, maxName)
	c.text("code", p.Code, maxName)
	c.text("description", p.Description, maxDescription)
	c.text("url", p.URL, maxDescription)
	c.text("copyright", p.Copyright, maxDescription)
	c.text("image", p.Image, maxText)
	c.amount("price", p.Price)
	c.amount("resellerPrice", p.ResellerPrice)
	c.text("currency", p.Currency, maxName)
	c.text("meta", p.Meta, maxText)
	c.line("version", p.Version, maxName)
	return c.err
}

// Validate judges a resource.
func (r *Resource) Validate() error {
	var c check
	c.text("name", r.Name, maxName)
	c.text("type", r.Type, maxName)
	c.text("code", r.Code, maxName)
	c.text("description", r.Description, maxDescription)
	c.text("source", r.Source, maxDescription)
	c.text("data", r.Data, maxBlob)
	c.text("dataFormat", r.DataFormat, maxName)
	c.text("meta", r.Meta, maxText)
	return c.err
}

// Validate judges a user. Roles, keys and settings are for the services.
func (u *User) Validate() error {
	var c check
	c.needed("userName", u.UserName, maxName)
	c.key("userName", u.UserName)
	for _, m := range []struct{ field, value string }{
		{"email", u.Email}, {"phoneNumber", u.PhoneNumber}, {"title", u.Title}, {"firstName", u.FirstName},
		{"lastName", u.LastName}, {"department", u.Department}, {"postalCode", u.PostalCode}, {"region", u.Region},
		{"city", u.City}, {"country", u.Country}, {"countryCode", u.CountryCode}, {"mobile", u.Mobile},
	} {
		c.text(m.field, m.value, maxName)
	}
	c.text("address", u.Address, maxDescription)
	c.text("notes", u.Notes, maxText)
	c.text("image", u.Image, maxText)
	c.items("roles", len(u.Roles))
	return c.err
}

// Validate judges a user's setting.
func (s *UserSetting) Validate() error {
	var c check
	c.needed("name", s.Name, maxName)
	c.text("category", s.Category, maxName)
	c.text("group", s.Group, maxName)
	c.text("type", s.Type, maxName)
	c.text("description", s.Description, maxDescription)
	c.text("value", s.Value, maxText)
	return c.err
}

// Validate judges an API key.
func (k *APIKey) Validate() error {
	var c check
	c.text("name", k.Name, maxName)
	c.text("description", k.Description, maxDescription)
	if k.ClientSecret != nil {
		c.text("clientSecret", *k.ClientSecret, maxName)
	}
	if k.Permissions < 0 || k.Permissions > AllPermissions {
		c.fail("permissions", "must be a sum of 1 (read), 2 (write), 4 (delete) and 8 (create)")
	}
	return c.err
}

// Validate judges what a caller may say of a token.
func (t *LicenseToken) Validate() error {
	var c check
	c.text("address", t.Address, maxName)
	return c.err
}
