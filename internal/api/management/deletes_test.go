package management_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/licet/licet/internal/store"
)

func (h *house) count(query string, args ...any) (n int64) {
	h.t.Helper()
	h.must(h.store.Read().NewRaw(query, args...).Scan(h.t.Context(), &n))
	return n
}

// TestWhatIsReferredToStays: each reference alone is in the way, named with its
// number, and nothing is when it is gone.
func TestWhatIsReferredToStays(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		made := func(path, item, id, members string) int64 {
			t.Helper()
			return h.ok("POST", path, `{"`+item+`":{`+members+`}}`).id(id)
		}
		for _, c := range []struct {
			what          string // POST of what is referred to, as path item id
			members       string
			by, reference string
			twice         bool // names it a second time as well
			say           string
		}{
			{"/v1/customers customer customerId", "", "/v1/orders order orderId", `"customerId":%d`, true, "orders that refer to it: 2"},
			{"/v1/customers customer customerId", "", "/v1/orders order orderId", `"resellerId":%d`, false, "orders (as their reseller) that refer to it: 1"},
			{"/v1/customers customer customerId", "", "/v1/licenses license licenseId", `"customerId":%d`, true, "licenses that refer to it: 2"},
			{"/v1/orders order orderId", "", "/v1/licenses license licenseId", `"orderId":%d`, true, "licenses that refer to it: 2"},
			{"/v1/resources resource resourceId", `"name":"map"`, "/v1/assemblies assembly assemblyId", `"mappingFileId":%d`, true, "assemblies that refer to it: 2"},
			{"/v1/resources resource resourceId", `"type":"Ed25519"`, "/v1/products product productId", `"name":"p","signatureKeysId":%d`, true, "products that refer to it: 2"},
			{"/v1/products product productId", `"name":"p"`, "/v1/license-templates licenseTemplate templateId", `"name":"t","productId":%d`, true, "license templates that refer to it: 2"},
			{"/v1/license-templates licenseTemplate templateId", `"name":"t"`, "/v1/licenses license licenseId", `"templateId":%d`, false, "licenses that refer to it: 1"},
		} {
			of, by := strings.Fields(c.what), strings.Fields(c.by)
			id := made(of[0], of[1], of[2], c.members)
			refs := []int64{made(by[0], by[1], by[2], fmt.Sprintf(c.reference, id))}
			if c.twice {
				refs = append(refs, made(by[0], by[1], by[2], fmt.Sprintf(c.reference, id)))
			}
			audited := len(h.audit())
			h.refused("DELETE", fmt.Sprintf("%s/%d", of[0], id), "", 409, 9, c.say)
			if len(h.audit()) != audited {
				t.Errorf("%s: a refused deletion was audited", c.what)
			}
			for _, ref := range refs {
				h.ok("DELETE", fmt.Sprintf("%s/%d", by[0], ref), "")
			}
			h.ok("DELETE", fmt.Sprintf("%s/%d", of[0], id), "")
			h.refused("DELETE", fmt.Sprintf("%s/%d", of[0], id), "", 404, 5, "there is no")
		}
		id := made("/v1/customers", "customer", "customerId", "")
		h.must(h.store.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.NewRaw(`INSERT INTO users (id, user_name, customer_id) VALUES ('u', 'u', ?)`, id).Exec(ctx)
			return err
		}))
		h.refused("DELETE", fmt.Sprintf("/v1/customers/%d", id), "", 409, 9, "users that refer to it: 1")
	})
}

