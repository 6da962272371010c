package issuing

import (
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
)

// claimed clears what only the server may say, and the relations: a caller
// writes the …Id, not the object.
func claimed(lic entity.License) entity.License {
	lic.ID, lic.ParentID, lic.Revision = 0, nil, 0
	lic.LicenseKey, lic.Hash = "", ""
	lic.CreatedAt, lic.UpdatedAt = entity.Time{}, entity.Time{}
	lic.Order, lic.Customer, lic.Template = nil, nil, nil
	lic.TemplateID, lic.SignatureKeysID = entity.OrNone(lic.TemplateID), entity.OrNone(lic.SignatureKeysID)
	lic.CustomerID, lic.OrderID = entity.OrNone(lic.CustomerID), entity.OrNone(lic.OrderID)
	return lic
}

// complete fills what was not sent: from the template where there is one, or
// else with the server's defaults.
func complete(lic *entity.License, sent entity.Members, o origin, now time.Time) error {
	if lic.IssueDate.IsZero() {
		lic.IssueDate = entity.TimeOf(now)
	}
	tpl := o.template
	if tpl == nil {
		tpl = &entity.LicenseTemplate{Format: entity.FormatJWS, LicensingMode: entity.File}
	}
	// A date that was sent as unset (year 1, "") is absent too.
	unset := map[string]bool{"expireDate": lic.ExpireDate.IsZero(), "supportExpireDate": lic.SupportExpireDate.IsZero()}
	for _, m := range []struct {
		name string
		fill func()
	}{
		{"licenseType", func() { lic.LicenseType = tpl.LicenseType }},
		{"format", func() { lic.Format = tpl.Format }},
		{"licensingMode", func() { lic.LicensingMode = tpl.LicensingMode }},
		{"expireDate", func() { lic.ExpireDate = daysAfter(lic.IssueDate, tpl.ExpireDays) }},
		{"supportExpireDate", func() { lic.SupportExpireDate = daysAfter(lic.IssueDate, tpl.SupportDays) }},
		{"product", func() { lic.Product = tpl.Product }},
		{"components", func() { lic.Components = tpl.Components }},
		{"assemblies", func() { lic.Assemblies = tpl.Assemblies }},
		{"fields", func() { lic.Fields = tpl.Fields }},
		{"features", func() { lic.Features = tpl.Features }},
		{"restrictions", func() { lic.Restrictions = tpl.Restrictions }},
	} {
		if !sent.Has(m.name) || unset[m.name] {
			m.fill()
		}
	}
	lic.Product = snapshot(lic.Product, o.product)
	return checkYears(lic)
}

// daysAfter is a moment so many days after another; none for no days.
func daysAfter(t entity.Time, days *int64) entity.Time {
	if days == nil {
		return entity.Time{}
	}
	return entity.TimeOf(t.Std().AddDate(0, 0, int(*days)))
}

// checkYears refuses dates that RFC 3339 cannot write.
func checkYears(lic *entity.License) error {
	const lastYear = 9999
	if lic.ExpireDate.Std().Year() > lastYear {
		return fault.Bad("expireDate", "the template's expireDays lead beyond the year %d", lastYear)
	}
	if lic.SupportExpireDate.Std().Year() > lastYear {
		return fault.Bad("supportExpireDate", "the template's supportDays lead beyond the year %d", lastYear)
	}
	return nil
}
