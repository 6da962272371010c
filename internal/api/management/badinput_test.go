package management_test

import (
	"fmt"
	"strings"
	"testing"
)

// given are rows to refer to.
type given struct{ product, template, license, file, blob, rsa int64 }

func (h *house) given() given {
	h.t.Helper()
	var g given
	g.product = h.ok("POST", "/v1/products", `{"product":{"name":"P","code":"P"}}`).id("productId")
	g.template = h.ok("POST", "/v1/license-templates", `{"licenseTemplate":{"name":"T"}}`).id("templateId")
	g.license = h.ok("POST", "/v1/licenses", `{"license":{"licensingMode":2,"userKey":"MINE","licenseId":"licMINE"}}`).id("licenseId")
	g.file = h.ok("POST", "/v1/licenses", `{"license":{}}`).id("licenseId")
	g.blob = h.ok("POST", "/v1/resources", `{"resource":{"name":"b","type":"email","data":"x"}}`).id("resourceId")
	g.rsa = h.ok("POST", "/v1/resources", `{"resource":{"type":"RSA"}}`).id("resourceId")
	return g
}

func quoted(n int) string { return `"` + strings.Repeat("x", n) + `"` }

func manyItems(item string, n int) string {
	return "[" + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + "]"
}

// bad is a request that is refused, with the status, the gRPC code and a part
// of the message.
type bad struct {
	method, path, body string
	status, code       int
	say                string
}

// badBodies lists members of an entity's insertion that are refused: the text
// of the member, and the field that the message begins with.
func badBodies(path, item, needed string, members [][3]string) []bad {
	all := []bad{
		{"POST", path, "", 400, 3, item + ": is missing"},
		{"POST", path, `{}`, 400, 3, item + ": is missing"},
		{"POST", path, `{"` + item + `":null}`, 400, 3, item + ": is missing"},
		{"POST", path, `{"` + item + `":[]}`, 400, 3, item + ": expected an object, got a list"},
		{"POST", path, `[]`, 400, 3, "expected an object"},
		{"POST", path, `{"` + item + `":{"id":1,"ID":2}}`, 400, 3, ""},
		{"POST", path, `{"` + item + `":{}`, 400, 3, ""},
		{"PUT", path, `{"` + item + `":{` + needed + `}}`, 400, 3, item + ".id: is missing"},
		{"PUT", path, `{"` + item + `":{"id":null,` + needed + `}}`, 400, 3, item + ".id: is missing"},
		{"PUT", path, `{"` + item + `":{"id":"x"}}`, 400, 3, item + ".id: expected a whole number"},
		{"PUT", path, `{"` + item + `":{"id":9223372036854775808}}`, 400, 3, item + ".id: the number"},
		{"PUT", path, `{"` + item + `":{"id":9999,` + needed + `}}`, 404, 5, "there is no"},
		{"PUT", path, `{"` + item + `":{"id":-1,` + needed + `}}`, 404, 5, "there is no"},
		{"DELETE", path + "/x", "", 400, 3, "expected a whole number"},
		{"DELETE", path + "/9223372036854775808", "", 400, 3, "out of range"},
		{"DELETE", path + "/9999", "", 404, 5, "there is no"},
		{"DELETE", path + "/-1", "", 404, 5, "there is no"},
		{"PATCH", path, "", 405, 12, ""},
		{"GET", path + "?take=-1", "", 400, 3, "take: must not be negative"},
		{"GET", path + "?skip=-1", "", 400, 3, "skip: must not be negative"},
		{"GET", path + "?take=x", "", 400, 3, "take"},
		{"GET", path + "?take=9223372036854775808", "", 400, 3, "take"},
		{"GET", path + "?filter=Id%3D", "", 400, 3, "filter: character 4: expected"},
		{"GET", path + "?sort=Id,,", "", 400, 3, "sort: character 4: expected a member"},
		{"GET", path + "?select=Id%20Id", "", 400, 3, "select: character 4: expected a comma or the end"},
		{"GET", path + "?include=id", "", 400, 3, "include: character 1: "},
	}
	for _, m := range members {
		body := fmt.Sprintf(`{"%s":{%s"%s":%s}}`, item, ifNot(m[0], needed), m[0], m[1])
		all = append(all, bad{"POST", path, body, 400, 3, item + "." + m[2]})
	}
	return all
}

// ifNot leaves out what the member itself says.
func ifNot(member, needed string) string {
	if strings.Contains(needed, `"`+member+`"`) {
		return ""
	}
	return needed + ","
}

