package orders_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/store"
)

// TestOrderFilters: every documented filter, alone.
func TestOrderFilters(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.stocked()
		h.ok("POST", "/customers", `{"name":"Second"}`)
		h.ok("POST", "/products/1/product-templates", `{"name":"Trial"}`)
		first, _ := h.order(nil)
		nextDay := func() {
			h.clock.Advance(24 * time.Hour)
			h.token = h.logIn("admin", adminPassword)
		}
		nextDay()
		second, _ := h.order(map[string]any{"customer_id": 2, "enabled": false})
		nextDay()
		third, _ := h.order(map[string]any{"product_template_id": 2})
		for query, want := range map[string][]string{
			"": {first, second, third}, "offset=1": {second, third}, "offset=3": {},
			"activation_key=" + strings.ToLower(second[3:14]): {second}, "activation_key=none": {}, "activation_key=%25": {},
			"customer_ids=1&customer_ids_exclude=false": {first, third}, "customer_ids=1&customer_ids_exclude=true": {second},
			"customer_ids=2,1&customer_ids_exclude=0": {first, second, third}, "product_template_ids=2": {third}, "product_template_ids=1,%202,3": {first, second, third},
			"created_date_after=2026-03-02": {second, third}, "created_date_before=2026-03-02": {first, second},
			"created_date_after=2026-03-02&created_date_before=2026-03-02": {second}, "created_date_after=2026-03-02%2012:00:01": {third},
			"created_date_before=2026-03-02%2012:00:00": {first, second}, "disabled=true": {second}, "disabled=false": {first, second, third},
		} {
			var got []string
			for _, o := range h.ok("GET", "/license-orders?"+query, "").list {
				got = append(got, o["activation_key"].(string))
			}
			if strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("%s gives %v, want %v", query, got, want)
			}
		}
		for query, member := range map[string]string{
			"customer_ids=1": "customer_ids_exclude", "customer_ids_exclude=true": "customer_ids_exclude",
			"customer_ids=1,x&customer_ids_exclude=true": "customer_ids", "product_template_ids=1,": "product_template_ids", "offset=-1": "offset", "offset=x": "offset",
			"created_date_after=yesterday": "created_date_after", "created_date_before=2026-13-01": "created_date_before", "disabled=perhaps": "disabled",
			"offset=99999999999": "offset",
		} {
			h.refused("GET", "/license-orders?"+query, "", http.StatusBadRequest, 108, member)
		}
	})
}

// TestPagesOfAHundred: 321 rows are pages of 100, 100, 100 and 21.
func TestPagesOfAHundred(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.must(h.store.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			for i := range 321 {
				if _, err := tx.NewInsert().Model(&entity.Customer{Company: fmt.Sprintf("Customer %03d", i)}).Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		}))
		for offset, want := range map[int]int{0: 100, 100: 100, 200: 100, 300: 21, 400: 0} {
			page := h.ok("GET", fmt.Sprintf("/customers?offset=%d", offset), "").list
			if len(page) != want || want > 0 && page[0]["name"] != fmt.Sprintf("Customer %03d", offset) {
				t.Errorf("offset %d gives %d rows", offset, len(page))
			}
		}
	})
}

