// Package app puts the house together: it opens the books, starts the services
// and serves the surfaces. The program and every level of test start this.
//
// Flow: Start (lock, migrate, keys, first administrator, leases carried over,
// listen) -> Run until its context ends -> Close (drain requests, stop the
// background work, mark the lease clock, close the books).
//
// It must never hold a rule of its own.
package app
