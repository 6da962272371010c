package organizations_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/licet/licet/internal/api/management"
	"github.com/licet/licet/internal/api/organizations"
	"github.com/licet/licet/internal/books"
	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/identity"
	"github.com/licet/licet/internal/issuing/issuingtest"
	"github.com/licet/licet/internal/org"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var testStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const (
	adminKey = "api_aaaaaaaaaaaaaaaaaaaaaaaa"
	password = "correct horse"
	v3       = "/saas/public/core/v3"
)

// house is this surface, and that of management to furnish the books.
type house struct {
	t         testing.TB
	store     *store.Store
	clock     *clock.Fake
	ids       *identity.Service
	publicURL string
	router    *httpx.Router
}

func newHouse(t testing.TB, url string) *house {
	t.Helper()
	h := &house{t: t, store: storetest.Open(t, url), clock: clock.NewFake(testStart)}
	set := settings.DefaultLicensing
	h.ids = identity.New(h.store, set, h.clock)
	_, err := h.ids.Bootstrap(t.Context(), identity.Admin{Password: password, APIKey: adminKey})
	h.must(err)
	h.exec("UPDATE users SET password_hash = ?", cheapHash())
	orgs := org.New(h.store, h.clock)
	h.must(orgs.EnsureFirst(t.Context()))
	iss := issuingtest.Service(t, h.store, set, h.clock)
	b := books.New(h.store, seat.New(h.store, iss, set, h.clock), h.ids, set, h.clock)
	h.router, err = httpx.NewRouter(httpx.Options{Auth: keys{h.ids}},
		management.Surface(management.Deps{Issuing: iss, Books: b, Identity: h.ids, Orgs: orgs, Clock: h.clock}),
		organizations.Surface(organizations.Deps{Orgs: orgs, Identity: h.ids, PublicURL: func() string { return h.publicURL }}))
	h.must(err)
	return h
}

// keys lets the management surface know API keys and login tokens.
type keys struct{ ids *identity.Service }

