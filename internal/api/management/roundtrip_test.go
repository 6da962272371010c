package management_test

import (
	"encoding/json"
	"fmt"
	"maps"
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
				filled[name] = fmt.Sprintf("20%d-01-%02dT00:00:00Z", 20+n, i+1)
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
		none, owner := map[string]any(nil), map[string]any{"customerId": customerID}
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
		} {
			path, items := ids.told(c.path), c.path[strings.LastIndexByte(c.path, '/')+1:]
			example := requestOf(t, "POST "+c.path)[c.item].(map[string]any)
			first := values(example, 1, c.fixed)
			delete(first, "contacts")
			id := h.ok("POST", path, body(c.item, first)).id(c.id)
			if fmt.Sprint(id) == fmt.Sprint(first["id"]) {
				t.Errorf("POST %s took the id that was sent", path)
			}
			listed := h.one(path, items, id)
			keeps(t, "POST "+path, first, listed, "id", "createdAt", "updatedAt")
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
			keeps(t, "PUT "+path, second, h.one(path, items, id), "createdAt")
		}
	})
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
