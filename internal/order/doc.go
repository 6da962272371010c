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
// # Activations
//
// End users and applications activate an order for a machine, which is known by
// HostIDs: what the order's rules keep of those that were sent is frozen, and its
// digest is the machine id of a token. That token is the slot.
//
//	Generate ─> the slots' lock: rules, slot, first activation, account, job ─> Work ─> text, or failure
//	Licensing (seat calls) ─> sign copy and text ─> the same lock: slot, copy, text
//	Deactivate, ConfirmRemoval, a worker's failure ─> the same lock ─> the slot is free
//
// Whoever takes or frees a slot, or ends a job, locks the pool of the order's
// activations first (seat.LockSlots), as a change of the order does; then what it
// reads of the order stays true. A job is one worker's by a lease; the number of
// its attempt tells a worker that came too late. Signing is outside of all that.
//
// It must never have a table for what another surface keeps already, count slots
// (package seat does), sign under the lock, or let a failure keep a slot.
package order
