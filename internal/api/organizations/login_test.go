package organizations_test

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/identity"
)

func TestALoginAnswersAsPublished(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		parent := h.found("Parent", 0)
		child := h.found("Child", parent.id)
		for _, p := range []struct {
			party
			name, parentID string
		}{{parent, "Parent", `null`}, {child, "Child", `"` + parent.publicID + `"`}} {
			for _, path := range []string{v3, "/public/core/v3"} {
				a := h.call("", "POST", path+"/login", fmt.Sprintf(`{"username":%q,"password":%q}`, strings.ToUpper(p.viewer), password))
				session, user := a.text("userInfo", "sessionId"), a.text("userInfo", "id")
				if !regexp.MustCompile(`^[A-Za-z0-9]{22}$`).MatchString(session) || user == "" {
					t.Fatalf("%d %s", a.status, a.body)
				}
				want := fmt.Sprintf(`{"products":[{"name":"Integration Cloud","baseApiUrl":"http://example.com/saas"}],`+
					`"userInfo":{"sessionId":%q,"id":%q,"name":%q,"parentOrgId":%s,"orgId":%q,"orgName":%q,"groups":{},"status":"Active"}}`,
					session, user, p.viewer, p.parentID, p.publicID, p.name)
				if got := strings.TrimSpace(string(a.body)); got != want || a.status != http.StatusOK {
					t.Errorf("%d\n%s\nwant\n%s", a.status, got, want)
				}
				var kept int64
				h.must(h.store.Read().NewRaw("SELECT COUNT(*) FROM sessions WHERE kind = 'organizations' AND length(token_hash) = 32").Scan(t.Context(), &kept))
				if kept == 0 {
					t.Error("no session is in the books")
				}
			}
		}
	})
}

func TestTheBaseURL(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "sqlite:"+t.TempDir()+"/licet.db")
	for _, c := range []struct {
		publicURL, host string
		tls             bool
		want            string
	}{
		{"", "here:8080", false, "http://here:8080/saas"},
		{"", "here", true, "https://here/saas"},
		{"https://licenses.example.com", "here", false, "https://licenses.example.com/saas"},
		{"https://example.com/licet", "here", false, "https://example.com/licet/saas"},
	} {
		h.publicURL = c.publicURL
		req := httptest.NewRequest("POST", v3+"/login", strings.NewReader(fmt.Sprintf(`{"username":"admin","password":%q}`, password)))
		req.Host = c.host
		req.Header.Set("X-Forwarded-Host", "evil.example")
		if c.tls {
			req.TLS = &tls.ConnectionState{}
		}
		a := h.send(req)
		products, _ := a.object["products"].([]any)
		if len(products) != 1 || products[0].(map[string]any)["baseApiUrl"] != c.want {
			t.Errorf("%+v: %d %s", c, a.status, a.body)
		}
	}
}

// TestTheHomeOfAUser: of several memberships one counts, and it is always the same.
func TestTheHomeOfAUser(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		top, second := h.found("Top", 0), h.found("Second", 0)
		below := h.found("Below", top.id)
		eva := h.user("eva")
		at := func(want party) {
			t.Helper()
			if a := h.call("", "POST", v3+"/login", fmt.Sprintf(`{"username":"eva","password":%q}`, password)); a.text("userInfo", "orgId") != want.publicID {
				t.Errorf("%d %s; want %s", a.status, a.body, want.admin)
			}
		}
		h.join(eva, below.id, entity.OrgViewer)
		at(below)
		h.join(eva, second.id, entity.OrgViewer)
		at(second)
		h.join(eva, top.id, entity.OrgViewer)
		at(top)
		h.join(eva, below.id, entity.OrgAdmin)
		at(below)
		h.join(eva, second.id, entity.OrgAdmin)
		at(second)
		h.staff("PUT", fmt.Sprintf("/v1/organizations/%d/disabled", second.id), "{}")
		at(below)
		h.staff("DELETE", fmt.Sprintf("/v1/organizations/%d/members/%s", below.id, eva), "")
		at(top)
	})
}

