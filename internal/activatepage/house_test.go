package activatepage_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/licet/licet/internal/activatepage"
	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/hostid"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/order"
	"github.com/licet/licet/internal/throttle"
)

const key = "AB1CD-EF2GH-IJ3KL-MN4OP"

var testStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// books is a service of orders with one order. The license of an address that
// ends in ee is made when it is let, that of one in ff fails.
type books struct {
	mu    sync.Mutex
	order entity.LicenseOrder
	made  []order.Generated
	let   bool
}

func newBooks() *books {
	b := &books{}
	b.order.License = &entity.License{UserKey: key, LicensingMode: entity.Activation, Customer: &entity.Customer{Company: "Rivers Inc"}}
	b.order.ActivationsAllowed, b.order.DeactivationsAllowed, b.order.MinHostIDs = 2, 1, 1
	b.order.HostIDs = []entity.HostIDRule{{Type: "ETHERNET", Min: 1, Max: 2}, {Type: "IPADDRESS", Min: 0, Max: 1}}
	return b
}

func (b *books) Open(_ context.Context, k string) (*entity.LicenseOrder, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !strings.EqualFold(k, key) {
		return nil, fault.Named(fault.NotFound, fault.ActivationKeyInvalid, "Invalid activation key.")
	}
	if b.order.License.Revoked {
		return nil, fault.Named(fault.Forbidden, fault.OrderDisabled, "License order disabled.")
	}
	o := b.order
	o.Activated = 0
	for _, g := range b.made {
		if g.State != order.Failed {
			o.Activated++
		}
	}
	return &o, nil
}

func (b *books) ProductOf(context.Context, *entity.LicenseOrder) (*entity.Product, error) {
	return &entity.Product{Name: "Licstat", Version: "6.0"}, nil
}

func (b *books) letGo() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.let = true
}

func (b *books) find(ids []hostid.HostID) int {
	for i, g := range b.made {
		if hostid.Text(g.HostIDs) == hostid.Text(ids) {
			return i
		}
	}
	return -1
}

func (b *books) Generate(ctx context.Context, k string, ids []hostid.HostID) (*order.Generated, error) {
	o, err := b.Open(ctx, k)
	if err != nil {
		return nil, err
	}
	var rules []hostid.Rule
	for _, r := range o.HostIDs {
		rules = append(rules, hostid.Rule{Type: hostid.Type(r.Type), Min: r.Min, Max: r.Max})
	}
	kept, err := hostid.Select(rules, int(o.MinHostIDs), ids)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := b.find(kept); i >= 0 {
		return &b.made[i], nil
	}
	if o.Activated >= o.ActivationsAllowed {
		return nil, fault.Named(fault.Forbidden, fault.ActivationsExhausted, "all in use")
	}
	g := order.Generated{State: order.InProgress, Requested: entity.TimeOf(testStart)}
	g.Key, g.HostIDs, g.Time = key, kept, entity.TimeOf(testStart)
	b.made = append(b.made, g)
	return &g, nil
}

func (b *books) Generated(_ context.Context, _ string, ids []hostid.HostID) (*order.Generated, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := b.find(ids)
	if i < 0 {
		return nil, fault.Named(fault.NotFound, fault.LicenseMissing, "License does not exist.")
	}
	g, text := &b.made[i], hostid.Text(ids)
	switch {
	case strings.Contains(text, "0000000000ff"): // it fails
		g.State, g.Errors = order.Failed, []order.GenerationError{{Message: "The product has no key", Time: entity.TimeOf(testStart)}}
	case strings.Contains(text, "0000000000ee") && !b.let: // it takes its time
	default:
		g.State, g.Filename = order.Success, "license_2026_03_01-12_00.lic"
		g.Expiration = entity.TimeOf(testStart.AddDate(1, 0, 0))
		g.Content = "# This license is generated using licet\n# Activation Key: " + key + "\n\nFEATURE Licstat\n{\nVENDOR=LICET VERSION=6.0 END=2027-03-01\nKEY=" + strings.Repeat("Ab3[9]*x", 20) + "\n}\n"
	}
	shown := *g
	return &shown, nil
}

func (b *books) InState(context.Context, string, []order.State) ([]order.Generated, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]order.Generated{}, b.made...), nil
}

func (b *books) Deactivate(_ context.Context, _ string, ids []hostid.HostID) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := b.find(ids)
	if i < 0 {
		return fault.Named(fault.NotFound, fault.LicenseMissing, "License does not exist.")
	}
	if b.order.DeactivationsUsed >= b.order.DeactivationsAllowed {
		return fault.Named(fault.Forbidden, fault.CannotDeactivate, "Cannot deactivate license.")
	}
	b.order.DeactivationsUsed++
	b.made = append(b.made[:i], b.made[i+1:]...)
	return nil
}

// house is the page on a server of its own.
type house struct {
	t     testing.TB
	books *books
	url   string
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{t: t, books: newBooks()}
	guesses := throttle.New(clock.NewFake(testStart), throttle.Limits{Every: time.Second, Burst: 5, Keys: 100})
	routes, err := activatepage.Handlers(h.books, guesses)
	if err != nil {
		t.Fatal(err)
	}
	router, err := httpx.NewRouter(httpx.Options{Extra: routes})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(router)
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

// send posts a form and gives the answer and its body.
func (h *house) send(path string, form url.Values, headers ...string) (*http.Response, string) {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), "POST", h.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp, string(body)
}
