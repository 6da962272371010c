package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind is the class of a fault; every surface has a status for each.
type Kind uint8

// The kinds. Internal is the zero value, so that a forgotten kind leaks nothing.
const (
	Internal         Kind = iota
	Invalid               // the request is malformed or breaks a rule of its own
	Unauthenticated       // no credential, or one that is unknown, expired or revoked
	Forbidden             // known caller, not allowed
	NotFound              // no such thing, or none that the caller may see
	MethodNotAllowed      // the path exists, the method does not
	Conflict              // the books do not allow it now
	TooLarge              // a body or list over its limit
	UnsupportedMedia      // a content type that the operation does not read
	Throttled             // too many tries; RetryAfter says when
	Unavailable           // the books cannot be written or reached now; a repeat is safe
)

// Code names a fault for programs; it is part of the wire and never changes.
type Code string

// The named faults of the licensing API (behaviour file, section 3.10), and
// those we added where it names none.
const (
	LicenseKeyNotFound Code = "LicenseKeyNotFound"
	LicenseRevoked     Code = "LicenseRevoked"
	LicenseExpired     Code = "LicenseExpired"
	TokenNotFound      Code = "TokenNotFound"
	TokenExpired       Code = "TokenExpired"
	NoSeatAvailable    Code = "NoSeatAvailable"
	WrongLicensingMode Code = "WrongLicensingMode"
	NotReleasable      Code = "NotReleasable"
	// Duplicate is a Conflict over a value that must be unique.
	Duplicate Code = "Duplicate"
	// HostIDInvalid is an Invalid text or value of a HostID, HostIDMissing a
	// Forbidden activation with fewer HostIDs than its order wants.
	HostIDInvalid Code = "HostIDInvalid"
	HostIDMissing Code = "HostIDMissing"
	// BadLogin is a name or password that does not open the door.
	BadLogin Code = "BadLogin"
)

// The named faults of organisations.
const (
	// OrgNotFound is an organisation that is not there, or not the caller's to see.
	OrgNotFound Code = "OrgNotFound"
	// OrgNotAllowed is a change by a member who may only look.
	OrgNotAllowed Code = "OrgNotAllowed"
	// The next are Invalid: what a parent's administrator asks for cannot be.
	OrgUnknownDefinition    Code = "OrgUnknownDefinition"
	OrgDuplicate            Code = "OrgDuplicate"
	OrgExpiryMissing        Code = "OrgExpiryMissing"
	OrgParentLacksLicense   Code = "OrgParentLacksLicense"
	OrgParentLacksEdition   Code = "OrgParentLacksEdition"
	OrgParentLacksLimit     Code = "OrgParentLacksLimit"
	OrgExpiryBeyondParent   Code = "OrgExpiryBeyondParent"
	OrgLimitBeyondParent    Code = "OrgLimitBeyondParent"
	OrgLicensesSynchronised Code = "OrgLicensesSynchronised" // a Conflict: its rights are its parent's
	// OrgHierarchy is a Conflict: organisations stand one level deep, in no circle.
	OrgHierarchy Code = "OrgHierarchy"
	// NotEntitled is a Forbidden use of a limit that the organisation has not,
	// LimitExhausted a Conflict over one that has too little left.
	NotEntitled    Code = "NotEntitled"
	LimitExhausted Code = "LimitExhausted"
	// IdempotencyKeyReused is a Conflict: the key was that of another request.
	IdempotencyKeyReused Code = "IdempotencyKeyReused"
)

// Error is a fault. Message is for people and is sent as it is.
type Error struct {
	Kind    Kind
	Code    Code          // "" where the kind says it all
	Message string        // a full sentence without a final stop
	Field   string        // the offending member, spelled as on the wire; "" if none
	Retry   time.Duration // how long to wait before trying again; 0: not said
	Seats   *Seats        // with NoSeatAvailable only
	Allow   string        // with MethodNotAllowed: the methods that exist
}

// Seats tells how full a pool is.
type Seats struct {
	Active int64
	Max    int64
}

// Error is the message, led by the field.
func (e *Error) Error() string {
	if e.Field != "" {
		return e.Field + ": " + e.Message
	}
	return e.Message
}

// New makes a fault of a kind.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Named makes a fault with a code.
func Named(kind Kind, code Code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// Bad is an Invalid fault of one member.
func Bad(field, format string, args ...any) *Error {
	return &Error{Kind: Invalid, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Taken makes the Conflict fault of a member whose value must be unique and is
// another's already.
func Taken(field string) *Error {
	return &Error{Kind: Conflict, Code: Duplicate, Field: field, Message: "is in use already"}
}

// Of returns the fault in err's chain, or nil when err is of an unknown kind.
func Of(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// Is says whether err is a fault of that code.
func Is(err error, code Code) bool {
	e := Of(err)
	return e != nil && e.Code == code
}

// IsKind says whether err is a fault of that kind.
func IsKind(err error, kind Kind) bool {
	e := Of(err)
	return e != nil && e.Kind == kind
}
