package orders

import (
	"strconv"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/hostid"
	"github.com/licet/licet/internal/order"
)

// digits is a number that is answered as text.
func digits(n int64) string { return strconv.FormatInt(n, 10) }

// digitsOr is digits, or null.
func digitsOr(n *int64) *string {
	if n == nil {
		return nil
	}
	text := digits(*n)
	return &text
}

// stamp is a moment as YYYY-MM-DD HH:MM:SS in UTC, or null.
func stamp(t entity.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := t.Std().Format(time.DateTime)
	return &text
}

// orNull is a text, or null where it is empty.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// orderAnswer is a license order, its members in the order of the page.
type orderAnswer struct {
	Customer             *orderCustomer  `json:"customer"`
	Template             *templateRef    `json:"product_template"`
	Key                  string          `json:"activation_key"`
	CreationTime         *string         `json:"creation_time"`
	LicenseType          string          `json:"license_type"`
	LicenseeType         string          `json:"licensee_type"`
	Licensee             *string         `json:"licensee"`
	MatchRate            string          `json:"hostid_match_rate"`
	MinHostIDs           string          `json:"min_hostids"`
	ActivationsAllowed   string          `json:"activations_allowed"`
	Activated            int64           `json:"activated_licenses_count"`
	Enabled              bool            `json:"enabled"`
	Description          string          `json:"description"`
	SettingsDescription  string          `json:"settings_description"`
	Removal              bool            `json:"removal"`
	RemovalRequested     *string         `json:"removal_request_time"`
	RemovalConfirmed     *string         `json:"removal_confirmation_time"`
	DeactivationsAllowed string          `json:"deactivations_allowed"`
	DeactivationsLeft    int64           `json:"deactivations_left"`
	HostIDs              []hostIDAnswer  `json:"Hostids"`
	Features             []featureAnswer `json:"Features"`
}

// orderCustomer is the customer inside an order: without ids and times.
type orderCustomer struct {
	Name        string         `json:"name"`
	Description string         `json:"description"`
	PhoneNumber string         `json:"phone_number"`
	FaxNumber   string         `json:"fax_number"`
	Street      string         `json:"street"`
	City        string         `json:"city"`
	Country     string         `json:"country"`
	ZipCode     string         `json:"zip_code"`
	State       string         `json:"state"`
	Contacts    []orderContact `json:"Contacts"`
	CustomTags  []orderTag     `json:"CustomTags"`
}

type orderContact struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

type orderTag struct {
	Name  string `json:"tag_name"`
	Value string `json:"value"`
}

type templateRef struct {
	ID        string  `json:"id"`
	Name      string  `json:"name"`
	ProductID *string `json:"product_id"`
}

type hostIDAnswer struct {
	Name string `json:"name"`
	Min  string `json:"min_amount"`
	Max  string `json:"max_amount"`
}

type featureAnswer struct {
	Name               string  `json:"name"`
	Version            string  `json:"version"`
	ExpirationType     string  `json:"expiration_type"`
	ExpirationDate     *string `json:"expiration_date"`
	IssuedType         string  `json:"issued_type"`
	IssuedDate         *string `json:"issued_date"`
	Options            *string `json:"options"`
	AdditionalSettings *string `json:"additional_settings"`
	Enabled            bool    `json:"enabled"`
	DaysFromActivation *string `json:"days_from_activation"`
	Count              *string `json:"count"`
	MaintenanceType    string  `json:"maintenance_type"`
	MaintenanceDate    *string `json:"maintenance_date"`
	MaintenanceDays    *string `json:"maintenance_days_from_activation"`
	Comment            *string `json:"comment"`
}

func showOrder(o *entity.LicenseOrder) orderAnswer {
	l := o.License
	a := orderAnswer{
		Key: l.UserKey, CreationTime: stamp(l.CreatedAt), LicenseType: order.TypeOf(l.LicensingMode), LicenseeType: o.LicenseeType,
		Licensee: orNull(o.LicenseeName()), MatchRate: digits(o.MatchRate), MinHostIDs: digits(o.MinHostIDs),
		ActivationsAllowed: digits(o.ActivationsAllowed), Activated: o.Activated, Enabled: !l.Revoked, Description: l.Description,
		SettingsDescription: o.SettingsDescription, Removal: o.Removal, RemovalRequested: stamp(o.RemovalRequestTime),
		RemovalConfirmed: stamp(o.RemovalConfirmationTime), DeactivationsAllowed: digits(o.DeactivationsAllowed),
		DeactivationsLeft: max(0, o.DeactivationsAllowed-o.DeactivationsUsed), HostIDs: showHostIDs(o.HostIDs), Features: showFeatures(l.Features),
	}
	if l.Template != nil {
		ref := refTo(l.Template)
		a.Template = &ref
	}
	if l.Customer != nil {
		c := inOrder(l.Customer)
		a.Customer = &c
	}
	return a
}

