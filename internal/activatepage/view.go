package activatepage

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/hostid"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/order"
)

// view is what the page shows.
type view struct {
	Title    string
	Focus    string // the id of what gets the focus
	Key      string
	KeyError string // beside the field of the key
	Problem  string // of something else than a field
	Notice   string // something was done

	Order      *orderView // nil: only the key is asked for
	Fields     []field
	FieldError string // of all fields together
	Needed     int64  // HostIDs of all types together; 0: no more than the fields say
	Unlocked   bool   // the license is tied to nothing

	License *item // to be read and saved
	Failed  *item
	Waiting *item
	Items   []item
	More    int // that are not listed

	status int
	retry  int64 // seconds
}

type orderView struct {
	Product   string
	Customer  string
	Network   bool
	Used, All int64
	Left      int64 // deactivations
	Free      bool  // an activation
}

// item is a license, or what is to become one.
type item struct {
	ID          string // in the page
	HostIDs     []hostID
	Segment     string // for the forms; "" where it has no HostIDs to name it by
	Time        entity.Time
	Expiration  entity.Time
	Maintenance entity.Time
	Filename    string
	Content     string
	InProgress  bool
	Errors      []string
}

type hostID struct{ Type, Value string }

// most is how many licenses are listed, the latest.
const most = 100

// fault is an error in words, and its status. What is ours to mend is not told.
func (v *view) fault(err error) string {
	f := fault.Of(err)
	if f == nil || f.Kind == fault.Internal {
		v.status = http.StatusInternalServerError
		return "Something went wrong on the server. Try again in a moment."
	}
	v.status, v.retry = httpx.StatusOf(f.Kind), httpx.RetrySeconds(f.Retry)
	switch f.Code {
	case fault.ActivationKeyInvalid:
		return "There is no such activation key. Check it against the message that you got it with."
	case fault.OrderDisabled:
		return "This license order is disabled. Ask the vendor of the software."
	case fault.ActivationsExhausted:
		return "All activations of this key are in use. Deactivate a machine below first, or ask the vendor of the software for more."
	case fault.AccountExhausted:
		return "The vendor of the software has no activations left. Ask the vendor."
	case fault.NoGenerator:
		return "Licenses of this product cannot be made here. Ask the vendor of the software."
	case fault.LicenseExpired:
		return "This license has ended; it can be activated no more."
	case fault.CannotDeactivate:
		return "This license cannot be deactivated here: it is still being made, or no deactivations are left. Ask the vendor of the software."
	case fault.LicenseMissing:
		return "This license does not exist any more."
	}
	if f.Kind == fault.Throttled {
		return "Too many unknown keys came from your address. Wait a little and try again."
	}
	return strings.TrimSuffix(f.Message, ".") + "."
}

// show puts one license before all others; it was asked for by HostIDs.
func (v *view) show(g *order.Generated, by []hostid.HostID) {
	it := itemOf(g)
	it.Segment = hostid.Format(by)
	switch g.State {
	case order.Success:
		v.License, v.Focus = it, "license"
	case order.Failed:
		v.Failed, v.Focus = it, "failed"
	default:
		v.Waiting, v.Focus = it, "waiting"
	}
}

func (v *view) order(o *entity.LicenseOrder, p *entity.Product) {
	v.Order = &orderView{
		Product: "Your license", Network: o.IsNetwork(), Used: o.Activated, All: o.ActivationsAllowed,
		Left: max(0, o.DeactivationsAllowed-o.DeactivationsUsed), Free: o.Activated < o.ActivationsAllowed,
	}
	v.Key = o.License.UserKey
	if p != nil {
		v.Order.Product = strings.TrimSpace(p.Name + " " + p.Version)
	}
	if o.License.Customer != nil {
		v.Order.Customer = o.License.Customer.ShownName()
	}
}

// list lists the latest first.
func (v *view) list(all []order.Generated) {
	slices.Reverse(all)
	for i := range all {
		if len(v.Items) == most {
			v.More = len(all) - most
			return
		}
		shown := itemOf(&all[i])
		shown.ID = fmt.Sprintf("item-%d", i+1)
		v.Items = append(v.Items, *shown)
	}
}

func (v *view) title() {
	v.Title = v.Order.Product
	switch {
	case v.Problem != "" || v.FieldError != "" || slices.ContainsFunc(v.Fields, func(f field) bool { return f.Error != "" }):
		v.Title = "Error: " + v.Title
	case v.License != nil:
		v.Title = "License ready: " + v.Title
	case v.Notice != "":
		v.Title = "Deactivated: " + v.Title
	case v.Waiting != nil:
		v.Title = "Please wait: " + v.Title
	}
}

func itemOf(g *order.Generated) *item {
	it := &item{
		Time: g.Time, Expiration: g.Expiration, Maintenance: g.MaintenanceEnd,
		Filename: g.Filename, Content: g.Content, InProgress: g.State == order.InProgress,
	}
	if len(g.HostIDs) > 0 {
		it.Segment = hostid.Format(g.HostIDs)
	}
	for _, id := range g.HostIDs {
		it.HostIDs = append(it.HostIDs, hostID{id.Type().Name(), shown(id)})
	}
	for _, e := range g.Errors {
		it.Errors = append(it.Errors, e.Message)
	}
	return it
}

// shown is a value for people: an Ethernet address has its colons again.
func shown(id hostid.HostID) string {
	value := id.Value()
	if id.Type() == hostid.Ethernet && len(value) == 12 {
		var pairs []string
		for i := 0; i < 12; i += 2 {
			pairs = append(pairs, value[i:i+2])
		}
		return strings.Join(pairs, ":")
	}
	if value == "" {
		return "any machine"
	}
	return value
}

func namesOf(ids []hostid.HostID) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = id.Type().Name() + " " + shown(id)
	}
	return strings.Join(names, ", ")
}

// moment is a time for people and for programs.
type moment struct{ Text, ISO string }

// when shows a time; nil where there is none.
func when(t entity.Time) *moment {
	if t.IsZero() {
		return nil
	}
	return &moment{t.Std().Format("2 January 2006, 15:04 UTC"), t.Std().Format(time.RFC3339)}
}
