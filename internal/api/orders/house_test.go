package orders_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/internal/api/management"
	"github.com/licet/licet/internal/api/orders"
	"github.com/licet/licet/internal/books"
	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/identity"
	"github.com/licet/licet/internal/issuing"
	"github.com/licet/licet/internal/issuing/issuingtest"
	"github.com/licet/licet/internal/order"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var testStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const (
	adminKey      = "api_aaaaaaaaaaaaaaaaaaaaaaaa"
	adminPassword = "correct horse"
)

// house is this surface, and that of management for the other side of the books.
type house struct {
	t      testing.TB
	store  *store.Store
	clock  *clock.Fake
	ids    *identity.Service
	iss    *issuing.Service
	seats  *seat.Service
	orders settings.Orders
	router *httpx.Router
	token  string // of the administrator
}

func newHouse(t testing.TB, url string) *house {
	t.Helper()
	h := &house{t: t, store: storetest.Open(t, url), clock: clock.NewFake(testStart), orders: settings.DefaultOrders()}
	set := settings.DefaultLicensing
	h.ids = identity.New(h.store, set, h.clock)
	_, err := h.ids.Bootstrap(t.Context(), identity.Admin{Password: adminPassword, APIKey: adminKey})
	h.must(err)
	h.iss = issuingtest.Service(t, h.store, set, h.clock)
	h.seats = seat.New(h.store, h.iss, set, h.clock)
	h.must(h.seats.Recover(t.Context()))
	b := books.New(h.store, h.seats, h.ids, set, h.clock)
	service := order.New(h.store, h.iss, h.seats, b, func() settings.Orders { return h.orders }, h.clock)
	h.seats.ServeOrders(service.Licensing())
	h.router, err = httpx.NewRouter(httpx.Options{Auth: keys{h.ids}},
		management.Surface(management.Deps{Issuing: h.iss, Books: b, Identity: h.ids, Clock: h.clock}),
		orders.Surface(orders.Deps{Orders: service, Identity: h.ids}))
	h.must(err)
	h.token = h.logIn("admin", adminPassword)
	return h
}

// keys lets the management surface know API keys.
type keys struct{ ids *identity.Service }

func (k keys) Authenticate(ctx context.Context, c httpx.Credential) (httpx.Caller, error) {
	p, err := k.ids.Authenticate(ctx, identity.Credential{APIKey: c.APIKey, Bearer: c.Bearer})
	return httpx.Caller{UserID: p.UserID, Roles: p.Roles, Permissions: p.Permissions, KeyID: p.KeyID}, err
}

// text reads one value of the books.
func (h *house) text(query string) (value string) {
	h.t.Helper()
	h.must(h.store.Read().NewRaw(query).Scan(h.t.Context(), &value))
	return value
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// answer is a response; object is its body where that is an object, list where
// it is an array.
type answer struct {
	status int
	body   []byte
	object map[string]any
	list   []map[string]any
}

// call sends a request with a token; body is JSON text, "" for none.
func (h *house) call(token, method, path, body string) answer {
	h.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req := httptest.NewRequestWithContext(context.Background(), method, path, reader)
	switch {
	case strings.HasPrefix(token, "api_"):
		req.Header.Set("x-api-key", token)
	case token != "":
		req.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.router.ServeHTTP(w, req)
	a := answer{status: w.Code, body: w.Body.Bytes()}
	var into any = &a.object
	if bytes.HasPrefix(a.body, []byte("[")) {
		into = &a.list
	}
	if err := json.Unmarshal(a.body, into); err != nil {
		h.t.Fatalf("%s %s: %d %q: %v", method, path, w.Code, a.body, err)
	}
	return a
}

// ok is call as the administrator, with an answer 200.
func (h *house) ok(method, path, body string) answer {
	h.t.Helper()
	token := h.token
	if strings.HasPrefix(path, "/v1/") {
		token = adminKey
	}
	a := h.call(token, method, path, body)
	if a.status != http.StatusOK {
		h.t.Fatalf("%s %s %s: %d %s", method, path, body, a.status, a.body)
	}
	return a
}

// refused is call as the administrator, with an error in the surface's form that
// blames the member, "" for none.
func (h *house) refused(method, path, body string, status int, code float64, member string) {
	h.t.Helper()
	a := h.call(h.token, method, path, body)
	blamed, _ := a.object["errors"].(map[string]any)
	_, named := blamed[member]
	if a.status != status || a.object["code"] != code || a.object["message"] == "" || member != "" && (len(blamed) != 1 || !named) || member == "" && len(blamed) != 0 {
		h.t.Errorf("%s %s %.300s: %d %s; want %d, code %v, the member %q", method, path, body, a.status, a.body, status, code, member)
	}
}

func (h *house) logIn(name, password string) string {
	h.t.Helper()
	a := h.call("", "POST", "/auth/tokens", fmt.Sprintf(`{"username":%q,"password":%q}`, name, password))
	if a.status != http.StatusOK {
		h.t.Fatalf("log in as %s: %d %s", name, a.status, a.body)
	}
	return a.object["token"].(string)
}

const (
	aProduct  = `{"name":"Licstat","version":"6.0","license_generator_type":"lm_x","feature_name":"Licstat"}`
	aCustomer = `{"name":"Rivers Inc"}`
)

// stocked makes the first customer and the first product.
func (h *house) stocked() *house {
	h.t.Helper()
	h.ok("POST", "/customers", aCustomer)
	h.ok("POST", "/products", aProduct)
	return h
}

// request is a request of the page, with members changed; nil removes one.
// A path such as Features[0].count leads into the first item of a list.
func request(t testing.TB, file string, changes map[string]any) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var body map[string]any
	if err := json.Unmarshal(text, &body); err != nil {
		t.Fatal(err)
	}
	for path, value := range changes {
		in, member := body, path
		if list, inner, ok := strings.Cut(path, "[0]."); ok {
			in, member = body[list].([]any)[0].(map[string]any), inner
		}
		if in[member] = value; value == nil {
			delete(in, member)
		}
	}
	text, err = json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// order makes an order of the page's first request with members changed.
func (h *house) order(changes map[string]any) (key string, order map[string]any) {
	h.t.Helper()
	a := h.ok("POST", "/license-orders", request(h.t, "request1.json", changes))
	return a.object["activation_key"].(string), a.object
}

func eachEngine(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) { test(t, newHouse(t, url)) })
}
