// Package vault keeps secrets that must be read again, such as private signing
// keys, encrypted in the books under the server key.
//
// Flow: ParseKey or LoadOrCreate -> New -> Check against the books at start ->
// Seal before a write, Open after a read; Rotate puts the books under another
// key. The context of a secret (what it is
// and whose) is authenticated with it, so that a sealed value copied to another
// row does not open there.
//
// A key file is rotated so that a crash at any moment leaves a server that
// starts: NextKey writes the new key beside the file, Rotate changes the books,
// Promote renames. A start that finds the books under the key that lies beside
// the file finishes with Promote.
//
// It must never write the server key anywhere but to its file, put a key or a
// plain secret into an error, or replace a key file or a stored check value but by
// rotation.
package vault
