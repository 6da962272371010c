package order

import (
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
)

// Input is an order as a caller sent it; what is nil was not sent, or null.
type Input struct {
	CustomerID *entity.Whole `json:"customer_id"`
	TemplateID *entity.Whole `json:"product_template_id"`
	Terms
	Enabled             *bool   `json:"enabled"`
	SettingsDescription *string `json:"settings_description"`
	Removal             *bool   `json:"removal"`
}

// Terms are what a caller says of an order or of a template for orders.
type Terms struct {
	LicenseType          *string         `json:"license_type"`
	LicenseeType         *string         `json:"licensee_type"`
	Licensee             *string         `json:"licensee"`
	MatchRate            *entity.Whole   `json:"hostid_match_rate"`
	MinHostIDs           *entity.Whole   `json:"min_hostids"`
	ActivationsAllowed   *entity.Whole   `json:"activations_allowed"`
	Description          *string         `json:"description"`
	DeactivationsAllowed *entity.Whole   `json:"deactivations_allowed"`
	HostIDs              *[]HostIDInput  `json:"Hostids"`
	Features             *[]FeatureInput `json:"Features"`
}

// HostIDInput is a HostID type of an order, as it was sent.
type HostIDInput struct {
	Name *string       `json:"name"`
	Min  *entity.Whole `json:"min_amount"`
	Max  *entity.Whole `json:"max_amount"`
}

// FeatureInput is a feature of an order, as it was sent.
type FeatureInput struct {
	Name               *string       `json:"name"`
	Version            *string       `json:"version"`
	ExpirationType     *string       `json:"expiration_type"`
	ExpirationDate     *string       `json:"expiration_date"`
	IssuedType         *string       `json:"issued_type"`
	IssuedDate         *string       `json:"issued_date"`
	Options            *string       `json:"options"`
	AdditionalSettings *string       `json:"additional_settings"`
	Enabled            *bool         `json:"enabled"`
	DaysFromActivation *entity.Whole `json:"days_from_activation"`
	Count              *entity.Whole `json:"count"`
	MaintenanceType    *string       `json:"maintenance_type"`
	MaintenanceDate    *string       `json:"maintenance_date"`
	MaintenanceDays    *entity.Whole `json:"maintenance_days_from_activation"`
	Comment            *string       `json:"comment"`
}

// TemplateInput is a product template as it was sent. What it leaves out is that
// of a Default template.
type TemplateInput struct {
	Name            *string `json:"name"`
	LicenseFilename *string `json:"license_filename"`
	Terms
}

// complete wants all that a new order must say.
func (in *Input) complete() error {
	for _, m := range []struct {
		name  string
		given bool
	}{
		{"customer_id", in.CustomerID != nil}, {"product_template_id", in.TemplateID != nil},
		{"license_type", in.LicenseType != nil}, {"licensee_type", in.LicenseeType != nil},
		{"hostid_match_rate", in.MatchRate != nil}, {"min_hostids", in.MinHostIDs != nil},
		{"activations_allowed", in.ActivationsAllowed != nil}, {"enabled", in.Enabled != nil},
		{"removal", in.Removal != nil}, {"Hostids", in.HostIDs != nil}, {"Features", in.Features != nil},
	} {
		if !m.given {
			return fault.Bad(m.name, "is missing")
		}
	}
	return nil
}

// Sent names the members that were sent, for the audit.
func (in *Input) Sent() string {
	names := ""
	for _, m := range []struct {
		name  string
		given bool
	}{
		{"customer_id", in.CustomerID != nil}, {"product_template_id", in.TemplateID != nil},
		{"license_type", in.LicenseType != nil}, {"licensee_type", in.LicenseeType != nil}, {"licensee", in.Licensee != nil},
		{"hostid_match_rate", in.MatchRate != nil}, {"min_hostids", in.MinHostIDs != nil},
		{"activations_allowed", in.ActivationsAllowed != nil}, {"deactivations_allowed", in.DeactivationsAllowed != nil},
		{"enabled", in.Enabled != nil}, {"description", in.Description != nil}, {"settings_description", in.SettingsDescription != nil},
		{"removal", in.Removal != nil}, {"Hostids", in.HostIDs != nil}, {"Features", in.Features != nil},
	} {
		if m.given {
			names += " " + m.name
		}
	}
	return names
}

func at(list string, i int, member string) string { return fmt.Sprintf("%s[%d].%s", list, i, member) }
