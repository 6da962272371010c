// Package management is the management surface, /v1/*: what the vendor's staff
// and their programs do to products, templates, licenses, tokens, keys and
// resources. It is documented in the published management pages.
//
//	ops.go (declarations) -> collection (one generic) -> books, issuing
//
// A new entity is one declaration in ops.go and its service functions. Quirks
// of the published API that are kept: an update carries its id in the body, an
// insertion answers 200 with the id under the entity's own name, and every
// answer has success, code (a gRPC status number) and message beside its data.
// Failures have their real HTTP status as well.
//
// Everything passes op, which notes who acts for the audit. The package must
// never see SQL, decide a rule, or show a secret.
package management