// TestCustomers: the mapping to the plain books, the filters and the errors.
func TestCustomers(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		made := h.ok("POST", "/customers", `{"name":"Rivers Inc","street":"Grove 1","zip_code":"62448","state":"SC","description":"desc","phone_number":"1","fax_number":"2",
			"Contacts":[{"name":"James Taylor","email":"James@x.example"}],"CustomTags":[{"tag_name":"region","value":"North East"}]}`).object
		if made["id"] != "1" || made["creation_time"] != "2026-03-01 12:00:00" || made["country"] != "" {
			t.Errorf("made %v", made)
		}
		contact := made["Contacts"].([]any)[0].(map[string]any)
		if contact["id"] != "1" || contact["customer_id"] != "1" || contact["update_time"] != "2026-03-01 12:00:00" {
			t.Errorf("the contact is %v", contact)
		}
		row := h.ok("GET", "/v1/customers", "").object["customers"].([]any)[0].(map[string]any)
		for member, want := range map[string]any{"company": "Rivers Inc", "address": "Grove 1", "postalCode": "62448", "region": "SC", "notes": "desc", "phone": "1", "fax": "2"} {
			if row[member] != want {
				t.Errorf("/v1 has %s %v, want %v", member, row[member], want)
			}
		}
		h.ok("POST", "/v1/customers", `{"customer":{"firstName":"Ada","lastName":"Byron","email":"ada@y.example","code":"C-1"}}`)
		for query, want := range map[string]string{
			"": "12", "name=rIVERS": "1", "name=a%20b": "2", "name=%25": "", "email=JAMES@": "1", "email=ada@": "2", "email=example": "12",
			"custom_tag_name=region&custom_tag_value=north": "1", "custom_tag_name=Region&custom_tag_value=north": "", "custom_tag_name=region&custom_tag_value=west": "",
		} {
			got := ""
			for _, c := range h.ok("GET", "/customers?"+query, "").list {
				got += c["id"].(string)
			}
			if got != want {
				t.Errorf("%s gives %q, want %q", query, got, want)
			}
		}
		h.clock.Advance(time.Minute)
		o := h.ok("PATCH", "/customers/1", `{"city":"Shortport","CustomTags":[{"tag_name":"region","value":"North East"},{"tag_name":"new","value":""}]}`).object
		tags := o["CustomTags"].([]any)
		if o["street"] != "Grove 1" || o["city"] != "Shortport" || o["update_time"] != "2026-03-01 12:01:00" || len(o["Contacts"].([]any)) != 1 ||
			tags[0].(map[string]any)["update_time"] != "2026-03-01 12:00:00" || tags[1].(map[string]any)["creation_time"] != "2026-03-01 12:01:00" {
			t.Errorf("after a PATCH %v", o)
		}
		if o = h.ok("PATCH", "/customers/1", `{"Contacts":[],"CustomTags":[]}`).object; len(o["Contacts"].([]any))+len(o["CustomTags"].([]any)) != 0 {
			t.Errorf("cleared, but %v", o)
		}
		for body, member := range map[string]string{
			`{}`: "name", `{"name":""}`: "name", `{"name":" "}`: "name", `{"name":1}`: "name", `{"name":"a\nb"}`: "name", `{"name":"a","zip_code":"` + strings.Repeat("1", 257) + `"}`: "zip_code",
			`{"name":"a","Contacts":[{"email":"x"}]}`: "Contacts[0].name", `{"name":"a","Contacts":[{"name":"x","email":"a\tb"}]}`: "Contacts[0].email", `{"name":"a","Contacts":{}}`: "Contacts",
			`{"name":"a","CustomTags":[{"value":"x"}]}`: "CustomTags[0].tag_name", `{"name":"a","CustomTags":[{"tag_name":"x"},{"tag_name":"x"}]}`: "CustomTags[1].tag_name",
		} {
			h.refused("POST", "/customers", body, http.StatusBadRequest, 108, member)
		}
		h.refused("PATCH", "/customers/1", `{"Contacts":[{"id":77,"name":"x"}]}`, http.StatusBadRequest, 108, "Contacts[0].id")
		h.refused("GET", "/customers?custom_tag_name=region", "", http.StatusBadRequest, 108, "custom_tag_value")
		h.refused("GET", "/customers/99", "", http.StatusNotFound, 105, "")
		h.refused("PATCH", "/customers/99", `{"name":"a"}`, http.StatusNotFound, 105, "")
		h.refused("GET", "/customers/x", "", http.StatusBadRequest, 108, "customer_id")
		h.refused("DELETE", "/customers/1", "", http.StatusMethodNotAllowed, 41, "")
	})
}