func refTo(t *entity.LicenseTemplate) templateRef {
	return templateRef{ID: digits(t.ID), Name: t.Name, ProductID: digitsOr(t.ProductID)}
}

func inOrder(c *entity.Customer) orderCustomer {
	a := orderCustomer{
		Name: c.ShownName(), Description: c.Notes, PhoneNumber: c.Phone, FaxNumber: c.Fax, Street: c.Address, City: c.City,
		Country: c.Country, ZipCode: c.PostalCode, State: c.Region, Contacts: []orderContact{}, CustomTags: []orderTag{},
	}
	for i := range c.Contacts {
		a.Contacts = append(a.Contacts, orderContact{c.Contacts[i].ShownName(), c.Contacts[i].Email})
	}
	for _, t := range c.CustomTags {
		a.CustomTags = append(a.CustomTags, orderTag{t.Name, t.Value})
	}
	return a
}

func showHostIDs(rules []entity.HostIDRule) []hostIDAnswer {
	all := make([]hostIDAnswer, len(rules))
	for i, r := range rules {
		all[i] = hostIDAnswer{hostid.Type(r.Type).Name(), strconv.Itoa(r.Min), strconv.Itoa(r.Max)}
	}
	return all
}

func showFeatures(features entity.FeatureList) []featureAnswer {
	all := make([]featureAnswer, len(features))
	for i := range features {
		t := features[i].OrderTerms()
		all[i] = featureAnswer{
			Name: features[i].Name, Version: t.Version, ExpirationType: t.ExpirationType, ExpirationDate: orNull(t.ExpirationDate),
			IssuedType: t.IssuedType, IssuedDate: orNull(t.IssuedDate), Options: t.Options, AdditionalSettings: t.AdditionalSettings,
			Enabled: t.Enabled, DaysFromActivation: digitsOr(t.DaysFromActivation), Count: digitsOr(t.Count), MaintenanceType: t.MaintenanceType,
			MaintenanceDate: orNull(t.MaintenanceDate), MaintenanceDays: digitsOr(t.MaintenanceDays), Comment: t.Comment,
		}
	}
	return all
}

// customerAnswer is a customer at /customers.
type customerAnswer struct {
	ID           string          `json:"id"`
	Name         string          `json:"name"`
	Description  string          `json:"description"`
	PhoneNumber  string          `json:"phone_number"`
	FaxNumber    string          `json:"fax_number"`
	Street       string          `json:"street"`
	City         string          `json:"city"`
	Country      string          `json:"country"`
	ZipCode      string          `json:"zip_code"`
	State        string          `json:"state"`
	CreationTime *string         `json:"creation_time"`
	UpdateTime   *string         `json:"update_time"`
	Contacts     []contactAnswer `json:"Contacts"`
	CustomTags   []tagAnswer     `json:"CustomTags"`
}

type contactAnswer struct {
	ID           string  `json:"id"`
	CustomerID   string  `json:"customer_id"`
	Name         string  `json:"name"`
	Email        string  `json:"email"`
	CreationTime *string `json:"creation_time"`
	UpdateTime   *string `json:"update_time"`
}

type tagAnswer struct {
	Name         string  `json:"tag_name"`
	Value        string  `json:"value"`
	CreationTime *string `json:"creation_time"`
	UpdateTime   *string `json:"update_time"`
}

func showCustomer(c *entity.Customer) customerAnswer {
	a := customerAnswer{
		ID: digits(c.ID), Name: c.ShownName(), Description: c.Notes, PhoneNumber: c.Phone, FaxNumber: c.Fax, Street: c.Address, City: c.City,
		Country: c.Country, ZipCode: c.PostalCode, State: c.Region, CreationTime: stamp(c.CreatedAt), UpdateTime: stamp(c.UpdatedAt),
		Contacts: []contactAnswer{}, CustomTags: []tagAnswer{},
	}
	for i := range c.Contacts {
		k := &c.Contacts[i]
		a.Contacts = append(a.Contacts, contactAnswer{digits(k.ID), digits(k.CustomerID), k.ShownName(), k.Email, stamp(k.CreatedAt), stamp(k.UpdatedAt)})
	}
	for _, t := range c.CustomTags {
		a.CustomTags = append(a.CustomTags, tagAnswer{t.Name, t.Value, stamp(t.CreatedAt), stamp(t.UpdatedAt)})
	}
	return a
}

// productAnswer is a product at /products.
type productAnswer struct {
	ID          string           `json:"id"`
	Name        string           `json:"name"`
	Version     string           `json:"version"`
	Description string           `json:"description"`
	Generator   *generatorAnswer `json:"LicenseGenerator"`
	Templates   []templateRef    `json:"ProductTemplates"`
}

