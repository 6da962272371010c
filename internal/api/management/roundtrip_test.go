package management_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// values fills a documented example with values of its types, other ones for
// each n. Relations are left out, and fixed wins.
func values(example map[string]any, n int, fixed map[string]any) map[string]any {
	filled := map[string]any{}
	for i, name := range slices.Sorted(maps.Keys(example)) {
		switch v := example[name].(type) {
		case string:
			filled[name] = fmt.Sprintf("%s-%d", name, n)
			if strings.HasSuffix(v, "Z") {
				filled[name] = fmt.Sprintf("20%d-01-%02dT00:00:00Z", 20+n, i%28+1)
			}
		case bool:
			filled[name] = n%2 == 1
		case float64:
			filled[name] = v + float64(10*n+i)
		}
	}
	maps.Copy(filled, fixed)
	return filled
}

func body(item string, members map[string]any) string {
	b, _ := json.Marshal(map[string]any{item: members}) // of strings, numbers and lists; cannot fail
	return string(b)
}

// same compares what is listed with what was sent, but for what the server says.
func keeps(t *testing.T, when string, sent, listed map[string]any, servers ...string) {
	t.Helper()
	for name, want := range sent {
		if slices.Contains(servers, name) {
			continue
		}
		if got := listed[name]; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %s is %v, sent %v", when, name, got, want)
		}
	}
}

// TestWhatIsSentIsListed sends every member of each documented example, and then
// another value of each.
func TestWhatIsSentIsListed(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		ids := said{}
		customerID := h.tell(step{"POST", "/v1/customers", `{"customer":{}}`}, ids).id("customerId")
		h.tell(step{"POST", "/v1/products", `{"product":{"name":"p"}}`}, ids)
		h.tell(step{"POST", "/v1/products/{productId}/releases", `{"release":{}}`}, ids)
		file := h.ok("POST", "/v1/resources", `{"resource":{"name":"map"}}`).id("resourceId")
		h.tell(step{"POST", "/v1/orders", `{"order":{}}`}, ids)
		rsa := h.ok("POST", "/v1/resources", `{"resource":{"type":"RSA"}}`).id("resourceId")
		ed := h.ok("POST", "/v1/resources", `{"resource":{"type":"Ed25519"}}`).id("resourceId")
		h.tell(step{"POST", "/v1/license-templates", `{"licenseTemplate":{"name":"t"}}`}, ids)
		ids["userId"] = h.adminID
		none, owner := map[string]any(nil), map[string]any{"customerId": customerID}
		setting := map[string]any{"userId": h.adminID}
		customer := map[string]any{"customerId": customerID, "resellerId": customerID}
		for _, c := range []struct {
			path, item, id string
			fixed, next    map[string]any
		}{
			{"/v1/customers", "customer", "customerId", none, none},
			{"/v1/contacts", "contact", "contactId", owner, owner},
			{"/v1/orders", "order", "orderId", customer, map[string]any{"customerId": customerID, "resellerId": nil}},
			{"/v1/products/{productId}/releases", "release", "releaseId", none, none},
			{"/v1/assemblies", "assembly", "assemblyId", map[string]any{"mappingFileId": file}, map[string]any{"mappingFileId": nil}},
			{"/v1/products/{productId}/releases/{releaseId}/assemblies", "assembly", "assemblyId", map[string]any{"mappingFileId": nil}, map[string]any{"mappingFileId": file}},
			{"/v1/products", "product", "productId", map[string]any{"signatureKeysId": rsa}, map[string]any{"signatureKeysId": nil}},
			{"/v1/resources", "resource", "resourceId", none, none},
			{"/v1/users/{userId}/settings", "setting", "settingId", setting, setting},
			{"/v1/api-keys", "apiKey", "apiKeyId", map[string]any{"ownerId": h.adminID, "permissions": 1}, map[string]any{"ownerId": h.adminID, "permissions": 15}},
			{"/v1/license-templates", "licenseTemplate", "templateId",
				owned(1, map[string]any{"format": 0, "licensingMode": 1, "userKey": "A{HEX:8}", "productId": ids["productId"], "signatureKeysId": rsa, "releaseId": ids["releaseId"]}),
				owned(2, map[string]any{"format": 4, "licensingMode": 2, "userKey": "B{HEX:8}", "productId": nil, "signatureKeysId": ed, "releaseId": nil})},
			{"/v1/licenses", "license", "licenseId",
				owned(1, map[string]any{"format": 0, "licensingMode": 1, "customerId": customerID, "orderId": ids["orderId"], "templateId": ids["templateId"], "signatureKeysId": rsa}),
				owned(2, map[string]any{"format": 4, "licensingMode": 2, "customerId": nil, "orderId": nil, "templateId": nil, "signatureKeysId": ed})},
		} {
			path, items := ids.told(c.path), strings.NewReplacer("api-keys", "apiKeys", "license-t", "licenseT").Replace(c.path[strings.LastIndexByte(c.path, '/')+1:])
			example := requestOf(t, "POST "+c.path)[c.item].(map[string]any)
			first := values(example, 1, c.fixed)
			delete(first, "contacts")
			id := h.ok("POST", path, body(c.item, first)).id(c.id)
			if fmt.Sprint(id) == fmt.Sprint(first["id"]) {
				t.Errorf("POST %s took the id that was sent", path)
			}
			listed := h.one(path, items, id)
			servers := serversOf(c.item)
			keeps(t, "POST "+path, first, listed, append(servers, "id", "updatedAt")...)
			for _, name := range slices.Sorted(maps.Keys(example)) {
				if _, there := listed[name]; !there {
					t.Errorf("GET %s: %s is missing", path, name)
				}
			}
			second := values(example, 2, c.next)
			second["id"] = id
			delete(second, "contacts")
			delete(second, "updatedAt")
			h.ok("PUT", path, body(c.item, second))
			keeps(t, "PUT "+path, second, h.one(path, items, id), servers...)
		}
	})
}

