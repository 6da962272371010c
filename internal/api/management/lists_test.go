package management_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/licet/licet/internal/entity"
)

// stocked is a house with three rows or more in every list, and something
// behind every relation. It returns what stands for the wildcards of paths.
func stocked(h *house) map[string]string {
	ids := said{}
	post := func(path, body string) { h.tell(step{"POST", path, body}, ids) }
	thrice := func(path, body string) {
		for i := range 3 {
			ids["n"] = fmt.Sprint(i)
			post(path, body)
		}
	}
	thrice("/v1/customers", `{"customer":{"company":"C"}}`)
	thrice("/v1/contacts", `{"contact":{"firstName":"F","customerId":{customerId}}}`)
	thrice("/v1/resources", `{"resource":{"name":"K","type":"Ed25519"}}`)
	thrice("/v1/assemblies", `{"assembly":{"mappingFileId":{resourceId}}}`)
	thrice("/v1/email/send", goodMail)
	thrice("/v1/products", `{"product":{"name":"P","code":"P{n}","signatureKeysId":{resourceId}}}`)
	thrice("/v1/orders", `{"order":{"customerId":{customerId},"resellerId":{customerId}}}`)
	for _, row := range h.ok("GET", "/v1/products?sort=id", "").list("products") { // the last order has every product
		post(fmt.Sprintf("/v1/orders/{orderId}/products/%v", row["id"]), `{"productOrder":{}}`)
	}
	for _, row := range h.ok("GET", "/v1/orders?sort=id&take=2", "").list("orders") { // and every order the last product
		post(fmt.Sprintf("/v1/orders/%v/products/{productId}", row["id"]), `{"productOrder":{}}`)
	}
	thrice("/v1/products/{productId}/releases", `{"release":{"name":"R"}}`)
	thrice("/v1/products/{productId}/releases/{releaseId}/assemblies", `{"assembly":{"mappingFileId":{resourceId}}}`)
	thrice("/v1/license-templates", `{"licenseTemplate":{"name":"T","productId":{productId},"releaseId":{releaseId}}}`)
	thrice("/v1/users", `{"user":{"userName":"u{n}","customerId":{customerId},"roles":["Sales","Customer","Administrator"]}}`)
	thrice("/v1/users/{userId}/settings", `{"setting":{"name":"s{n}"}}`)
	thrice("/v1/api-keys", `{"apiKey":{"name":"k","ownerId":"{userId}"}}`)
	for range 3 {
		post("/v1/licenses", `{"license":{"templateId":{templateId},"customerId":{customerId},"orderId":{orderId},"licensingMode":1}}`)
		thrice("/v1/licenses/{licenseId}/tokens", `{"licenseToken":{"machineId":"m{n}"}}`)
	}
	thrice("/v1/license-definitions", `{"licenseDefinition":{"name":"D{n}"}}`)
	ids["definition"] = ids["publicId"]
	thrice("/v1/editions", `{"edition":{"name":"E{n}","licenseDefs":["{definition}"]}}`)
	thrice("/v1/limit-definitions", `{"limitDefinition":{"name":"L{n}"}}`)
	thrice("/v1/organizations", `{"organization":{"name":"O{n}"}}`)
	for _, row := range h.ok("GET", "/v1/users?sort=id+desc&take=3", "").list("users") {
		h.ok("PUT", "/v1/organizations/"+ids["organizationId"]+"/members", fmt.Sprintf(`{"member":{"userId":%q,"role":"viewer"}}`, row["id"]))
	}
	license, err := strconv.ParseInt(ids["licenseId"], 10, 64)
	h.must(err)
	h.records(license)
	return ids
}

// listed is a list operation and how it is asked.
type listed struct {
	*house
	path, items string // "/v1/products", "products"
	key         string // the member that names a row: "id"
	all         []map[string]any
}

// lists are all operations that take a sort.
func (h *house) lists(wildcards map[string]string) []listed {
	var document struct {
		Paths map[string]map[string]struct{ Parameters []struct{ Name string } }
	}
	h.must(json.Unmarshal(h.router.OpenAPI(), &document))
	var all []listed
	for _, path := range slices.Sorted(maps.Keys(document.Paths)) {
		sorts := false
		for _, p := range document.Paths[path]["get"].Parameters {
			sorts = sorts || p.Name == "sort"
		}
		if !sorts {
			continue
		}
		filled := regexp.MustCompile(`\{(\w+)\}`).ReplaceAllStringFunc(path, func(w string) string { return wildcards[strings.Trim(w, "{}")] })
		a := h.ok("GET", filled, "")
		l := listed{house: h, path: filled, key: keyOf(path)}
		for name, member := range a.object {
			if _, is := member.([]any); is {
				l.items, l.all = name, a.list(name)
			}
		}
		if len(l.all) < 3 {
			h.t.Errorf("%s has %d rows; this test needs three", filled, len(l.all))
			continue
		}
		all = append(all, l)
	}
	return all
}

// keyOf is "id", but for what is on an order: there the other side of the line.
func keyOf(path string) string {
	switch path {
	case "/v1/orders/{orderId}/products":
		return "productId"
	case "/v1/products/{productId}/orders":
		return "orderId"
	case "/v1/organizations/{organizationId}/members":
		return "userId"
	}
	return "id"
}

// get asks for the list with parameters: names and values in turn.
func (l listed) get(parameters ...string) answer {
	l.t.Helper()
	q := url.Values{}
	for i := 0; i < len(parameters); i += 2 {
		q.Set(parameters[i], parameters[i+1])
	}
	return l.call(adminKey, "GET", l.path+"?"+q.Encode(), "")
}

