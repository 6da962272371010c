package orders_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/internal/seat"
)

func feature(o map[string]any, i int) map[string]any {
	return o["Features"].([]any)[i].(map[string]any)
}

// TestPatchMerges: what is left out or null stays, lists replace, and the whole
// answer may be sent back.
func TestPatchMerges(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.stocked()
		key, made := h.order(map[string]any{"description": "first", "licensee_type": "fixed", "licensee": "Ada", "activations_allowed": 5})
		path := "/license-orders/" + key
		h.clock.Advance(time.Minute)

		back := h.ok("PATCH", path, string(mustJSON(t, made))).object
		if fmt.Sprint(back) != fmt.Sprint(made) {
			t.Errorf("sent back as it was it became\n%v\nfrom\n%v", back, made)
		}
		o := h.ok("PATCH", path, `{"enabled":false,"description":null,"activations_allowed":3}`).object
		if o["enabled"] != false || o["description"] != "first" || o["activations_allowed"] != "3" || o["licensee"] != "Ada" || len(o["Features"].([]any)) != 1 {
			t.Errorf("after a partial PATCH it is %v", o)
		}
		o = h.ok("PATCH", path, `{"enabled":true,"licensee_type":"customer","Features":[
			{"name":"A","version":"1.0","expiration_type":"fixed","expiration_date":"2027-01-31","issued_type":"not_issued","maintenance_type":"no_maintenance"},
			{"name":"B","version":"1.0","expiration_type":"fixed","expiration_date":"2028-01-31","issued_type":"not_issued","maintenance_type":"no_maintenance","enabled":false}],
			"Hostids":[{"name":"Not Locked","min_amount":1,"max_amount":1}]}`).object
		if len(o["Features"].([]any)) != 2 || feature(o, 1)["enabled"] != false || o["licensee"] != "Rivers Inc" ||
			o["Hostids"].([]any)[0].(map[string]any)["name"] != "Not Locked" {
			t.Errorf("after lists were replaced it is %v", o)
		}
		if lic := h.license(key); lic["expireDate"] != "2027-01-31T23:59:59Z" || lic["licenseeName"] != "Rivers Inc" || lic["maxAllowedSites"] != 3.0 {
			t.Errorf("the license is %v", lic)
		}

		// The removal flag keeps its times.
		o = h.ok("PATCH", path, `{"removal":true}`).object
		if o["removal_request_time"] != "2026-03-01 12:01:00" {
			t.Errorf("removal was requested at %v", o["removal_request_time"])
		}
		h.clock.Advance(time.Hour)
		if again := h.ok("PATCH", path, `{"removal":true}`).object; again["removal_request_time"] != o["removal_request_time"] {
			t.Errorf("requested again at %v", again["removal_request_time"])
		}
		if o = h.ok("PATCH", path, `{"removal":false}`).object; o["removal_request_time"] != nil {
			t.Errorf("withdrawn, but requested at %v", o["removal_request_time"])
		}

		h.ok("POST", "/products", strings.Replace(aProduct, "Licstat", "Other", 1))
		h.ok("POST", "/products/1/product-templates", `{"name":"Trial"}`)
		if o = h.ok("PATCH", path, `{"product_template_id":"3"}`).object; o["product_template"].(map[string]any)["name"] != "Trial" {
			t.Errorf("the template is %v", o["product_template"])
		}
		h.refused("PATCH", path, `{"product_template_id":2}`, http.StatusBadRequest, 108, "product_template_id")
		h.refused("PATCH", path, `{"customer_id":9}`, http.StatusBadRequest, 108, "customer_id")
		h.refused("PATCH", path, `{"license_type":"network"}`, http.StatusBadRequest, 108, "Features[0].count")
		h.refused("PATCH", path, `{"min_hostids":2}`, http.StatusBadRequest, 108, "min_hostids")
		h.refused("PATCH", path, `{"licensee_type":"fixed"}`, http.StatusBadRequest, 108, "licensee")
		h.refused("PATCH", "/license-orders/NOPE", `{}`, http.StatusNotFound, 105, "")

		var audited int
		h.must(h.store.Read().NewRaw(`SELECT COUNT(*) FROM audit_entries WHERE entity = 'licenseOrder' AND user_id <> ''`).Scan(t.Context(), &audited))
		if audited != 8 { // one insertion, seven changes
			t.Errorf("the audit has %d entries", audited)
		}
	})
}

