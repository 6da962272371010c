package httpx_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestNoRouteIsAnsweredInTheSurfacesForm(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const books, seats, none = "application/json", "application/problem+json", "application/problem+json; nobody"
	for _, c := range []struct {
		method, path string
		status       int
		form, allow  string
	}{
		{"GET", "/v1/nothing", 404, books, ""},
		{"GET", "/v1", 404, books, ""},
		{"GET", "/v1/tree", 404, books, ""}, // the mux would redirect it to its tree
		{"GET", "/v1/licenses/", 404, books, ""},
		{"GET", "/v1//licenses", 404, books, ""},
		{"GET", "//v1/licenses", 404, books, ""},
		{"GET", "/v1/./licenses", 404, books, ""},
		{"GET", "/v1/x/../licenses", 404, books, ""},
		{"GET", "/v1/licenses/..", 404, books, ""},
		{"GET", "/v1/licenses/5/", 404, books, ""},
		{"DELETE", "/v1/licenses/", 404, books, ""},
		{"PATCH", "/v1/licenses", 405, books, "GET, HEAD, POST"},
		{"OPTIONS", "/v1/licenses", 405, books, "GET, HEAD, POST"},
		{"GET", "/v1/licenses/5", 405, books, "DELETE"},
		{"BREW", "/v1/books/1", 405, books, "PUT"},
		{"GET", "/v1/license/activate", 405, seats, "POST"},
		{"POST", "/v1/license/nothing", 404, seats, ""},
		{"POST", "/v1/license/activate/", 404, seats, ""},
		{"POST", "/v1/license//activate", 404, seats, ""},
		{"POST", "/v1/license", 404, seats, ""},
		{"POST", "/v1/license-tokens", 404, books, ""},
		{"GET", "/", 404, none, ""},
		{"GET", "/v2/licenses", 404, none, ""},
		{"GET", "/v11", 404, none, ""},
		{"POST", "/healthz", 405, none, "GET, HEAD"},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(c.method, "http://host/", nil)
			r.URL.Path, r.RequestURI = c.path, c.path
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			media, _, nobody := strings.Cut(c.form, ";")
			if w.Code != c.status || w.Header().Get("Content-Type") != media || w.Header().Get("Allow") != c.allow {
				t.Fatalf("%d %s, allow %q", w.Code, w.Header().Get("Content-Type"), w.Header().Get("Allow"))
			}
			if w.Header().Get("Location") != "" || w.Header().Get("X-Request-Id") == "" {
				t.Errorf("headers %v", w.Header())
			}
			has := func(member string) bool { return strings.Contains(w.Body.String(), `"`+member+`":`) }
			switch {
			case nobody:
				if !has("detail") || !has("status") {
					t.Errorf("not the general form: %s", w.Body)
				}
			case c.form == books:
				if !has("success") {
					t.Errorf("not the form of books: %s", w.Body)
				}
			default:
				if !has("title") || has("status") {
					t.Errorf("not the form of seats: %s", w.Body)
				}
			}
		})
	}
}

func TestOddTargetsAreNotFound(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, path := range []string{"*", "", "v1/licenses"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.Path, r.RequestURI = path, path
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 404 {
			t.Errorf("%q: %d", path, w.Code)
		}
	}
}

func TestHeadAnswersAsGetWithoutABody(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(newHouse(t))
	t.Cleanup(server.Close)
	for _, path := range []string{"/v1/file", "/openapi.json", "/healthz"} {
		resp, err := http.Head(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != 200 || resp.ContentLength <= 0 {
			t.Errorf("%s: %d, %d bytes", path, resp.StatusCode, resp.ContentLength)
		}
	}
}

func TestExtraRoutes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	w := h.call("GET", "/healthz", "", "", "X-Request-Id: probe-1")
	if w.Code != 200 || w.Body.String() != "console probe-1" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := h.call("GET", "/console/a/b", "", ""); w.Code != 200 {
		t.Errorf("below the tree: %d", w.Code)
	}
	w = h.call("GET", "/console", "", "")
	if w.Code != http.StatusTemporaryRedirect || w.Header().Get("Location") != "/console/" || w.Header().Get("X-Request-Id") == "" {
		t.Errorf("to the tree: %d %v", w.Code, w.Header())
	}
}

func TestPathValuesAreDecoded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for path, want := range map[string]int{
		"/v1/licenses/5":                   200,
		"/v1/licenses/%35":                 200,
		"/v1/licenses/-5":                  200, // a number; whether it is there is the operation's to say
		"/v1/licenses/x":                   400,
		"/v1/licenses/5%2F6":               400,
		"/v1/licenses/%00":                 400,
		"/v1/licenses/%ff":                 400,
		"/v1/licenses/9223372036854775808": 400,
		"/v1/licenses/1.0":                 400,
	} {
		if w := h.call("DELETE", path, "admin", ""); w.Code != want {
			t.Errorf("%s: %d %s, want %d", path, w.Code, w.Body, want)
		}
	}
	if w := h.call("DELETE", "/v1/licenses/x", "admin", ""); decode[bookError](t, w).Message != `licenseId: expected a whole number, got "x"` {
		t.Errorf("said %s", w.Body)
	}
}