func TestBadLogins(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		party := h.found("Ada", 0)
		h.user("nobody")
		closed := h.found("Closed", 0)
		h.staff("PUT", fmt.Sprintf("/v1/organizations/%d/disabled", closed.id), "{}")
		log := func(name, password string) string {
			return fmt.Sprintf(`{"username":%q,"password":%q}`, name, password)
		}
		long := strings.Repeat("ä", 256)
		for _, c := range []struct {
			body   string
			status int
			code   string
			says   string
		}{
			{log(party.admin, "wrong password"), 401, "IDS_085", "User name or password is not valid."},
			{log("unknown", password), 401, "IDS_085", "User name or password is not valid."},
			{log("nobody", password), 403, "LICET_003", "no active organization"},
			{log("nobody", "wrong password"), 401, "IDS_085", "User name or password is not valid."},
			{log(closed.admin, password), 403, "LICET_003", "no active organization"},
			{log("", password), 400, "LICET_001", "username: is missing"},
			{log(party.admin, ""), 400, "LICET_001", "password: is missing"},
			{log(long, password), 400, "LICET_001", "username: has more than 255"},
			{log(party.admin, long), 400, "LICET_001", "password: has more than 255"},
			{"", 400, "LICET_001", "username: is missing"},
			{`{"username":null}`, 400, "LICET_001", "username: is missing"},
			{`{"username":1}`, 400, "LICET_001", "username: expected a string"},
			{`[]`, 400, "LICET_001", "expected an object"},
			{`{"username":`, 400, "LICET_001", ""},
			{"{\"username\":\"\xff\"}", 400, "LICET_001", ""},
		} {
			h.refused(c.body, h.call("", "POST", v3+"/login", c.body), c.status, c.code, c.says)
		}
		var sessions int64
		h.must(h.store.Read().NewRaw("SELECT COUNT(*) FROM sessions").Scan(t.Context(), &sessions))
		if sessions != 0 {
			t.Errorf("%d sessions were left behind", sessions)
		}
	})
}

// TestGuessingLocksOutNobodyElse: after five wrong passwords the address waits for
// that user, not another address and not for another user.
func TestGuessingLocksOutNobodyElse(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "sqlite:"+t.TempDir()+"/licet.db")
	a, b := h.found("A", 0), h.found("B", 0)
	from := func(address, name, password string) answer {
		req := httptest.NewRequest("POST", v3+"/login", strings.NewReader(fmt.Sprintf(`{"username":%q,"password":%q}`, name, password)))
		req.RemoteAddr = address + ":1"
		return h.send(req)
	}
	for range 5 {
		h.refused("a guess", from("192.0.2.1", a.admin, "guess"), 401, "IDS_085", "")
	}
	limited := from("192.0.2.1", strings.ToUpper(a.admin), password)
	h.refused("one more, right", limited, 429, "LICET_010", "too many wrong passwords")
	if limited.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	for _, other := range []answer{from("192.0.2.2", a.admin, password), from("192.0.2.1", b.admin, password)} {
		if other.status != http.StatusOK {
			t.Errorf("another is locked out: %d %s", other.status, other.body)
		}
	}
}

