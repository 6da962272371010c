package order_test

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/internal/books"
	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/document"
	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/hostid"
	"github.com/licet/licet/internal/identity"
	"github.com/licet/licet/internal/issuing"
	"github.com/licet/licet/internal/issuing/issuingtest"
	"github.com/licet/licet/internal/order"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

func TestMain(m *testing.M) {
	// A step of the model is a dozen statements; -rapid.checks asks for more.
	if err := flag.Set("rapid.checks", "12"); err != nil {
		panic(err)
	}
	storetest.Main(m)
}

var testStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// house is a service on books of its own or another's, with a customer and a
// product, and a clock that stands still. Nobody works but who calls MakeDue.
type house struct {
	*order.Service
	t       testing.TB
	store   *store.Store
	clock   *clock.Fake
	iss     *issuing.Service
	seats   *seat.Service
	books   *books.Service
	account *settings.Orders
}

func newHouse(t testing.TB, url string) *house {
	t.Helper()
	h := &house{t: t, store: storetest.Open(t, url), clock: clock.NewFake(testStart), account: new(settings.Orders)}
	*h.account = settings.DefaultOrders()
	h.iss = issuingtest.Service(t, h.store, settings.DefaultLicensing, h.clock)
	h.open()
	h.product("lm_x")
	_, err := h.InsertCustomer(t.Context(), order.CustomerInput{Name: ptr("ACME")})
	h.must(err)
	return h
}

func (h *house) open() {
	set := settings.DefaultLicensing
	h.seats = seat.New(h.store, h.iss, set, h.clock)
	h.books = books.New(h.store, h.seats, identity.New(h.store, set, h.clock), set, h.clock)
	h.Service = order.New(h.store, h.iss, h.seats, h.books, func() settings.Orders { return *h.account }, h.clock)
	h.seats.ServeOrders(h.Service.Licensing())
}

// node is another service on the same books, which knows nothing of this one.
func (h *house) node() *house {
	other := *h
	other.iss = issuing.New(h.store, issuingtest.Vault(h.t), settings.DefaultLicensing, h.clock)
	other.open()
	return &other
}

// product makes a product and returns the id of its template.
func (h *house) product(generator string) int64 {
	h.t.Helper()
	p, err := h.InsertProduct(h.t.Context(), order.ProductInput{
		Name: ptr("App " + generator), Version: ptr("1.0"), GeneratorType: &generator, FeatureName: ptr("App"),
	})
	h.must(err)
	return p.Templates[0].ID
}

// order makes an order that wants an Ethernet address, and one HostID more at
// most, and returns its key.
func (h *house) order(allowed int64, change ...func(*order.Input)) string {
	h.t.Helper()
	in := order.Input{
		CustomerID: whole(1), TemplateID: whole(1), Enabled: ptr(true), Removal: ptr(false),
		Terms: order.Terms{
			LicenseType: ptr("local"), LicenseeType: ptr("fixed"), Licensee: ptr("Ada"), MatchRate: whole(50), MinHostIDs: whole(1),
			ActivationsAllowed: whole(allowed), DeactivationsAllowed: whole(0),
			HostIDs:  &[]order.HostIDInput{{ptr("Ethernet"), whole(1), whole(1)}, {ptr("Username"), whole(0), whole(1)}},
			Features: &[]order.FeatureInput{feature("F", "no_expiration"), feature("Term", "days_from_activation")},
		},
	}
	for _, c := range change {
		c(&in)
	}
	o, err := h.Insert(h.t.Context(), in)
	h.must(err)
	return o.License.UserKey
}

// feature ends 90 days after the activation, or never.
func feature(name, expires string) order.FeatureInput {
	return order.FeatureInput{
		Name: &name, Version: ptr("2.5"), ExpirationType: &expires, DaysFromActivation: whole(90),
		IssuedType: ptr("activation_time"), MaintenanceType: ptr("no_maintenance"), Count: whole(3), Enabled: ptr(true),
	}
}

func ptr[T any](v T) *T { return &v }

func whole(n int64) *entity.Whole { return ptr(entity.Whole(n)) }

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) change(key string, in order.Input) {
	h.t.Helper()
	_, err := h.Update(h.t.Context(), key, in)
	h.must(err)
}

