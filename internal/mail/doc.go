// Package mail sends e-mail: what a caller wrote, or a license by a template
// among the resources. A request puts the mail into the books and is answered;
// a worker of some node sends it, and tries again until it is settled.
//
//	Send, SendLicense ──► queue (mails, mail_contents) ──► Deliver ──► SMTP
//	                                                          │
//	                  settled: sent, partial or failed ◄──────┘
//
// A worker claims a mail by a lease in a short transaction, talks to the mail
// server outside of any, and notes the outcome in another. If it dies in
// between, the mail is sent once more when the lease is over: at least once,
// always under the same Message-ID.
//
// It must never talk SMTP inside a transaction, send a password over a
// connection that nobody agreed to leave open, or log what a mail says.
package mail
