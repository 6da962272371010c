package activation

import (
	"net/url"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/hostid"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/order"
)

// stamp is a moment as 2026-01-31T12:00:00+00:00, or null.
func stamp(t entity.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := t.Std().Format("2006-01-02T15:04:05+00:00") // it is UTC
	return &text
}

// link is a link of HAL.
type link struct {
	Href string `json:"href"`
}

type selfLink struct {
	Self link `json:"self"`
}

// orderAnswer is what an order allows.
type orderAnswer struct {
	Key          string         `json:"activationKey"`
	Customer     *customerShown `json:"customer"`
	Product      *productShown  `json:"product"`
	LicenseType  string         `json:"licenseType"`
	CreationTime *string        `json:"creationTime"`
	Activated    int64          `json:"activatedLicenses"`
	BulkMax      int64          `json:"bulkMax"`
	HostID       hostIDRules    `json:"hostid"`
	Links        selfLink       `json:"_links"`
}

type customerShown struct {
	Name string `json:"name"`
}

type productShown struct {
	Name      string `json:"name"`
	Version   string `json:"version"`
	Template  string `json:"template"`
	Generator string `json:"licenseGeneratorType"`
}

type hostIDRules struct {
	Types []hostIDRule `json:"types"`
	Min   int64        `json:"min"`
}

type hostIDRule struct {
	Raw  hostid.Type `json:"nameRaw"`
	Name string      `json:"name"`
	Min  int         `json:"min"`
	Max  int         `json:"max"`
}

type hostIDShown struct {
	Raw   hostid.Type `json:"nameRaw"`
	Name  string      `json:"name"`
	Value string      `json:"value"`
}

// queueAnswer is a license that is being generated; or it leads to what came of
// it.
type queueAnswer struct {
	httpx.Bare
	CreationTime   *string       `json:"creationTime"`
	Expiration     *string       `json:"expirationDate"`
	MaintenanceEnd *string       `json:"maintenanceEndDate"`
	HostIDs        []hostIDShown `json:"hostids"`
	Links          selfLink      `json:"_links"`
}

type licenseAnswer struct {
	Key            string        `json:"activationKey"`
	Time           *string       `json:"activationTime"`
	Expiration     *string       `json:"expirationDate"`
	MaintenanceEnd *string       `json:"maintenanceEndDate"`
	HostIDs        []hostIDShown `json:"hostids"`
	Content        string        `json:"content"`
	Filename       string        `json:"filename"`
	Links          licenseLinks  `json:"_links"`
}

type licenseLinks struct {
	Self  link `json:"self"`
	Order link `json:"license-order"`
}

type errorsAnswer struct {
	Errors []errorShown `json:"errors"`
	Links  selfLink     `json:"_links"`
}

type errorShown struct {
	Message      string  `json:"message"`
	CreationTime *string `json:"creationTime"`
}

// statesAnswer has a member for each state that was asked for.
type statesAnswer struct {
	Links    httpx.Object `json:"_links"`
	Embedded httpx.Object `json:"_embedded"`
}

type removalAnswer struct {
	Removal bool `json:"removal"`
}

// asked is what came of a request, and the HostIDs by which it was asked for.
type asked struct {
	*order.Generated
	by []hostid.HostID // none: it is one of a list
}

// path is where a license, or what is to become one, is read in a room. One that
// an application activated under a name of its own has no HostIDs, and so no
// place but the list.
func (v version) path(room string, g asked) string {
	ids := g.HostIDs
	if len(ids) == 0 {
		ids = g.by
	}
	if len(ids) == 0 {
		return v.base + "/" + licenses + "/" + url.PathEscape(g.Key) + "?state=" + string(g.State)
	}
	return v.base + "/" + room + "/" + url.PathEscape(g.Key) + "/" + hostid.Format(ids)
}

func (v version) orderPath(key string) string {
	return v.base + "/" + orders + "/" + url.PathEscape(key)
}

func (v version) showOrder(o *entity.LicenseOrder, p *entity.Product) *orderAnswer {
	l := o.License
	a := &orderAnswer{
		Key: l.UserKey, LicenseType: "local", CreationTime: stamp(l.CreatedAt), Activated: o.Activated, BulkMax: o.ActivationsAllowed,
		HostID: hostIDRules{Types: []hostIDRule{}, Min: o.MinHostIDs}, Links: selfLink{link{v.orderPath(l.UserKey)}},
	}
	if o.IsNetwork() {
		a.LicenseType = "network"
	}
	if l.Customer != nil {
		a.Customer = &customerShown{l.Customer.ShownName()}
	}
	if p != nil {
		a.Product = &productShown{Name: p.Name, Version: p.Version, Template: l.Template.Name, Generator: string(order.GeneratorOf(p))}
	}
	for _, r := range o.HostIDs {
		t := hostid.Type(r.Type)
		a.HostID.Types = append(a.HostID.Types, hostIDRule{Raw: t, Name: t.Name(), Min: r.Min, Max: r.Max})
	}
	return a
}

func (v version) showQueued(g asked) *queueAnswer {
	return &queueAnswer{
		CreationTime: stamp(g.Requested), Expiration: stamp(g.Expiration), MaintenanceEnd: stamp(g.MaintenanceEnd),
		HostIDs: hostIDsOf(g), Links: selfLink{link{v.path(queue, g)}},
	}
}

func (v version) showLicense(g asked) *licenseAnswer {
	return &licenseAnswer{
		Key: g.Key, Time: stamp(g.Time), Expiration: stamp(g.Expiration), MaintenanceEnd: stamp(g.MaintenanceEnd),
		HostIDs: hostIDsOf(g), Content: g.Content, Filename: g.Filename,
		Links: licenseLinks{link{v.path(licenses, g)}, link{v.orderPath(g.Key)}},
	}
}

func (v version) showErrors(g asked) *errorsAnswer {
	a := &errorsAnswer{Errors: []errorShown{}, Links: selfLink{link{v.path(failures, g)}}}
	for _, e := range g.Errors {
		a.Errors = append(a.Errors, errorShown{e.Message, stamp(e.Time)})
	}
	return a
}

func hostIDsOf(g asked) []hostIDShown {
	all := make([]hostIDShown, len(g.HostIDs))
	for i, id := range g.HostIDs {
		all[i] = hostIDShown{id.Type(), id.Type().Name(), id.Value()}
	}
	return all
}
