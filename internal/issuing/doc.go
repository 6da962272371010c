// Package issuing turns a template and what a caller sent into a signed
// license, and keeps the keys that sign.
//
//	Sent[License] -> origin (template, product) -> complete -> key look-up
//	   -> sign (outside of any transaction, one slot a core)
//	   -> one write: row, seat pool, audit entry
//
// A member that was not sent is filled by the template, one that was sent is
// kept: absent is not zero. An update signs what it has read and is written
// only while the license still has the revision that was read, so no update is
// lost and every document tells one state. Node-locked copies are made here for
// package seat, which keeps them.
//
// Signing keys are resources of type RSA or Ed25519. The private part is stored
// sealed under the server key and never leaves; the public PEM is what the
// resource shows. Material is never replaced: a new key is a new resource, and
// SetDefault makes it the server's own. RevokeKey is for good: before each
// signature the books are asked whether the key is revoked, so that no node signs
// with one that it still remembers; it leaves jwks.json, and where a license,
// template or product names it, issuing fails rather than take another key.
//
// It must never sign inside a transaction, return a private key, or put a key,
// token or document into an audit entry.
package issuing