// owned adds what a license or template owns to fixed, other things for each n.
func owned(n int, fixed map[string]any) map[string]any {
	text := func(name string) string { return fmt.Sprintf("%s-%d", name, n) }
	for name, id := range fixed { // an id of a story is a text
		if text, is := id.(string); is && strings.HasSuffix(name, "Id") {
			fixed[name] = json.Number(text)
		}
	}
	maps.Copy(fixed, map[string]any{
		"product":    map[string]any{"id": text("id"), "name": text("name"), "version": text("version"), "copyright": text("copyright"), "url": text("url"), "description": text("description")},
		"licensee":   map[string]any{"name": text("name"), "company": text("company"), "contactInfo": text("contact"), "url": text("url")},
		"components": []any{text("a"), text("b")},
		"assemblies": []any{map[string]any{"id": n, "name": text("name"), "version": fmt.Sprintf("%d.*", n), "culture": "neutral",
			"publicKeyToken": "0123456789abcdef", "mappingFileId": n, "debugSymbolsKey": text("symbols")}},
		"fields": []any{map[string]any{"name": text("name"), "value": text("value")}},
		"features": []any{map[string]any{"id": text("id"), "name": text("name"), "description": text("description"),
			"expireDate": fmt.Sprintf("203%d-01-01T00:00:00Z", n), "key": text("key"), "data": "AQI="}},
		"restrictions": []any{map[string]any{"id": text("id"), "name": text("name"), "expireDate": fmt.Sprintf("203%d-01-01T00:00:00Z", n),
			"properties": map[string]any{"a": text("p")}, "customXmlContent": fmt.Sprintf("<memory total=\"%d\"></memory>", n)}},
	})
	return fixed
}

// serversOf are the members that only the server says, or that it never shows.
func serversOf(item string) []string {
	return append(map[string][]string{
		"resource":        {"password"},
		"apiKey":          {"key", "clientSecret", "createdDate"},
		"license":         {"licenseKey", "hash"},
		"licenseTemplate": {"template", "licensee"}, // a template has no licensee
	}[item], "createdAt")
}

func requestOf(t *testing.T, name string) map[string]any {
	t.Helper()
	for _, op := range contract(t) {
		if op.Method+" "+op.Path == name {
			return op.Request
		}
	}
	t.Fatalf("%s is not documented", name)
	return nil
}

