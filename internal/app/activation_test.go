package app_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/client"
	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx/httpxtest"
	"github.com/licet/licet/internal/store/storetest"
)

// shop is a running server as the vendor of orders and an end user see it.
type shop struct {
	t      testing.TB
	s      *apptest.Server
	vendor apptest.Vendor // of the vendors' bare paths
	user   apptest.Vendor // without any credential
	doc    *httpxtest.Document
}

func openShop(t testing.TB, s *apptest.Server) *shop {
	t.Helper()
	name := "vendor"
	s.Must(t, "POST", "/v1/users", map[string]any{"user": map[string]any{"userName": name, "roles": []entity.Role{entity.Administrator}}, "password": testPassword})
	h := &shop{t: t, s: s, user: apptest.Vendor{URL: s.URL, HTTP: stays()}, doc: httpxtest.Load(t, s.Do(t, "GET", "/openapi.json", nil).Body)}
	token := h.user.Must(t, "POST", "/auth/tokens", map[string]any{"username": name, "password": testPassword})["token"].(string)
	h.vendor = apptest.Vendor{URL: s.URL, Bearer: token}
	h.vendor.Must(t, "POST", "/customers", map[string]any{"name": "Rivers Inc"})
	h.vendor.Must(t, "POST", "/products", map[string]any{"name": "Licstat", "version": "6.0", "license_generator_type": "lm_x", "feature_name": "Licstat"})
	return h
}

// stays is a client that does not go where an answer leads.
func stays() *http.Client {
	return &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// order makes an order, with members changed, and gives its key.
func (h *shop) order(changes map[string]any) string {
	h.t.Helper()
	body := map[string]any{
		"customer_id": 1, "product_template_id": 1, "license_type": "local", "licensee_type": "customer", "hostid_match_rate": 100,
		"min_hostids": 1, "activations_allowed": 1, "enabled": true, "removal": false, "deactivations_allowed": 0,
		"Hostids": []any{map[string]any{"name": "Ethernet", "min_amount": 0, "max_amount": 1}, map[string]any{"name": "Username", "min_amount": 0, "max_amount": 1}},
		"Features": []any{map[string]any{"name": "Licstat", "version": "6.0", "expiration_type": "fixed", "expiration_date": "2027-12-31",
			"issued_type": "not_issued", "maintenance_type": "no_maintenance", "count": 3, "enabled": true}},
	}
	for member, v := range changes {
		body[member] = v
	}
	return h.vendor.Must(h.t, "POST", "/license-orders", body)["activation_key"].(string)
}

func segment(hostids string) string { return base64.StdEncoding.EncodeToString([]byte(hostids)) }

// ask calls /rest/v2, of which each answer must be as documented; room is the
// first segment, hostids are in clear, "" for none.
func (h *shop) ask(method, room, key, hostids string) apptest.Answer {
	h.t.Helper()
	path, pattern := "/rest/v2/"+room+"/"+key, "/rest/v2/"+room+"/{activationKey}"
	path, query, _ := strings.Cut(path, "?")
	if hostids != "" {
		path, pattern = path+"/"+segment(hostids), pattern+"/{hostids}"
	}
	if query != "" {
		path += "?" + query
	}
	a := h.user.Do(h.t, method, path, nil)
	h.doc.Answer(h.t, method, pattern, a.Status, a.Header.Get("Content-Type"), a.Body)
	return a
}

// is fails the test unless the answer has the status, and the code if it is an
// error.
func (h *shop) is(a apptest.Answer, status, code int) map[string]any {
	h.t.Helper()
	if a.Status != status || code != 0 && a.JSON["code"] != float64(code) {
		h.t.Errorf("answered %d %s, want %d, code %d", a.Status, a.Body, status, code)
	}
	return a.JSON
}

// settled follows the queue until it leads elsewhere, and says where.
func (h *shop) settled(key, hostids string) string {
	h.t.Helper()
	for range 2000 {
		a := h.ask("GET", "license-queue", key, hostids)
		if a.Status == http.StatusSeeOther {
			return a.Header.Get("Location")
		}
		if a.Status != http.StatusOK {
			h.t.Fatalf("the queue says %d %s", a.Status, a.Body)
		}
		time.Sleep(5 * time.Millisecond)
	}
	h.t.Fatal("the license is never made")
	return ""
}

// activated activates and gives the license.
func (h *shop) activated(key, hostids string) map[string]any {
	h.t.Helper()
	a := h.ask("PUT", "licenses", key, hostids)
	h.is(a, 202, 0)
	if a.Header.Get("Location") == "" {
		h.t.Fatalf("no Location: %v %s", a.Header, a.Body)
	}
	if to := h.settled(key, hostids); !strings.HasPrefix(to, "/rest/v2/licenses/") {
		h.t.Fatalf("the queue leads to %s", to)
	}
	return h.is(h.ask("GET", "licenses", key, hostids), 200, 0)
}

// left is what the vendor sees: activations held, deactivations left.
func (h *shop) left(key string) (held, left any) {
	h.t.Helper()
	o := h.vendor.Must(h.t, "GET", "/license-orders/"+key, nil)
	return o["activated_licenses_count"], o["deactivations_left"]
}

func eachShop(t *testing.T, test func(t *testing.T, h *shop)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) { test(t, openShop(t, apptest.New(t, url))) })
}

