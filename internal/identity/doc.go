// Package identity knows who calls: users, their roles and settings, API keys,
// passwords and sessions.
//
// Flow: Bootstrap makes the first administrator and key on empty books. Login
// turns a password into a session of a kind that the caller names; Renew and
// Logout end it. Authenticate turns an API key or a login token into a
// Principal, from a cache for up to five seconds; AuthenticateSession does it
// for sessions of other kinds. Users, roles and settings are changed and audited
// here, and this node believes the old state no longer. InsertKey, UpdateKey and
// DeleteKey change keys inside the caller's transaction; after its commit the
// caller calls ForgetKey.
//
// Who may what stands in grants.go, what must never be taken away in wayin.go,
// what a password must be in policy.go, how guessing is slowed in tries.go. A
// change of a user locks the administrators (where it may end one), then the
// user's row, then the rest: the order is the same everywhere.
//
// It must never see HTTP, keep or log a key, secret or password in clear, tell
// a stranger why a key was refused, hash a password inside a transaction, or
// let anybody hand out rights that they lack.
package identity
