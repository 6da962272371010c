package management_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licet/licet/internal/document"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/keyformat"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/settings"
)

// stated is what the document of an answer says.
func (h *house) stated(a answer) document.Content {
	h.t.Helper()
	v, err := document.Verify(a.text("licenseKey"), h.public()...)
	if err != nil {
		h.t.Fatalf("%s: %v", a.text("licenseKey"), err)
	}
	return v.Content
}

// pick takes members of a row as one line of text.
func pick(row map[string]any, members ...string) string {
	var all []string
	for _, m := range members {
		all = append(all, fmt.Sprint(row[m]))
	}
	return strings.Join(all, " ")
}

func TestATemplateFillsOnlyWhatWasNotSent(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		product := h.ok("POST", "/v1/products", `{"product":{"name":"Editor","code":"ED"}}`).id("productId")
		tpl := h.ok("POST", "/v1/license-templates", fmt.Sprintf(`{"licenseTemplate":{"name":"T","licenseType":"Full","format":0,"licensingMode":2,
			"expireDays":10,"supportDays":20,"issueDate":true,"userKey":"K-{HEX:6}","productId":%d,"components":["c"],"fields":[{"name":"f","value":"v"}],
			"features":[{"id":"x"}],"restrictions":[{"name":"Beta"}],"assemblies":[{"name":"a"}]}}`, product)).id("templateId")
		const members = "licenseType format licensingMode expireDate supportExpireDate issueDate maxAllowedSites"
		for _, c := range []struct{ name, sent, want, features string }{
			{"nothing", ``, "Full 0 2 2026-03-11T12:00:00Z 2026-03-21T12:00:00Z 2026-03-01T12:00:00Z <nil>", "1"},
			{"nulls", `,"licenseType":null,"format":null,"expireDate":null,"features":null,"maxAllowedSites":null`,
				"Full 0 2 2026-03-11T12:00:00Z 2026-03-21T12:00:00Z 2026-03-01T12:00:00Z <nil>", "1"},
			{"zeros", `,"licenseType":"","format":0,"licensingMode":0,"maxAllowedSites":0,"features":[]`,
				" 0 0 2026-03-11T12:00:00Z 2026-03-21T12:00:00Z 2026-03-01T12:00:00Z 0", "0"},
			{"all", `,"licenseType":"Pro","format":4,"licensingMode":1,"expireDate":"2027-01-01","supportExpireDate":"2028-01-01","issueDate":"2026-02-01","maxAllowedSites":5,"features":[{"id":"y"},{"id":"z"}]`,
				"Pro 4 1 2027-01-01T00:00:00Z 2028-01-01T00:00:00Z 2026-02-01T00:00:00Z 5", "2"},
			{"issue date", `,"issueDate":"2026-02-01"`, "Full 0 2 2026-02-11T00:00:00Z 2026-02-21T00:00:00Z 2026-02-01T00:00:00Z <nil>", "1"},
		} {
			a := h.ok("POST", "/v1/licenses", fmt.Sprintf(`{"license":{"templateId":%d%s}}`, tpl, c.sent))
			row := h.one("/v1/licenses", "licenses", a.id("licenseId"))
			if got := pick(row, strings.Fields(members)...); got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
			doc := h.stated(a)
			if fmt.Sprint(len(doc.Features)) != c.features || len(doc.Components) != 1 || len(doc.Restrictions) != 1 || doc.Product.ID != "ED" || doc.Product.Name != "Editor" {
				t.Errorf("%s: document %+v", c.name, doc)
			}
			if !strings.HasPrefix(a.text("userKey"), "K-") || !strings.HasPrefix(a.text("licenseKeyId"), "lic") {
				t.Errorf("%s: names %s %s", c.name, a.text("userKey"), a.text("licenseKeyId"))
			}
		}
	})
}

func TestWithoutTemplateOrProduct(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		a := h.ok("POST", "/v1/licenses", `{"license":{}}`)
		row := h.one("/v1/licenses", "licenses", a.id("licenseId"))
		if got := pick(row, "format", "licensingMode", "maxAllowedSites", "expireDate", "product", "revoked", "features"); got != "4 0 <nil> <nil> <nil> false []" {
			t.Errorf("defaults: %s", got)
		}
		h.ok("POST", "/v1/products", `{"product":{"name":"Editor","code":"ED","url":"https://e"}}`)
		known := h.stated(h.ok("POST", "/v1/licenses", `{"license":{"product":{"id":"ED","version":"2"}}}`)).Product
		if diff := cmp.Diff(document.Product{ID: "ED", Name: "Editor", URL: "https://e", Version: "2"}, known); diff != "" {
			t.Errorf("a product of the books:\n%s", diff)
		}
		strange := h.stated(h.ok("POST", "/v1/licenses", `{"license":{"product":{"id":"XX","name":"Other"}}}`)).Product
		if diff := cmp.Diff(document.Product{ID: "XX", Name: "Other"}, strange); diff != "" {
			t.Errorf("a snapshot:\n%s", diff)
		}
		kept := h.ok("POST", "/v1/licenses", `{"license":{"userKey":"my-key","licenseId":"lic-own"}}`)
		if kept.text("userKey") != "my-key" || kept.text("licenseKeyId") != "lic-own" {
			t.Errorf("given names: %s", kept.body)
		}
	})
}

