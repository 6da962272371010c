package seat

import (
	"context"
	"time"

	"github.com/licet/licet/internal/entity"
)

// books is what both engines can do, each in one transaction. A denial is an
// outcome, not an error; an error means that nothing is known to be done.
type books interface {
	// claim takes a seat, or gives the caller's own back.
	claim(ctx context.Context, c claim) (outcome, error)
	// beat renews a lease, or notes that an activation was seen.
	beat(ctx context.Context, b tokenCall) (outcome, error)
	// release gives a floating seat back.
	release(ctx context.Context, r tokenCall) (outcome, error)
	// deactivate gives an activation back, its node-locked copy with it.
	deactivate(ctx context.Context, d keyCall) (outcome, error)
	// find reads the caller's own seat; it writes nothing.
	find(ctx context.Context, k keyCall) (found, error)
	// holders reads up to limit live tokens of a license, which ends then, after a
	// token's id.
	holders(ctx context.Context, licenseID int64, license entity.Time, now instant, after int64, limit int) ([]entity.LicenseToken, error)
	// reap removes up to limit lapsed leases of one license; it returns how many.
	reap(ctx context.Context, licenseID int64, now instant, limit int) (int64, error)
	// lapsedLicenses lists up to limit licenses after the id that have lapsed leases.
	lapsedLicenses(ctx context.Context, after int64, now instant, limit int) ([]int64, error)
	// tokensInUse says which of the token strings exist.
	tokensInUse(ctx context.Context, tokens []string) (map[string]bool, error)
}

// keyCall is a call that names its license by user key.
type keyCall struct {
	userKey string
	kind    entity.PoolKind
	client  Client
	now     instant
}

// mode is the licensing mode that the call is for.
func (k keyCall) mode() entity.LicensingMode {
	if k.kind == entity.PoolFloating {
		return entity.Floating
	}
	return entity.Activation
}

// claim wants a seat.
type claim struct {
	keyCall
	token string        // for a new seat
	lease time.Duration // floating only
	copy  *nodeLock     // activation only
}

// nodeLock is the signed copy that an activation brings. It counts only while
// the license still has the revision that was signed.
type nodeLock struct {
	revision     int64
	document     string
	hash         string
	restrictions string // JSON
}

// tokenCall is a call that names its seat by token.
type tokenCall struct {
	token  string
	client Client
	lease  time.Duration // heartbeat only
	now    instant
}

// found is a license as its pool and the caller's own seat stand.
type found struct {
	verdict  verdict // kept, or why the caller has no valid seat
	grant    Grant
	id       int64
	revision int64 // of the license
	signed   int64 // revision that the caller's node-locked copy was made from; 0: none
	traced   bool
	issued   entity.Time
	revoked  bool
	order    bool // the license is that of a license order
}
