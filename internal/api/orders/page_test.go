package orders_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestThePagesRequestsGiveThePagesAnswer: both documented requests are taken,
// and the first gives the documented answer, member for member in its order.
func TestThePagesRequestsGiveThePagesAnswer(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.ok("POST", "/customers", `{"name":"Rivers Inc","description":"desc","phone_number":"779.790.4969x1425","fax_number":"(536)600-8229",
			"street":"008 Santiago Groves Suite 651","city":"Shortport","country":"USA","zip_code":"62448","state":"South Carolina",
			"Contacts":[{"name":"James Taylor","email":"nfisher@test.x-formation.com"},{"name":"Victor Martinez","email":"ngallagher@test.x-formation.com"}],
			"CustomTags":[{"tag_name":"custom_tag_1","value":"Gouldton"},{"tag_name":"custom_tag_2","value":"Idaho"}]}`)
		h.ok("POST", "/products", aProduct)
		a := h.ok("POST", "/license-orders", request(t, "request1.json", nil))
		want, err := os.ReadFile("testdata/answer.json")
		h.must(err)
		if got, want := stable(t, a.body), stable(t, want); got != want {
			t.Errorf("the answer is\n%s\nthe page has\n%s", got, want)
		}
		key := a.object["activation_key"].(string)
		if !regexp.MustCompile(`^[A-Z0-9]{5}(-[A-Z0-9]{5}){3}$`).MatchString(key) {
			t.Errorf("the activation key is %s", key)
		}
		for _, path := range []string{key, strings.ToLower(key)} {
			if again := h.ok("GET", "/license-orders/"+path, ""); string(again.body) != string(a.body) {
				t.Errorf("read as %s it is %s", path, again.body)
			}
		}

		second := h.ok("POST", "/license-orders", request(t, "request2.json", nil)).object
		feature := second["Features"].([]any)[0].(map[string]any)
		for member, want := range map[string]any{
			"expiration_type": "days_from_activation", "days_from_activation": "90", "expiration_date": nil, "issued_type": "activation_time",
			"options": "Feature options", "additional_settings": "Additional settings", "count": nil, "maintenance_type": "fixed",
			"maintenance_date": "2020-12-31", "comment": "Feature comment", "enabled": true,
		} {
			if feature[member] != want {
				t.Errorf("%s of the second order is %v, want %v", member, feature[member], want)
			}
		}
		if second["deactivations_left"] != 10.0 || second["deactivations_allowed"] != "10" || second["settings_description"] != "Settings description" {
			t.Errorf("the second order is %v", second)
		}
	})
}

// stable is JSON without white space, and without what is made anew each time.
// The page's template is named Trial, ours is the Default one.
func stable(t *testing.T, text []byte) string {
	t.Helper()
	var compact strings.Builder
	d := json.NewDecoder(strings.NewReader(string(text)))
	for {
		token, err := d.Token()
		if err != nil {
			break
		}
		b, err := json.Marshal(token)
		if err != nil {
			t.Fatal(err)
		}
		compact.Write(b)
		compact.WriteByte('\n')
	}
	out := regexp.MustCompile(`"[A-Z0-9]{5}(-[A-Z0-9]{5}){3}"`).ReplaceAllString(compact.String(), `"KEY"`)
	out = regexp.MustCompile(`"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"`).ReplaceAllString(out, `"TIME"`)
	return strings.Replace(out, `"Trial"`, `"Default"`, 1)
}
