package management_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/licet/licet/internal/keyformat"
	"github.com/licet/licet/internal/settings"
)

func TestCustomerCodesAndOrderNumbers(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		for _, c := range []struct{ path, item, items, id, name, answer, prefix string }{
			{"/v1/customers", "customer", "customers", "customerId", "code", "customerCode", "C-"},
			{"/v1/orders", "order", "orders", "orderId", "orderNumber", "orderNumber", "O-"},
		} {
			made := h.ok("POST", c.path, `{"`+c.item+`":{"`+c.name+`":""}}`)
			if name := made.text(c.answer); !strings.HasPrefix(name, c.prefix) || len(name) != 10 || name != strings.ToUpper(name) {
				t.Errorf("made: %s", made.body)
			}
			given := h.ok("POST", c.path, `{"`+c.item+`":{"`+c.name+`":"Given 1"}}`)
			if given.text(c.answer) != "Given 1" {
				t.Errorf("given: %s", given.body)
			}
			taken := c.item + "." + c.name + ": is in use already"
			h.refused("POST", c.path, `{"`+c.item+`":{"`+c.name+`":"Given 1"}}`, 409, 6, taken)
			h.refused("PUT", c.path, fmt.Sprintf(`{"%s":{"id":%d,"%s":"Given 1"}}`, c.item, made.id(c.id), c.name), 409, 6, taken)
			h.ok("PUT", c.path, fmt.Sprintf(`{"%s":{"id":%d}}`, c.item, given.id(c.id)))
			h.ok("PUT", c.path, fmt.Sprintf(`{"%s":{"id":%d,"%s":""}}`, c.item, given.id(c.id), c.name))
			if row := h.one(c.path, c.items, given.id(c.id)); row[c.name] != "Given 1" {
				t.Errorf("left out: %v", row)
			}
			h.ok("PUT", c.path, fmt.Sprintf(`{"%s":{"id":%d,"%s":"given 1"}}`, c.item, made.id(c.id), c.name))
		}
	})
}

// TestNamesAreDrawnUntilOneIsFree: of a format with few combinations each is
// used once, and then there is none.
func TestNamesAreDrawnUntilOneIsFree(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		var wg sync.WaitGroup
		for range 16 {
			for path, body := range map[string]string{"/v1/customers": `{"customer":{}}`, "/v1/orders": `{"order":{}}`} {
				wg.Go(func() {
					if a := h.call(adminKey, "POST", path, body); a.status != http.StatusOK {
						t.Errorf("POST %s: %d %s", path, a.status, a.body)
					}
				})
			}
		}
		wg.Wait()
		h.refused("POST", "/v1/customers", `{"customer":{}}`, 409, 9, "no free combination")
		h.refused("POST", "/v1/orders", `{"order":{}}`, 409, 9, "no free combination")
		h.ok("POST", "/v1/orders", `{"order":{"orderNumber":"given"}}`)
	}, func(s *settings.Licensing) {
		s.CustomerCode, s.OrderNumber = keyformat.Must("C{HEX:1}"), keyformat.Must("O{HEX:1}")
	})
}

func (h *house) contactsOf(customer int64) string {
	h.t.Helper()
	var all []string
	for _, c := range h.ok("GET", fmt.Sprintf("/v1/customers/%d/contacts", customer), "").list("contacts") {
		all = append(all, pick(c, "id", "firstName", "email"))
	}
	return strings.Join(all, ",")
}