// TestProductsAndTemplates: a product gets its Default template; templates are
// judged as orders are.
func TestProductsAndTemplates(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		p := h.ok("POST", "/products", aProduct).object
		generator := p["LicenseGenerator"].(map[string]any)
		if p["id"] != "1" || p["version"] != "6.0" || generator["license_manager"] != "lm_x" || fmt.Sprint(p["ProductTemplates"]) != "[map[id:1 name:Default product_id:1]]" {
			t.Errorf("made %v", p)
		}
		d := h.ok("GET", "/products/1/product-templates/1", "").object
		for member, want := range map[string]any{
			"license_filename": "license_%TIME%.lic", "license_type": "local", "licensee_type": "not_specified", "licensee": nil, "activations_allowed": "1",
			"deactivations_allowed": "0", "hostid_match_rate": "100", "min_hostids": "1", "Hostids": []any{map[string]any{"name": "Not Locked", "min_amount": "1", "max_amount": "1"}},
		} {
			if fmt.Sprint(d[member]) != fmt.Sprint(want) {
				t.Errorf("%s of the Default template is %v", member, d[member])
			}
		}
		if f := feature(d, 0); f["name"] != "Licstat" || f["version"] != "1.0" || f["expiration_type"] != "no_expiration" || f["enabled"] != true {
			t.Errorf("the default feature is %v", f)
		}
		if f := h.ok("POST", "/products", `{"name":"F","version":"1","license_generator_type":"flexnet","feature_name":"f"}`).object; f["LicenseGenerator"] != nil {
			t.Errorf("flexnet has a generator: %v", f)
		}
		h.ok("POST", "/v1/products", `{"product":{"name":"Plain"}}`)
		if list := h.ok("GET", "/products?name=L", "").list; len(list) != 2 || len(list[1]["ProductTemplates"].([]any)) != 0 || list[1]["name"] != "Plain" {
			t.Errorf("the products are %v", list)
		}
		if p = h.ok("PATCH", "/products/1", `{"version":"7.0","license_generator_id":"1","license_generator_type":"lm_x"}`).object; p["version"] != "7.0" || p["name"] != "Licstat" {
			t.Errorf("after a PATCH %v", p)
		}
		tpl := h.ok("POST", "/products/1/product-templates", `{"name":"Net","license_type":"network","activations_allowed":"3",
			"Features":[`+netFeature(5)+`],"Hostids":[{"name":"ETHERNET","min_amount":1,"max_amount":2}],"license_filename":"x.lic"}`).object
		if tpl["license_type"] != "network" || feature(tpl, 0)["count"] != "5" || tpl["product_id"] != "1" || tpl["license_filename"] != "x.lic" {
			t.Errorf("the template is %v", tpl)
		}
		if list := h.ok("GET", "/products/1/product-templates", "").list; len(list) != 2 {
			t.Errorf("the templates are %v", list)
		}
		for _, c := range [][3]string{
			{"/products", `{}`, "name"}, {"/products", `{"name":"a"}`, "version"}, {"/products", `{"name":"a","version":"1"}`, "license_generator_type"},
			{"/products", `{"name":"a","version":"1","license_generator_type":"LMX","feature_name":"f"}`, "license_generator_type"},
			{"/products", `{"name":"a","version":"1","license_generator_type":"lm_x"}`, "feature_name"},
			{"/products", `{"name":"a","version":"1","license_generator_type":"lm_x","feature_name":"a b"}`, "feature_name"},
			{"/products", `{"name":"a","version":"1","license_generator_type":"lm_x","feature_name":"f","license_generator_id":2}`, "license_generator_id"},
			{"/products", `{"name":"a","version":"1","license_generator_type":"reprise","feature_name":"f","license_generator_id":1}`, "license_generator_id"},
			{"/products/1/product-templates", `{}`, "name"}, {"/products/1/product-templates", `{"name":"x","license_filename":"a/b"}`, "license_filename"},
			{"/products/1/product-templates", `{"name":"x","license_type":"network"}`, "Features[0].count"},
			{"/products/1/product-templates", `{"name":"x","min_hostids":9}`, "min_hostids"},
			{"/products/2/product-templates", `{"name":"x","Hostids":[{"name":"Not Locked","min_amount":1,"max_amount":1}]}`, "Hostids[0].name"},
		} {
			h.refused("POST", c[0], c[1], http.StatusBadRequest, 108, c[2])
		}
		h.refused("PATCH", "/products/1", `{"feature_name":"other"}`, http.StatusBadRequest, 108, "feature_name")
		h.refused("PATCH", "/products/1", `{"license_generator_type":"flexnet"}`, http.StatusBadRequest, 108, "license_generator_type")
		for _, path := range []string{"/products/9", "/products/9/product-templates", "/products/2/product-templates/1", "/products/1/product-templates/9"} {
			h.refused("GET", path, "", http.StatusNotFound, 105, "")
		}
	})
}