func contentsMembers() [][3]string {
	return [][3]string{
		{"components", `"c"`, "components: expected a list"},
		{"components", `[1]`, "components[0]: expected a string"},
		{"components", manyItems(`"c"`, 1001), "components: has 1001 items, 1000 is the most"},
		{"components", `[` + quoted(257) + `]`, "components[0]: has 257 characters"},
		{"assemblies", `[{"name":` + quoted(257) + `}]`, "assemblies[0].name"},
		{"fields", `[{"name":"a"},{"value":` + quoted(64<<10+1) + `}]`, "fields[1].value"},
		{"features", `[{"data":"###"}]`, "features[0].data: is not base64"},
		{"features", `[{"expireDate":"tomorrow"}]`, "features[0].expireDate"},
		{"features", `[{"data":` + quoted(64<<10+4) + `}]`, "features[0].data: has"},
		{"restrictions", `[{"properties":{"a":1}}]`, "restrictions[0].properties.a: expected a string"},
		{"restrictions", `[{"customXmlContent":"<a"}]`, "restrictions[0].customXmlContent"},
		{"restrictions", `[{"customXmlContent":` + quoted(64<<10+1) + `}]`, "restrictions[0].customXmlContent: has"},
		{"product", `"P"`, "product: expected an object"},
		{"product", `{"name":` + quoted(257) + `}`, "product.name"},
		{"format", `5`, "format: must be from 0 to 4"},
		{"format", `-1`, "format: must be"},
		{"format", `"XML"`, "format: expected a whole number"},
		{"licensingMode", `3`, "licensingMode: must be"},
		{"licensingMode", `1.5`, "licensingMode: expected a whole number"},
		{"licenseType", quoted(257), "licenseType"},
		{"description", quoted(4097), "description"},
		{"signatureKeysId", `9999`, "signatureKeysId: there is no signing key 9999"},
	}
}

