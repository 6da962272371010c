// Package order keeps license orders: licenses that end users activate by
// HostIDs, with rules of their own. It also keeps what the orders' surface knows
// beyond the plain books: products with a generator and a Default template,
// templates with order terms, contacts by one name, custom tags.
//
//	Input (what was sent) ─> draft (merged, judged) ─> issuing.InsertOrder / UpdateOrder
//	                                                   license + license_orders + pools, one transaction
//	rows with their relations ─> LicenseOrder (Get, List), Activation (Activations)
//
// An order is a license: customer, template, contents, document and seats are
// the license's; what only orders have is a row beside it. What follows from an
// order's terms (end, seats) is derived by entity.LicenseOrder.Derive whenever
// either side is written.
//
// It must never have a table for what another surface keeps already, nor give a
// slot away: seats are claimed in package seat.
package order