func TestAnIssueDateThatTheTemplateDoesNotState(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		tpl := h.ok("POST", "/v1/license-templates", `{"licenseTemplate":{"name":"T","expireDays":1}}`).id("templateId")
		a := h.ok("POST", "/v1/licenses", fmt.Sprintf(`{"license":{"templateId":%d}}`, tpl))
		if doc := h.stated(a); !doc.IssueDate.IsZero() || doc.ExpireDate.IsZero() {
			t.Errorf("document: %+v", doc)
		}
		h.refused("POST", "/v1/licenses", fmt.Sprintf(`{"license":{"templateId":%d,"issueDate":"9999-12-31T12:00:00Z"}}`, tpl), 400, 3, "license.expireDate")
	})
}

func TestAnUpdateKeepsWhatMustNotBeWiped(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		tpl := h.ok("POST", "/v1/license-templates", `{"licenseTemplate":{"name":"T"}}`).id("templateId")
		a := h.ok("POST", "/v1/licenses", fmt.Sprintf(`{"license":{"templateId":%d,"format":0,"licensingMode":2,"maxAllowedSites":5,"licenseType":"Full","expireDate":"2027-01-01",
			"trace":true,"revoked":true,"description":"d","meta":"m","licenseeName":"n",%s}}`, tpl, fullLicense))
		id := a.id("licenseId")
		before := h.one("/v1/licenses", "licenses", id)
		h.clock.Advance(1000)
		put := h.ok("PUT", "/v1/licenses", fmt.Sprintf(`{"license":{"id":%d,"features":null}}`, id))
		after := h.one("/v1/licenses", "licenses", id)
		for _, same := range []string{"licenseId", "userKey", "format", "licensingMode", "issueDate", "createdAt", "product", "licensee",
			"components", "assemblies", "fields", "features", "restrictions"} {
			if diff := cmp.Diff(before[same], after[same]); diff != "" {
				t.Errorf("%s was changed:\n%s", same, diff)
			}
		}
		if got := pick(after, "maxAllowedSites", "licenseType", "expireDate", "trace", "revoked", "description", "meta", "licenseeName", "templateId"); got != "<nil>  <nil> false false    <nil>" {
			t.Errorf("scalars that were not sent: %q", got)
		}
		if after["updatedAt"] == before["updatedAt"] || put.text("licenseKey") == a.text("licenseKey") || put.text("userKey") != a.text("userKey") {
			t.Errorf("not signed anew: %s", put.body)
		}
		put = h.ok("PUT", "/v1/licenses", fmt.Sprintf(`{"license":{"id":%d,"features":[],"fields":[],"components":[],"assemblies":[],"restrictions":[],"userKey":"new","format":4,"createdAt":"2001-01-01"}}`, id))
		after = h.one("/v1/licenses", "licenses", id)
		if got := pick(after, "features", "fields", "components", "assemblies", "restrictions", "userKey", "createdAt"); got != "[] [] [] [] [] new 2026-03-01T12:00:00Z" {
			t.Errorf("cleared: %s", got)
		}
		if doc := h.stated(put); len(doc.Features) != 0 || doc.Licensee.Name != "Ada" {
			t.Errorf("document: %+v", doc)
		}
	})
}

func TestNamesStayUnique(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.ok("POST", "/v1/licenses", `{"license":{"userKey":"K1","licenseId":"L1"}}`)
		id := h.ok("POST", "/v1/licenses", `{"license":{"userKey":"K2","licenseId":"L2"}}`).id("licenseId")
		for _, c := range []struct{ names, taken string }{
			{`"userKey":"K1"`, "userKey"}, {`"licenseId":"L1"`, "licenseId"},
			{`"userKey":"K1","licenseId":"L3"`, "userKey"}, {`"userKey":"K3","licenseId":"L1"`, "licenseId"},
		} {
			h.refused("PUT", "/v1/licenses", fmt.Sprintf(`{"license":{"id":%d,%s}}`, id, c.names), 409, 6, "license."+c.taken+": is in use")
			h.refused("POST", "/v1/licenses", fmt.Sprintf(`{"license":{%s}}`, c.names), 409, 6, "license."+c.taken+": is in use")
		}
		h.ok("PUT", "/v1/licenses", fmt.Sprintf(`{"license":{"id":%d,"userKey":"K3","licenseId":"L3"}}`, id))
		if row := h.one("/v1/licenses", "licenses", id); pick(row, "userKey", "licenseId") != "K3 L3" {
			t.Errorf("renamed: %v", row)
		}
	})
}