// TestEndUsersVectors: the published vectors of license orders (behaviour E, 7 to
// 11), through the running server and its worker.
func TestEndUsersVectors(t *testing.T) {
	eachShop(t, func(t *testing.T, h *shop) {
		h.t = t
		key := h.order(map[string]any{"deactivations_allowed": 0})
		// 7: what is no HostID is said so.
		h.is(h.user.Do(t, "PUT", "/rest/v2/licenses/"+key+"/dHlwZTE9dmFsdWUxLHR5cGUyPXZhbHVlPTI=", nil), 400, 1600)
		// 8 and 9: one machine, however it is spelled, is one slot.
		const mac, other = "ETHERNET=48-2C-6A-1E-59-3D", "ETHERNET=001122334455"
		h.is(h.ask("GET", "license-queue", key, mac), 404, 105)
		lic := h.activated(key, mac)
		content, _ := lic["content"].(string)
		if !strings.Contains(content, key) || !strings.Contains(content, "FEATURE Licstat") || lic["activationKey"] != key || lic["expirationDate"] != "2027-12-31T23:59:59+00:00" {
			t.Errorf("the license is %v", lic)
		}
		again := h.activated(key, "ethernet=482c6a1e593d")
		if again["content"] != content {
			t.Errorf("the same machine got\n%s\nafter\n%s", again["content"], content)
		}
		if held, _ := h.left(key); held != 1.0 {
			t.Errorf("%v slots are held", held)
		}
		h.is(h.ask("PUT", "licenses", key, other), 403, 200)
		h.is(h.ask("GET", "licenses", key, other), 404, 1711)
		h.is(h.ask("GET", "license-errors", key, mac), 404, 105)
		h.is(h.ask("DELETE", "licenses", key, mac), 403, 1506)
		h.vendor.Must(t, "PATCH", "/license-orders/"+key, map[string]any{"deactivations_allowed": 1})
		h.is(h.ask("DELETE", "licenses", key, other), 404, 1711)
		h.is(h.ask("DELETE", "licenses", key, mac), 204, 0)
		if held, left := h.left(key); held != 0.0 || left != 0.0 {
			t.Errorf("%v held, %v deactivations left", held, left)
		}
		h.is(h.ask("DELETE", "licenses", key, mac), 404, 1711)
		h.activated(key, other)
		h.is(h.ask("DELETE", "licenses", key, other), 403, 1506)
		removalVector(t, h)
		disabledVector(t, h)
	})
}

// removalVector is 10: the vendor asks to remove a license from its host, the
// application confirms.
func removalVector(t *testing.T, h *shop) {
	t.Helper()
	const mac = "ETHERNET=48-2C-6A-1E-59-3D"
	key := h.order(nil)
	h.is(h.ask("GET", "license-removals", key, mac), 404, 1711)
	h.activated(key, mac)
	if got := h.is(h.ask("GET", "license-removals", key, mac), 200, 0); got["removal"] != false {
		t.Errorf("nobody asked: %v", got)
	}
	h.is(h.ask("PUT", "license-removals", key, mac), 409, 60)
	asked := h.vendor.Must(t, "PATCH", "/license-orders/"+key, map[string]any{"removal": true})
	if asked["removal_request_time"] == nil || h.is(h.ask("GET", "license-removals", key, mac), 200, 0)["removal"] != true {
		t.Errorf("asked for: %v", asked)
	}
	h.is(h.ask("PUT", "license-removals", key, mac), 204, 0)
	done := h.vendor.Must(t, "GET", "/license-orders/"+key, nil)
	if done["removal"] != false || done["removal_confirmation_time"] == nil || done["activated_licenses_count"] != 0.0 {
		t.Errorf("confirmed: %v", done)
	}
}

