package management_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/licet/licet/internal/document"
	"github.com/licet/licet/internal/entity"
)

func keyFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func resourceBody(members map[string]any) string {
	b, _ := json.Marshal(map[string]any{"resource": members}) // of strings and numbers; cannot fail
	return string(b)
}

func TestSigningKeysComeInManyForms(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		for _, c := range []struct {
			members map[string]any
			shown   string
		}{
			{map[string]any{"type": "rsa"}, "RSA"},
			{map[string]any{"type": "ED25519", "name": "generated"}, "Ed25519"},
			{map[string]any{"type": "RSA", "data": keyFile(t, "rsa1024.snk.txt"), "dataFormat": "SNK", "source": "Keys.snk", "password": "secret-word"}, "RSA"},
			{map[string]any{"type": "RSA", "data": keyFile(t, "rsa1024-pkcs8.pem"), "dataFormat": "PEM"}, "RSA"},
			{map[string]any{"type": "Ed25519", "data": keyFile(t, "ed25519.pem")}, "Ed25519"},
		} {
			id := h.ok("POST", "/v1/resources", resourceBody(c.members)).id("resourceId")
			row := h.one("/v1/resources", "resources", id)
			if row["type"] != c.shown || row["dataFormat"] != "PEM" || row["password"] != nil || !strings.HasPrefix(row["data"].(string), "-----BEGIN PUBLIC KEY-----") {
				t.Errorf("%.80v: shown as %v", c.members, row)
			}
			var stored entity.Resource
			h.must(h.store.Read().NewSelect().Model(&stored).Where("id = ?", id).Scan(t.Context()))
			if len(stored.Sealed) == 0 || bytes.Contains(stored.Sealed, []byte("PRIVATE")) {
				t.Errorf("%.80v: not sealed", c.members)
			}
		}
		h.refused("POST", "/v1/resources", resourceBody(map[string]any{"type": "Ed25519", "data": keyFile(t, "rsa1024-pkcs8.pem")}), 400, 3, "resource.type: says Ed25519, but the key is of type RSA")
		h.refused("POST", "/v1/resources", resourceBody(map[string]any{"type": "RSA", "data": keyFile(t, "rsa512.pem")}), 400, 3, "resource.data")
		for _, empty := range []map[string]any{{"type": "RSA", "data": ""}, {"type": "RSA", "dataFormat": "SNK"}, {"type": "RSA", "data": "", "dataFormat": "PEM"}} {
			h.refused("POST", "/v1/resources", resourceBody(empty), 400, 3, "resource.data: the key is empty")
		}
	})
}

func TestAKeyKeepsItsMaterial(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		id := h.ok("POST", "/v1/resources", `{"resource":{"type":"Ed25519","name":"a","code":"c"}}`).id("resourceId")
		before := h.one("/v1/resources", "resources", id)
		h.ok("PUT", "/v1/resources", resourceBody(map[string]any{"id": id, "name": "b", "type": "ed25519", "data": before["data"], "dataFormat": "SNK"}))
		after := h.one("/v1/resources", "resources", id)
		if after["name"] != "b" || after["code"] != "" || after["data"] != before["data"] || after["type"] != "Ed25519" || after["dataFormat"] != "PEM" {
			t.Errorf("after an update: %v", after)
		}
		h.refused("PUT", "/v1/resources", resourceBody(map[string]any{"id": id, "data": keyFile(t, "ed25519.pem")}), 409, 9, "add a new key")
		h.refused("PUT", "/v1/resources", resourceBody(map[string]any{"id": id, "data": ""}), 409, 9, "add a new key")
		h.refused("PUT", "/v1/resources", resourceBody(map[string]any{"id": id, "type": "email"}), 409, 9, "type of a signing key")
		blob := h.ok("POST", "/v1/resources", `{"resource":{"type":"email","data":"<p>","dataFormat":"html"}}`).id("resourceId")
		h.refused("PUT", "/v1/resources", resourceBody(map[string]any{"id": blob, "type": "rsa"}), 409, 9, "cannot become a signing key")
		h.ok("PUT", "/v1/resources", resourceBody(map[string]any{"id": blob, "name": "mail"}))
		if row := h.one("/v1/resources", "resources", blob); row["data"] != "<p>" || row["type"] != "email" || row["dataFormat"] != "html" || row["name"] != "mail" {
			t.Errorf("a blob: %v", row)
		}
		h.ok("PUT", "/v1/resources", resourceBody(map[string]any{"id": blob, "data": ""}))
		if row := h.one("/v1/resources", "resources", blob); row["data"] != "" {
			t.Errorf("a cleared blob: %v", row)
		}
	})
}

