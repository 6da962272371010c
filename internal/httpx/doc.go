// Package httpx is the machinery behind the operation tables: a surface
// declares typed operations, and one table gives routing, authorisation,
// decoding, encoding, errors in the surface's form, metrics, log lines and the
// OpenAPI 3.1 document.
//
//	Op(POST, "/v1/licenses", "Insert a license", Roles(…), s.insert) -> Operation
//	Surface{Prefixes, Ops, WriteError}                               -> NewRouter
//
// A request goes one way through a Router:
//
//	request id -> route (404, 405) -> caller (401) -> access (403)
//	-> parameters -> body (413, 415, 400) -> the operation -> answer
//
// The body is checked by CheckJSON before anything decodes it, so operations
// see valid UTF-8 without NUL, duplicate members or lone surrogates.
//
// It must never know a surface's nouns, read the books, log a credential or a
// query string, or answer half a JSON document as if it were whole.
package httpx
