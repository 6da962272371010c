// Package samples fills an empty server with sample books, for serve --demo: a
// product, a template, a customer with an order, and a license of each mode,
// under fixed user keys that the README names.
//
// It goes through the services as a surface would, and must never touch books
// that hold anything.
package samples
