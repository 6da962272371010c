// Package seat is the heart: who holds which seat.
//
// A seat is a token row, an activation or a floating lease, of an identity
// (license, machine, client). How full a license is stands in one narrow row,
// its pool: held is the number of its token rows, lapsed ones included. A
// claim finds its own row first (the same identity gets the same seat back),
// then takes a free place; only when the pool is full it reaps lapsed rows, at
// most 64, in the same transaction, so that a claim costs the same at 10 seats
// and at 10 million.
//
//	Service (checks input, signs) -> books (one transaction) -> outcome -> fault
//
// The books speak hand-written SQL: on SQLite a command is a few prepared
// statements inside the group commit; on PostgreSQL it is one pipelined round
// trip that locks the pool row first and decides with a snapshot taken after.
//
// It must never grant beyond the limit in force at the commit, judge expiry by
// whether a sweep has run, sign or wait inside a transaction, or answer before
// the commit is on disk.
package seat