// TestWhatGoesWithItsOwner: contacts, lines of orders, releases and assemblies.
func TestWhatGoesWithItsOwner(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		ids := said{}
		tell := func(method, path, body string) { h.tell(step{method, path, body}, ids) }
		tell("POST", "/v1/customers", `{"customer":{"contacts":[{},{}]}}`)
		tell("POST", "/v1/products", `{"product":{"name":"p"}}`)
		tell("POST", "/v1/orders", `{"order":{}}`)
		tell("POST", "/v1/orders/{orderId}/products/{productId}", `{"productOrder":{}}`)
		first := ids["orderId"]
		tell("POST", "/v1/orders", `{"order":{}}`)
		tell("POST", "/v1/orders/{orderId}/products/{productId}", `{"productOrder":{}}`)
		tell("POST", "/v1/resources", `{"resource":{"name":"map"}}`)
		tell("POST", "/v1/products/{productId}/releases", `{"release":{}}`)
		for range 2 {
			tell("POST", "/v1/products/{productId}/releases/{releaseId}/assemblies", `{"assembly":{"mappingFileId":{resourceId}}}`)
		}
		tell("POST", "/v1/products/{productId}/releases", `{"release":{}}`)
		tell("POST", "/v1/products/{productId}/releases/{releaseId}/assemblies", `{"assembly":{}}`)
		tell("POST", "/v1/assemblies", `{"assembly":{}}`)
		counts := func() string {
			return fmt.Sprint(h.count(`SELECT COUNT(*) FROM contacts`), h.count(`SELECT COUNT(*) FROM product_orders`),
				h.count(`SELECT COUNT(*) FROM releases`), h.count(`SELECT COUNT(*) FROM assemblies`))
		}
		for _, step := range []struct{ path, want, audited string }{
			{"", "2 2 2 4", ""},
			{"/v1/customers/{customerId}", "0 2 2 4", "; with it contacts: 2"},
			{"/v1/orders/" + first, "0 1 2 4", "; with it products: 1"},
			{"/v1/products/{productId}/releases/{releaseId}", "0 1 1 3", "; with it assemblies: 1"},
			{"/v1/products/{productId}", "0 0 0 1", "; with it releases: 1; with it product orders: 1"},
			{"/v1/orders/{orderId}", "0 0 0 1", ""},
			{"/v1/resources/{resourceId}", "0 0 0 1", ""},
		} {
			if step.path != "" {
				h.ok("DELETE", ids.told(step.path), "")
			}
			if got := counts(); got != step.want {
				t.Errorf("after %s: %s, want %s", step.path, got, step.want)
			}
			if all := h.audit(); !strings.HasSuffix(all[len(all)-1].Details, step.audited) {
				t.Errorf("after %s: audited %q", step.path, all[len(all)-1].Details)
			}
		}
	})
}

// TestChildrenAndTheDeletionOfTheirParent race: whichever wins, no reference is
// left dangling and nobody is told that the server failed.
func TestChildrenAndTheDeletionOfTheirParent(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		order := h.ok("POST", "/v1/orders", `{"order":{}}`).id("orderId")
		for _, c := range []struct{ parent, made, id, child, body string }{
			{"/v1/customers/%d", `{"customer":{}}`, "customerId", "/v1/contacts", `{"contact":{"customerId":%d}}`},
			{"/v1/customers/%d", `{"customer":{}}`, "customerId", "/v1/orders", `{"order":{"customerId":%d}}`},
			{"/v1/customers/%d", `{"customer":{}}`, "customerId", "/v1/licenses", `{"license":{"customerId":%d}}`},
			{"/v1/products/%d", `{"product":{"name":"p"}}`, "productId", "/v1/products/%d/releases", `{"release":{}}`},
			{"/v1/products/%d", `{"product":{"name":"p"}}`, "productId", fmt.Sprintf("/v1/orders/%d/products/%%d", order), `{"productOrder":{}}`},
			{"/v1/products/%d", `{"product":{"name":"p"}}`, "productId", "/v1/license-templates", `{"licenseTemplate":{"name":"t","productId":%d}}`},
			{"/v1/resources/%d", `{"resource":{"name":"map"}}`, "resourceId", "/v1/assemblies", `{"assembly":{"mappingFileId":%d}}`},
		} {
			for range 4 {
				id := h.ok("POST", strings.TrimSuffix(c.parent, "/%d"), c.made).id(c.id)
				filled := func(text string) string { return strings.ReplaceAll(text, "%d", fmt.Sprint(id)) }
				var wg sync.WaitGroup
				var mu sync.Mutex
				deleted := 0
				for i := range 12 {
					wg.Go(func() {
						if i%4 != 0 {
							if a := h.call(adminKey, "POST", filled(c.child), filled(c.body)); a.status >= 500 {
								t.Errorf("POST %s: %d %s", c.child, a.status, a.body)
							}
							return
						}
						a := h.call(adminKey, "DELETE", filled(c.parent), "")
						mu.Lock()
						defer mu.Unlock()
						if a.status == http.StatusOK {
							deleted++
						} else if a.status != http.StatusNotFound && a.status != http.StatusConflict {
							t.Errorf("DELETE %s: %d %s", c.parent, a.status, a.body)
						}
					})
				}
				wg.Wait()
				if deleted > 1 {
					t.Errorf("%s was deleted %d times", filled(c.parent), deleted)
				}
			}
		}
		h.nothingDangles()
	})
}

