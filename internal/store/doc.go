// Package store opens the books, on SQLite or on PostgreSQL, brings their
// schema up to date and gives services a way to read and to write them.
//
// Flow: Open -> lock (SQLite) -> migrate -> Store. Reads go through Read, a bun
// handle. Writes go through Write: on SQLite every write of the process passes
// one goroutine that owns the one writing connection and commits all that is
// waiting as one transaction, a SAVEPOINT each, so that one fsync serves many;
// on PostgreSQL a write is a transaction of its own. An error-free return from
// Write means that the change is on disk.
//
// It must never hold a rule of the business, sign, send mail or wait for the
// network inside a write, tell drivers' errors apart by their text, or open a
// SQLite file that another process serves.
package store