// ids reads HostIDs, as TYPE=value,TYPE=value.
func ids(t testing.TB, text string) []hostid.HostID {
	t.Helper()
	list, err := hostid.ParseText("hostids", text)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// machine is the n-th of many.
func machine(n int) string { return fmt.Sprintf("ETHERNET=%012x", n) }

func (h *house) generate(key, hosts string) (*order.Generated, error) {
	return h.Generate(context.Background(), key, ids(h.t, hosts))
}

// generated is what there is of a machine, "" where there is nothing.
func (h *house) state(key, hosts string) order.State {
	h.t.Helper()
	g, err := h.Generated(h.t.Context(), key, ids(h.t, hosts))
	if fault.Is(err, fault.LicenseMissing) {
		return ""
	}
	h.must(err)
	return g.State
}

// make lets a worker make what is due, and fails unless it is so many.
func (h *house) make(want int) {
	h.t.Helper()
	n, err := h.MakeDue(h.t.Context())
	h.must(err)
	if n != want {
		h.t.Fatalf("%d licenses were due, want %d", n, want)
	}
}

// license generates and makes the license of a machine.
func (h *house) license(key, hosts string) *order.Generated {
	h.t.Helper()
	_, err := h.generate(key, hosts)
	h.must(err)
	_, err = h.MakeDue(h.t.Context())
	h.must(err)
	g, err := h.Generated(h.t.Context(), key, ids(h.t, hosts))
	h.must(err)
	if g.State != order.Success {
		h.t.Fatalf("%s is %s: %v", hosts, g.State, g.Errors)
	}
	return g
}

func (h *house) activate(key, machineID, clientID string) (*seat.Grant, error) {
	return h.seats.Activate(context.Background(), key, seat.Client{MachineID: machineID, ClientID: clientID})
}

func (h *house) exec(query string, args ...any) {
	h.t.Helper()
	h.must(h.store.Write(h.t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.NewRaw(query, args...).Exec(ctx)
		return err
	}))
}

func (h *house) number(query string, args ...any) (n int64) {
	h.t.Helper()
	h.must(h.store.Read().NewRaw(query, args...).Scan(h.t.Context(), &n))
	return n
}

// agree fails unless the books agree with themselves on an order, and with want:
// how many activations it has.
func (h *house) agree(key string, want int64) {
	h.t.Helper()
	id := h.number(`SELECT id FROM licenses WHERE user_key = ?`, key)
	held := h.number(`SELECT held FROM seat_pools WHERE license_id = ? AND kind = 1`, id)
	tokens := h.number(`SELECT COUNT(*) FROM license_tokens WHERE license_id = ? AND kind = 1`, id)
	rows := h.number(`SELECT COUNT(*) FROM order_activations WHERE license_id = ?`, id)
	o, err := h.Get(h.t.Context(), key)
	h.must(err)
	if held != want || tokens != want || rows != want || o.Activated != want {
		h.t.Fatalf("%d activations are held, %d tokens, %d rows, shown %d; want %d", held, tokens, rows, o.Activated, want)
	}
	making := h.number(`SELECT COUNT(*) FROM order_activations WHERE NOT ready`)
	if jobs := h.number(`SELECT COUNT(*) FROM order_jobs`); jobs != making {
		h.t.Fatalf("%d jobs for %d activations that are not ready", jobs, making)
	}
	copies := h.number(`SELECT COUNT(*) FROM licenses WHERE parent_id = ?`, id)
	if named := h.number(`SELECT COUNT(node_locked_license_id) FROM license_tokens WHERE license_id = ?`, id); copies != named {
		h.t.Fatalf("%d node-locked copies, %d of them a token's", copies, named)
	}
}

// verified is what a license text states.
func (h *house) verified(text string) *document.Order {
	h.t.Helper()
	var pems []string
	h.must(h.store.Read().NewRaw(`SELECT data FROM resources WHERE type = ?`, entity.ResourceEd25519).Scan(h.t.Context(), &pems))
	var known []keys.Public
	for _, p := range pems {
		k, err := keys.ParsePublic(p)
		h.must(err)
		known = append(known, k)
	}
	v, err := document.Verify(text, known...)
	if err != nil {
		h.t.Fatalf("%v in\n%s", err, text)
	}
	return v.Order
}

func wantFault(t testing.TB, err error, code fault.Code) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Fatalf("got %v, want %s", err, code)
	}
}

func has(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("there is no %s in\n%s", p, text)
		}
	}
}

// eachEngine runs a test on fresh books of both engines.
func eachEngine(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) { test(t, newHouse(t, url)) })
}
