package management_test

import (
	"fmt"
	"testing"
)

// TestNestedRowsHaveOneParent: a release of another product and an assembly of
// another release are not there.
func TestNestedRowsHaveOneParent(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		var products, releases, assemblies []int64
		path := func(p int64) string { return fmt.Sprintf("/v1/products/%d/releases", p) }
		under := func(p, r int64) string { return fmt.Sprintf("%s/%d/assemblies", path(p), r) }
		for i := range 2 {
			p := h.ok("POST", "/v1/products", fmt.Sprintf(`{"product":{"name":"p%d"}}`, i)).id("productId")
			r := h.ok("POST", path(p), fmt.Sprintf(`{"productId":%d,"release":{"version":"%d"}}`, p, i)).id("releaseId")
			products, releases = append(products, p), append(releases, r)
			assemblies = append(assemblies, h.ok("POST", under(p, r), fmt.Sprintf(`{"productId":%d,"releaseId":0,"assembly":{"name":"a%d"}}`, p, i)).id("assemblyId"))
		}
		second := h.ok("POST", path(products[0]), `{"release":{"version":"0.1"}}`).id("releaseId")
		alone := h.ok("POST", "/v1/assemblies", `{"assembly":{"name":"alone"}}`).id("assemblyId")

		if a := h.ok("GET", path(products[0]), ""); a.id("totalReleasesCount") != 2 || pick(a.list("releases")[0], "id", "version") != fmt.Sprintf("%d 0", releases[0]) {
			t.Errorf("releases: %s", a.body)
		}
		if a := h.ok("GET", under(products[1], releases[1]), ""); a.id("totalAssembliesCount") != 1 || pick(a.list("assemblies")[0], "name") != "a1" {
			t.Errorf("assemblies: %s", a.body)
		}
		if a := h.ok("GET", "/v1/assemblies", ""); a.id("totalAssembliesCount") != 3 {
			t.Errorf("all assemblies: %s", a.body)
		}
		for _, c := range []struct{ method, path, body string }{
			{"GET", path(99), ""}, {"POST", path(99), `{"release":{}}`}, {"PUT", path(99), fmt.Sprintf(`{"release":{"id":%d}}`, releases[0])},
			{"DELETE", path(99) + fmt.Sprintf("/%d", releases[0]), ""},
			{"PUT", path(products[0]), fmt.Sprintf(`{"release":{"id":%d}}`, releases[1])},
			{"DELETE", path(products[0]) + fmt.Sprintf("/%d", releases[1]), ""},
			{"GET", under(products[0], releases[1]), ""}, {"GET", under(products[0], 99), ""}, {"GET", under(99, releases[0]), ""},
			{"POST", under(products[0], releases[1]), `{"assembly":{}}`},
			{"PUT", under(products[0], releases[1]), fmt.Sprintf(`{"assembly":{"id":%d}}`, assemblies[1])},
			{"PUT", under(products[0], releases[0]), fmt.Sprintf(`{"assembly":{"id":%d}}`, assemblies[1])},
			{"PUT", under(products[0], second), fmt.Sprintf(`{"assembly":{"id":%d}}`, assemblies[0])},
			{"PUT", under(products[0], releases[0]), fmt.Sprintf(`{"assembly":{"id":%d}}`, alone)},
			{"DELETE", under(products[0], second) + fmt.Sprintf("/%d", assemblies[0]), ""},
			{"DELETE", under(products[1], releases[0]) + fmt.Sprintf("/%d", assemblies[0]), ""},
			{"DELETE", under(products[0], releases[0]) + fmt.Sprintf("/%d", alone), ""},
			{"GET", path(products[0]) + fmt.Sprintf("/%d/license-templates", releases[1]), ""},
			{"GET", path(99) + fmt.Sprintf("/%d/license-templates", releases[1]), ""},
		} {
			h.refused(c.method, c.path, c.body, 404, 5, "there is no")
		}
		for _, body := range []string{
			fmt.Sprintf(`{"productId":%d,"assembly":{}}`, products[1]), fmt.Sprintf(`{"releaseId":%d,"assembly":{}}`, second),
			`{"RELEASEID":99,"assembly":{}}`, `{"productId":-1,"assembly":{}}`,
		} {
			h.refused("POST", under(products[0], releases[0]), body, 400, 3, "but the path says")
		}
		for _, body := range []string{`{"productId":"1","assembly":{}}`, `{"releaseId":1.5,"assembly":{}}`, `{"releaseId":9223372036854775808,"assembly":{}}`, `{"releaseId":{},"assembly":{}}`} {
			h.refused("POST", under(products[0], releases[0]), body, 400, 3, "Id: expected a whole number")
		}
		h.refused("PUT", path(products[0]), fmt.Sprintf(`{"productId":%d,"release":{"id":%d}}`, products[1], releases[0]), 400, 3, "productId: is")

		// A PUT at /v1/assemblies leaves an assembly with its release.
		h.ok("PUT", "/v1/assemblies", fmt.Sprintf(`{"assembly":{"id":%d,"name":"renamed"}}`, assemblies[0]))
		if row := h.one(under(products[0], releases[0]), "assemblies", assemblies[0]); row["name"] != "renamed" {
			t.Errorf("renamed: %v", row)
		}
		if a := h.ok("PUT", under(products[0], releases[0]), fmt.Sprintf(`{"assembly":{"id":%d}}`, assemblies[0])); a.id("assemblyId") != assemblies[0] {
			t.Errorf("answer: %s", a.body)
		}
		if a := h.ok("PUT", path(products[0]), fmt.Sprintf(`{"release":{"id":%d}}`, releases[0])); a.id("releaseId") != releases[0] {
			t.Errorf("answer: %s", a.body)
		}
	})
}

