package management_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/licet/licet/internal/api/management"
	"github.com/licet/licet/internal/books"
	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/eventlog"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/identity"
	"github.com/licet/licet/internal/issuing"
	"github.com/licet/licet/internal/issuing/issuingtest"
	"github.com/licet/licet/internal/mail"
	"github.com/licet/licet/internal/org"
	"github.com/licet/licet/internal/report"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
	"github.com/licet/licet/internal/throttle"
	"github.com/licet/licet/internal/tuning"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var testStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// adminKey is the API key of the first administrator of a test's books.
const adminKey = "api_aaaaaaaaaaaaaaaaaaaaaaaa"

// house is the management surface over fresh books.
type house struct {
	t       testing.TB
	store   *store.Store
	clock   *clock.Fake
	set     settings.Licensing
	ids     *identity.Service
	issuing *issuing.Service
	seats   *seat.Service
	mail    *mail.Service
	smtp    settings.Email
	tuning  *tuning.Service
	events  *eventlog.Log
	orgs    *org.Service
	router  *httpx.Router
	adminID string
	logged  *logText
}

// logText is what was logged; requests write to it side by side.
type logText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logText) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func newHouse(t testing.TB, url string, tune ...func(*settings.Licensing)) *house {
	t.Helper()
	h := &house{t: t, store: storetest.Open(t, url), clock: clock.NewFake(testStart), set: settings.DefaultLicensing(), logged: &logText{}}
	for _, f := range tune {
		f(&h.set)
	}
	set := func() settings.Licensing { return h.set }
	h.ids = identity.New(h.store, set, h.clock)
	var err error
	h.events, err = eventlog.New(eventlog.Options{
		Store: h.store, Settings: logged, Clock: h.clock, Console: slog.DiscardHandler,
	})
	h.must(err)
	_, err = h.ids.Bootstrap(t.Context(), identity.Admin{Password: "correct horse", APIKey: adminKey})
	h.must(err)
	h.must(h.store.Read().NewSelect().Model((*entity.User)(nil)).Column("id").Limit(1).Scan(t.Context(), &h.adminID))
	h.issuing = issuingtest.Service(t, h.store, set, h.clock)
	h.seats = seat.New(h.store, h.issuing, set, h.clock)
	h.smtp = settings.Email{Enabled: true, Host: "mail.invalid", FromAddress: "shop@vendor.example"}
	h.mail = mail.New(h.store, func() settings.Email { return h.smtp }, h.clock, mail.Options{})
	h.tuning, err = tuning.Open(t.Context(), h.store, issuingtest.Vault(t), h.clock, nil)
	h.must(err)
	h.orgs = org.New(h.store, h.clock)
	h.router, err = httpx.NewRouter(httpx.Options{Auth: door{h}, Logger: slog.New(slog.NewTextHandler(h.logged, nil)), Info: httpx.Info{Title: "licet", Version: "test"}},
		management.Surface(management.Deps{
			Issuing: h.issuing, Books: books.New(h.store, h.seats, h.ids, set, h.clock), Mail: h.mail, Settings: h.tuning, Identity: h.ids,
			Log: h.events, Reports: report.New(h.store, h.clock), Orgs: h.orgs, Keyless: func() bool { return h.set.Keyless },
			Guesses: throttle.New(h.clock, throttle.Limits{Burst: 5, Every: time.Second, Keys: 100}),
			Clock:   h.clock, Version: "1.2.3", Host: "here",
		}))
	h.must(err)
	return h
}

// logged are settings under which the log is kept.
func logged() settings.Log { return settings.Log{ToDatabase: true, Retention: time.Hour} }

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// door lets in whoever names a role as their key, and real API keys.
type door struct{ *house }

