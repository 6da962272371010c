// Package query is the language of lists: filter, sort, select and include, as
// the management page has them. docs/query-language.md is its reference.
//
//	text -> parse (positions, limits) -> check against a Schema -> SQL, and a Go predicate
//
// The predicate judges rows in memory and is the oracle of the SQL: both, on
// SQLite and on PostgreSQL, find the same rows. The package is pure. It must
// never write a value or a caller's text into SQL: values are parameters, and
// identifiers come from a Schema only.
package query