func TestProductsAreReplaced(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.ok("POST", "/v1/products", `{"product":{"name":"A","code":"A"}}`)
		id := h.ok("POST", "/v1/products", `{"product":{"name":"B","code":"B","price":1.5,"meta":"m","createdAt":"2001-01-01"}}`).id("productId")
		h.refused("PUT", "/v1/products", fmt.Sprintf(`{"product":{"id":%d,"code":"A"}}`, id), 409, 6, "product.code: is in use")
		h.ok("PUT", "/v1/products", fmt.Sprintf(`{"product":{"id":%d,"code":"C","createdAt":"2001-01-01"}}`, id))
		row := h.one("/v1/products", "products", id)
		if got := pick(row, "name", "code", "price", "meta", "createdAt", "productOrders", "signatureKeys"); got != "B C 0  2026-03-01T12:00:00Z [] <nil>" {
			t.Errorf("replaced: %s", got)
		}
		h.ok("POST", "/v1/products", `{"product":{"name":"no code"}}`)
		h.ok("POST", "/v1/products", `{"product":{"name":"no code either","code":""}}`)
	})
}

func TestModeAndSitesWhileSeatsAreHeld(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		a := h.ok("POST", "/v1/licenses", `{"license":{"licensingMode":2,"maxAllowedSites":1}}`)
		path := fmt.Sprintf("/v1/licenses/%d/tokens", a.id("licenseId"))
		first := h.ok("POST", path, `{"licenseToken":{"machineId":"m","clientId":"c","token":"ignored","licenseId":12}}`)
		again := h.ok("POST", path, `{"licenseToken":{"machineId":"m","clientId":"c"}}`)
		if first.text("token") == "ignored" || first.text("token") != again.text("token") || first.id("licenseTokenId") != again.id("licenseTokenId") || first.id("licenseId") != a.id("licenseId") {
			t.Errorf("token by hand: %s, again %s", first.body, again.body)
		}
		h.refused("POST", path, `{"licenseToken":{"machineId":"other"}}`, 409, 9, "All seats")
		h.refused("PUT", "/v1/licenses", fmt.Sprintf(`{"license":{"id":%d,"licensingMode":1}}`, a.id("licenseId")), 409, 9, "licensing mode")
		count := h.ok("GET", path+"?countOnly=true", "")
		if len(count.list("licenseTokens")) != 0 || count.object["licenseTokens"] == nil || count.id("licenseTokensCount") != 1 || count.id("totalLicenseTokensCount") != 1 {
			t.Errorf("countOnly: %s", count.body)
		}
		page := h.ok("GET", path+"?skip=1", "")
		if page.id("licenseTokensCount") != 0 || page.id("totalLicenseTokensCount") != 1 {
			t.Errorf("skip: %s", page.body)
		}
		h.ok("DELETE", fmt.Sprintf("%s/%d", path, first.id("licenseTokenId")), "")
		h.refused("DELETE", fmt.Sprintf("%s/%d", path, first.id("licenseTokenId")), "", 404, 5, "no token")
		h.ok("PUT", "/v1/licenses", fmt.Sprintf(`{"license":{"id":%d,"licensingMode":1,"maxAllowedSites":1}}`, a.id("licenseId")))
		h.ok("POST", path, `{"licenseToken":{"machineId":"m"}}`)
	})
}

func TestNodeLockedCopiesAreNotLicensesOfTheirOwn(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		a := h.ok("POST", "/v1/licenses", `{"license":{"licensingMode":1}}`)
		path := fmt.Sprintf("/v1/licenses/%d/tokens", a.id("licenseId"))
		h.ok("POST", path, `{"licenseToken":{"machineId":"m"}}`)
		token := h.ok("GET", path, "").list("licenseTokens")[0]
		copied := token["nodeLockedLicenseId"]
		h.refused("PUT", "/v1/licenses", fmt.Sprintf(`{"license":{"id":%v}}`, copied), 409, 9, "node-locked copy")
		h.refused("DELETE", fmt.Sprintf("/v1/licenses/%v", copied), "", 409, 9, "node-locked copy")
		h.refused("POST", fmt.Sprintf("/v1/licenses/%v/tokens", copied), `{"licenseToken":{"machineId":"m"}}`, 409, 9, "node-locked copy")
		if l := h.ok("GET", "/v1/licenses", ""); l.id("totalLicensesCount") != 1 || len(l.list("licenses")) != 1 {
			t.Errorf("copies are listed: %s", l.body)
		}
		h.ok("DELETE", fmt.Sprintf("%s/%v", path, token["id"]), "")
		h.refused("DELETE", fmt.Sprintf("/v1/licenses/%v", copied), "", 404, 5, "there is no license")
	})
}

