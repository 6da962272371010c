package management_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/licet/licet/internal/document"
	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/seat"
)

// public is every key that documents of the house may be signed with.
func (h *house) public() []keys.Public {
	h.t.Helper()
	var all []keys.Public
	for _, r := range h.ok("GET", "/v1/resources", "").list("resources") {
		k, err := keys.ParsePublic(r["data"].(string))
		h.must(err)
		all = append(all, k)
	}
	return all
}

func TestFromProductToSeat(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		product := h.ok("POST", "/v1/products", `{"product":{"name":"Editor","code":"ED","copyright":"(c)"}}`).id("productId")
		tpl := h.ok("POST", "/v1/license-templates", fmt.Sprintf(`{"licenseTemplate":{"name":"Full","licenseType":"Full",
			"licensingMode":1,"expireDays":30,"issueDate":true,"productId":%d,"features":[{"id":"export","name":"Export"}]}}`, product))
		if !strings.Contains(tpl.text("template"), `<Product Id="ED" name="Editor"`) {
			t.Errorf("skeleton: %s", tpl.text("template"))
		}
		lic := h.ok("POST", "/v1/licenses", fmt.Sprintf(`{"license":{"templateId":%d,"maxAllowedSites":1,"licenseeName":"Ada"}}`, tpl.id("templateId")))
		v, err := document.Verify(lic.text("licenseKey"), h.public()...)
		if err != nil || v.Content.Product.Name != "Editor" || v.Content.Features[0].ID != "export" || v.Content.Licensee.Name != "Ada" ||
			v.Content.ExpireDate.Std() != testStart.AddDate(0, 0, 30) || v.Content.LicenseID != lic.text("licenseKeyId") {
			t.Fatalf("document: %+v, %v", v, err)
		}
		path := fmt.Sprintf("/v1/licenses/%d", lic.id("licenseId"))
		grant, err := h.seats.Activate(t.Context(), lic.text("userKey"), seat.Client{MachineID: "m1", ClientID: "app"})
		h.must(err)
		if v, err := document.Verify(grant.License.Document, h.public()...); err != nil || v.Content.Restrictions[0].Properties["HardwareKey"] != "m1" {
			t.Fatalf("node-locked document: %+v, %v", v, err)
		}
		tokens := h.ok("GET", path+"/tokens", "")
		row := tokens.list("licenseTokens")[0]
		if row["token"] != grant.Token || row["expireDate"] != "2026-03-31T12:00:00Z" || tokens.id("totalLicenseTokensCount") != 1 {
			t.Fatalf("tokens: %s", tokens.body)
		}
		h.refused("DELETE", path, "", 409, 9, "1 tokens")
		h.refused("DELETE", fmt.Sprintf("/v1/products/%d", product), "", 409, 9, "license templates that refer to it: 1")
		h.refused("DELETE", fmt.Sprintf("/v1/license-templates/%d", tpl.id("templateId")), "", 409, 9, "licenses that refer to it: 1")
		h.ok("DELETE", fmt.Sprintf("%s/tokens/%v", path, row["id"]), "")
		if n := len(h.ok("GET", "/v1/licenses", "").list("licenses")); n != 1 {
			t.Errorf("%d licenses listed, want the one", n)
		}
		h.ok("DELETE", path, "")
		h.ok("DELETE", fmt.Sprintf("/v1/license-templates/%d", tpl.id("templateId")), "")
		h.ok("DELETE", fmt.Sprintf("/v1/products/%d", product), "")
		h.refused("DELETE", path, "", 404, 5, "there is no license")
	})
}