// nothingDangles looks for references to rows that are not there.
func (h *house) nothingDangles() {
	h.t.Helper()
	for _, ref := range [][3]string{
		{"contacts", "customer_id", "customers"}, {"orders", "customer_id", "customers"}, {"orders", "reseller_id", "customers"},
		{"licenses", "customer_id", "customers"}, {"licenses", "order_id", "orders"}, {"product_orders", "order_id", "orders"},
		{"product_orders", "product_id", "products"}, {"releases", "product_id", "products"}, {"assemblies", "release_id", "releases"},
		{"assemblies", "mapping_file_id", "resources"}, {"license_templates", "release_id", "releases"}, {"license_templates", "product_id", "products"},
	} {
		n := h.count(fmt.Sprintf(`SELECT COUNT(*) FROM %s WHERE %s IS NOT NULL AND %[2]s NOT IN (SELECT id FROM %s)`, ref[0], ref[1], ref[2]))
		if n != 0 {
			h.t.Errorf("%d rows of %s refer by %s to no row of %s", n, ref[0], ref[1], ref[2])
		}
	}
}

// TestContactsAndTheirCustomersRace: contacts that move between two customers
// while these are changed and deleted.
func TestContactsAndTheirCustomersRace(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		for range 4 {
			a := h.ok("POST", "/v1/customers", `{"customer":{"contacts":[{}]}}`).id("customerId")
			b := h.ok("POST", "/v1/customers", `{"customer":{}}`).id("customerId")
			contact := h.ok("POST", "/v1/contacts", fmt.Sprintf(`{"contact":{"customerId":%d}}`, a)).id("contactId")
			var wg sync.WaitGroup
			for _, step := range [][3]string{
				{"PUT", "/v1/contacts", fmt.Sprintf(`{"contact":{"id":%d,"customerId":%d}}`, contact, b)},
				{"PUT", "/v1/contacts", fmt.Sprintf(`{"contact":{"id":%d,"customerId":%d}}`, contact, a)},
				{"PUT", "/v1/contacts", fmt.Sprintf(`{"contact":{"id":%d,"firstName":"x"}}`, contact)},
				{"PUT", "/v1/customers", fmt.Sprintf(`{"customer":{"id":%d,"contacts":[{},{}]}}`, a)},
				{"PUT", "/v1/customers", fmt.Sprintf(`{"customer":{"id":%d,"contacts":[]}}`, b)},
				{"DELETE", fmt.Sprintf("/v1/contacts/%d", contact), ""},
				{"DELETE", fmt.Sprintf("/v1/customers/%d", a), ""},
				{"DELETE", fmt.Sprintf("/v1/customers/%d", b), ""},
			} {
				for range 2 {
					wg.Go(func() {
						if a := h.call(adminKey, step[0], step[1], step[2]); a.status >= 500 {
							t.Errorf("%v: %d %s", step, a.status, a.body)
						}
					})
				}
			}
			wg.Wait()
		}
		h.nothingDangles()
	})
}
