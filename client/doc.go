// Package client lets an application ask a licet server for its right to run,
// keep a floating seat alive, and prove a license without the server.
//
// There are three ways to use it, from the least code to the most control, and
// one to tell the vendor how it went:
//
//	Open            a floating seat as a Session: requested, kept alive, given back
//	Activate …      the seven calls of /v1/license/, one method each
//	VerifyLicense   a signed license document, offline, against pinned keys
//	Report          counters or errors, for the vendor to read
//
// The flow of a session:
//
//	Open ── Request ──► held ── heartbeat at the server's pace ──► held …
//	                     │
//	                     ├─ TokenExpired, TokenNotFound: Request once more, same identity
//	                     │     granted: held under a new token
//	                     │     denied: lost
//	                     ├─ any other denial of the license: lost
//	                     ├─ anything else (outage, bad credential): tried again until
//	                     │     the lease is over, then lost; Close still gives back
//	                     │     what the server may hold
//	                     └─ Close: released
//
// # Denial, outage, or a mistake
//
// Every failure of a call is an *Error and belongs to one of three classes. A
// denial (IsDenied) is the server's word on the license: it knows, and says no.
// An outage (IsOutage) says nothing about the license: no answer, a time-out,
// 429, 5xx, or an answer that is not the server's, such as a proxy's page. An
// application should outlast it. The rest are mistakes of the caller (a wrong
// API key, a missing member), answers too long to read and cancelled contexts:
// neither, since they are no reason to lock a paying user out, nor will waiting
// mend them.
//
// # Retries
//
// Outages are retried a few times, with full jitter and no sooner than
// Retry-After asks. This is safe for all seven calls: a seat belongs to an
// identity (license, machine, client), and asking again gives the same token
// back. Deactivate and Release repeated after a lost answer find nothing left
// and say TokenNotFound; a caller may take that for done. A Report is sent once:
// repeated after a lost answer it would count twice.
//
// # Keys
//
// VerifyLicense is as good as its keys are. A key set fetched at run time, from
// a network that the user controls, proves nothing: fetch it once (FetchKeys)
// and ship it inside the application (ParseKeys).
//
// The package uses the standard library only. It must never log or print a
// credential, follow a redirect with one, or import a package of the server.
package client