// TestContactsBelongToTheirCustomer: absent and null change nothing, [] clears,
// a list replaces.
func TestContactsBelongToTheirCustomer(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		id := h.ok("POST", "/v1/customers", `{"customer":{"company":"A","contacts":[{"id":77,"customerId":77,"firstName":"a","email":"a@x"},{"firstName":"b"},{"firstName":"c"}]}}`).id("customerId")
		other := h.ok("POST", "/v1/customers", `{"customer":{"company":"B","contacts":[{"firstName":"z"}]}}`).id("customerId")
		put := func(contacts string) string { return fmt.Sprintf(`{"customer":{"id":%d%s}}`, id, contacts) }
		for _, c := range []struct{ contacts, want string }{
			{"", "1 a a@x,2 b ,3 c "},
			{`,"contacts":null`, "1 a a@x,2 b ,3 c "},
			{`,"contacts":[{"id":3,"firstName":"C"},{"firstName":"d","customerId":1},{"id":1,"firstName":"a","email":"a@x","customerId":1}]`, "1 a a@x,3 C ,5 d "},
			{`,"CONTACTS":[{"firstName":"e"}]`, "6 e "},
			{`,"contacts":[]`, ""},
			{"", ""},
		} {
			h.ok("PUT", "/v1/customers", put(c.contacts))
			if got := h.contactsOf(id); got != c.want {
				t.Errorf("after %s: %s, want %s", c.contacts, got, c.want)
			}
		}
		h.ok("PUT", "/v1/customers", put(`,"contacts":[{"firstName":"f"}]`))
		for _, c := range [][2]string{
			{`[{"id":4}]`, "customer.contacts[0].id: customer 1 has no contact 4"},
			{`[{"firstName":"x"},{"id":-1}]`, "customer.contacts[1].id"},
			{`[{"id":7},{"id":7}]`, "customer.contacts[1].id"},
			{`[{"customerId":2}]`, "customer.contacts[0].customerId: is 2, but the customer is 1"},
			{`[{"firstName":` + quoted(257) + `}]`, "customer.contacts[0].firstName"},
			{`[{"email":"a\nb"}]`, "customer.contacts[0].email: may not hold"},
			{`{}`, "customer.contacts: expected a list"},
			{`[1]`, "customer.contacts[0]: expected an object"},
			{manyItems(`{}`, 501), "customer.contacts: has 501 items"},
		} {
			h.refused("PUT", "/v1/customers", put(`,"company":"changed","contacts":`+c[0]), 400, 3, c[1])
		}
		if h.contactsOf(id) != "7 f " || h.contactsOf(other) != "4 z " || h.one("/v1/customers", "customers", id)["company"] != "" {
			t.Errorf("refused changes were made: %s", h.contactsOf(id))
		}
		h.ok("PUT", "/v1/customers", put(`,"contacts":`+manyItems(`{"firstName":"many"}`, 500)))
		if n := h.ok("GET", fmt.Sprintf("/v1/customers/%d/contacts?take=1", id), "").id("totalContactsCount"); n != 500 {
			t.Errorf("%d contacts of 500", n)
		}
		// What was read can be sent back.
		row := h.one("/v1/customers", "customers", other)
		if n := len(row["contacts"].([]any)); n != 1 {
			t.Errorf("listed with %d contacts", n)
		}
		h.ok("PUT", "/v1/customers", body("customer", row))
		if got := h.contactsOf(other); got != "4 z " {
			t.Errorf("sent back: %s", got)
		}
	})
}

// TestContactsMove by a PUT of their own, and say so to both customers.
func TestContactsMove(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		var ids []int64
		for range 2 {
			ids = append(ids, h.ok("POST", "/v1/customers", `{"customer":{}}`).id("customerId"))
		}
		contact := h.ok("POST", "/v1/contacts", fmt.Sprintf(`{"contact":{"customerId":%d,"firstName":"a"}}`, ids[0])).id("contactId")
		stamps := func() string {
			return fmt.Sprint(h.one("/v1/customers", "customers", ids[0])["updatedAt"], h.one("/v1/customers", "customers", ids[1])["updatedAt"])
		}
		before := stamps()
		h.ok("PUT", "/v1/contacts", fmt.Sprintf(`{"contact":{"id":%d,"customerId":%d}}`, contact, ids[1]))
		if h.contactsOf(ids[0]) != "" || h.contactsOf(ids[1]) != fmt.Sprintf("%d  ", contact) {
			t.Errorf("moved: %q and %q", h.contactsOf(ids[0]), h.contactsOf(ids[1]))
		}
		after := stamps()
		for i, s := range strings.SplitAfter(after, "Z") {
			if s != "" && s == strings.SplitAfter(before, "Z")[i] {
				t.Errorf("customer %d does not show the change: %s", i, after)
			}
		}
		h.refused("PUT", "/v1/contacts", fmt.Sprintf(`{"contact":{"id":%d,"customerId":99}}`, contact), 400, 3, "contact.customerId: there is no customer 99")
		h.refused("POST", "/v1/contacts", `{"contact":{"customerId":99}}`, 400, 3, "contact.customerId: there is no customer 99")
		h.refused("POST", "/v1/contacts", `{"contact":{"customerId":0}}`, 400, 3, "contact.customerId: is missing")
	})
}

