package management_test

import (
	"fmt"
	"testing"
)

// lines lists short texts that are one line each, and what is wrong with them.
func lines(names ...string) [][3]string {
	var all [][3]string
	for _, name := range names {
		all = append(all, [][3]string{
			{name, `7`, name + ": expected a string"}, {name, `["x"]`, name + ": expected a string"},
			{name, quoted(4097), name + ": has 4097 characters"}, {name, `"a\nb"`, name + ": may not hold line breaks"}, {name, `"a\u0007"`, name + ": may not hold"},
		}...)
	}
	return all
}

func texts(most int, names ...string) [][3]string {
	var all [][3]string
	for _, name := range names {
		all = append(all, [][3]string{
			{name, `true`, name + ": expected a string"},
			{name, quoted(most + 1), fmt.Sprintf("%s: has %d characters, %d is the most", name, most+1, most)},
		}...)
	}
	return all
}

func numbers(names ...string) [][3]string {
	var all [][3]string
	for _, name := range names {
		all = append(all, [][3]string{
			{name, `"1"`, name + ": expected a number"}, {name, `-0.01`, name + ": must not be negative"}, {name, `1e999`, name}, {name, `{}`, name + ": expected"},
		}...)
	}
	return all
}

func counts(names ...string) [][3]string {
	var all [][3]string
	for _, name := range names {
		all = append(all, [][3]string{
			{name, `"1"`, name + ": expected a whole number"}, {name, `1.5`, name + ": expected a whole number"},
			{name, `-1`, name + ": must be from 0 to 2147483647"}, {name, `2147483648`, name + ": must be from"}, {name, `9223372036854775808`, name + ": the number"},
		}...)
	}
	return all
}

func references(kind string, names ...string) [][3]string {
	var all [][3]string
	for _, name := range names {
		for _, id := range []string{"9999", "-1"} {
			all = append(all, [3]string{name, id, fmt.Sprintf("%s: there is no %s %s", name, kind, id)})
		}
		all = append(all, [3]string{name, `"1"`, name + ": expected a whole number"}, [3]string{name, `9223372036854775808`, name + ": the number"})
	}
	return all
}

func moments(names ...string) [][3]string {
	var all [][3]string
	for _, name := range names {
		all = append(all, [3]string{name, `"tomorrow"`, name}, [3]string{name, `"2026-02-30"`, name}, [3]string{name, `12`, name}, [3]string{name, `"10000-01-01"`, name})
	}
	return all
}

func all(lists ...[][3]string) (joined [][3]string) {
	for _, list := range lists {
		joined = append(joined, list...)
	}
	return joined
}

