// Package books keeps the plain books: what is more than a row and less than a
// service of its own. Products, the list of seat tokens and seats given or taken
// by hand, the wrapping of API keys into audited changes, and the figures of
// the whole house.
//
//	surface -> books (rules) -> seat, identity -> store
//	Keep -> counts tokens, folds figures, in the background
//
// It must never grant a seat itself, know how a key is checked, or see HTTP.
package books