// TestStaleUpdatesAreRefused: who sends an updatedAt must have seen the present
// state, also when the clock stands still.
func TestStaleUpdatesAreRefused(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		for _, c := range []struct{ path, item, items, id string }{
			{"/v1/customers", "customer", "customers", "customerId"},
			{"/v1/orders", "order", "orders", "orderId"},
			{"/v1/licenses", "license", "licenses", "licenseId"},
			{"/v1/resources", "resource", "resources", "resourceId"},
		} {
			id := h.ok("POST", c.path, `{"`+c.item+`":{"updatedAt":"2001-01-01T00:00:00Z","createdAt":"2001-01-01T00:00:00Z"}}`).id(c.id)
			put := func(stamp any) string { return body(c.item, map[string]any{"id": id, "updatedAt": stamp}) }
			first := h.one(c.path, c.items, id)
			if first["updatedAt"] != "2026-03-01T12:00:00Z" || first["createdAt"] != first["updatedAt"] {
				t.Errorf("%s: made %v, updated %v", c.item, first["createdAt"], first["updatedAt"])
			}
			h.ok("PUT", c.path, put(first["updatedAt"]))
			second := h.one(c.path, c.items, id)
			if second["updatedAt"] == first["updatedAt"] || second["createdAt"] != first["createdAt"] {
				t.Errorf("%s: updated %v, before %v", c.item, second["updatedAt"], first["updatedAt"])
			}
			for _, stale := range []any{first["updatedAt"], "2001-01-01T00:00:00Z", "2100-01-01T00:00:00Z"} {
				h.refused("PUT", c.path, put(stale), 409, 9, c.item+".updatedAt: is not that of the stored state")
			}
			for _, unset := range []any{nil, "", "0001-01-01T00:00:00Z"} {
				h.ok("PUT", c.path, put(unset))
			}
			h.refused("PUT", c.path, put("soon"), 400, 3, c.item+".updatedAt")
		}
		id := h.ok("POST", "/v1/customers", `{"customer":{}}`).id("customerId")
		read := h.one("/v1/customers", "customers", id)
		h.ok("POST", "/v1/contacts", fmt.Sprintf(`{"contact":{"customerId":%d}}`, id))
		h.refused("PUT", "/v1/customers", body("customer", read), 409, 9, "updatedAt")
	})
}

// TestOneOfManyStaleUpdatesIsTaken: all have read the same state.
func TestOneOfManyStaleUpdatesIsTaken(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.clock.Advance(time.Second)
		for _, c := range []struct{ path, item, items, id string }{
			{"/v1/customers", "customer", "customers", "customerId"}, {"/v1/orders", "order", "orders", "orderId"},
			{"/v1/licenses", "license", "licenses", "licenseId"}, {"/v1/resources", "resource", "resources", "resourceId"},
		} {
			id := h.ok("POST", c.path, `{"`+c.item+`":{}}`).id(c.id)
			text := body(c.item, map[string]any{"id": id, "updatedAt": h.one(c.path, c.items, id)["updatedAt"]})
			taken := make(chan int, 8)
			for range cap(taken) {
				go func() { taken <- h.call(adminKey, "PUT", c.path, text).status }()
			}
			counts := map[int]int{}
			for range cap(taken) {
				counts[<-taken]++
			}
			if counts[http.StatusOK] != 1 || counts[http.StatusConflict] != cap(taken)-1 {
				t.Errorf("%s: %v", c.item, counts)
			}
		}
	})
}

