package management_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx"
)

// roleTable is who may call what, as the pages (and, where they say nothing,
// this project) have it: A Administrator, M LicenseManager, S Sales, C Customer.
func roleTable() map[string]string {
	return map[string]string{
		"GET /v1/licenses": "AMSC", "POST /v1/licenses": "AMS", "PUT /v1/licenses": "AMS", "DELETE /v1/licenses/{licenseId}": "AM",
		"GET /v1/license-tokens": "AMC", "GET /v1/licenses/{licenseId}/tokens": "AMC",
		"POST /v1/licenses/{licenseId}/tokens": "AM", "DELETE /v1/licenses/{licenseId}/tokens/{tokenId}": "AM",
		"GET /v1/license-templates": "AM", "POST /v1/license-templates": "AM", "PUT /v1/license-templates": "AM",
		"DELETE /v1/license-templates/{templateId}": "AM", "GET /v1/license-templates/{templateId}/licenses": "AM",
		"GET /v1/products": "AM", "POST /v1/products": "AM", "PUT /v1/products": "AM", "DELETE /v1/products/{productId}": "AM",
		"GET /v1/resources": "AMS", "POST /v1/resources": "AMS", "PUT /v1/resources": "AMS", "DELETE /v1/resources/{resourceId}": "AM",
		"PUT /v1/resources/{resourceId}/default": "AM", "PUT /v1/resources/{resourceId}/revoked": "AM",
		"GET /v1/api-keys": "A", "POST /v1/api-keys": "A", "PUT /v1/api-keys": "A", "DELETE /v1/api-keys/{apiKeyId}": "A",
		"POST /v1/email/send": "A", "POST /v1/email/license": "A", "GET /v1/emails": "A", "DELETE /v1/emails/{emailId}": "A",
		"GET /v1/info": "AMS", "GET /v1/settings": "A", "PUT /v1/settings": "A",
		"GET /v1/users": "A", "POST /v1/users": "A", "PUT /v1/users": "A", "DELETE /v1/users/{userId}": "A", "GET /v1/roles": "A",
		"GET /v1/users/{userId}/roles": "A", "POST /v1/users/{userId}/roles": "A", "DELETE /v1/users/{userId}/roles": "A",
		"GET /v1/users/{userId}/settings": "AMS", "POST /v1/users/{userId}/settings": "AMS",
		"PUT /v1/users/{userId}/settings": "AMS", "DELETE /v1/users/{userId}/settings/{settingId}": "AMS",
		"POST /v1/login/refresh": "AMSC-", "PUT /v1/login/password": "AMSC-", "POST /v1/logout": "AMSC-",
		"GET /v1/log": "AMS", "GET /v1/log/levels": "AMS", "DELETE /v1/log": "A",
		"GET /v1/license-traces": "AM", "DELETE /v1/license-traces": "AM",
		"GET /v1/organizations": "AMS", "POST /v1/organizations": "AM", "PUT /v1/organizations": "AM", "DELETE /v1/organizations/{organizationId}": "AM",
		"GET /v1/organizations/{organizationId}":        "AMS",
		"PUT /v1/organizations/{organizationId}/parent": "AM", "DELETE /v1/organizations/{organizationId}/parent": "AM",
		"PUT /v1/organizations/{organizationId}/disabled": "AM", "DELETE /v1/organizations/{organizationId}/disabled": "AM",
		"PUT /v1/organizations/{organizationId}/synchronised": "AM", "DELETE /v1/organizations/{organizationId}/synchronised": "AM",
		"GET /v1/organizations/{organizationId}/licenses": "AMS", "PUT /v1/organizations/{organizationId}/licenses": "AM",
		"PUT /v1/organizations/{organizationId}/licenses/{licenseDef}/disabled": "AM", "DELETE /v1/organizations/{organizationId}/licenses/{licenseDef}/disabled": "AM",
		"GET /v1/organizations/{organizationId}/members": "AMS", "PUT /v1/organizations/{organizationId}/members": "AM",
		"DELETE /v1/organizations/{organizationId}/members/{userId}": "AM",
		"GET /v1/license-definitions":                                "AMS", "POST /v1/license-definitions": "AM", "PUT /v1/license-definitions": "AM", "DELETE /v1/license-definitions/{licenseDefinitionId}": "AM",
		"GET /v1/editions": "AMS", "POST /v1/editions": "AM", "PUT /v1/editions": "AM", "DELETE /v1/editions/{editionId}": "AM",
		"GET /v1/limit-definitions": "AMS", "POST /v1/limit-definitions": "AM", "PUT /v1/limit-definitions": "AM", "DELETE /v1/limit-definitions/{limitDefinitionId}": "AM",
		"POST /v1/entitlements/check": "AMS-", "POST /v1/entitlements/consume": "AMS-", "POST /v1/entitlements/release": "AMS-",
		"GET /v1/reports": "AMS", "POST /v1/reports": "AMS-", "DELETE /v1/reports/{reportId}": "AMS",
	}
}

