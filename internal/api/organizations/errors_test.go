package organizations_test

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestErrorsHaveTheirForm(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "sqlite:"+t.TempDir()+"/licet.db")
	session := h.logIn("admin")
	for _, c := range []struct {
		method, path string
		status       int
		code, allow  string
	}{
		{"GET", "/saas", 404, "LICET_005", ""},
		{"GET", "/saas/", 404, "LICET_005", ""},
		{"POST", "/saas/api/v2/org", 404, "LICET_005", ""},
		{"GET", "/public/core/v3", 404, "LICET_005", ""},
		{"GET", "/public/core/v3/orgs", 404, "LICET_005", ""},
		{"GET", v3 + "//login", 404, "LICET_005", ""},
		{"POST", v3 + "/login/", 404, "LICET_005", ""},
		{"GET", v3 + "/license/org/", 404, "LICET_005", ""},
		{"GET", v3 + "/license/org/a/b", 404, "LICET_005", ""},
		{"GET", v3 + "/login", 405, "LICET_007", "POST"},
		{"DELETE", v3 + "/license/org/x", 405, "LICET_007", "GET, HEAD, PUT"},
		{"POST", "/public/core/v3/license/org/x", 405, "LICET_007", "GET, HEAD, PUT"},
		{"GET", v3 + "/license/org/x", 404, "LICET_006", ""},
		{"GET", v3 + "/license/org/%00", 404, "LICET_006", ""},
		{"GET", v3 + "/license/org/%ff%27%22", 404, "LICET_006", ""},
		{"GET", v3 + "/license/org/" + strings.Repeat("x", 5000), 404, "LICET_006", ""},
	} {
		a := h.call(session, c.method, c.path, "")
		if strings.Contains(c.path, "%") && a.status == 400 {
			h.refused(c.path, a, 400, "LICET_001", "is not text")
			continue
		}
		h.refused(c.method+" "+c.path[:min(len(c.path), 80)], a, c.status, c.code, "")
		if a.header.Get("Allow") != c.allow {
			t.Errorf("%s %s: Allow %q", c.method, c.path, a.header.Get("Allow"))
		}
	}
}

// TestRequestIds: one of the published form is taken over, another is not.
func TestRequestIds(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "sqlite:"+t.TempDir()+"/licet.db")
	for sent, kept := range map[string]bool{"abcDEF0123456789abcDEF": true, "short": false, "abcDEF0123456789abcDE\"": false, strings.Repeat("x", 23): false, "": false} {
		req := httptest.NewRequest("GET", v3+"/nothing", nil)
		req.Header.Set("X-Request-Id", sent)
		a := h.send(req)
		h.refused(sent, a, 404, "LICET_005", "")
		if (a.text("error", "requestId") == sent) != kept {
			t.Errorf("sent %q: %s", sent, a.body)
		}
	}
}
