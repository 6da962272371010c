package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/httpx/httpxtest"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// documented is one operation of the published page, as data.
type documented struct {
	Method   string
	Path     string
	Request  map[string]any
	Response map[string]any
}

func licensingPage(t *testing.T) []documented {
	t.Helper()
	text, err := os.ReadFile("testdata/licensing.json")
	if err != nil {
		t.Fatal(err)
	}
	var page []documented
	if err := json.Unmarshal(text, &page); err != nil {
		t.Fatal(err)
	}
	if len(page) != 7 {
		t.Fatalf("%d operations on the page", len(page))
	}
	return page
}

// sameShape says where got differs from the documented example: a member that
// is missing, one too many, or one of another JSON type. Null stands for a time
// that does not exist.
func sameShape(path string, want, got any) []string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if got == nil && w["seconds"] != nil {
			return nil
		}
		if !ok {
			return []string{fmt.Sprintf("%s: %T, want an object", path, got)}
		}
		var diffs []string
		for name, value := range w {
			if _, ok := g[name]; !ok {
				diffs = append(diffs, path+"."+name+": missing")
				continue
			}
			diffs = append(diffs, sameShape(path+"."+name, value, g[name])...)
		}
		for name := range g {
			if _, ok := w[name]; !ok {
				diffs = append(diffs, path+"."+name+": not documented")
			}
		}
		return diffs
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) == 0 {
			return []string{fmt.Sprintf("%s: %T of length %d, want a filled list", path, got, len(g))}
		}
		return sameShape(path+"[0]", w[0], g[0])
	}
	if fmt.Sprintf("%T", want) != fmt.Sprintf("%T", got) {
		return []string{fmt.Sprintf("%s: %T, want %T", path, got, want)}
	}
	return nil
}

// TestLicensingAnswersAreThePages calls each operation in an order in which it
// succeeds and compares its answer with the page, and with our own OpenAPI
// document.
func TestLicensingAnswersAreThePages(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *apptest.Server) {
		page := map[string]documented{}
		for _, op := range licensingPage(t) {
			page[strings.TrimPrefix(op.Path, "/v1/license/")] = op
		}
		document := s.Do(t, "GET", "/openapi.json", nil).Body
		httpxtest.ValidateDocument(t, document)
		openAPI := httpxtest.Load(t, document)
		end := map[string]any{"expireDate": "2030-01-01T00:00:00Z", "supportExpireDate": "2030-01-01T00:00:00Z", "maxAllowedSites": 2}
		activation, floating := s.Issue(t, with(end, "licensingMode", 1)), s.Issue(t, with(end, "licensingMode", 2))
		token := ""
		for _, step := range []struct {
			call string
			lic  apptest.License
		}{
			{"activate", activation}, {"validate", activation}, {"info", activation}, {"deactivate", activation},
			{"request", floating}, {"validate", floating}, {"heartbeat", floating}, {"info", floating}, {"release", floating},
		} {
			body := map[string]any{"machineId": "m", "clientId": "c", "clientName": "pc"}
			if _, byToken := page[step.call].Request["licenseToken"]; byToken {
				body["licenseToken"] = token
			} else {
				body["userKey"] = step.lic.UserKey
			}
			a := s.Do(t, "POST", "/v1/license/"+step.call, body)
			if a.Status != http.StatusOK {
				t.Fatalf("%s: %d %s", step.call, a.Status, a.Body)
			}
			if diffs := sameShape(step.call, page[step.call].Response, any(a.JSON)); len(diffs) > 0 {
				t.Errorf("%s differs from the page:\n%s", step.call, strings.Join(diffs, "\n"))
			}
			openAPI.Answer(t, "POST", "/v1/license/"+step.call, a.Status, a.Header.Get("Content-Type"), a.Body)
			if renews := step.call == "request" || step.call == "heartbeat"; renews != (a.Header.Get("X-Licet-Lease") == "900.000000") {
				t.Errorf("%s says of its lease %q", step.call, a.Header.Get("X-Licet-Lease"))
			}
			if got, ok := a.JSON["licenseToken"].(string); ok {
				token = got
			}
		}
	})
}

func with(base map[string]any, name string, value any) map[string]any {
	m := map[string]any{name: value}
	for k, v := range base {
		m[k] = v
	}
	return m
}

