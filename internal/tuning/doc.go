// Package tuning keeps the settings in the books: it reads them at start, lets
// administrators change them while the server runs, and hands the values in
// force to whoever asks, without a lock.
//
//	books + configuration -> snapshot -> services
//	PUT -> check the whole -> books, audit -> new snapshot -> other nodes see it at their next Refresh
//
// A setting that the configuration gives is pinned: it cannot be changed here. A
// change that would not be valid together with all the others is refused and
// changes nothing. Secrets are sealed under the server key.
//
// It must never show a secret or write one to the audit, or put values into
// force that were not judged together.
package tuning
