package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/store/storetest"
)

// TestLicensesTheWayPublicClientsDo: log in, follow baseApiUrl, read, change, send
// back, read again, log out.
func TestLicensesTheWayPublicClientsDo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := apptest.New(t, url, "--admin-password="+testPassword)
		made := func(path, item string, members map[string]any) map[string]any {
			return s.Must(t, "POST", path, map[string]any{item: members})
		}
		license := made("/v1/license-definitions", "licenseDefinition", map[string]any{"name": "Export"})["publicId"]
		limit := made("/v1/limit-definitions", "limitDefinition", map[string]any{"name": "jobs"})["publicId"]
		first := s.Must(t, "GET", "/v1/organizations", nil)["organizations"].([]any)[0].(map[string]any)
		s.Must(t, "PUT", fmt.Sprintf("/v1/organizations/%v/licenses", first["id"]), map[string]any{"licenses": map[string]any{
			"customLicenses": []any{map[string]any{"licenseDef": license, "licenseType": "SUBSCRIPTION", "expirationDate": "2027-01-01T00:00:00Z"}},
			"customLimits":   []any{map[string]any{"limitDefinition": limit, "value": -1}},
		}})
		child := made("/v1/organizations", "organization", map[string]any{"name": "Branch", "parentId": first["id"]})["publicId"]

		login := apptest.Vendor{URL: s.URL}.Must(t, "POST", "/saas/public/core/v3/login", map[string]any{"username": "admin", "password": testPassword})
		base := login["products"].([]any)[0].(map[string]any)["baseApiUrl"].(string)
		user := login["userInfo"].(map[string]any)
		if base != s.URL+"/saas" || user["orgId"] != first["publicId"] || user["parentOrgId"] != nil {
			t.Fatalf("logged in: %v", login)
		}
		c := apptest.Vendor{URL: base + "/public/core/v3", Session: user["sessionId"].(string)}
		read := c.Do(t, "GET", fmt.Sprintf("/license/org/%v", child), nil)
		got := read.JSON
		if read.Status != http.StatusOK || got["id"] != child || got["parentOrg"] != first["publicId"] || len(got["customLicenses"].([]any)) != 1 || len(got["customLimits"].([]any)) != 1 {
			t.Fatalf("it inherits: %d %s", read.Status, read.Body)
		}
		got["customLimits"].([]any)[0].(map[string]any)["value"] = 100
		got["customLicenses"].([]any)[0].(map[string]any)["expirationDate"] = "2026-06-30T00:00:00Z"
		if a := c.Do(t, "PUT", fmt.Sprintf("/license/org/%v", child), got); a.Status != http.StatusOK || len(a.Body) != 0 {
			t.Fatalf("put: %d %s", a.Status, a.Body)
		}
		sent, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(c.Must(t, "GET", fmt.Sprintf("/license/org/%v", child), nil))
		if err != nil || !bytes.Equal(sent, again) {
			t.Errorf("sent %s, read %s, %v", sent, again, err)
		}
		got["customLicenses"].([]any)[0].(map[string]any)["expirationDate"] = "2027-06-30T00:00:00Z"
		if a := c.Do(t, "PUT", fmt.Sprintf("/license/org/%v", child), got); a.Status != http.StatusBadRequest || a.JSON["error"].(map[string]any)["code"] != "LICET_017" {
			t.Errorf("longer than the parent: %d %s", a.Status, a.Body)
		}
		s.Clock.Advance(31 * time.Minute) // in its grace
		if a := c.Do(t, "POST", "/logout", nil); a.Status != http.StatusOK || len(a.Body) != 0 {
			t.Errorf("logout: %d %s", a.Status, a.Body)
		}
		if a := c.Do(t, "GET", fmt.Sprintf("/license/org/%v", child), nil); a.Status != http.StatusUnauthorized || a.JSON["error"].(map[string]any)["code"] != "LICET_002" {
			t.Errorf("after logout: %d %s", a.Status, a.Body)
		}
	})
}

// TestTheBaseURLBehindAProxy: forwarded headers count from a trusted proxy only,
// and a public URL before all.
func TestTheBaseURLBehindAProxy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		want string // "": the server's own
	}{
		{nil, ""},
		{[]string{"--trusted-proxies=127.0.0.0/8"}, "https://licenses.example.com/saas"},
		{[]string{"--trusted-proxies=127.0.0.0/8", "--public-url=https://example.com/licet/"}, "https://example.com/licet/saas"},
	} {
		s := apptest.New(t, "sqlite:"+t.TempDir()+"/licet.db", append(c.args, "--admin-password="+testPassword)...)
		req, err := http.NewRequestWithContext(t.Context(), "POST", s.URL+"/saas/public/core/v3/login",
			strings.NewReader(fmt.Sprintf(`{"username":"admin","password":%q}`, testPassword)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Forwarded-Proto", "https")
		req.Header.Set("X-Forwarded-Host", "licenses.example.com")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var login struct {
			Products []struct{ BaseAPIURL string }
		}
		err = json.NewDecoder(resp.Body).Decode(&login)
		_ = resp.Body.Close()
		want := c.want
		if want == "" {
			want = s.URL + "/saas"
		}
		if err != nil || len(login.Products) != 1 || login.Products[0].BaseAPIURL != want {
			t.Errorf("%v: %+v, %v; want %s", c.args, login, err, want)
		}
	}
}