// TestBadLicensingInput sends every operation what it must refuse: a clear
// problem document, never a 5xx, nothing changed.
func TestBadLicensingInput(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *apptest.Server) {
		lic := s.Issue(t, map[string]any{"licensingMode": 2, "maxAllowedSites": 5})
		seated := s.Must(t, "POST", "/v1/license/request", map[string]any{"userKey": lic.UserKey, "clientId": "holder"})
		openAPI := httpxtest.Load(t, s.Do(t, "GET", "/openapi.json", nil).Body)
		for _, op := range licensingPage(t) {
			name := "userKey"
			if _, ok := op.Request["userKey"]; !ok {
				name = "licenseToken"
			}
			check := func(what, body string, status int) apptest.Answer {
				t.Helper()
				a := s.Do(t, op.Method, op.Path, body)
				if a.Status != status || a.JSON["code"] == nil || a.JSON["detail"] == "" || a.JSON["requestId"] == "" {
					t.Errorf("%s with %s: %d %.300s, want %d", op.Path, what, a.Status, a.Body, status)
				}
				openAPI.Answer(t, op.Method, op.Path, a.Status, a.Header.Get("Content-Type"), a.Body)
				return a
			}
			check("no body", "", 400)
			check("an empty object", "{}", 400)
			check("a list", "[]", 400)
			check("a string", `"x"`, 400)
			check("half an object", `{"`+name+`":`, 400)
			check("two objects", `{}{}`, 400)
			for member := range op.Request {
				for what, value := range map[string]string{
					"a number": "7", "true": "true", "an object": "{}", "a list": `["x"]`,
					"a string too long": `"` + strings.Repeat("x", 257) + `"`,
				} {
					a := check(member+" "+what, bodyWith(name, member, value), 400)
					if a.JSON["field"] != member {
						t.Errorf("%s with %s %s names the member %v", op.Path, member, what, a.JSON["field"])
					}
				}
				for what, value := range map[string]string{
					"invalid UTF-8": "\"\xff\xfe\"", "a NUL": `"\u0000"`, "a raw NUL": "\"\x00\"", "a lone surrogate": `"\ud800"`,
				} {
					check(member+" "+what, bodyWith(name, member, value), 400)
				}
				check(member+" twice", fmt.Sprintf(`{%q: "a", %q: "b"}`, member, strings.ToUpper(member)), 400)
			}
			check(name+" null", fmt.Sprintf(`{%q: null, "machineId": "m"}`, name), 400)
			check("nesting 10,000 deep", `{"x":`+strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000)+`}`, 400)
			check("a body of 10 MB", `{"x":"`+strings.Repeat("x", 10<<20)+`"}`, 413)
			check("an unknown key and an unknown member", fmt.Sprintf(`{%q: "nope", "machineId": "m", "unknown": {"a": [1]}}`, name), 404)
			for _, media := range []string{"text/plain", "application/xml", "application/json; charset=utf-16"} {
				if got := post(t, s, op.Path, media, "{}"); got != http.StatusUnsupportedMediaType {
					t.Errorf("%s as %s: %d", op.Path, media, got)
				}
			}
			for _, media := range []string{"application/json", "text/json", "application/json-patch+json", "application/JSON; charset=UTF-8"} {
				if got := post(t, s, op.Path, media, fmt.Sprintf(`{%q: "nope", "machineId": "m"}`, name)); got != http.StatusNotFound {
					t.Errorf("%s as %s: %d, want 404", op.Path, media, got)
				}
			}
		}
		info := s.Must(t, "POST", "/v1/license/info", map[string]any{"userKey": lic.UserKey})
		tokens := info["licenseTokens"].([]any)
		if info["activeClientCount"] != 1.0 || tokens[0].(map[string]any)["token"] != seated["licenseToken"] {
			t.Errorf("bad input changed the books: %v", info)
		}
	})
}

// bodyWith is a request that is well but for one member, given as raw JSON.
func bodyWith(key, member, value string) string {
	members := map[string]string{key: `"nope"`, "machineId": `"m"`}
	members[member] = value
	var parts []string
	for name, raw := range members {
		parts = append(parts, fmt.Sprintf("%q: %s", name, raw))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func post(t *testing.T, s *apptest.Server, path, media, body string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "POST", s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", media)
	req.Header.Set("x-api-key", s.Key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// TestGuessingIsSlowedDown: unknown keys from one address run into 429.
func TestGuessingIsSlowedDown(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, storetest.URL(t, store.SQLite))
	for i := range 3000 {
		a := s.Do(t, "POST", "/v1/license/validate", map[string]any{"userKey": fmt.Sprint("guess", i)})
		if a.Status == http.StatusTooManyRequests {
			if a.Header.Get("Retry-After") == "" || a.JSON["code"] != "Throttled" {
				t.Fatalf("throttled with %v %s", a.Header, a.Body)
			}
			return
		}
	}
	t.Fatal("3,000 guesses went through")
}

// TestKeylessClients: without a credential a call is 401, unless the setting
// opens the surface; then others' tokens are masked in info.
func TestKeylessClients(t *testing.T) {
	t.Parallel()
	closed := apptest.New(t, storetest.URL(t, store.SQLite))
	nobody := apptest.Vendor{URL: closed.URL}
	if a := nobody.Do(t, "POST", "/v1/license/info", `{"userKey":"x"}`); a.Status != http.StatusUnauthorized {
		t.Fatalf("keyless on a closed server: %d %s", a.Status, a.Body)
	}
	open := apptest.New(t, storetest.URL(t, store.SQLite), "--keyless")
	lic := open.Issue(t, map[string]any{"licensingMode": 2})
	nobody = apptest.Vendor{URL: open.URL}
	mine := nobody.Must(t, "POST", "/v1/license/request", map[string]any{"userKey": lic.UserKey, "clientId": "mine"})
	nobody.Must(t, "POST", "/v1/license/request", map[string]any{"userKey": lic.UserKey, "clientId": "other"})
	// A customer's machine is no more than a machine: the license may be another's.
	user := open.Must(t, "POST", "/v1/users", map[string]any{"user": map[string]any{"userName": "m", "roles": []string{"Application", "Customer"}}})
	key := open.Must(t, "POST", "/v1/api-keys", map[string]any{"apiKey": map[string]any{"ownerId": user["userId"]}})
	for name, caller := range map[string]apptest.Vendor{"nobody": nobody, "customer": {URL: open.URL, Key: key["apiKey"].(string)}} {
		info := caller.Must(t, "POST", "/v1/license/info", map[string]any{"userKey": lic.UserKey, "clientId": "mine"})
		for _, item := range info["licenseTokens"].([]any) {
			tok := item.(map[string]any)
			if tok["clientId"] == "mine" && tok["token"] == mine["licenseToken"] {
				continue
			}
			for _, member := range []string{"token", "machineId", "clientId", "clientName", "clientAddr"} {
				if tok[member] != "****" {
					t.Errorf("%s: another's %s is shown as %v", name, member, tok[member])
				}
			}
		}
	}
	if a := nobody.Do(t, "GET", "/v1/licenses", nil); a.Status != http.StatusUnauthorized {
		t.Errorf("keyless on the management API: %d", a.Status)
	}
}
