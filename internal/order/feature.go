package order

import (
	"strings"
	"time"

	"github.com/licet/licet/internal/entity"
)

const (
	maxFeatureName = 64
	maxFeatureText = 1024  // characters of options and comment
	maxDays        = 36500 // as in license templates
)

// featureOf judges the i-th feature of an order. What does not apply, such as a
// count of a local license, is passed over.
func featureOf(in *FeatureInput, i int, isNetwork bool) (entity.Feature, error) {
	f := featureCheck{i: i}
	terms := &entity.FeatureTerms{Enabled: in.Enabled == nil || *in.Enabled}
	name := f.name(in.Name)
	terms.Version = f.version(in.Version)
	terms.ExpirationType = f.kind("expiration_type", in.ExpirationType, entity.Fixed, entity.DaysFromActivation, entity.NoExpiration)
	if terms.ExpirationType == entity.Fixed {
		terms.ExpirationDate = f.date("expiration_date", "expiration_type", in.ExpirationDate)
	}
	terms.IssuedType = f.kind("issued_type", in.IssuedType, entity.Fixed, entity.NotIssued, entity.ActivationTime)
	if terms.IssuedType == entity.Fixed {
		terms.IssuedDate = f.date("issued_date", "issued_type", in.IssuedDate)
	}
	terms.Options = f.text("options", in.Options, maxFeatureText)
	terms.AdditionalSettings = f.text("additional_settings", in.AdditionalSettings, maxSettings)
	if terms.ExpirationType == entity.DaysFromActivation {
		terms.DaysFromActivation = f.number("days_from_activation", "expiration_type is days_from_activation", in.DaysFromActivation, maxDays)
	}
	if isNetwork {
		terms.Count = f.number("count", "license_type is network", in.Count, maxCount)
	}
	terms.MaintenanceType = f.kind("maintenance_type", in.MaintenanceType, entity.Fixed, entity.DaysFromActivation, entity.NoMaintenance)
	switch terms.MaintenanceType {
	case entity.Fixed:
		terms.MaintenanceDate = f.date("maintenance_date", "maintenance_type", in.MaintenanceDate)
	case entity.DaysFromActivation:
		terms.MaintenanceDays = f.number("maintenance_days_from_activation", "maintenance_type is days_from_activation", in.MaintenanceDays, maxDays)
	}
	terms.Comment = f.text("comment", in.Comment, maxFeatureText)
	return entity.Feature{Name: name, ExpireDate: entity.EndOfDay(terms.ExpirationDate), Terms: terms}, f.err
}

// featureCheck is check for the members of one feature.
type featureCheck struct {
	check
	i int
}

func (f *featureCheck) at(member string) string { return at("Features", f.i, member) }

func (f *featureCheck) name(value *string) string {
	name := f.needed(f.at("name"), value)
	f.featureName(f.at("name"), name)
	return name
}

func (c *check) featureName(member, name string) {
	const allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
	if len(name) > maxFeatureName || strings.Trim(name, allowed) != "" {
		c.bad(member, "must be 1 to %d letters, digits, _ and -", maxFeatureName)
	}
}

// version is major.minor, each from 0 to 9999.
func (f *featureCheck) version(value *string) string {
	version := f.needed(f.at("version"), value)
	major, minor, _ := strings.Cut(version, ".")
	for _, part := range []string{major, minor} {
		if part == "" || len(part) > 4 || strings.Trim(part, "0123456789") != "" {
			f.bad(f.at("version"), "must be major.minor, each from 0 to 9999, such as 1.0")
		}
	}
	return version
}

func (f *featureCheck) kind(member string, value *string, of ...string) string {
	if value == nil {
		f.bad(f.at(member), "is missing")
		return ""
	}
	return f.choice(f.at(member), *value, of...)
}

// date is one that the type fixed asks for.
func (f *featureCheck) date(member, because string, value *string) string {
	if value == nil || *value == "" {
		f.bad(f.at(member), "is needed where %s is fixed", because)
		return ""
	}
	day, err := time.Parse(time.DateOnly, *value)
	if err != nil || day.Year() < 1970 {
		f.bad(f.at(member), "%.40q is not a date such as 2026-01-31, from 1970 to 9999", *value)
	}
	return *value
}

func (f *featureCheck) number(member, because string, value *entity.Whole, most int64) *int64 {
	if value == nil {
		f.bad(f.at(member), "is needed where %s", because)
		return nil
	}
	var n int64
	f.check.number(f.at(member), value, 1, most, &n)
	return &n
}

func (f *featureCheck) text(member string, value *string, most int) *string {
	if value == nil {
		return nil
	}
	f.check.text(f.at(member), *value, most)
	return value
}
