package seat

import (
	"time"

	"github.com/licet/licet/internal/fault"
)

// verdict is what the books decided of a command. The texts are also what the
// PostgreSQL statements return.
type verdict string

const (
	granted      verdict = "granted"  // a new seat, or the caller's lapsed one taken up again
	kept         verdict = "kept"     // the caller held it already
	noLicense    verdict = "license"  // no such user key
	revoked      verdict = "revoked"  // the license is revoked
	expired      verdict = "expired"  // the license has expired
	wrongMode    verdict = "mode"     // the license is used in another way
	noSeat       verdict = "seat"     // the pool is full
	noToken      verdict = "token"    // no such token, or another's
	lapsed       verdict = "lapsed"   // the lease was not renewed in time
	ofOrder      verdict = "order"    // an activation of a license order, which has rules of its own
	notFloating  verdict = "floating" // an activation cannot be released
	stale        verdict = "stale"    // the license was changed since its copy was signed
	tokenTaken   verdict = "taken"    // the proposed token string is in use
	again        verdict = "again"    // the pool appeared while the claim was under way
	acknowledged verdict = "ok"       // done, nothing to tell
)

// outcome is a verdict with the state that it left. Its fields are only those
// that the command fills.
type outcome struct {
	verdict verdict
	grant   Grant
}

// fault turns a denial into the error of the licensing surface; nil when the
// command was carried out.
func (o outcome) fault(retry time.Duration) error {
	switch o.verdict {
	case granted, kept, acknowledged:
		return nil
	case noLicense:
		return fault.Named(fault.NotFound, fault.LicenseKeyNotFound, "License key not found")
	case revoked:
		return fault.Named(fault.Forbidden, fault.LicenseRevoked, "The license has been revoked")
	case expired:
		return fault.Named(fault.Forbidden, fault.LicenseExpired, "The license has expired")
	case wrongMode:
		return fault.Named(fault.Conflict, fault.WrongLicensingMode, "The license is of mode "+o.grant.License.Mode.String()+
			": activate and deactivate are for activation licenses, request and release for floating ones")
	case noToken:
		return fault.Named(fault.NotFound, fault.TokenNotFound, "License token not found")
	case lapsed:
		return fault.Named(fault.Forbidden, fault.TokenExpired, "The license token has expired")
	case notFloating:
		return fault.Named(fault.Conflict, fault.NotReleasable, "An activation is given back by deactivate, not by release")
	case noSeat:
		f := fault.Named(fault.Conflict, fault.NoSeatAvailable, "All seats of the license are taken")
		f.Retry = retry
		f.Seats = &fault.Seats{Active: o.grant.Active, Max: o.grant.Max}
		return f
	}
	return errChanging()
}

// errChanging is for a license that was changed each time we tried.
func errChanging() error {
	return fault.New(fault.Unavailable, "the license is being changed; try again")
}
