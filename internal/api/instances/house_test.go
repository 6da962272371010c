package instances_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/internal/api/instances"
	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/identity"
	"github.com/licet/licet/internal/instance"
	"github.com/licet/licet/internal/org"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var testStart = time.Date(2026, 3, 1, 12, 0, 0, 123_456_000, time.UTC)

const startMillis = 1772366400123

// house is the surface over books of one engine.
type house struct {
	t      testing.TB
	store  *store.Store
	clock  *clock.Fake
	orgs   *org.Service
	ops    []httpx.Operation
	router *httpx.Router
}

func newHouse(t testing.TB, url string) *house {
	t.Helper()
	h := &house{t: t, store: storetest.Open(t, url), clock: clock.NewFake(testStart)}
	ids := identity.New(h.store, settings.DefaultLicensing, h.clock)
	h.orgs = org.New(h.store, h.clock)
	var err error
	surface := instances.Surface(instance.New(h.store, h.orgs, h.clock))
	h.ops = surface.Ops
	h.router, err = httpx.NewRouter(httpx.Options{Auth: keys{ids}}, surface)
	h.must(err)
	for name, role := range map[string]entity.Role{"admin": entity.Administrator, "keeper": entity.LicenseManager, "sales": entity.Sales} {
		h.user(name, role)
	}
	return h
}

func eachEngine(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) { test(t, newHouse(t, url)) })
}

// keys lets the surface know API keys.
type keys struct{ ids *identity.Service }

func (k keys) Authenticate(ctx context.Context, c httpx.Credential) (httpx.Caller, error) {
	p, err := k.ids.Authenticate(ctx, identity.Credential{APIKey: c.APIKey, Bearer: c.Bearer})
	return httpx.Caller{UserID: p.UserID, Roles: p.Roles, Permissions: p.Permissions, KeyID: p.KeyID}, err
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) write(sql string, args ...any) {
	h.t.Helper()
	h.must(h.store.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.NewRaw(sql, args...).Exec(ctx)
		return err
	}))
}

// user makes a user with an API key "key-NAME" that may everything.
func (h *house) user(name string, roles ...entity.Role) {
	h.t.Helper()
	h.write(`INSERT INTO users (id, user_name) VALUES (?, ?)`, name, name)
	for _, role := range roles {
		h.write(`INSERT INTO user_roles (user_id, role) VALUES (?, ?)`, name, role)
	}
	h.key("key-"+name, name, entity.AllPermissions)
}

func (h *house) key(key, owner string, p entity.Permission) {
	h.t.Helper()
	hash := sha256.Sum256([]byte(key))
	h.must(h.store.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.NewInsert().Model(&entity.APIKey{Name: key, OwnerID: owner, Permissions: p, KeyHash: hash[:]}).Exec(ctx)
		return err
	}))
}

// member makes a user who is a member of an organisation and nothing else.
func (h *house) member(name string, organisation int64, role entity.OrgRole) {
	h.t.Helper()
	h.user(name)
	h.must(h.orgs.SetMember(context.Background(), organisation, name, role))
}

type answer struct {
	status int
	body   string
	object map[string]any
}

func (a answer) id() int64 { return int64(a.object["id"].(float64)) }

func (a answer) data() []map[string]any {
	var all []map[string]any
	for _, item := range a.object["data"].([]any) {
		all = append(all, item.(map[string]any))
	}
	return all
}

// call sends a request as a user; body is JSON text, "" for none.
func (h *house) call(user, method, path, body string) answer {
	h.t.Helper()
	req := httptest.NewRequestWithContext(context.Background(), method, "/api/v1/"+path, strings.NewReader(body))
	if user != "" {
		req.Header.Set("Authorization", "Bearer key-"+user)
	}
	w := httptest.NewRecorder()
	h.router.ServeHTTP(w, req)
	a := answer{status: w.Code, body: w.Body.String()}
	if err := json.Unmarshal(w.Body.Bytes(), &a.object); err != nil {
		h.t.Fatalf("%s %s: %d %q: %v", method, path, w.Code, a.body, err)
	}
	return a
}

// ok is call as the administrator, with an answer 200.
func (h *house) ok(method, path, body string) answer {
	h.t.Helper()
	return h.okAs("admin", method, path, body)
}

func (h *house) okAs(user, method, path, body string) answer {
	h.t.Helper()
	a := h.call(user, method, path, body)
	if a.status != http.StatusOK {
		h.t.Fatalf("%s: %s %s %s: %d %s", user, method, path, body, a.status, a.body)
	}
	return a
}

// refused is call with an error in the surface's form whose message begins so.
func (h *house) refused(user, method, path, body string, status int, code, begins string) {
	h.t.Helper()
	a := h.call(user, method, path, body)
	message, _ := a.object["message"].(string)
	if a.status != status || a.object["code"] != code || len(a.object) != 2 || !strings.HasPrefix(message, begins) {
		h.t.Errorf("%s: %s %s %.200s: %d %s; want %d %s %q", user, method, path, body, a.status, a.body, status, code, begins)
	}
}

// world is two organisations with a project, a license and an instance each.
type world struct {
	org, other, project, otherProject, license, instance, otherInstance int64
}

const aLicense = `{"name":"MiCA","version":"1.0","icon":"m.svg","params":{"minScore":0,"maxScore":1},"groupScript":"g","scoreScript":"s"}`

func (h *house) stocked() (w world) {
	h.t.Helper()
	w.license = h.ok("POST", "license", aLicense).id()
	w.org = h.ok("POST", "organisation", `{"name":"Gulf","parent":"ADGM"}`).id()
	w.other = h.ok("POST", "organisation", `{"name":"Alps","parent":"FINMA"}`).id()
	w.project = h.ok("POST", "project", fmt.Sprintf(`{"name":"P","organisationId":%d}`, w.org)).id()
	w.otherProject = h.ok("POST", "project", fmt.Sprintf(`{"name":"Q","organisationId":%d}`, w.other)).id()
	w.instance = h.ok("POST", "instance", w.create(w.org, w.project, "LICENCED")).id()
	w.otherInstance = h.ok("POST", "instance", w.create(w.other, w.otherProject, "LICENCED")).id()
	h.member("boss", w.org, entity.OrgAdmin)
	h.member("guest", w.org, entity.OrgViewer)
	h.member("rival", w.other, entity.OrgAdmin)
	h.user("stranger")
	return w
}

func (w world) create(org, project int64, status string) string {
	return fmt.Sprintf(`{"licenseId":%d,"organisationId":%d,"projectId":%d,"licenseStatus":%q}`, w.license, org, project, status)
}
