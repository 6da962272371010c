package activation_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/internal/api/activation"
	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/hostid"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/httpx/httpxtest"
	"github.com/licet/licet/internal/order"
	"github.com/licet/licet/internal/throttle"
)

var testStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const (
	key      = "AB1CD-EF2GH-IJ3KL-MN4OP"
	disabled = "DISAB-LED00-00000-00000"
)

// books is a service of orders with one order, one license for USERNAME=test, a
// failure for USERNAME=bad and a job for USERNAME=slow.
type books struct {
	asked []string // operation key hostids, of what got here
	fail  error    // of all that change something; nil: they succeed

	nameless bool // no HostIDs are kept
}

func (b *books) note(what, k string, ids []hostid.HostID) error {
	b.asked = append(b.asked, strings.TrimSpace(what+" "+k+" "+hostid.Text(ids)))
	switch {
	case strings.EqualFold(k, disabled):
		return fault.Named(fault.Forbidden, fault.OrderDisabled, "the order is disabled")
	case !strings.EqualFold(k, key):
		return fault.Named(fault.NotFound, fault.ActivationKeyInvalid, "no such order")
	}
	return nil
}

func at(hours int) entity.Time { return entity.TimeOf(testStart.Add(time.Duration(hours) * time.Hour)) }

func (b *books) Open(_ context.Context, k string) (*entity.LicenseOrder, error) {
	if err := b.note("open", k, nil); err != nil {
		return nil, err
	}
	o := &entity.LicenseOrder{Activated: 1, License: &entity.License{
		UserKey: key, CreatedAt: at(0), LicensingMode: entity.Activation, Customer: &entity.Customer{Company: "Rivers Inc"},
		Template: &entity.LicenseTemplate{Name: "Default"},
	}}
	o.MinHostIDs, o.ActivationsAllowed = 1, 2
	o.HostIDs = []entity.HostIDRule{{Type: "CUSTOM", Min: 0, Max: 2}}
	return o, nil
}

func (b *books) ProductOf(context.Context, *entity.LicenseOrder) (*entity.Product, error) {
	return &entity.Product{Name: "Licstat", Version: "6.0", Generator: "lm_x"}, nil
}

func (b *books) Generate(_ context.Context, k string, ids []hostid.HostID) (*order.Generated, error) {
	if err := b.note("generate", k, ids); err != nil {
		return nil, err
	}
	return b.generated(order.InProgress, ids), b.fail
}

func (b *books) Generated(_ context.Context, k string, ids []hostid.HostID) (*order.Generated, error) {
	if err := b.note("generated", k, ids); err != nil {
		return nil, err
	}
	switch hostid.Text(ids) {
	case "USERNAME=test":
		return b.generated(order.Success, ids), nil
	case "USERNAME=bad":
		return b.generated(order.Failed, ids), nil
	case "USERNAME=slow":
		return b.generated(order.InProgress, ids), nil
	}
	return nil, fault.Named(fault.NotFound, fault.LicenseMissing, "nothing was generated")
}

func (b *books) InState(_ context.Context, k string, states []order.State) (found []order.Generated, err error) {
	if err := b.note("states", k, nil); err != nil {
		return nil, err
	}
	for _, s := range states {
		if name := map[order.State]string{order.Success: "test", order.Failed: "bad"}[s]; name != "" {
			id, err := hostid.New("", hostid.Username, name)
			if err != nil {
				return nil, err
			}
			found = append(found, *b.generated(s, []hostid.HostID{id}))
		}
	}
	return found, nil
}

func (b *books) Deactivate(_ context.Context, k string, ids []hostid.HostID) error {
	if err := b.note("deactivate", k, ids); err != nil {
		return err
	}
	return b.fail
}

func (b *books) RemovalAsked(_ context.Context, k string, ids []hostid.HostID) (bool, error) {
	return true, b.note("removal?", k, ids)
}

func (b *books) ConfirmRemoval(_ context.Context, k string, ids []hostid.HostID) error {
	if err := b.note("removed", k, ids); err != nil {
		return err
	}
	return b.fail
}

func (b *books) generated(s order.State, ids []hostid.HostID) *order.Generated {
	g := &order.Generated{State: s, Requested: at(1)}
	g.Key, g.HostIDs = key, ids
	if b.nameless {
		g.HostIDs = nil
	}
	switch s {
	case order.Success:
		g.Time, g.Expiration, g.Content, g.Filename = at(2), at(48), "FEATURE x\n{\n}\n", "license_2026.lic"
	case order.Failed:
		g.Errors = []order.GenerationError{{Message: "no key", Time: at(3)}}
	}
	return g
}

type house struct {
	t      testing.TB
	books  *books
	clock  *clock.Fake
	router *httpx.Router
	doc    *httpxtest.Document
}

// newHouse has a vendors' surface beside this one, where A1 says that both own a
// path.
func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{t: t, books: &books{}, clock: clock.NewFake(testStart)}
	guesses := throttle.New(h.clock, throttle.Limits{Every: time.Second, Burst: 20, Keys: 100})
	vendors := httpx.Surface{
		Name: "vendors", Prefixes: []string{"/license-orders"},
		Ops: []httpx.Operation{httpx.Op("GET", "/license-orders/{key}", "", httpx.Roles(entity.Administrator), func(context.Context, *struct {
			Key string `path:"key"`
		}) (*struct{}, error) {
			return nil, errors.New("nobody gets here")
		})},
		WriteError: func(w http.ResponseWriter, _ string, f *fault.Error) { httpx.WriteJSON(w, 403, f.Message) },
	}
	var err error
	h.router, err = httpx.NewRouter(httpx.Options{}, append(activation.Surfaces(h.books, guesses), vendors)...)
	if err != nil {
		t.Fatal(err)
	}
	h.doc = httpxtest.Load(t, h.router.OpenAPI())
	return h
}

// answer is a response; object is its body where it has one.
type answer struct {
	*httptest.ResponseRecorder
	object map[string]any
}

func (h *house) call(method, target string, headers ...string) answer {
	h.t.Helper()
	req := httptest.NewRequest(method, "http://host/", nil)
	if i := strings.IndexByte(target, '?'); i >= 0 {
		target, req.URL.RawQuery = target[:i], target[i+1:]
	}
	setPath(req, target)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	a := answer{ResponseRecorder: httptest.NewRecorder()}
	h.router.ServeHTTP(a, req)
	if a.Body.Len() > 0 {
		if err := json.Unmarshal(a.Body.Bytes(), &a.object); err != nil && strings.HasPrefix(target, "/rest/") {
			h.t.Fatalf("%s %s: %d %s", method, target, a.Code, a.Body)
		}
	}
	return a
}

// setPath is what net/http makes of a request line; a path that it would refuse
// becomes the root.
func setPath(req *http.Request, target string) {
	if u, err := url.ParseRequestURI(target); err == nil {
		req.URL.Path, req.URL.RawPath = u.Path, u.RawPath
	}
}