// rows is get with an answer 200 whose total is that of the whole list.
func (l listed) rows(total int, parameters ...string) []map[string]any {
	l.t.Helper()
	a := l.get(parameters...)
	name := "total" + strings.ToUpper(l.items[:1]) + l.items[1:] + "Count"
	if a.status != http.StatusOK || a.id(name) != int64(total) {
		l.t.Errorf("%s %q: %d %.300s; want a total of %d", l.path, parameters, a.status, a.body, total)
	}
	return a.list(l.items)
}

func same(a, b []map[string]any) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y) && len(a) == len(b)
}

// TestEveryListSpeaksTheQueryLanguage asks each list operation of the table for
// each thing that can be asked.
func TestEveryListSpeaksTheQueryLanguage(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		for _, l := range h.lists(stocked(h)) {
			n := len(l.all)
			back := slices.Clone(l.all)
			slices.Reverse(back)
			if !same(l.rows(n, "sort", l.key+" desc"), back) || !same(l.rows(n, "sort", strings.ToUpper(l.key)+" descending , "+l.key), back) {
				t.Errorf("%s: sorted by id desc it is not the other way round", l.path)
			}
			if !same(l.rows(n, "sort", l.key+" desc", "skip", "1", "take", "2"), back[1:3]) || len(l.rows(n, "take", "0")) != 0 {
				t.Errorf("%s: skip and take", l.path)
			}
			if got := l.rows(1, "filter", l.filterBy(l.all[1])); !same(got, l.all[1:2]) {
				t.Errorf("%s: filtered by id: %v", l.path, got)
			}
			l.selects(t)
			l.includes(t)
			for _, parameter := range []string{"filter", "sort", "select", "include"} {
				a := l.get(parameter, "nonsense")
				if a.status != http.StatusBadRequest || a.id("code") != 3 || !strings.HasPrefix(a.text("message"), parameter+": character 1: ") {
					t.Errorf("%s: %s=nonsense: %d %s", l.path, parameter, a.status, a.body)
				}
			}
		}
	})
}

func (l listed) filterBy(row map[string]any) string {
	if text, is := row[l.key].(string); is {
		return fmt.Sprintf("%s = %q", l.key, text)
	}
	return fmt.Sprintf("%s = %v", l.key, row[l.key])
}

// selects asks for each member alone, and for two of them.
func (l listed) selects(t *testing.T) {
	for name := range l.all[0] {
		if name == "clientSecret" || name == "password" {
			if a := l.get("select", name); a.status != http.StatusBadRequest {
				t.Errorf("%s: a secret can be selected: %d %s", l.path, a.status, a.body)
			}
			continue
		}
		for i, row := range l.rows(len(l.all), "select", strings.ToUpper(name)) {
			// A relation that was not asked for is null or an empty list in the whole list.
			unasked := l.all[i][name] == nil || fmt.Sprint(l.all[i][name]) == "[]"
			if _, has := row[name]; !has || len(row) != 1 || !unasked && fmt.Sprint(row[name]) != fmt.Sprint(l.all[i][name]) {
				t.Errorf("%s: select %s: %v, in the whole list %v", l.path, name, row, l.all[i][name])
			}
		}
	}
	for _, row := range l.rows(len(l.all), "select", "new("+l.key+")") {
		if len(row) != 1 || row[l.key] == nil {
			t.Errorf("%s: select new(%s): %v", l.path, l.key, row)
		}
	}
}

// includes asks for each relation that the list says it has.
func (l listed) includes(t *testing.T) {
	_, offered, _ := strings.Cut(l.get("include", "nonsense").text("message"), "expected one of ")
	if offered == "" {
		return
	}
	for _, relation := range strings.Split(offered, ", ") {
		filled := 0
		for _, row := range l.rows(len(l.all), "include", relation, "sort", l.key+" desc") {
			switch v := row[relation].(type) {
			case map[string]any:
				filled++
			case []any:
				filled += len(v)
			}
		}
		if filled == 0 {
			t.Errorf("%s: include %s fills nothing", l.path, relation)
		}
	}
}

// TestCustomersAskAboutTheirOwn: what a customer may list they may search, and
// find nothing of others by it.
func TestCustomersAskAboutTheirOwn(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		wild := stocked(h)
		other := &entity.Customer{Company: "Other"}
		h.write(other)
		h.ok("POST", "/v1/licenses", fmt.Sprintf(`{"license":{"customerId":%d,"userKey":"THEIRS"}}`, other.ID))
		h.ok("POST", "/v1/licenses", fmt.Sprintf(`{"license":{"customerId":%d,"orderId":%s,"userKey":"MIXED"}}`, other.ID, wild["orderId"]))
		as := fmt.Sprintf("Customer/%d", other.ID)
		for _, c := range []struct {
			path  string
			total int64
		}{
			{"/v1/licenses?include=customer,order&sort=customer.company,id+desc", 2}, {"/v1/licenses?filter=customer.company.Contains(%22C%22)", 0},
			{"/v1/licenses?select=userKey&filter=userKey!=null", 2},
		} {
			a := h.call(as, "GET", c.path, "")
			if a.status != http.StatusOK || a.id("totalLicensesCount") != c.total || strings.Contains(string(a.body), `"orderNumber"`) {
				t.Errorf("%s: %d %s", c.path, a.status, a.body)
			}
		}
		for _, query := range []string{"filter=order.id>0", "sort=order.orderNumber", "include=template", "select=template", "filter=template.name=%22T%22", "include=template.product"} {
			if a := h.call(as, "GET", "/v1/licenses?"+query, ""); a.status != http.StatusBadRequest {
				t.Errorf("%s: %d %s", query, a.status, a.body)
			}
		}
	})
}