func TestCustomersSeeTheirOwnBooks(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		var customers, orders []int64
		for _, name := range []string{"Acme", "Beta"} {
			id := h.ok("POST", "/v1/customers", fmt.Sprintf(`{"customer":{"company":%q,"contacts":[{"firstName":%[1]q}]}}`, name)).id("customerId")
			order := h.ok("POST", "/v1/orders", fmt.Sprintf(`{"order":{"customerId":%d,"status":%q}}`, id, name)).id("orderId")
			h.ok("POST", "/v1/licenses", fmt.Sprintf(`{"license":{"customerId":%d,"orderId":%d,"licenseeName":%q}}`, id, order, name))
			customers, orders = append(customers, id), append(orders, order)
		}
		nobodys := h.ok("POST", "/v1/orders", `{"order":{"status":"nobody's"}}`).id("orderId")
		h.ok("POST", "/v1/licenses", fmt.Sprintf(`{"license":{"customerId":%d,"orderId":%d,"licenseeName":"Beta on Acme's order"}}`, customers[1], orders[0]))
		acme := fmt.Sprintf("Customer/%d", customers[0])
		for _, c := range []struct{ path, items, name, staff string }{
			{"/v1/customers", "customers", "company", "Sales"}, {"/v1/contacts", "contacts", "firstName", "Sales"}, {"/v1/orders", "orders", "status", "Sales"},
			{"/v1/customers/%d/contacts", "contacts", "firstName", "Sales"}, {"/v1/customers/%d/orders", "orders", "status", "Sales"},
			{"/v1/customers/%d/licenses", "licenses", "licenseeName", "LicenseManager"}, {"/v1/orders/%d/licenses", "licenses", "licenseeName", "LicenseManager"},
		} {
			own, others, nested := c.path, c.path, strings.Contains(c.path, "%d")
			if nested {
				ids := customers
				if strings.HasPrefix(c.path, "/v1/orders") {
					ids = orders
				}
				own, others = fmt.Sprintf(c.path, ids[0]), fmt.Sprintf(c.path, ids[1])
			}
			a := h.call(acme, "GET", own, "")
			if rows := a.list(c.items); a.status != 200 || len(rows) != 1 || rows[0][c.name] != "Acme" || strings.Contains(string(a.body), "Beta") {
				t.Errorf("GET %s as Acme: %d %s", own, a.status, a.body)
			}
			if a := h.call("Customer", "GET", own, ""); a.status != http.StatusForbidden {
				t.Errorf("GET %s as a customer without a customer: %d", own, a.status)
			}
			if a := h.call(c.staff, "GET", others, ""); a.status != 200 || !strings.Contains(string(a.body), "Beta") {
				t.Errorf("GET %s as %s: %d %s", others, c.staff, a.status, a.body)
			}
			for _, path := range []string{others, strings.Replace(c.path, "%d", "999", 1)} {
				if a := h.call(acme, "GET", path, ""); nested && (a.status != http.StatusNotFound || a.id("code") != 5) {
					t.Errorf("GET %s as Acme: %d %s", path, a.status, a.body)
				}
			}
		}
		if a := h.call(acme, "GET", fmt.Sprintf("/v1/orders/%d/licenses", nobodys), ""); a.status != http.StatusNotFound {
			t.Errorf("licenses of nobody's order: %d", a.status)
		}
		for _, path := range []string{fmt.Sprintf("/v1/orders/%d/products", orders[0]), "/v1/products", "/v1/assemblies"} {
			if a := h.call(acme, "GET", path, ""); a.status != http.StatusForbidden {
				t.Errorf("GET %s as Acme: %d", path, a.status)
			}
		}
	})
}
