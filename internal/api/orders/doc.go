// Package orders is the administrators' surface of license orders: bare paths,
// snake_case, and numbers that are sent as they are and answered as text.
//
//	POST /auth/tokens ─> 40 hexadecimal digits, sent as Authorization: Bearer
//	/customers, /products, /products/{product_id}/product-templates
//	/license-orders, /license-orders/{activation_key}/licenses, /licenses
//	/activation-counters
//
// What surprises, and is as published: creating answers 200; a missing or bad
// token is 403, a bad login 400; lists are bare arrays of at most 100 with an
// offset; customers have ids but orders are known by their activation key;
// nulls are there, never left out.
//
// It must never take another credential than its own tokens: API keys and login
// tokens of /v1 open other doors.
package orders