// TestTemplatesNameReleases of their own product.
func TestTemplatesNameReleases(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		var products, releases []int64
		for range 2 {
			p := h.ok("POST", "/v1/products", `{"product":{"name":"p"}}`).id("productId")
			products = append(products, p)
			releases = append(releases, h.ok("POST", fmt.Sprintf("/v1/products/%d/releases", p), `{"release":{}}`).id("releaseId"))
		}
		template := func(id, product, release any) string {
			return body("licenseTemplate", map[string]any{"id": id, "name": "t", "productId": product, "releaseId": release})
		}
		id := h.ok("POST", "/v1/license-templates", template(0, products[0], releases[0])).id("templateId")
		free := h.ok("POST", "/v1/license-templates", template(0, nil, releases[0])).id("templateId")
		path := fmt.Sprintf("/v1/products/%d/releases/%d/license-templates", products[0], releases[0])
		if a := h.ok("GET", path, ""); a.id("totalLicenseTemplatesCount") != 2 || pick(a.list("licenseTemplates")[0], "id", "releaseId") != fmt.Sprint(id, " ", releases[0]) {
			t.Errorf("templates of a release: %s", a.body)
		}
		for _, method := range []string{"POST", "PUT"} {
			h.refused(method, "/v1/license-templates", template(id, products[0], releases[1]), 400, 3, "licenseTemplate.releaseId: release")
			h.refused(method, "/v1/license-templates", template(id, products[0], 99), 400, 3, "licenseTemplate.releaseId: there is no release 99")
			h.refused(method, "/v1/license-templates", template(id, nil, -1), 400, 3, "licenseTemplate.releaseId: there is no release -1")
		}
		h.refused("PUT", "/v1/license-templates", template(free, products[1], releases[0]), 400, 3, "licenseTemplate.releaseId: release")
		h.refused("DELETE", fmt.Sprintf("/v1/products/%d/releases/%d", products[0], releases[0]), "", 409, 9, "license templates that refer to it: 2")
		h.ok("PUT", "/v1/license-templates", template(id, products[0], 0))
		if row := h.one("/v1/license-templates", "licenseTemplates", id); row["releaseId"] != nil {
			t.Errorf("cleared: %v", row["releaseId"])
		}
		h.ok("PUT", "/v1/license-templates", template(id, nil, nil))
		h.refused("DELETE", fmt.Sprintf("/v1/products/%d", products[0]), "", 409, 9, "license templates (by one of its releases) that refer to it: 1")
		h.ok("DELETE", fmt.Sprintf("/v1/license-templates/%d", free), "")
		h.ok("DELETE", fmt.Sprintf("/v1/products/%d", products[0]), "")
	})
}
