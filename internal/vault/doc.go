// Package vault keeps secrets that must be read again, such as private signing
// keys, encrypted in the books under the server key.
//
// Flow: ParseKey or LoadOrCreate -> New -> Check against the books at start ->
// Seal before a write, Open after a read. The context of a secret (what it is
// and whose) is authenticated with it, so that a sealed value copied to another
// row does not open there.
//
// It must never write the server key anywhere but to its file, put a key or a
// plain secret into an error, or replace a key file or a stored check value.
package vault