func (k keys) Authenticate(ctx context.Context, c httpx.Credential) (httpx.Caller, error) {
	p, err := k.ids.Authenticate(ctx, identity.Credential{APIKey: c.APIKey, Bearer: c.Bearer})
	return httpx.Caller{UserID: p.UserID, Roles: p.Roles, Permissions: p.Permissions, KeyID: p.KeyID, SessionID: p.SessionID}, err
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// answer is a response; object is its body, nil where there is none.
type answer struct {
	status int
	header http.Header
	body   []byte
	object map[string]any
}

// failure is the error of an answer as a code and a message.
func (a answer) failure() (code, message string) {
	e, _ := a.object["error"].(map[string]any)
	code, _ = e["code"].(string)
	message, _ = e["message"].(string)
	return code, message
}

func (a answer) text(path ...string) string {
	var v any = a.object
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	s, _ := v.(string)
	return s
}

// call sends a request with a session; body is JSON text, "" for none.
func (h *house) call(session, method, path, body string) answer {
	h.t.Helper()
	req := httptest.NewRequestWithContext(context.Background(), method, path, strings.NewReader(body))
	if session != "" {
		req.Header.Set("INFA-SESSION-ID", session)
	}
	return h.send(req)
}

func (h *house) send(req *http.Request) answer {
	h.t.Helper()
	w := httptest.NewRecorder()
	h.router.ServeHTTP(w, req)
	a := answer{status: w.Code, header: w.Header(), body: w.Body.Bytes()}
	if len(a.body) == 0 {
		return a
	}
	if err := json.Unmarshal(a.body, &a.object); err != nil {
		h.t.Fatalf("%s %s: %d %q: %v", req.Method, req.URL, w.Code, a.body, err)
	}
	return a
}

// staff is a request to the management surface that must succeed.
func (h *house) staff(method, path, body string) map[string]any {
	h.t.Helper()
	req := httptest.NewRequestWithContext(context.Background(), method, path, strings.NewReader(body))
	req.Header.Set("x-api-key", adminKey)
	a := h.send(req)
	if a.status != http.StatusOK {
		h.t.Fatalf("%s %s %s: %d %s", method, path, body, a.status, a.body)
	}
	return a.object
}

// party is an organization with an administrator and a viewer.
type party struct {
	id       int64
	publicID string
	admin    string // names of users
	viewer   string
}

// found makes an organization below another (0: below none) and its members.
func (h *house) found(name string, parent int64) party {
	h.t.Helper()
	body := fmt.Sprintf(`{"organization":{"name":%q}}`, name)
	if parent != 0 {
		body = fmt.Sprintf(`{"organization":{"name":%q,"parentId":%d}}`, name, parent)
	}
	made := h.staff("POST", "/v1/organizations", body)
	p := party{id: int64(made["organizationId"].(float64)), publicID: made["publicId"].(string), admin: name + "-admin", viewer: name + "-viewer"}
	h.join(h.user(p.admin), p.id, entity.OrgAdmin)
	h.join(h.user(p.viewer), p.id, entity.OrgViewer)
	return p
}

// cheapHash is one of the password that costs next to nothing to check: these
// tests log in hundreds of times.
func cheapHash() string {
	salt := []byte("salt of the tests")
	b64 := base64.RawStdEncoding.EncodeToString
	return "$argon2id$v=19$m=64,t=1,p=1$" + b64(salt) + "$" + b64(argon2.IDKey([]byte(password), salt, 1, 64, 1, 32))
}

// user makes a user without any role.
func (h *house) user(name string) (id string) {
	h.t.Helper()
	id = h.staff("POST", "/v1/users", fmt.Sprintf(`{"user":{"userName":%q}}`, name))["userId"].(string)
	h.exec("UPDATE users SET password_hash = ? WHERE id = ?", cheapHash(), id)
	return id
}

func (h *house) join(userID string, organisation int64, role entity.OrgRole) {
	h.t.Helper()
	h.staff("PUT", fmt.Sprintf("/v1/organizations/%d/members", organisation), fmt.Sprintf(`{"member":{"userId":%q,"role":%q}}`, userID, role))
}

// logIn begins a session.
func (h *house) logIn(name string) (session string) {
	h.t.Helper()
	a := h.call("", "POST", v3+"/login", fmt.Sprintf(`{"username":%q,"password":%q}`, name, password))
	if a.status != http.StatusOK {
		h.t.Fatalf("log in as %s: %d %s", name, a.status, a.body)
	}
	return a.text("userInfo", "sessionId")
}

// refused judges an error: its status, its code, its form, and what it says.
func (h *house) refused(what string, a answer, status int, code, says string) {
	h.t.Helper()
	got, message := a.failure()
	form := regexp.MustCompile(`^\{"error":\{"code":"[A-Z]+_\d{3}","message":"[^"\\]*(\\"[^"\\]*)*","requestId":"[A-Za-z0-9]{22}","details":null\}\}\s*$`)
	if a.status != status || got != code || !strings.Contains(message, says) || !form.Match(a.body) {
		h.t.Errorf("%s: %d %s; want %d, %s, %q", what, a.status, a.body, status, code, says)
	}
	if challenge := a.header.Get("WWW-Authenticate"); strings.HasPrefix(challenge, "INFA-SESSION-ID ") != (status == http.StatusUnauthorized) {
		h.t.Errorf("%s: challenged by %q", what, challenge)
	}
	if id := a.header.Get("X-Request-Id"); !bytes.Contains(a.body, []byte(`"requestId":"`+id+`"`)) {
		h.t.Errorf("%s: the header has another request id: %s", what, id)
	}
}

// definition makes a license definition, an edition or a limit definition.
func (h *house) definition(path, item, members string) (publicID string) {
	h.t.Helper()
	return h.staff("POST", path, `{"`+item+`":{`+members+`}}`)["publicId"].(string)
}

// exec changes the books behind the surfaces' back.
func (h *house) exec(query string, args ...any) {
	h.t.Helper()
	h.must(h.store.Write(h.t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.NewRaw(query, args...).Exec(ctx)
		return err
	}))
}

func eachEngine(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) { test(t, newHouse(t, url)) })
}
