// Package httpxtest holds what tests of the surfaces share: a check of the
// OpenAPI document, and of real answers against it.
//
// kin-openapi judges the document. Answers are judged by a JSON Schema 2020-12
// validator that reads the schemas out of the document itself, as a client's
// generator would, with formats asserted.
//
// Only tests import it.
package httpxtest
