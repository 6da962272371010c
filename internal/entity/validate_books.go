package entity

// Validate judges a customer and its contacts.
func (c *Customer) Validate() error {
	var k check
	k.line("title", c.Title, maxName)
	k.line("firstName", c.FirstName, maxName)
	k.line("lastName", c.LastName, maxName)
	k.line("company", c.Company, maxName)
	k.line("code", c.Code, maxName)
	k.line("vatCode", c.VATCode, maxName)
	k.line("invoiceCode", c.InvoiceCode, maxName)
	k.between("rating", &c.Rating, 0, maxCount)
	k.text("address", c.Address, maxDescription)
	k.text("address1", c.Address1, maxDescription)
	k.text("address2", c.Address2, maxDescription)
	k.line("postalCode", c.PostalCode, maxName)
	k.line("region", c.Region, maxName)
	k.line("city", c.City, maxName)
	k.line("country", c.Country, maxName)
	k.line("countryCode", c.CountryCode, maxName)
	k.line("mapCoordinates", c.MapCoordinates, maxName)
	k.amount("mapZoomLevel", c.MapZoomLevel)
	k.line("email", c.Email, maxName)
	k.line("phone", c.Phone, maxName)
	k.line("mobile", c.Mobile, maxName)
	k.line("fax", c.Fax, maxName)
	k.line("website", c.Website, maxDescription)
	k.text("notes", c.Notes, maxText)
	k.text("image", c.Image, maxText)
	k.text("meta", c.Meta, maxText)
	if n := len(c.Contacts); n > maxContacts {
		k.fail("contacts", "has %d items, %d is the most", n, maxContacts)
	}
	for i := range c.Contacts {
		k.contact(func(member string) string { return at("contacts", i, "."+member) }, &c.Contacts[i])
	}
	k.tags(c.CustomTags)
	return k.err
}

// Validate judges a contact.
func (c *Contact) Validate() error {
	var k check
	k.contact(func(member string) string { return member }, c)
	return k.err
}

// contact judges a contact whose members path names.
func (c *check) contact(path func(member string) string, v *Contact) {
	c.line(path("title"), v.Title, maxName)
	c.line(path("firstName"), v.FirstName, maxName)
	c.line(path("lastName"), v.LastName, maxName)
	c.line(path("name"), v.Name, maxName)
	c.line(path("email"), v.Email, maxName)
	c.line(path("phone"), v.Phone, maxName)
	c.line(path("mobile"), v.Mobile, maxName)
	c.line(path("fax"), v.Fax, maxName)
	c.text(path("details"), v.Details, maxDescription)
	c.text(path("meta"), v.Meta, maxText)
}

// tags judges custom tags; names are unique.
func (c *check) tags(tags []CustomTag) {
	if n := len(tags); n > maxTags {
		c.fail("CustomTags", "has %d items, %d is the most", n, maxTags)
	}
	seen := map[string]bool{}
	for i, t := range tags {
		name := at("CustomTags", i, ".tag_name")
		c.needed(name, t.Name, maxName)
		c.line(name, t.Name, maxName)
		c.text(at("CustomTags", i, ".value"), t.Value, maxDescription)
		if seen[t.Name] {
			c.fail(name, "is there twice")
		}
		seen[t.Name] = true
	}
}

// Validate judges an order.
func (o *Order) Validate() error {
	var c check
	c.line("orderNumber", o.OrderNumber, maxName)
	c.line("status", o.Status, maxName)
	c.line("processedBy", o.ProcessedBy, maxName)
	c.line("purchaseOrder", o.PurchaseOrder, maxName)
	c.amount("total", o.Total)
	c.line("currency", o.Currency, maxName)
	c.line("invoiceNumber", o.InvoiceNumber, maxName)
	c.line("paymentType", o.PaymentType, maxName)
	c.line("paymentNumber", o.PaymentNumber, maxName)
	c.line("paymentStatus", o.PaymentStatus, maxName)
	c.text("description", o.Description, maxDescription)
	return c.err
}

// Validate judges a product on an order.
func (o *ProductOrder) Validate() error {
	var c check
	c.between("quantity", &o.Quantity, 0, maxCount)
	c.amount("unitPrice", o.UnitPrice)
	c.amount("discount", o.Discount)
	c.amount("taxes", o.Taxes)
	c.text("description", o.Description, maxDescription)
	return c.err
}

// Validate judges a release.
func (r *Release) Validate() error {
	var c check
	c.line("name", r.Name, maxName)
	c.line("version", r.Version, maxName)
	c.text("description", r.Description, maxDescription)
	return c.err
}

// Validate judges an assembly.
func (a *Assembly) Validate() error {
	var c check
	c.line("name", a.Name, maxName)
	c.line("version", a.Version, maxName)
	c.line("culture", a.Culture, maxName)
	c.line("publicKeyToken", a.PublicKeyToken, maxName)
	c.text("debugSymbolsKey", a.DebugSymbolsKey, maxDescription)
	return c.err
}
