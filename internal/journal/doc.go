// Package journal keeps the audit: who changed what, written in the transaction
// of the change itself, so that there is no change without its entry and no
// entry without its change.
//
//	surface: WithActor(ctx) -> service: Write(ctx, books, change) -> audit_entries
//
// The surface puts the actor into the context in one place; services never see
// HTTP. It must never hold a secret: details name rows and members, not values
// of keys, tokens, passwords or documents. Seat calls are traced, not audited.
package journal
