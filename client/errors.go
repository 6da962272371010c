package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Code names a failure. It is an error itself, so that errors.Is(err,
// client.NoSeatAvailable) finds it in whatever a call returned.
type Code string

// The server's word on the license: a denial.
const (
	LicenseKeyNotFound Code = "LicenseKeyNotFound" // no license has this user key
	LicenseRevoked     Code = "LicenseRevoked"
	LicenseExpired     Code = "LicenseExpired"
	TokenNotFound      Code = "TokenNotFound"      // this identity holds no such seat
	TokenExpired       Code = "TokenExpired"       // the lease lapsed; request again
	NoSeatAvailable    Code = "NoSeatAvailable"    // all seats are taken
	WrongLicensingMode Code = "WrongLicensingMode" // such as a lease of an activation license
	NotReleasable      Code = "NotReleasable"      // an activation is deactivated, not released
)

// The server's word on the request: a mistake of the caller or its configuration.
const (
	Invalid         Code = "Invalid"         // Field says which member
	Unauthenticated Code = "Unauthenticated" // no credential, or a bad one
	Forbidden       Code = "Forbidden"       // the credential may not make this call
	TooLarge        Code = "TooLarge"
)

// The server cannot answer now.
const (
	Throttled   Code = "Throttled"
	Unavailable Code = "Unavailable"
	Internal    Code = "Internal"
)

// What this package found by itself.
const (
	Unreachable Code = "Unreachable" // no answer: network, time-out, cancelled
	Malformed   Code = "Malformed"   // an answer that is not the server's
	// AnswerTooLong is an answer beyond what is read: 8 MiB, of Info 512 MiB. It
	// is neither a denial nor an outage, since asking again would bring it again.
	AnswerTooLong Code = "AnswerTooLong"
)

// Error is the code.
func (c Code) Error() string { return string(c) }

// denies says whether the code is a word on the license.
func (c Code) denies() bool {
	switch c {
	case LicenseKeyNotFound, LicenseRevoked, LicenseExpired, TokenNotFound, TokenExpired,
		NoSeatAvailable, WrongLicensingMode, NotReleasable:
		return true
	}
	return false
}

// Error is a call that failed.
type Error struct {
	Status            int           // of HTTP; 0 when there was no answer
	Code              Code          // "" if the server named none
	Message           string        // for people
	Field             string        // the offending member, as spelled on the wire
	ActiveClientCount int64         // with NoSeatAvailable: the seats taken …
	MaxClientCount    int64         // … of how many; Unlimited
	RetryAfter        time.Duration // what the server asks to wait; 0: not said
	RequestID         string        // finds the call in the server's log

	cause error
}

// Error tells code, status, message and request id, never a credential.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Code != "" {
		b.WriteString(string(e.Code) + ": ")
	}
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	b.WriteString(e.Message)
	if e.Status != 0 {
		fmt.Fprintf(&b, " (status %d", e.Status)
		if e.RequestID != "" {
			b.WriteString(", request " + e.RequestID)
		}
		b.WriteString(")")
	}
	return b.String()
}

// Unwrap gives the code, and the cause where there was no answer.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return []error{e.Code}
	}
	return []error{e.Code, e.cause}
}

// IsDenied says whether the server knows the license and says no. Only this
// is a reason to stop an application.
func IsDenied(err error) bool {
	var e *Error
	// A denial is never a 5xx: what a failing server says is not conclusive.
	return errors.As(err, &e) && e.Code.denies() && e.Status >= 400 && e.Status < 500
}

// IsOutage says whether the failure says nothing about the license and may pass
// by itself. A caller's cancelled context is no outage; a passed deadline is.
func IsOutage(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case Unreachable:
		return !errors.Is(err, context.Canceled)
	case Malformed, Throttled:
		return true
	}
	return e.Status == 429 || e.Status >= 500
}
