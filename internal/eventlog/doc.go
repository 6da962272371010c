// Package eventlog keeps the log that administrators read and delete through the
// management surface: requests, seat calls, and what goes wrong in the background.
//
//	slog line -> Handler -> console
//	                     -> queue (bounded) -> Keep: one insert per batch -> log_entries
//
// The log is not the audit (package journal). It never makes a request wait: when
// the queue is full, entries are dropped and counted. A process that is killed
// loses what it had not written yet, at most about a second of entries.
//
// It must never hold a key, a token or a password: requests are logged by their
// pattern and operation, never by path, query or body.
package eventlog
