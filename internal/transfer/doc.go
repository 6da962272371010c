// Package transfer takes whole books out as lines of JSON and brings them in
// again, on either engine. docs/import-export.md describes the file.
//
// Flow out: store.OpenSnapshot -> Export: a header, a line a row, a last line with
// counts and a digest. Flow in: Check reads the file alone -> Import judges the
// rows where the books are not empty, then writes them in batches, each with a
// mark of how far it came -> the counts of seats are verified, the sequences set,
// the mark removed. Until then Unfinished keeps servers from opening the books.
//
// Which tables and columns there are is declared in tables.go, and a test holds
// that against both schemas. What is secret goes as it is stored, hashed or sealed.
//
// It must never change a row that is there, leave half a batch, or write a value
// into a message.
package transfer