func TestTracesGoWithTheirLicense(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		a := h.ok("POST", "/v1/licenses", `{"license":{"licensingMode":2,"trace":true}}`)
		grant, err := h.seats.Request(t.Context(), a.text("userKey"), seat.Client{MachineID: "m"})
		h.must(err)
		path := fmt.Sprintf("/v1/licenses/%d", a.id("licenseId"))
		h.refused("DELETE", path, "", 409, 9, "1 tokens")
		traces := func() int64 {
			n, err := h.store.Read().NewSelect().Model((*entity.LicenseTrace)(nil)).Count(t.Context())
			h.must(err)
			return n
		}
		if n := traces(); n != 1 {
			t.Fatalf("%d traces after a refused deletion", n)
		}
		_, err = h.seats.Release(t.Context(), grant.Token, seat.Client{MachineID: "m"})
		h.must(err)
		h.ok("DELETE", path, "")
		if n := traces(); n != 0 {
			t.Errorf("%d traces left", n)
		}
	})
}

// TestParallelInsertsWithFewCombinations takes the very last names of tight
// formats, all at once.
func TestParallelInsertsWithFewCombinations(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		users, names := map[string]bool{}, map[string]bool{}
		for range 16 {
			wg.Go(func() {
				a := h.call(adminKey, "POST", "/v1/licenses", `{"license":{}}`)
				mu.Lock()
				defer mu.Unlock()
				if a.status != 200 {
					t.Errorf("%d %s", a.status, a.body)
				}
				users[a.text("userKey")], names[a.text("licenseKeyId")] = true, true
			})
		}
		wg.Wait()
		if len(users) != 16 || len(names) != 16 {
			t.Errorf("%d user keys, %d license ids, want 16 of both", len(users), len(names))
		}
		h.refused("POST", "/v1/licenses", `{"license":{}}`, 409, 9, "no free combination")
		if n := h.ok("GET", "/v1/licenses", "").id("totalLicensesCount"); n != 16 {
			t.Errorf("%d licenses", n)
		}
	}, func(s *settings.Licensing) {
		s.UserKey, s.LicenseID = keyformat.Must("U{HEX:1}"), keyformat.Must("l{HEX:1}")
	})
}

// TestConcurrentUpdatesLoseNothing lets many callers each write a collection of
// their own; all of them are there in the end, in the row and in the document.
func TestConcurrentUpdatesLoseNothing(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		a := h.ok("POST", "/v1/licenses", `{"license":{"licensingMode":1}}`)
		id := a.id("licenseId")
		collections := []string{`"components":["c"]`, `"fields":[{"name":"f"}]`, `"features":[{"id":"x"}]`, `"assemblies":[{"name":"a"}]`,
			`"restrictions":[{"name":"Beta"}]`, `"product":{"id":"P"}`, `"licensee":{"name":"Ada"}`}
		var wg sync.WaitGroup
		for _, c := range collections {
			wg.Go(func() {
				if a := h.call(adminKey, "PUT", "/v1/licenses", fmt.Sprintf(`{"license":{"id":%d,%s}}`, id, c)); a.status != 200 {
					t.Errorf("%d %s", a.status, a.body)
				}
			})
			wg.Go(func() {
				_, err := h.seats.Activate(t.Context(), a.text("userKey"), seat.Client{MachineID: c})
				for fault.IsKind(err, fault.Unavailable) { // the license was changed too often; there are only so many updates
					_, err = h.seats.Activate(t.Context(), a.text("userKey"), seat.Client{MachineID: c})
				}
				if err != nil {
					t.Errorf("activate: %v", err)
				}
			})
		}
		wg.Wait()
		var lic entity.License
		h.must(h.store.Read().NewSelect().Model(&lic).Where("id = ?", id).Scan(t.Context()))
		v, err := document.Verify(lic.LicenseKey, h.public()...)
		h.must(err)
		if doc := v.Content; lic.Revision != int64(1+len(collections)) || len(doc.Components) != 1 || len(doc.Fields) != 1 || len(doc.Features) != 1 ||
			len(doc.Assemblies) != 1 || len(doc.Restrictions) != 1 || doc.Product.ID != "P" || doc.Licensee.Name != "Ada" {
			t.Errorf("revision %d, document %+v", lic.Revision, doc)
		}
		for _, c := range collections {
			grant, err := h.seats.Validate(t.Context(), a.text("userKey"), seat.Client{MachineID: c})
			h.must(err)
			v, err := document.Verify(grant.License.Document, h.public()...)
			h.must(err)
			if len(v.Content.Components) != 1 || len(v.Content.Features) != 1 || v.Content.Licensee.Name != "Ada" {
				t.Errorf("machine %s has a document of another revision: %+v", c, v.Content)
			}
		}
	})
}