func TestBadInputOfTheBooksIsRefusedInWords(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		customer := h.ok("POST", "/v1/customers", `{"customer":{}}`).id("customerId")
		product := h.ok("POST", "/v1/products", `{"product":{"name":"p"}}`).id("productId")
		order := h.ok("POST", "/v1/orders", `{"order":{}}`).id("orderId")
		releases := fmt.Sprintf("/v1/products/%d/releases", product)
		release := h.ok("POST", releases, `{"release":{}}`).id("releaseId")
		of := fmt.Sprintf("%s/%d/assemblies", releases, release)
		const page = 4 << 10
		assembly := all(lines("name", "version", "culture", "publicKeyToken"), texts(page, "debugSymbolsKey"), references("resource", "mappingFileId"))
		var every []bad
		every = append(every, badBodies("/v1/customers", "customer", `"company":"c"`, all(
			lines("title", "firstName", "lastName", "company", "code", "vatCode", "invoiceCode", "postalCode", "region", "city", "country",
				"countryCode", "mapCoordinates", "email", "phone", "mobile", "fax", "website"),
			texts(page, "address", "address1", "address2"), texts(64<<10, "notes", "image", "meta"),
			counts("rating"), numbers("mapZoomLevel"), moments("createdAt", "updatedAt"),
			[][3]string{{"isReseller", `"yes"`, "isReseller: expected true or false"}, {"contacts", `"x"`, "contacts: expected a list"},
				{"contacts", `[{"notify":1}]`, "contacts[0].notify: expected true or false"}},
		))...)
		every = append(every, badBodies("/v1/contacts", "contact", fmt.Sprintf(`"customerId":%d`, customer), all(
			lines("title", "firstName", "lastName", "email", "phone", "mobile", "fax"), texts(page, "details"), texts(64<<10, "meta"),
			references("customer", "customerId"), [][3]string{{"notify", `"yes"`, "notify: expected true or false"}, {"customerId", `null`, "customerId: is missing"}},
		))...)
		every = append(every, badBodies("/v1/orders", "order", `"status":"s"`, all(
			lines("orderNumber", "status", "processedBy", "purchaseOrder", "currency", "invoiceNumber", "paymentType", "paymentNumber", "paymentStatus"),
			texts(page, "description"), numbers("total"), moments("paymentDate", "createdAt", "updatedAt"), references("customer", "customerId", "resellerId"),
		))...)
		every = append(every, badBodies(releases, "release", `"name":"n"`, all(
			lines("name", "version"), texts(page, "description"), moments("releaseDate")))...)
		every = append(every, badBodies("/v1/assemblies", "assembly", `"name":"n"`, assembly)...)
		every = append(every, badBodies(of, "assembly", `"name":"n"`, assembly)...)

		line := fmt.Sprintf("/v1/orders/%d/products/%d", order, product)
		for _, m := range all(counts("quantity"), numbers("unitPrice", "discount", "taxes"), texts(page, "description")) {
			every = append(every, bad{"POST", line, fmt.Sprintf(`{"productOrder":{"%s":%s}}`, m[0], m[1]), 400, 3, "productOrder." + m[2]})
		}
		every = append(every, []bad{
			{"POST", line, "", 400, 3, "productOrder: is missing"},
			{"POST", line, `{"productOrder":[]}`, 400, 3, "productOrder: expected an object"},
			{"PUT", line, `{"productOrder":{}}`, 404, 5, "there is no product"},
			{"DELETE", line, "", 404, 5, "there is no product"},
			{"POST", fmt.Sprintf("/v1/orders/%d/products/9999", order), `{"productOrder":{}}`, 404, 5, "there is no product 9999"},
			{"POST", fmt.Sprintf("/v1/orders/9999/products/%d", product), `{"productOrder":{}}`, 404, 5, "there is no order 9999"},
			{"POST", "/v1/orders/x/products/1", `{"productOrder":{}}`, 400, 3, "orderId: expected a whole number"},
			{"POST", "/v1/orders/1/products/9223372036854775808", `{"productOrder":{}}`, 400, 3, "productId"},
			{"GET", line, "", 405, 12, ""},
			{"GET", "/v1/orders/9999/products", "", 404, 5, "there is no order 9999"},
			{"GET", "/v1/orders/9999/licenses", "", 404, 5, "there is no order 9999"},
			{"GET", "/v1/products/9999/orders", "", 404, 5, "there is no product 9999"},
			{"GET", "/v1/customers/9999/contacts", "", 404, 5, "there is no customer 9999"},
			{"GET", "/v1/customers/-1/orders", "", 404, 5, "there is no customer -1"},
			{"GET", "/v1/customers/9999/licenses", "", 404, 5, "there is no customer 9999"},
			{"GET", "/v1/customers/x/licenses", "", 400, 3, "customerId: expected a whole number"},
			{"GET", "/v1/customers/1", "", 405, 12, ""},
		}...)
		for _, c := range every {
			h.refused(c.method, c.path, c.body, c.status, c.code, c.say)
		}
		for path, want := range map[string]int64{"customers": 1, "contacts": 0, "orders": 1, "releases": 1, "assemblies": 0, "product_orders": 0} {
			if n := h.count(`SELECT COUNT(*) FROM ` + path); n != want {
				t.Errorf("refused requests left %d rows in %s", n, path)
			}
		}
	})
}