// license is the order as /v1 shows it.
func (h *house) license(key string) map[string]any {
	h.t.Helper()
	items := h.ok("GET", "/v1/licenses?filter="+strings.ReplaceAll(`userKey="`+key+`"`, `"`, "%22"), "").object["licenses"].([]any)
	if len(items) != 1 {
		h.t.Fatalf("%d licenses have the key %s", len(items), key)
	}
	return items[0].(map[string]any)
}

func (h *house) putLicense(changes map[string]any) answer {
	h.t.Helper()
	return h.call(adminKey, "PUT", "/v1/licenses", string(mustJSON(h.t, map[string]any{"license": changes})))
}

// TestOneLicenseTwoSurfaces: a change made at /v1 shows in the order and the
// other way round, and neither loses what only the other knows.
func TestOneLicenseTwoSurfaces(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.stocked()
		key, made := h.order(map[string]any{"Features[0].comment": "mine", "activations_allowed": 4})
		lic := h.license(key)
		f := lic["features"].([]any)[0].(map[string]any)
		if _, leaks := f["order"]; leaks || len(f) != 6 {
			t.Errorf("/v1 shows the feature as %v", f)
		}
		if a := h.putLicense(lic); a.status != http.StatusOK {
			t.Fatalf("sent back: %d %s", a.status, a.body)
		}
		if o := h.ok("GET", "/license-orders/"+key, "").object; fmt.Sprint(o) != fmt.Sprint(made) {
			t.Errorf("after a round trip at /v1 the order is\n%v\nwas\n%v", o, made)
		}

		f["description"], f["key"], f["expireDate"] = "theirs", "k", "2030-05-06T00:00:00Z"
		lic = h.license(key)
		lic["features"], lic["maxAllowedSites"], lic["revoked"], lic["templateId"], lic["customerId"] = []any{f}, 9, true, nil, nil
		if a := h.putLicense(lic); a.status != http.StatusOK {
			t.Fatalf("changed: %d %s", a.status, a.body)
		}
		o := h.ok("GET", "/license-orders/"+key, "").object
		if of := feature(o, 0); of["comment"] != "mine" || of["expiration_type"] != "fixed" || of["expiration_date"] != "2030-05-06" ||
			o["activations_allowed"] != "9" || o["enabled"] != false || o["customer"] == nil || o["product_template"] == nil {
			t.Errorf("after a change at /v1 the order is %v", o)
		}
		if lic = h.license(key); lic["expireDate"] != "2030-05-06T00:00:00Z" {
			t.Errorf("the license ends %v", lic["expireDate"])
		}
		h.ok("PATCH", "/license-orders/"+key, `{"Features":[{"name":"licstat","version":"7.0","expiration_type":"no_expiration","issued_type":"not_issued","maintenance_type":"no_maintenance"}]}`)
		lic = h.license(key)
		if f := lic["features"].([]any)[0].(map[string]any); f["description"] != "theirs" || f["key"] != "k" || f["expireDate"] != nil || lic["expireDate"] != nil {
			t.Errorf("after a PATCH /v1 has %v", lic)
		}
		lic["licensingMode"] = 2
		if a := h.putLicense(lic); a.status != http.StatusConflict {
			t.Errorf("another mode: %d %s", a.status, a.body)
		}
		lic["licensingMode"], lic["expireDate"] = 1, "2031-01-01"
		if a := h.putLicense(lic); a.status != http.StatusBadRequest || !strings.Contains(string(a.body), "expireDate") {
			t.Errorf("another end: %d %s", a.status, a.body)
		}
	})
}