func TestRoleMatrix(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "sqlite:"+t.TempDir()+"/licet.db")
	table := roleTable()
	maps.Copy(table, bookRoles())
	letters := map[entity.Role]string{"Administrator": "A", "LicenseManager": "M", "Sales": "S", "Customer": "C", "Application": "-"}
	for _, o := range h.router.Operations() {
		name := o.Method + " " + o.Path
		if name == "POST /v1/login" && o.Access.Public {
			continue // the only one that asks for no credential
		}
		allowed, ok := table[name]
		if !ok {
			t.Errorf("%s is not in the table", name)
		}
		delete(table, name)
		for _, role := range entity.Roles() {
			err := o.Access.Allows(httpx.Caller{UserID: "u", Roles: []entity.Role{role}, Permissions: entity.AllPermissions})
			if want := strings.Contains(allowed, letters[role]); (err == nil) != want {
				t.Errorf("%s for %s: %v, want allowed %v", name, role, err, want)
			}
		}
		bit := map[string]entity.Permission{"GET": entity.Read, "PUT": entity.Write, "DELETE": entity.Delete, "POST": entity.Create}[o.Method]
		if o.Path == "/v1/entitlements/check" { // it changes nothing
			bit = entity.Read
		}
		for _, p := range []entity.Permission{0, entity.AllPermissions &^ bit} {
			if o.Access.Allows(httpx.Caller{UserID: "u", Roles: entity.Roles(), Permissions: p}) == nil {
				t.Errorf("%s is allowed with permissions %d", name, p)
			}
		}
	}
	if len(table) > 0 {
		t.Errorf("no such operations: %v", table)
	}
}

func TestErrorsOfAccess(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "sqlite:"+t.TempDir()+"/licet.db")
	for _, c := range []struct {
		as           string
		status, code int
	}{{"", 401, 16}, {"nobody", 401, 16}, {"Application", 403, 7}, {"Customer", 403, 7}, {"Customer/1", 403, 7}, {"Sales", 403, 7}} {
		a := h.call(c.as, "POST", "/v1/products", `{"product":{"name":"x"}}`)
		if a.status != c.status || a.id("code") != int64(c.code) || a.object["success"] != false {
			t.Errorf("as %q: %d %s", c.as, a.status, a.body)
		}
	}
}

func TestCustomersSeeWhatIsTheirs(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		var licenses, customers []int64
		for _, name := range []string{"Acme", "Beta"} {
			c := &entity.Customer{Company: name}
			h.write(c)
			customers = append(customers, c.ID)
			lic := h.ok("POST", "/v1/licenses", fmt.Sprintf(`{"license":{"licensingMode":2,"customerId":%d}}`, c.ID))
			licenses = append(licenses, lic.id("licenseId"))
			h.ok("POST", fmt.Sprintf("/v1/licenses/%d/tokens", lic.id("licenseId")), `{"licenseToken":{"machineId":"m"}}`)
		}
		h.ok("POST", "/v1/licenses", `{"license":{}}`)
		acme := fmt.Sprintf("Customer/%d", customers[0])
		all := h.call(acme, "GET", "/v1/licenses", "")
		if rows := all.list("licenses"); all.id("totalLicensesCount") != 1 || len(rows) != 1 || fmt.Sprint(rows[0]["id"]) != fmt.Sprint(licenses[0]) {
			t.Errorf("licenses of Acme: %s", all.body)
		}
		tokens := h.call(acme, "GET", "/v1/license-tokens", "")
		if rows := tokens.list("licenseTokens"); tokens.id("totalLicenseTokensCount") != 1 || len(rows) != 1 || fmt.Sprint(rows[0]["licenseId"]) != fmt.Sprint(licenses[0]) {
			t.Errorf("tokens of Acme: %s", tokens.body)
		}
		if n := len(h.call(acme, "GET", fmt.Sprintf("/v1/licenses/%d/tokens", licenses[0]), "").list("licenseTokens")); n != 1 {
			t.Errorf("%d tokens of Acme's own license", n)
		}
		if a := h.call(acme, "GET", fmt.Sprintf("/v1/licenses/%d/tokens", licenses[1]), ""); a.status != http.StatusNotFound {
			t.Errorf("tokens of another's license: %d %s", a.status, a.body)
		}
		for _, path := range []string{"/v1/licenses", "/v1/license-tokens"} {
			if a := h.call("Customer", "GET", path, ""); a.status != http.StatusForbidden {
				t.Errorf("a customer without a customer: %d %s", a.status, a.body)
			}
		}
		if n := h.call("Sales", "GET", "/v1/licenses", "").id("totalLicensesCount"); n != 3 {
			t.Errorf("Sales sees %d licenses", n)
		}
	})
}
