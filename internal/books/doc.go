// Package books keeps the plain books: products with their releases and
// assemblies, customers with their contacts, orders; and what is more than a row
// and less than a service of its own: the list of seat tokens and seats given or
// taken by hand, the wrapping of API keys into audited changes, and the figures
// of the whole house.
//
//	surface -> books (rules) -> seat, identity -> store
//	Keep -> counts tokens, folds figures, in the background
//
// An entity that is a row is declared as a plain: who holds it, what goes with
// it, how what was sent becomes a row. On PostgreSQL locks are taken parents
// first, so that changes of a parent and of its children do not deadlock.
//
// It must never grant a seat itself, know how a key is checked, or see HTTP.
package books