// TestSessionsLiveByTheirUse: 30 minutes without use, up to two more, and every
// use counts anew.
func TestSessionsLiveByTheirUse(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		p := h.found("Ada", 0)
		path := v3 + "/license/org/" + p.publicID
		used, idle := h.logIn(p.admin), h.logIn(p.viewer)
		alive := func(session string) bool {
			t.Helper()
			a := h.call(session, "GET", path, "")
			if a.status != http.StatusOK {
				h.refused("an ended session", a, 401, "LICET_002", "the session is not valid or has expired; log in again")
			}
			return a.status == http.StatusOK
		}
		for i := range 4 { // it slides: nearly two hours
			h.clock.Advance(29 * time.Minute)
			if !alive(used) {
				t.Fatalf("dead after 29 minutes without use, the %d. time", i+1)
			}
			if i == 1 && alive(idle) {
				t.Fatal("an idle session lives on")
			}
		}
		h.clock.Advance(31 * time.Minute)
		if !alive(used) {
			t.Error("dead in its grace")
		}
		h.clock.Advance(33 * time.Minute)
		if alive(used) {
			t.Error("alive after 33 minutes without use")
		}
		var usedAt entity.Time
		again := h.logIn(p.admin)
		begun := h.clock.Read().Wall
		for range 59 { // written down at most once a minute
			h.clock.Advance(time.Second)
			alive(again)
		}
		h.must(h.store.Read().NewRaw("SELECT MAX(used_at) FROM sessions").Scan(t.Context(), &usedAt))
		if !usedAt.Std().Equal(begun) {
			t.Errorf("the use was written at %s, begun at %s", usedAt, begun)
		}
		// At last a session ends however it is used.
		for lived := 59 * time.Second; lived < 24*time.Hour; lived += 20 * time.Minute {
			if !alive(again) {
				t.Fatalf("dead after %s", lived)
			}
			h.clock.Advance(20 * time.Minute)
		}
		if alive(again) {
			t.Error("alive after a day")
		}
	})
}

func TestLogout(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		p := h.found("Ada", 0)
		for _, base := range []string{v3, "/public/core/v3"} {
			session, other := h.logIn(p.admin), h.logIn(p.admin)
			if a := h.call(session, "POST", base+"/logout", ""); a.status != http.StatusOK || len(a.body) != 0 {
				t.Errorf("%d %q", a.status, a.body)
			}
			h.refused("a session that is over", h.call(session, "POST", base+"/logout", ""), 401, "LICET_002", "")
			h.refused("a session that is over", h.call(session, "GET", v3+"/license/org/"+p.publicID, ""), 401, "LICET_002", "")
			if a := h.call(other, "GET", base+"/license/org/"+p.publicID, ""); a.status != http.StatusOK {
				t.Errorf("the other session ended too: %d %s", a.status, a.body)
			}
		}
	})
}

// TestNoOtherDoor: sessions of this surface open no other one, and other
// credentials not this one.
func TestNoOtherDoor(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "sqlite:"+t.TempDir()+"/licet.db")
	p := h.found("Ada", 0)
	session := h.logIn("admin")
	for _, header := range []string{"x-api-key", "Authorization"} {
		req := httptest.NewRequest("GET", "/v1/organizations", nil)
		req.Header.Set(header, strings.TrimPrefix("Bearer "+session, map[string]string{"x-api-key": "Bearer "}[header]))
		if a := h.send(req); a.status != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", header, a.status, a.body)
		}
	}
	other, err := h.ids.Login(t.Context(), identity.LoginSessions(time.Hour), identity.Login{UserName: "admin", Password: password, Network: "n"})
	h.must(err)
	login := other.Token
	for _, sent := range []map[string]string{
		{"x-api-key": adminKey}, {"Authorization": "Bearer " + adminKey}, {"Authorization": "Bearer " + session}, {"Authorization": "Bearer " + login},
		{"INFA-SESSION-ID": login}, {"INFA-SESSION-ID": adminKey}, {"INFA-SESSION-ID": "0000000000000000000000"}, {"INFA-SESSION-ID": ""},
		{"icSessionId": session}, {"INFA-SESSION-ID": strings.Repeat("x", 10_000)},
	} {
		req := httptest.NewRequest("GET", v3+"/license/org/"+p.publicID, nil)
		for name, value := range sent {
			req.Header.Set(name, value)
		}
		h.refused(fmt.Sprintf("%.80v", sent), h.send(req), 401, "LICET_002", "")
	}
	twice := httptest.NewRequest("GET", v3+"/license/org/"+p.publicID, nil)
	twice.Header["Infa-Session-Id"] = []string{session, session}
	h.refused("two sessions", h.send(twice), 401, "LICET_002", "more than once")
}