// TestActivationsAndCounters: what was activated is listed with its ends, and
// counts against the account's pool.
func TestActivationsAndCounters(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.stocked()
		key, _ := h.order(map[string]any{"activations_allowed": 2, "Features[0].expiration_type": "days_from_activation", "Features[0].days_from_activation": 90,
			"Features[0].maintenance_type": "fixed", "Features[0].maintenance_date": "2020-12-31"})
		other, _ := h.order(nil)
		for _, c := range [][2]string{{key, "ETHERNET=48-2C-6A-1E-59-3D,username=Ada"}, {other, "machine"}} {
			_, err := h.seats.Activate(t.Context(), c[0], seat.Client{MachineID: c[1]})
			h.must(err)
		}
		all := h.ok("GET", "/licenses", "").list
		if len(all) != 2 {
			t.Fatalf("active: %v", all)
		}
		for member, want := range map[string]any{
			"id": "1", "activation_key": key, "activation_time": "2026-03-01 12:00:00", "expiration_date": "2026-05-30", "maintenance_end_date": "2020-12-31",
			"Hostids":  []any{map[string]any{"name": "Username", "value": "ada"}},
			"filename": "license_2026_03_01-12_00.lic",
		} {
			if fmt.Sprint(all[0][member]) != fmt.Sprint(want) {
				t.Errorf("%s is %v, want %v", member, all[0][member], want)
			}
		}
		if text := all[0]["content"].(string); !strings.Contains(text, " END=2026-05-30 ") || !strings.Contains(text, "CLIENT_HOSTID=USERNAME=ada") {
			t.Errorf("the text is %s", text)
		}
		// A change of the order does not make the term begin anew, and leaves what
		// was generated as it is.
		h.clock.Advance(48 * time.Hour)
		h.token = h.logIn("admin", adminPassword)
		h.ok("PATCH", "/license-orders/"+key, `{"description":"changed"}`)
		grant, err := h.seats.Activate(t.Context(), key, seat.Client{MachineID: "ETHERNET=48-2C-6A-1E-59-3D,username=Ada"})
		h.must(err)
		payload, err := base64.RawURLEncoding.DecodeString(strings.Split(grant.License.Document, ".")[1])
		h.must(err)
		if strings.Count(string(payload), `"expireDate":"2026-05-30T23:59:59Z"`) != 2 { // the license and the feature
			t.Errorf("after a change the copy states %s", payload)
		}
		if again := h.ok("GET", "/licenses", "").list[0]["content"]; again != all[0]["content"] {
			t.Errorf("after a change the text is %s", again)
		}
		if all[0]["content"] == "" || all[1]["expiration_date"] != nil || len(all[1]["Hostids"].([]any)) != 0 {
			t.Errorf("active: %v", all)
		}
		for path, want := range map[string]int{
			"/license-orders/" + key + "/licenses": 1, "/license-orders/" + key + "/licenses?offset=1": 0, "/licenses?activation_key=" + strings.ToLower(other): 1,
			"/licenses?expiration_date_after=2026-05-30&expiration_date_before=2026-05-30": 1, "/licenses?expiration_date_after=2026-05-31&expiration_date_before=2027-05-30": 0,
			"/licenses?expiration_date_after=2026-05-30&expiration_date_before=2026-05-30&offset=1": 0, "/licenses?offset=1": 1, "/licenses?activation_key=" + key[:9]: 0,
		} {
			if got := h.ok("GET", path, "").list; len(got) != want {
				t.Errorf("%s gives %d", path, len(got))
			}
		}
		h.refused("GET", "/licenses?expiration_date_after=2026-05-31", "", http.StatusBadRequest, 108, "expiration_date_after")
		h.refused("GET", "/license-orders/none/licenses", "", http.StatusNotFound, 105, "")

		for _, c := range []struct{ set, want string }{
			{"", "map[ActivationSubscriptions:[] one_time_activations_expiration_date:<nil> one_time_activations_left_count:2147483647]"},
			{"pool", "map[ActivationSubscriptions:[map[activations_left_count:0 default_count:1 expiration_date:2026-12-31 23:59:59 next_reset_date:<nil> start_date:2026-01-01 00:00:00]]" +
				" one_time_activations_expiration_date:2027-01-01 23:59:59 one_time_activations_left_count:998]"},
		} {
			if c.set != "" {
				h.orders.Activations, h.orders.ActivationsExpire = 999, "2027-01-01"
				h.orders.SubscriptionActivations, h.orders.SubscriptionStart, h.orders.SubscriptionEnd = 1, "2026-01-01", "2026-12-31"
				for range 2 { // each license that is generated counts, on the same machine too
					h.ok("DELETE", "/v1/licenses/1/tokens/"+h.text("SELECT MIN(id) FROM license_tokens WHERE license_id = 1"), "")
					_, err := h.seats.Activate(t.Context(), key, seat.Client{MachineID: "USERNAME=ada"})
					h.must(err)
				}
			}
			if got := h.ok("GET", "/activation-counters", ""); fmt.Sprint(got.object) != c.want {
				t.Errorf("the counters are %s", got.body)
			}
		}
	})
}
