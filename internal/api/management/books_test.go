package management_test

// bookRoles is the part of roleTable about customers, orders and releases.
func bookRoles() map[string]string {
	const release = "/v1/products/{productId}/releases"
	return map[string]string{
		"GET /v1/customers": "ASC", "POST /v1/customers": "AS", "PUT /v1/customers": "AS", "DELETE /v1/customers/{customerId}": "AS",
		"GET /v1/customers/{customerId}/contacts": "ASC", "GET /v1/customers/{customerId}/orders": "ASC", "GET /v1/customers/{customerId}/licenses": "AMSC",
		"GET /v1/contacts": "ASC", "POST /v1/contacts": "AS", "PUT /v1/contacts": "AS", "DELETE /v1/contacts/{contactId}": "AS",
		"GET /v1/orders": "ASC", "POST /v1/orders": "AS", "PUT /v1/orders": "AS", "DELETE /v1/orders/{orderId}": "AS",
		"GET /v1/orders/{orderId}/products": "AS", "POST /v1/orders/{orderId}/products/{productId}": "AS",
		"PUT /v1/orders/{orderId}/products/{productId}": "AS", "DELETE /v1/orders/{orderId}/products/{productId}": "AS",
		"GET /v1/orders/{orderId}/licenses": "AMSC", "GET /v1/products/{productId}/orders": "AS",
		"GET " + release: "AM", "POST " + release: "AM", "PUT " + release: "AM", "DELETE " + release + "/{releaseId}": "AM",
		"GET " + release + "/{releaseId}/license-templates": "AM",
		"GET " + release + "/{releaseId}/assemblies":        "AM", "POST " + release + "/{releaseId}/assemblies": "AM",
		"PUT " + release + "/{releaseId}/assemblies": "AM", "DELETE " + release + "/{releaseId}/assemblies/{assemblyId}": "AM",
		"GET /v1/assemblies": "AM", "POST /v1/assemblies": "AM", "PUT /v1/assemblies": "AM", "DELETE /v1/assemblies/{assemblyId}": "AM",
	}
}

// step is an operation of a story.
type step = struct{ method, path, body string }

// bookStory does each documented operation on customers, orders and releases
// once, in an order in which it can be done.
func bookStory() []step {
	const (
		release  = "/v1/products/{productId}/releases"
		assembly = release + "/{releaseId}/assemblies"
		line     = "/v1/orders/{orderId}/products/{productId}"
	)
	return []step{
		{"POST", "/v1/customers", `{"customer":{"company":"Acme","isReseller":true,"contacts":[{"firstName":"A"}]}}`},
		{"GET", "/v1/customers", ""},
		{"PUT", "/v1/customers", `{"customer":{"id":{customerId},"company":"Acme 2"}}`},
		{"POST", "/v1/contacts", `{"contact":{"firstName":"B","customerId":{customerId}}}`},
		{"GET", "/v1/contacts", ""},
		{"PUT", "/v1/contacts", `{"contact":{"id":{contactId},"firstName":"C"}}`},
		{"GET", "/v1/customers/{customerId}/contacts", ""},
		{"POST", "/v1/orders", `{"order":{"customerId":{customerId},"resellerId":{customerId},"total":1.5,"paymentDate":"2026-01-02T03:04:05Z"}}`},
		{"GET", "/v1/orders", ""},
		{"PUT", "/v1/orders", `{"order":{"id":{orderId},"customerId":{customerId},"resellerId":{customerId},"total":2}}`},
		{"GET", "/v1/customers/{customerId}/orders", ""},
		{"POST", "/v1/products", `{"product":{"name":"For releases"}}`},
		{"POST", line, `{"productOrder":{"quantity":2,"unitPrice":1.25}}`},
		{"PUT", line, `{"productOrder":{"orderId":{orderId},"productId":{productId},"quantity":3}}`},
		{"GET", "/v1/orders/{orderId}/products", ""},
		{"GET", "/v1/products/{productId}/orders", ""},
		{"POST", release, `{"release":{"name":"One","version":"1.0","releaseDate":"2026-01-02T03:04:05Z"}}`},
		{"GET", release, ""},
		{"PUT", release, `{"release":{"id":{releaseId},"version":"1.1"}}`},
		{"POST", assembly, `{"productId":{productId},"releaseId":{releaseId},"assembly":{"name":"core.dll"}}`},
		{"GET", assembly, ""},
		{"PUT", assembly, `{"assembly":{"id":{assemblyId},"name":"kernel.dll"}}`},
		{"POST", "/v1/license-templates", `{"licenseTemplate":{"name":"R","releaseId":{releaseId},"licensingMode":2}}`},
		{"GET", release + "/{releaseId}/license-templates", ""},
		{"POST", "/v1/licenses", `{"license":{"templateId":{templateId},"customerId":{customerId},"orderId":{orderId}}}`},
		{"GET", "/v1/customers/{customerId}/licenses", ""},
		{"GET", "/v1/orders/{orderId}/licenses", ""},
		{"DELETE", "/v1/licenses/{licenseId}", ""},
		{"DELETE", "/v1/license-templates/{templateId}", ""},
		{"DELETE", assembly + "/{assemblyId}", ""},
		{"POST", "/v1/assemblies", `{"assembly":{"name":"alone.dll"}}`},
		{"GET", "/v1/assemblies", ""},
		{"PUT", "/v1/assemblies", `{"assembly":{"id":{assemblyId},"name":"lonely.dll"}}`},
		{"DELETE", "/v1/assemblies/{assemblyId}", ""},
		{"DELETE", release + "/{releaseId}", ""},
		{"DELETE", line, ""},
		{"DELETE", "/v1/products/{productId}", ""},
		{"DELETE", "/v1/orders/{orderId}", ""},
		{"DELETE", "/v1/contacts/{contactId}", ""},
		{"DELETE", "/v1/customers/{customerId}", ""},
	}
}