// TestKeyLookUp names keys in all places and asks which one signed.
func TestKeyLookUp(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		key := func(kind string) int64 {
			return h.ok("POST", "/v1/resources", resourceBody(map[string]any{"type": kind})).id("resourceId")
		}
		rsa, onLicense, onTemplate, onProduct := key("RSA"), key("Ed25519"), key("Ed25519"), key("Ed25519")
		ids := map[string]int64{}
		for _, r := range h.resources() {
			ids[r.KeyID] = r.ID
		}
		signedBy := func(product, template, license any, format int) int64 {
			p := h.ok("POST", "/v1/products", fmt.Sprintf(`{"product":{"name":"P","signatureKeysId":%v}}`, product)).id("productId")
			tpl := h.ok("POST", "/v1/license-templates", fmt.Sprintf(`{"licenseTemplate":{"name":"T","productId":%d,"format":%d,"signatureKeysId":%v}}`, p, format, template)).id("templateId")
			a := h.ok("POST", "/v1/licenses", fmt.Sprintf(`{"license":{"templateId":%d,"signatureKeysId":%v}}`, tpl, license))
			v, err := document.Verify(a.text("licenseKey"), h.public()...)
			h.must(err)
			return ids[v.KeyID]
		}
		var ownRSA, ownEd int64
		for _, r := range h.resources() {
			if r.IsDefault && r.Type == "RSA" {
				ownRSA = r.ID
			} else if r.IsDefault {
				ownEd = r.ID
			}
		}
		for _, c := range []struct {
			product, template, license any
			format                     int
			want                       int64
		}{
			{onProduct, onTemplate, onLicense, 4, onLicense},
			{onProduct, onTemplate, "null", 4, onTemplate},
			{onProduct, "null", 0, 4, onProduct},
			{"null", "null", "null", 4, ownEd},
			{onProduct, rsa, "null", 4, onProduct},
			{rsa, rsa, "null", 4, ownEd},
			{onProduct, onTemplate, "null", 0, ownRSA},
			{rsa, onTemplate, "null", 0, rsa},
		} {
			if got := signedBy(c.product, c.template, c.license, c.format); got != c.want {
				t.Errorf("%+v: signed by %d", c, got)
			}
		}
		h.refused("POST", "/v1/licenses", fmt.Sprintf(`{"license":{"format":0,"signatureKeysId":%d}}`, onLicense), 400, 3, "license.signatureKeysId: format 0")
		h.refused("DELETE", fmt.Sprintf("/v1/resources/%d", onLicense), "", 409, 9, "licenses that refer to it: 1")
		h.refused("DELETE", fmt.Sprintf("/v1/resources/%d", onTemplate), "", 409, 9, "license templates that refer to it")
		h.refused("DELETE", fmt.Sprintf("/v1/resources/%d", onProduct), "", 409, 9, "products that refer to it")
		h.refused("DELETE", fmt.Sprintf("/v1/resources/%d", ownRSA), "", 409, 9, "of the server itself")
	})
}

func (h *house) resources() []entity.Resource {
	h.t.Helper()
	var all []entity.Resource
	h.must(h.store.Read().NewSelect().Model(&all).Order("id").Scan(h.t.Context()))
	return all
}

func TestAPIKeysAreShownOnce(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		a := h.ok("POST", "/v1/api-keys", `{"apiKey":{"name":"reader","key":"chosen","permissions":1,"clientSecret":"hush"}}`)
		key, id := a.text("apiKey"), a.id("apiKeyId")
		if !strings.HasPrefix(key, "api_") || len(key) != 28 {
			t.Fatalf("key: %s", a.body)
		}
		row := h.one("/v1/api-keys", "apiKeys", id)
		if row["key"] != key[:8]+"…" || row["clientSecret"] != nil || row["ownerId"] != h.adminID || row["createdDate"] != "2026-03-01T12:00:00Z" {
			t.Errorf("listed: %v", row)
		}
		if got := h.call(key, "GET", "/v1/products", ""); got.status != 401 {
			t.Errorf("without its client secret: %d", got.status)
		}
		h.ok("PUT", "/v1/api-keys", fmt.Sprintf(`{"apiKey":{"id":%d,"name":"reader","clientSecret":""}}`, id))
		if got := h.call(key, "GET", "/v1/products", ""); got.status != 200 {
			t.Errorf("reading: %d %s", got.status, got.body)
		}
		if got := h.call(key, "POST", "/v1/products", `{"product":{"name":"x"}}`); got.status != 403 {
			t.Errorf("creating with permission 1: %d", got.status)
		}
		h.ok("PUT", "/v1/api-keys", fmt.Sprintf(`{"apiKey":{"id":%d,"revoked":true}}`, id))
		if got := h.call(key, "GET", "/v1/products", ""); got.status != 401 {
			t.Errorf("revoked: %d", got.status)
		}
		h.ok("PUT", "/v1/api-keys", fmt.Sprintf(`{"apiKey":{"id":%d,"revoked":false}}`, id))
		if got := h.call(key, "GET", "/v1/products", ""); got.status != 200 {
			t.Errorf("unrevoked: %d", got.status)
		}
		h.ok("DELETE", fmt.Sprintf("/v1/api-keys/%d", id), "")
		if got := h.call(key, "GET", "/v1/products", ""); got.status != 401 {
			t.Errorf("deleted: %d", got.status)
		}
		full := h.ok("POST", "/v1/api-keys", `{"apiKey":{}}`)
		if got := h.call(full.text("apiKey"), "POST", "/v1/products", `{"product":{"name":"x"}}`); got.status != 200 {
			t.Errorf("a key with its maker's permissions: %d %s", got.status, got.body)
		}
	})
}
