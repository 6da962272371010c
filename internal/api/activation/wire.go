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

// path is where a license, or what is to become one, is read in a room.
func (v version) path(room string, g *order.Generated) string {
	return v.base + "/" + room + "/" + url.PathEscape(g.Key) + "/" + segment(g.HostIDs)
}

func (v version) orderPath(key string) string {
	return v.base + "/" + orders + "/" + url.PathEscape(key)
}

// segment is HostIDs in a path. No HostIDs cannot stand there: an empty Not
// Locked, which names no host, stands for them.
func segment(ids []hostid.HostID) string {
	if text := hostid.Format(ids); text != "" {
		return text
	}
	none, _ := hostid.New("hostids", hostid.NotLocked, "") // which is always one
	return hostid.Format([]hostid.HostID{none})
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

func (v version) showQueued(g *order.Generated) *queueAnswer {
	return &queueAnswer{
		CreationTime: stamp(g.Requested), Expiration: stamp(g.Expiration), MaintenanceEnd: stamp(g.MaintenanceEnd),
		HostIDs: hostIDsOf(g), Links: selfLink{link{v.path(queue, g)}},
	}
}

func (v version) showLicense(g *order.Generated) *licenseAnswer {
	return &licenseAnswer{
		Key: g.Key, Time: stamp(g.Time), Expiration: stamp(g.Expiration), MaintenanceEnd: stamp(g.MaintenanceEnd),
		HostIDs: hostIDsOf(g), Content: g.Content, Filename: g.Filename,
		Links: licenseLinks{link{v.path(licenses, g)}, link{v.orderPath(g.Key)}},
	}
}

func (v version) showErrors(g *order.Generated) *errorsAnswer {
	a := &errorsAnswer{Errors: []errorShown{}, Links: selfLink{link{v.path(failures, g)}}}
	for _, e := range g.Errors {
		a.Errors = append(a.Errors, errorShown{e.Message, stamp(e.Time)})
	}
	return a
}

func hostIDsOf(g *order.Generated) []hostIDShown {
	all := make([]hostIDShown, len(g.HostIDs))
	for i, id := range g.HostIDs {
		all[i] = hostIDShown{id.Type(), id.Type().Name(), id.Value()}
	}
	return all
}
