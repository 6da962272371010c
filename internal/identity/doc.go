// Package identity knows who calls: users, their roles, API keys and passwords.
//
// Flow: Bootstrap makes the first administrator and key on empty books.
// Authenticate turns a credential into a Principal, from a cache for up to five
// seconds. InsertKey, UpdateKey and DeleteKey change keys inside the caller's
// transaction; after its commit the caller calls ForgetKey, so that this node
// believes the old state no longer.
//
// It must never see HTTP, keep or log a key, secret or password in clear, tell
// a stranger why a key was refused, hash a password inside a transaction, or
// let anybody hand out rights that they lack.
package identity