// disabledVector is 11: a disabled order is closed to end users, not to vendors.
func disabledVector(t *testing.T, h *shop) {
	t.Helper()
	const mac = "ETHERNET=48-2C-6A-1E-59-3D"
	key := h.order(map[string]any{"deactivations_allowed": 5})
	h.activated(key, mac)
	h.vendor.Must(t, "PATCH", "/license-orders/"+key, map[string]any{"enabled": false})
	h.is(h.ask("PUT", "licenses", key, mac), 403, 1703)
	h.is(h.ask("GET", "licenses", key, mac), 403, 1703)
	h.is(h.ask("GET", "license-queue", key, mac), 403, 1703)
	h.is(h.ask("GET", "license-errors", key, mac), 403, 1703)
	h.is(h.ask("DELETE", "licenses", key, mac), 403, 1703)
	h.is(h.ask("GET", "licenses", key+"?state=success", ""), 403, 1703)
	h.is(h.ask("GET", "license-orders", key, ""), 403, 1703)
	h.vendor.Must(t, "GET", "/license-orders/"+key, nil)
	h.vendor.Must(t, "PATCH", "/license-orders/"+key, map[string]any{"enabled": true})
	h.is(h.ask("GET", "licenses", key, mac), 200, 0)
}

// TestEndUsersContract: the rest of the contract through the running server: the
// order, the list by state, HostIDs that are missing, HAL at the vendors' path.
func TestEndUsersContract(t *testing.T) {
	eachShop(t, func(t *testing.T, h *shop) {
		h.t = t
		key := h.order(map[string]any{"activations_allowed": 3, "min_hostids": 2})
		o := h.is(h.ask("GET", "license-orders", strings.ToLower(key), ""), 200, 0)
		want := map[string]any{
			"activationKey": key, "customer": map[string]any{"name": "Rivers Inc"}, "licenseType": "local", "activatedLicenses": 0.0, "bulkMax": 3.0,
			"product":      map[string]any{"name": "Licstat", "version": "6.0", "template": "Default", "licenseGeneratorType": "lm_x"},
			"creationTime": "2026-03-01T12:00:00+00:00", "_links": map[string]any{"self": map[string]any{"href": "/rest/v2/license-orders/" + key}},
			"hostid": map[string]any{"min": 2.0, "types": []any{
				map[string]any{"nameRaw": "ETHERNET", "name": "Ethernet", "min": 0.0, "max": 1.0}, map[string]any{"nameRaw": "USERNAME", "name": "Username", "min": 0.0, "max": 1.0}}},
		}
		if got, wanted := text(t, o), text(t, want); got != wanted {
			t.Errorf("the order is\n%s\nwant\n%s", got, wanted)
		}
		h.is(h.ask("GET", "license-orders", "AAAAA-AAAAA-AAAAA-AAAAA", ""), 404, 1712)
		h.is(h.ask("PUT", "licenses", "AAAAA-AAAAA-AAAAA-AAAAA", "USERNAME=ada"), 400, 1712)
		h.is(h.ask("PUT", "licenses", key, "USERNAME=ada"), 403, 107)
		h.is(h.ask("GET", "licenses", key+"?state=success,failed,in_progress", ""), 404, 1711)
		first := h.activated(key, "USERNAME=ada,ETHERNET=482c6a1e593d,BIOS=surplus")
		h.activated(key, "USERNAME=bob,ETHERNET=482c6a1e593d")
		list := h.is(h.ask("GET", "licenses", key+"?state=in_progress,success", ""), 200, 0)
		embedded, links := list["_embedded"].(map[string]any), list["_links"].(map[string]any)
		if len(embedded["success"].([]any)) != 2 || len(embedded["in_progress"].([]any)) != 0 || embedded["failed"] != nil || text(t, embedded["success"].([]any)[0]) != text(t, first) {
			t.Errorf("listed are %s", text(t, list))
		}
		for _, l := range links["success"].([]any) {
			href := l.(map[string]any)["href"].(string)
			if a := h.user.Do(t, "GET", href, nil); a.Status != 200 {
				t.Errorf("%s: %d", href, a.Status)
			}
		}
		h.is(h.ask("GET", "licenses", key+"?state=failed", ""), 404, 1711)

		req, err := http.NewRequestWithContext(t.Context(), "GET", h.s.URL+"/license-orders/"+key, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", "application/hal+json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/hal+json" {
			t.Errorf("at the vendors' path: %d %v", resp.StatusCode, resp.Header)
		}
		if resp.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Error("other sites may read this")
		}
	})
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestBothDoorsOfAnOrder: the order's key opens /v1/license to applications and
// /rest to end users. They share slots, and tell the same of them at each step.
func TestBothDoorsOfAnOrder(t *testing.T) {
	eachShop(t, func(t *testing.T, h *shop) {
		h.t = t
		localDoors(t, h)
		networkDoors(t, h)
	})
}