func (d door) Authenticate(ctx context.Context, c httpx.Credential) (httpx.Caller, error) {
	role, customer, _ := strings.Cut(c.APIKey, "/")
	for _, r := range entity.Roles() {
		if role != string(r) {
			continue
		}
		caller := httpx.Caller{UserID: d.adminID, Roles: []entity.Role{r}, Permissions: entity.AllPermissions}
		if customer != "" {
			caller.CustomerID = new(int64)
			_, err := fmt.Sscan(customer, caller.CustomerID)
			return caller, err
		}
		return caller, nil
	}
	p, err := d.ids.Authenticate(ctx, identity.Credential{APIKey: c.APIKey, Bearer: c.Bearer, ClientSecret: c.ClientSecret})
	return httpx.Caller{UserID: p.UserID, Roles: p.Roles, Permissions: p.Permissions, KeyID: p.KeyID, SessionID: p.SessionID, CustomerID: p.CustomerID}, err
}

// answer is what came back.
type answer struct {
	status int
	body   []byte
	object map[string]any
}

func (a answer) id(name string) int64 {
	n, _ := a.object[name].(json.Number)
	i, _ := n.Int64()
	return i
}

func (a answer) text(name string) string {
	s, _ := a.object[name].(string)
	return s
}

func (a answer) list(name string) []map[string]any {
	var all []map[string]any
	items, _ := a.object[name].([]any)
	for _, v := range items {
		all = append(all, v.(map[string]any))
	}
	return all
}

// call sends a request as somebody; body is JSON text, "" for none.
func (h *house) call(as, method, path, body string) answer {
	h.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req := httptest.NewRequestWithContext(context.Background(), method, path, reader)
	req.Header.Set("x-api-key", as)
	return h.send(req)
}

// bearer is call with a login token.
func (h *house) bearer(token, method, path, body string) answer {
	h.t.Helper()
	req := httptest.NewRequestWithContext(context.Background(), method, path, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+token)
	return h.send(req)
}

func (h *house) send(req *http.Request) answer {
	h.t.Helper()
	w := httptest.NewRecorder()
	h.router.ServeHTTP(w, req)
	a := answer{status: w.Code, body: w.Body.Bytes()}
	d := json.NewDecoder(bytes.NewReader(a.body))
	d.UseNumber()
	if err := d.Decode(&a.object); err != nil {
		h.t.Fatalf("%s %s: %d %q: %v", req.Method, req.URL, w.Code, a.body, err)
	}
	return a
}

// ok is call as the administrator, with an answer 200.
func (h *house) ok(method, path, body string) answer {
	h.t.Helper()
	a := h.call(adminKey, method, path, body)
	if a.status != http.StatusOK || a.object["success"] != true {
		h.t.Fatalf("%s %s %s: %d %s", method, path, body, a.status, a.body)
	}
	return a
}

// refused is call as the administrator, with a status and a gRPC code, and a
// message that holds say.
func (h *house) refused(method, path, body string, status, code int, say string) {
	h.t.Helper()
	a := h.call(adminKey, method, path, body)
	if a.status != status || a.id("code") != int64(code) || a.object["success"] != false || !strings.Contains(a.text("message"), say) {
		h.t.Errorf("%s %s %.200s: %d %s; want %d, code %d, %q", method, path, body, a.status, a.body, status, code, say)
	}
}

// one reads the row with that id from a list.
func (h *house) one(path, items string, id int64) map[string]any {
	h.t.Helper()
	for _, row := range h.ok("GET", path, "").list(items) {
		if row["id"] == json.Number(fmt.Sprint(id)) {
			return row
		}
	}
	h.t.Fatalf("GET %s has no row %d", path, id)
	return nil
}

// write inserts a row for which there is no operation.
func (h *house) write(row any) {
	h.t.Helper()
	h.must(h.store.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.NewInsert().Model(row).Exec(ctx)
		return err
	}))
}

// eachEngine runs a test on fresh books of both engines.
func eachEngine(t *testing.T, test func(t *testing.T, h *house), tune ...func(*settings.Licensing)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) { test(t, newHouse(t, url, tune...)) })
}
