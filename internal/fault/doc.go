// Package fault is the one typed error of the house. A service returns it, a
// surface turns it into its own wire form in one file. What is not a *Error is
// unknown: it is logged with the request id and answered as 500 without detail.
//
// It imports nothing of ours, and must never carry a secret: messages are shown.
package fault