// TestHiddenMembersStay: what /customers, /products and templates know is not
// lost by a PUT at /v1.
func TestHiddenMembersStay(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.ok("POST", "/customers", `{"name":"Rivers Inc","Contacts":[{"name":"James Taylor","email":"j@x.example"}],"CustomTags":[{"tag_name":"a","value":"b"}]}`)
		h.ok("POST", "/products", aProduct)
		paths := []string{"/customers/1", "/products/1", "/products/1/product-templates/1"}
		before := map[string]string{}
		for _, path := range paths {
			before[path] = string(h.ok("GET", path, "").body)
		}
		for items, item := range map[string]string{"customers": "customer", "products": "product", "license-templates": "licenseTemplate"} {
			list := "licenseTemplates"
			if items != "license-templates" {
				list = items
			}
			row := h.ok("GET", "/v1/"+items, "").object[list].([]any)[0].(map[string]any)
			h.ok("PUT", "/v1/"+items, string(mustJSON(t, map[string]any{item: row})))
		}
		contact := h.ok("GET", "/v1/contacts", "").object["contacts"].([]any)[0].(map[string]any)
		contact["phone"] = "1"
		h.ok("PUT", "/v1/contacts", string(mustJSON(t, map[string]any{"contact": contact})))
		for _, path := range paths {
			if after := string(h.ok("GET", path, "").body); after != before[path] {
				t.Errorf("%s was\n%s\nis\n%s", path, before[path], after)
			}
		}
		h.ok("PATCH", "/customers/1", `{"Contacts":[{"name":"James Taylor","email":"j@x.example"},{"name":"New","email":""}]}`)
		if c := h.ok("GET", "/v1/contacts", "").object["contacts"].([]any); len(c) != 2 || c[0].(map[string]any)["phone"] != "1" {
			t.Errorf("the contacts are %v", c)
		}
	})
}

// TestSeatsOfOrders: activations of a local order, leases of a network one, and
// what changes of the order do to them.
func TestSeatsOfOrders(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.stocked()
		key, _ := h.order(map[string]any{"activations_allowed": 2})
		activate := func(key, machine string) error {
			_, err := h.seats.Activate(t.Context(), key, seat.Client{MachineID: machine})
			return err
		}
		h.must(activate(key, "USERNAME=ada"))
		h.must(activate(key, "m2"))
		path := "/license-orders/" + key
		o := h.ok("PATCH", path, `{"activations_allowed":1}`).object // lowering evicts nobody
		if o["activated_licenses_count"] != 2.0 || activate(key, "m3") == nil {
			t.Errorf("activated: %v", o["activated_licenses_count"])
		}
		h.refused("PATCH", path, `{"license_type":"network","Features":[`+netFeature(3)+`]}`, http.StatusConflict, 110, "")
		h.ok("PATCH", path, `{"enabled":false,"activations_allowed":9}`)
		if activate(key, "m3") == nil {
			t.Error("a disabled order was activated")
		}

		net, made := h.order(map[string]any{"license_type": "network", "Features": []any{json.RawMessage(netFeature(3)), json.RawMessage(netFeature(2))}})
		if made["license_type"] != "network" {
			t.Errorf("made %v", made)
		}
		request := func(machine string) error {
			_, err := h.seats.Request(t.Context(), net, seat.Client{MachineID: machine})
			return err
		}
		h.must(request("a"))
		h.must(request("b"))
		if request("c") == nil {
			t.Error("more leases than the smallest count")
		}
		if o := h.ok("GET", "/license-orders/"+net, "").object; o["activated_licenses_count"] != 0.0 || h.license(net)["maxAllowedSites"] != 2.0 {
			t.Errorf("leases count as activations: %v", o)
		}
		var pools []struct {
			Kind    int
			Allowed int64
		}
		h.must(h.store.Read().NewRaw(`SELECT kind, allowed FROM seat_pools WHERE license_id = (SELECT id FROM licenses WHERE user_key = ?) ORDER BY kind`, net).Scan(t.Context(), &pools))
		if fmt.Sprint(pools) != "[{1 1} {2 2}]" {
			t.Errorf("the pools of the network order are %v", pools)
		}
		h.refused("PATCH", "/license-orders/"+net, `{"license_type":"local"}`, http.StatusConflict, 110, "")
	})
}

func netFeature(count int) string {
	return fmt.Sprintf(`{"name":"F","version":"1.0","expiration_type":"no_expiration","issued_type":"not_issued","maintenance_type":"no_maintenance","count":%d}`, count)
}

func mustJSON(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