// agree compares what every surface tells of the activations held.
func (h *shop) agree(key string, held int64) {
	h.t.Helper()
	vendor, _ := h.left(key)
	user := h.is(h.ask("GET", "license-orders", key, ""), 200, 0)["activatedLicenses"]
	listed := 0
	if a := h.ask("GET", "licenses", key+"?state=success,in_progress", ""); a.Status == 200 {
		e := a.JSON["_embedded"].(map[string]any)
		listed = len(e["success"].([]any)) + len(e["in_progress"].([]any))
	}
	if vendor != float64(held) || user != float64(held) || int64(listed) != held {
		h.t.Errorf("the vendor sees %v, the user %v and a list of %d; want %d", vendor, user, listed, held)
	}
}

func localDoors(t *testing.T, h *shop) {
	t.Helper()
	key := h.order(map[string]any{"activations_allowed": 3, "deactivations_allowed": 9})
	c := h.s.Client(t)
	const mac = "ETHERNET=48-2C-6A-1E-59-3D"
	app := func(machine string) int64 {
		g, err := c.Activate(t.Context(), seatOf(key, machine))
		if err != nil {
			t.Fatalf("activate %s: %v", machine, err)
		}
		return g.ActiveClients
	}
	h.agree(key, 0)
	h.activated(key, mac)
	h.agree(key, 1)
	if n := app("ethernet=482c6a1e593d"); n != 1 { // the machine that the end user activated
		t.Errorf("the application sees %d", n)
	}
	if n := app("USERNAME=ada"); n != 2 {
		t.Errorf("the application sees %d", n)
	}
	h.agree(key, 2)
	if lic := h.activated(key, "USERNAME=Ada"); !strings.Contains(fmt.Sprint(lic["content"]), "FEATURE Licstat") {
		t.Errorf("what an application activated is at /rest %v", lic)
	}
	h.agree(key, 2)
	if n := app("workstation-7"); n != 3 { // a name of the application's own
		t.Errorf("the application sees %d", n)
	}
	h.agree(key, 3)
	h.is(h.ask("PUT", "licenses", key, "USERNAME=bob"), 403, 200)
	if _, err := c.Activate(t.Context(), seatOf(key, "USERNAME=bob")); err == nil {
		t.Error("a fourth activation of three")
	}
	h.is(h.ask("DELETE", "licenses", key, "USERNAME=ada"), 204, 0)
	h.agree(key, 2)
	if _, err := c.Validate(t.Context(), seatOf(key, "USERNAME=ada")); err == nil {
		t.Error("a license that was given back is valid")
	}
	if _, err := c.Deactivate(t.Context(), seatOf(key, "ETHERNET=482C6A1E593D")); err != nil {
		t.Error(err)
	}
	h.agree(key, 1)
	h.is(h.ask("GET", "licenses", key, mac), 404, 1711)
}

// networkDoors: the seats of a network order are requested by applications; its
// license file is activated by end users. Neither takes from the other.
func networkDoors(t *testing.T, h *shop) {
	t.Helper()
	key := h.order(map[string]any{"license_type": "network", "activations_allowed": 1})
	c := h.s.Client(t)
	for i := range 3 {
		g, err := c.Request(t.Context(), seatOf(key, fmt.Sprint("m", i)))
		if err != nil || g.ActiveClients != int64(i+1) || g.MaxClients != 3 {
			t.Fatalf("request %d: %+v, %v", i, g, err)
		}
		h.agree(key, int64(min(i, 1)))
		if i == 0 {
			h.activated(key, "USERNAME=ada")
		}
	}
	if _, err := c.Request(t.Context(), seatOf(key, "m3")); err == nil {
		t.Error("a fourth seat of three")
	}
	h.is(h.ask("PUT", "licenses", key, "USERNAME=bob"), 403, 200)
	h.agree(key, 1)
	info, err := c.Info(t.Context(), seatOf(key, "m0"))
	if err != nil || info.ActiveClients != 3 {
		t.Errorf("the application sees %+v, %v", info, err)
	}
	if lic := h.ask("GET", "licenses", key, "USERNAME=ada"); !strings.Contains(string(lic.Body), "COUNT=3") {
		t.Errorf("the license file of a network order is %s", lic.Body)
	}
}

func seatOf(key, machine string) client.Seat { return client.Seat{UserKey: key, MachineID: machine} }