func TestBadInputIsRefusedInWords(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		g := h.given()
		var all []bad
		all = append(all, badBodies("/v1/products", "product", `"name":"n"`, [][3]string{
			{"name", `""`, "name: is missing"}, {"name", `7`, "name: expected a string"}, {"name", quoted(257), "name: has 257"},
			{"code", quoted(257), "code"}, {"price", `"1"`, "price: expected a number"}, {"price", `1e999`, "price"},
			{"image", quoted(64<<10 + 1), "image"}, {"meta", quoted(64<<10 + 1), "meta"},
			{"signatureKeysId", `9999`, "signatureKeysId: there is no"}, {"signatureKeysId", fmt.Sprint(g.blob), "signatureKeysId: there is no"},
			{"signatureKeysId", `-1`, "signatureKeysId: there is no"},
		})...)
		all = append(all, badBodies("/v1/license-templates", "licenseTemplate", `"name":"n"`, append(contentsMembers(), [][3]string{
			{"name", `""`, "name: is missing"}, {"expireDays", `-1`, "expireDays: must be from 0 to 36500"},
			{"expireDays", `36501`, "expireDays"}, {"supportDays", `1e9`, "supportDays"}, {"issueDate", `"2026-01-01"`, "issueDate: expected true or false"},
			{"userKey", `"no placeholder"`, "userKey: key format"}, {"userKey", `"{TOKEN:999}"`, "userKey"},
			{"productId", `9999`, "productId: there is no product 9999"}, {"signatureKeysId", fmt.Sprint(g.blob), "signatureKeysId"},
		}...))...)
		all = append(all, badBodies("/v1/licenses", "license", `"licenseType":"x"`, append(contentsMembers(), [][3]string{
			{"maxAllowedSites", `-1`, "maxAllowedSites: must be from 0 to 2147483647"}, {"maxAllowedSites", `2147483648`, "maxAllowedSites"},
			{"maxAllowedSites", `"3"`, "maxAllowedSites: expected a whole number"}, {"maxAllowedSites", `9223372036854775808`, "maxAllowedSites: the number"},
			{"userKey", quoted(257), "userKey: has 257 bytes"}, {"userKey", `"a b"`, "userKey: may hold visible"}, {"userKey", `"a\u0007"`, "userKey"},
			{"licenseId", `"a\nb"`, "licenseId"}, {"expireDate", `"2026-02-30"`, "expireDate"}, {"expireDate", `12`, "expireDate"},
			{"revoked", `"yes"`, "revoked: expected true or false"}, {"meta", quoted(64<<10 + 1), "meta"},
			{"templateId", `9999`, "templateId: there is no license template 9999"}, {"customerId", `9999`, "customerId: there is no customer 9999"},
			{"orderId", `-3`, "orderId: there is no order -3"}, {"signatureKeysId", fmt.Sprint(g.rsa), "signatureKeysId: format 4 is signed by"},
			{"licensee", `{"url":` + quoted(4097) + `}`, "licensee.url"},
		}...))...)
		all = append(all, badBodies("/v1/resources", "resource", `"name":"n"`, [][3]string{
			{"data", `{}`, "data: expected a string"}, {"name", quoted(257), "name"}, {"dataFormat", quoted(257), "dataFormat"},
		})...)
		all = append(all, badBodies("/v1/api-keys", "apiKey", `"name":"n"`, [][3]string{
			{"permissions", `16`, "permissions: must be a sum"}, {"permissions", `-1`, "permissions"},
			{"ownerId", `"nobody"`, "ownerId: there is no user"}, {"clientSecret", quoted(257), "clientSecret"},
			{"expireDate", `"soon"`, "expireDate"}, {"name", quoted(257), "name"},
		})...)
		tokens := fmt.Sprintf("/v1/licenses/%d/tokens", g.license)
		all = append(all, []bad{
			{"POST", "/v1/licenses", `{"license":{"userKey":"MINE"}}`, 409, 6, "license.userKey: is in use already"},
			{"POST", "/v1/licenses", `{"license":{"licenseId":"licMINE"}}`, 409, 6, "license.licenseId: is in use already"},
			{"PUT", "/v1/licenses", fmt.Sprintf(`{"license":{"id":%d,"userKey":"MINE"}}`, g.file), 409, 6, "license.userKey: is in use already"},
			{"PUT", "/v1/licenses", fmt.Sprintf(`{"license":{"id":%d,"licenseId":"licMINE"}}`, g.file), 409, 6, "license.licenseId: is in use already"},
			{"POST", "/v1/products", `{"product":{"name":"other","code":"P"}}`, 409, 6, "product.code: is in use already"},
			{"POST", "/v1/resources", `{"resource":{"type":"RSA","data":"!"}}`, 400, 3, "resource.data"},
			{"POST", "/v1/resources", `{"resource":{"type":"Ed25519","data":"AAAA","dataFormat":"SNK"}}`, 400, 3, "resource.data"},
			{"POST", "/v1/resources", `{"resource":{"type":"RSA","data":"AAAA","dataFormat":"PFX"}}`, 400, 3, "resource.data: the PFX cannot be read"},
			{"POST", tokens, "", 400, 3, "licenseToken: is missing"},
			{"POST", tokens, `{"licenseToken":{}}`, 400, 3, "licenseToken.clientId"},
			{"POST", tokens, `{"licenseToken":{"machineId":` + quoted(257) + `}}`, 400, 3, "licenseToken.machineId: has 257 bytes"},
			{"POST", tokens, `{"licenseToken":{"machineId":5}}`, 400, 3, "licenseToken.machineId: expected a string"},
			{"POST", tokens, `{"licenseToken":{"machineId":"m","address":` + quoted(257) + `}}`, 400, 3, "licenseToken.address"},
			{"POST", fmt.Sprintf("/v1/licenses/%d/tokens", g.file), `{"licenseToken":{"machineId":"m"}}`, 409, 9, "file license"},
			{"POST", "/v1/licenses/9999/tokens", `{"licenseToken":{"machineId":"m"}}`, 404, 5, "there is no license 9999"},
			{"GET", "/v1/licenses/9999/tokens", "", 404, 5, "there is no license 9999"},
			{"GET", "/v1/licenses/x/tokens", "", 400, 3, "licenseId: expected a whole number"},
			{"GET", "/v1/license-tokens?countOnly=maybe", "", 400, 3, "countOnly: expected true or false"},
			{"DELETE", tokens + "/9999", "", 404, 5, "has no token 9999"},
			{"DELETE", tokens + "/x", "", 400, 3, "tokenId"},
			{"GET", "/v1/license-templates/9999/licenses", "", 404, 5, "there is no license template 9999"},
			{"GET", "/v1/nothing", "", 404, 5, ""},
			{"POST", "/v1/info", "", 405, 12, ""},
		}...)
		before := h.ok("GET", "/v1/info", "").id("totalLicenses")
		for _, b := range all {
			h.refused(b.method, b.path, b.body, b.status, b.code, b.say)
		}
		if after := h.ok("GET", "/v1/info", "").id("totalLicenses"); after != before {
			t.Errorf("refused requests made licenses: %d, before %d", after, before)
		}
	})
}

func TestUnknownMembersAndOtherCasesAreTaken(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		lic := h.ok("POST", "/v1/licenses", `{"LICENSE":{"LicenseType":"x","MAXALLOWEDSITES":0,"shoeSize":43,"customer":{"id":99,"company":"ignored"},
			"id":77,"licenseKey":"forged","hash":"forged","createdAt":"2001-01-01","templateId":0,"customerId":0,"orderId":0,"signatureKeysId":0}}`)
		row := h.one("/v1/licenses", "licenses", lic.id("licenseId"))
		if row["licenseType"] != "x" || fmt.Sprint(row["maxAllowedSites"]) != "0" || row["customer"] != nil || row["customerId"] != nil ||
			row["templateId"] != nil || row["licenseKey"] == "forged" || row["createdAt"] != "2026-03-01T12:00:00Z" || lic.id("licenseId") == 77 {
			t.Errorf("%v", row)
		}
	})
}
