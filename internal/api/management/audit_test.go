package management_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/internal/seat"
)

// auditEntry is a row of the audit.
type auditEntry struct {
	UserID, RequestID, Action, Entity, EntityID, Details string
	APIKeyID                                             int64
}

func (h *house) audit() []auditEntry {
	h.t.Helper()
	var all []auditEntry
	h.must(h.store.Read().NewRaw(`SELECT user_id, request_id, action, entity, entity_id, details, api_key_id FROM audit_entries ORDER BY id`).Scan(h.t.Context(), &all))
	return all
}

func TestEveryChangeIsAuditedWithoutSecrets(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		ids, secrets := h.beginnings(), []string{adminKey, "correct horse"}
		before := len(h.audit())
		var want []string
		for _, step := range slices.Concat(bookStory(), story()) {
			a := h.tell(step, ids)
			for _, secret := range []string{"userKey", "licenseKey", "token", "apiKey"} {
				if s := a.text(secret); s != "" {
					secrets = append(secrets, s)
				}
			}
			if action := map[string]string{"POST": "insert", "PUT": "update", "DELETE": "delete"}[step.method]; action != "" {
				want = append(want, action)
			}
		}
		var got []string
		for _, e := range h.audit()[before:] {
			got = append(got, e.Action)
			if e.UserID != h.adminID || e.APIKeyID == 0 || e.RequestID == "" || e.Entity == "" || e.EntityID == "" || e.EntityID == "0" {
				t.Errorf("entry without its actor or row: %+v", e)
			}
			for _, secret := range secrets {
				if strings.Contains(e.Details, secret) {
					t.Errorf("a secret in the audit: %+v", e)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("audited %v, want %v", got, want)
		}
		h.refused("POST", "/v1/products", `{"product":{}}`, 400, 3, "product.name")
		h.refused("DELETE", "/v1/products/999", "", 404, 5, "")
		if n := len(h.audit()) - before; n != len(want) {
			t.Errorf("refused changes were audited: %d entries, want %d", n, len(want))
		}
	})
}

func TestInfoCounts(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		for _, l := range []string{`{}`, `{"revoked":true}`, `{"licensingMode":1,"trace":true,"expireDate":"2026-03-01T13:00:00Z"}`, `{"licensingMode":1}`, `{"licensingMode":2}`} {
			a := h.ok("POST", "/v1/licenses", `{"license":`+l+`}`)
			if strings.Contains(l, "licensingMode") {
				h.ok("POST", fmt.Sprintf("/v1/licenses/%d/tokens", a.id("licenseId")), `{"licenseToken":{"machineId":"m"}}`)
			}
			if strings.Contains(l, ":2") {
				h.clock.Advance(10 * time.Minute)
				_, err := h.seats.Request(t.Context(), a.text("userKey"), seat.Client{MachineID: "later"})
				h.must(err)
			}
		}
		members := []string{"activeTokens", "activationTokens", "floatingTokens", "expiredTokens", "totalLicenses", "revokedLicenses",
			"tracedLicenses", "activationLicenses", "floatingLicenses", "fileLicenses", "maxTokens", "product", "version", "serverHost", "serverTime"}
		for _, step := range []struct {
			after time.Duration
			want  string
		}{
			{0, "4 2 2 0 5 1 1 2 1 2 2147483647 licet 1.2.3 here 2026-03-01T12:10:00Z"},
			{5 * time.Minute, "3 2 1 1 5 1 1 2 1 2 2147483647 licet 1.2.3 here 2026-03-01T12:15:00Z"},
			{time.Hour, "1 1 0 3 5 1 1 2 1 2 2147483647 licet 1.2.3 here 2026-03-01T13:15:00Z"},
		} {
			h.clock.Advance(step.after)
			if got := pick(h.ok("GET", "/v1/info", "").object, members...); got != step.want {
				t.Errorf("after %v:\n%s, want\n%s", step.after, got, step.want)
			}
		}
	})
}

func TestPaging(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		for i := range 5 {
			h.ok("POST", "/v1/products", fmt.Sprintf(`{"product":{"name":"p%d"}}`, i))
		}
		for _, c := range []struct{ query, want string }{
			{"", "p0 p1 p2 p3 p4"}, {"?take=2", "p0 p1"}, {"?skip=3", "p3 p4"}, {"?take=2&skip=1", "p1 p2"}, {"?take=0", ""},
			{"?skip=5", ""}, {"?skip=9223372036854775807&take=9223372036854775807", ""}, {"?take=&skip=&filter=&sort=&select=&include=", "p0 p1 p2 p3 p4"},
		} {
			a := h.ok("GET", "/v1/products"+c.query, "")
			var names []string
			for _, p := range a.list("products") {
				names = append(names, p["name"].(string))
			}
			if got := strings.Join(names, " "); got != c.want || a.id("totalProductsCount") != 5 || a.object["products"] == nil {
				t.Errorf("%s: %q, total %d", c.query, got, a.id("totalProductsCount"))
			}
		}
	})
}