type generatorAnswer struct {
	ID                 string `json:"id"`
	LicenseManager     string `json:"license_manager"`
	Name               string `json:"name"`
	Platform           string `json:"platform"`
	OptionalParameters string `json:"optional_parameters"`
	Description        string `json:"description"`
}

func showProduct(p *order.Product) productAnswer {
	a := productAnswer{ID: digits(p.ID), Name: p.Name, Version: p.Version, Description: p.Description, Templates: []templateRef{}}
	if order.HasGenerator(&p.Product) {
		a.Generator = &generatorAnswer{
			ID: digits(order.BuiltInGenerator), LicenseManager: string(hostid.LMX), Name: "licet", Platform: "any", Description: "built into the server",
		}
	}
	for i := range p.Templates {
		a.Templates = append(a.Templates, refTo(&p.Templates[i]))
	}
	return a
}

// templateAnswer is a template of a product.
type templateAnswer struct {
	templateRef
	LicenseFilename      string          `json:"license_filename"`
	LicenseType          string          `json:"license_type"`
	LicenseeType         string          `json:"licensee_type"`
	Licensee             *string         `json:"licensee"`
	ActivationsAllowed   string          `json:"activations_allowed"`
	DeactivationsAllowed string          `json:"deactivations_allowed"`
	Description          string          `json:"description"`
	MatchRate            string          `json:"hostid_match_rate"`
	MinHostIDs           string          `json:"min_hostids"`
	HostIDs              []hostIDAnswer  `json:"Hostids"`
	Features             []featureAnswer `json:"Features"`
}

func showTemplate(t *entity.LicenseTemplate) templateAnswer {
	terms := order.TermsOf(t)
	return templateAnswer{
		templateRef: refTo(t), LicenseFilename: order.FilenamePattern(t), LicenseType: order.TypeOf(t.LicensingMode),
		LicenseeType: terms.LicenseeType, Licensee: orNull(terms.Licensee), ActivationsAllowed: digits(terms.ActivationsAllowed),
		DeactivationsAllowed: digits(terms.DeactivationsAllowed), Description: t.Description, MatchRate: digits(terms.MatchRate),
		MinHostIDs: digits(terms.MinHostIDs), HostIDs: showHostIDs(terms.HostIDs), Features: showFeatures(t.Features),
	}
}

// licenseAnswer is an active license of an order.
type licenseAnswer struct {
	ID             string        `json:"id"`
	Key            string        `json:"activation_key"`
	ActivationTime *string       `json:"activation_time"`
	ExpirationDate *string       `json:"expiration_date"`
	MaintenanceEnd *string       `json:"maintenance_end_date"`
	HostIDs        []boundHostID `json:"Hostids"`
	Content        string        `json:"content"`
	Filename       string        `json:"filename"`
}

type boundHostID struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func showLicense(v *order.Activation) licenseAnswer {
	a := licenseAnswer{
		ID: digits(v.ID), Key: v.Key, ActivationTime: stamp(v.Time), ExpirationDate: orNull(v.Expiration.Date()),
		MaintenanceEnd: orNull(v.MaintenanceEnd.Date()), HostIDs: []boundHostID{}, Content: v.Content, Filename: v.Filename,
	}
	for _, id := range v.HostIDs {
		a.HostIDs = append(a.HostIDs, boundHostID{id.Type().Name(), id.Value()})
	}
	return a
}

// countersAnswer is the account's pool of activations.
type countersAnswer struct {
	Subscriptions []subscriptionAnswer `json:"ActivationSubscriptions"`
	Left          string               `json:"one_time_activations_left_count"`
	Expires       *string              `json:"one_time_activations_expiration_date"`
}

type subscriptionAnswer struct {
	Start     string  `json:"start_date"`
	Expires   string  `json:"expiration_date"`
	NextReset *string `json:"next_reset_date"` // null: held activations count, nothing is reset
	Left      string  `json:"activations_left_count"`
	Default   string  `json:"default_count"`
}

func showCounters(c *order.Counters) countersAnswer {
	const lastSecond = " 23:59:59"
	a := countersAnswer{Subscriptions: []subscriptionAnswer{}, Left: digits(c.Left)}
	if c.ActivationsExpire != "" {
		a.Expires = orNull(c.ActivationsExpire + lastSecond)
	}
	if s := c.Orders; s.SubscriptionActivations > 0 {
		a.Subscriptions = append(a.Subscriptions, subscriptionAnswer{
			Start: s.SubscriptionStart + " 00:00:00", Expires: s.SubscriptionEnd + lastSecond,
			Left: digits(c.SubscriptionLeft), Default: strconv.Itoa(s.SubscriptionActivations),
		})
	}
	return a
}
