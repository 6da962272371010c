package management_test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/licet/licet/internal/entity"
)

// TestAnUnsetDateIsAbsent: what .NET sends for a date that was not set must not
// make a trial last for ever.
func TestAnUnsetDateIsAbsent(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		tpl := h.ok("POST", "/v1/license-templates", `{"licenseTemplate":{"name":"Trial","licensingMode":1,"format":4,"expireDays":5,"supportDays":6}}`).id("templateId")
		for _, unset := range []string{`"0001-01-01T00:00:00Z"`, `"0001-01-01T00:00:00"`, `""`, `null`} {
			id := h.ok("POST", "/v1/licenses", fmt.Sprintf(`{"license":{"templateId":%d,"expireDate":%s,"supportExpireDate":%[2]s}}`, tpl, unset)).id("licenseId")
			if row := h.one("/v1/licenses", "licenses", id); row["expireDate"] == nil || row["supportExpireDate"] == nil {
				t.Errorf("sent as %s: ends %v, support %v", unset, row["expireDate"], row["supportExpireDate"])
			}
		}
	})
}

// TestADeletedKeyIsNamed: a key that signed before and is gone is bad input,
// not a change under way.
func TestADeletedKeyIsNamed(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		key := h.ok("POST", "/v1/resources", `{"resource":{"type":"Ed25519"}}`).id("resourceId")
		lic := h.ok("POST", "/v1/licenses", fmt.Sprintf(`{"license":{"signatureKeysId":%d}}`, key)).id("licenseId")
		h.ok("PUT", "/v1/licenses", fmt.Sprintf(`{"license":{"id":%d}}`, lic))
		h.ok("DELETE", fmt.Sprintf("/v1/resources/%d", key), "")
		h.refused("PUT", "/v1/licenses", fmt.Sprintf(`{"license":{"id":%d,"signatureKeysId":%d}}`, lic, key), 400, 3, "license.signatureKeysId")
		h.refused("POST", "/v1/licenses", fmt.Sprintf(`{"license":{"signatureKeysId":%d}}`, key), 400, 3, "license.signatureKeysId")
		h.refused("POST", "/v1/license-templates", fmt.Sprintf(`{"licenseTemplate":{"name":"t","signatureKeysId":%d}}`, key), 400, 3, "licenseTemplate.signatureKeysId")
	})
}

// TestALicenseIsDeletedOnce: of many who delete it at once one does, and one
// audit entry says so.
func TestALicenseIsDeletedOnce(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		for range 5 {
			id := h.ok("POST", "/v1/licenses", `{"license":{"licensingMode":2}}`).id("licenseId")
			var done atomic.Int64
			var wg sync.WaitGroup
			for range 12 {
				wg.Go(func() {
					switch a := h.call(adminKey, "DELETE", fmt.Sprintf("/v1/licenses/%d", id), ""); a.status {
					case http.StatusOK:
						done.Add(1)
					case http.StatusNotFound:
					default:
						t.Errorf("DELETE: %d %s", a.status, a.body)
					}
				})
			}
			wg.Wait()
			var entries int64
			h.must(h.store.Read().NewRaw(`SELECT COUNT(*) FROM audit_entries WHERE entity = 'license' AND action = 'delete' AND entity_id = ?`,
				fmt.Sprint(id)).Scan(t.Context(), &entries))
			if done.Load() != 1 || entries != 1 {
				t.Errorf("license %d was deleted %d times, with %d audit entries", id, done.Load(), entries)
			}
		}
	})
}

// TestARefusedDeleteChangesNothing: a token in the way keeps the traces too.
func TestARefusedDeleteChangesNothing(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		id := h.ok("POST", "/v1/licenses", `{"license":{"licensingMode":2,"trace":true}}`).id("licenseId")
		h.ok("POST", fmt.Sprintf("/v1/licenses/%d/tokens", id), `{"licenseToken":{"machineId":"m"}}`)
		h.refused("DELETE", fmt.Sprintf("/v1/licenses/%d", id), "", 409, 9, "tokens")
		n, err := h.store.Read().NewSelect().Model((*entity.LicenseTrace)(nil)).Where("license_id = ?", id).Count(t.Context())
		if h.must(err); n != 1 {
			t.Errorf("%d traces left", n)
		}
	})
}

// TestAMovedLicenseTakesItsNewProduct: a PUT with another template, and no
// product of its own.
func TestAMovedLicenseTakesItsNewProduct(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		var templates []int64
		for _, code := range []string{"P1", "P2"} {
			product := h.ok("POST", "/v1/products", fmt.Sprintf(`{"product":{"code":%q,"name":%[1]q}}`, code)).id("productId")
			templates = append(templates, h.ok("POST", "/v1/license-templates",
				fmt.Sprintf(`{"licenseTemplate":{"name":"t","productId":%d}}`, product)).id("templateId"))
		}
		id := h.ok("POST", "/v1/licenses", fmt.Sprintf(`{"license":{"templateId":%d}}`, templates[0])).id("licenseId")
		h.ok("PUT", "/v1/licenses", fmt.Sprintf(`{"license":{"id":%d,"templateId":%d}}`, id, templates[1]))
		if product := h.one("/v1/licenses", "licenses", id)["product"].(map[string]any); product["id"] != "P2" || product["name"] != "P2" {
			t.Errorf("after the move: %v", product)
		}
	})
}