// TestLinesOfOrders: the two ids of a product order are in the path.
func TestLinesOfOrders(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		var products []int64
		for i := range 3 {
			products = append(products, h.ok("POST", "/v1/products", fmt.Sprintf(`{"product":{"name":"p%d"}}`, i)).id("productId"))
		}
		order := h.ok("POST", "/v1/orders", `{"order":{}}`).id("orderId")
		other := h.ok("POST", "/v1/orders", `{"order":{}}`).id("orderId")
		at := func(order, product int64) string { return fmt.Sprintf("/v1/orders/%d/products/%d", order, product) }
		const example = `{"productOrder":{"quantity":3,"unitPrice":9.99,"discount":0.5,"taxes":0.22,"description":"three","order":{"id":99},"product":{"id":99}}}`
		for _, p := range []int64{products[2], products[0]} {
			h.ok("POST", at(order, p), example)
		}
		h.ok("POST", at(other, products[0]), `{"productOrder":{}}`)
		lines := func(path, items, total string) []map[string]any {
			a := h.ok("GET", path, "")
			if a.id(total) != int64(len(a.list(items))) {
				t.Errorf("GET %s: %s", path, a.body)
			}
			return a.list(items)
		}
		of := func(order int64) []map[string]any {
			return lines(fmt.Sprintf("/v1/orders/%d/products", order), "orderProducts", "totalOrderProductsCount")
		}
		if rows := of(order); len(rows) != 2 || pick(rows[0], "productId", "orderId", "quantity", "unitPrice", "discount", "taxes", "description", "product", "order") !=
			fmt.Sprintf("%d %d 3 9.99 0.5 0.22 three <nil> <nil>", products[0], order) {
			t.Errorf("lines: %v", rows)
		}
		if rows := lines(fmt.Sprintf("/v1/products/%d/orders", products[0]), "productOrders", "totalProductOrdersCount"); len(rows) != 2 || pick(rows[1], "orderId") != fmt.Sprint(other) {
			t.Errorf("orders of a product: %v", rows)
		}
		h.refused("POST", at(order, products[0]), example, 409, 6, "is on order")
		h.ok("PUT", at(order, products[0]), fmt.Sprintf(`{"orderId":%d,"productId":0,"productOrder":{"quantity":4,"orderId":%[1]d,"productId":%d}}`, order, products[0]))
		if rows := of(order); pick(rows[0], "quantity", "unitPrice", "description") != "4 0 " {
			t.Errorf("replaced: %v", rows)
		}
		for _, body := range []string{
			fmt.Sprintf(`{"productOrder":{"orderId":%d}}`, other), `{"productOrder":{"productId":99}}`, `{"orderId":99,"productOrder":{}}`, `{"PRODUCTID":-1,"productOrder":{}}`,
		} {
			h.refused("PUT", at(order, products[0]), body, 400, 3, "but the path says")
			h.refused("POST", at(order, products[1]), body, 400, 3, "but the path says")
		}
		h.refused("PUT", at(other, products[2]), `{"productOrder":{}}`, 404, 5, "there is no product")
		h.refused("DELETE", at(other, products[2]), "", 404, 5, "there is no product")
		h.ok("DELETE", at(order, products[0]), "")
		if rows := of(order); len(rows) != 1 || len(of(other)) != 1 {
			t.Errorf("after a deletion: %v", rows)
		}
	})
}

// TestWhatIsSentOfUsersIsListed is TestWhatIsSentIsListed for users, whose ids
// are texts.
func TestWhatIsSentOfUsersIsListed(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		customerID := h.ok("POST", "/v1/customers", `{"customer":{}}`).id("customerId")
		example := requestOf(t, "POST /v1/users")["user"].(map[string]any)
		servers := []string{"id", "createdAt", "updatedAt", "lastLogIn"}
		id := ""
		for n, c := range []struct {
			method string
			fixed  map[string]any
		}{
			{"POST", map[string]any{"customerId": customerID, "roles": []any{"Sales"}}},
			{"PUT", map[string]any{"customerId": nil, "roles": []any{"LicenseManager", "Sales"}}},
		} {
			sent := values(example, n+1, c.fixed)
			delete(sent, "updatedAt")
			if id != "" {
				sent["id"] = id
			}
			h.ok(c.method, "/v1/users", body("user", sent))
			rows := h.ok("GET", fmt.Sprintf("/v1/users?filter=%s", url.QueryEscape(fmt.Sprintf(`userName="userName-%d"`, n+1))), "").list("users")
			if len(rows) != 1 {
				t.Fatalf("%s: %v", c.method, rows)
			}
			keeps(t, c.method+" /v1/users", sent, rows[0], servers...)
			for _, name := range slices.Sorted(maps.Keys(example)) {
				if _, there := rows[0][name]; !there {
					t.Errorf("GET /v1/users: %s is missing", name)
				}
			}
			id = fmt.Sprint(rows[0]["id"])
		}
	})
}
