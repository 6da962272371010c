package seat

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/licet/licet/internal/entity"
)

// signTries bounds how often an activation signs again because the license was
// changed in between.
const signTries = 16

// Activate binds a seat to a machine and returns the node-locked document. The
// same identity gets the same token back, and a fresh document when the
// license was changed since. Signing happens before the write and outside of
// it; the write counts only if the license is still the one that was signed.
// Faults: LicenseKeyNotFound, LicenseRevoked, LicenseExpired,
// WrongLicensingMode, NoSeatAvailable.
func (s *Service) Activate(ctx context.Context, userKey string, c Client) (*Grant, error) {
	if err := validateCall(userKey, c, needMachine); err != nil {
		return nil, err
	}
	for range signTries {
		call := keyCall{userKey: userKey, kind: entity.PoolActivation, client: c, now: s.now()}
		f, err := s.books.find(ctx, call)
		if err != nil {
			return nil, err
		}
		switch {
		case f.order:
			return s.orders.Activate(ctx, userKey, c)
		case f.verdict == kept && f.signed == f.revision && !f.traced:
			return &f.grant, nil
		case f.verdict == noToken && f.grant.Active >= f.grant.Max && f.grant.Max != Unlimited:
			f.verdict = noSeat // activations never lapse, so there is nothing to reap
			return &f.grant, f.denial(0)
		case f.verdict != kept && f.verdict != noToken:
			return &f.grant, f.denial(0)
		}
		out, err := s.activate(ctx, call, f)
		if err != nil {
			return nil, err
		}
		if out.verdict != stale {
			return &out.grant, out.fault(0)
		}
	}
	return nil, errChanging()
}

func (s *Service) activate(ctx context.Context, call keyCall, f found) (outcome, error) {
	locked, err := s.signer.NodeLock(ctx, f.id, call.client.MachineID)
	if err != nil {
		return outcome{}, fmt.Errorf("sign the node-locked copy: %w", err)
	}
	restrictions, err := json.Marshal(locked.Restrictions)
	if err != nil {
		return outcome{}, fmt.Errorf("encode the restrictions: %w", err)
	}
	return s.claim(ctx, s.settings().ActivationToken, claim{keyCall: call, copy: &nodeLock{
		revision: locked.Revision, document: locked.LicenseKey, hash: locked.Hash, restrictions: string(restrictions),
	}})
}

// Validate says whether the identity holds a seat now. It writes and extends
// nothing. A node-locked copy older than its license is signed anew for the
// answer, so that an extended or changed license reaches its machines. Faults:
// LicenseKeyNotFound, LicenseRevoked, LicenseExpired, TokenNotFound before an
// activation or request, TokenExpired, WrongLicensingMode for a file license.
func (s *Service) Validate(ctx context.Context, userKey string, c Client) (*Grant, error) {
	if err := validateCall(userKey, c, anyIdentity); err != nil {
		return nil, err
	}
	f, err := s.books.find(ctx, keyCall{userKey: userKey, client: c, now: s.now()})
	if err != nil {
		return nil, err
	}
	if f.order && f.grant.License.Mode == entity.Activation {
		return s.orders.Validate(ctx, userKey, c)
	}
	if err := f.denial(0); err != nil {
		return &f.grant, err
	}
	if f.signed != 0 && f.signed != f.revision {
		locked, err := s.signer.NodeLock(ctx, f.id, c.MachineID)
		if err != nil {
			return nil, fmt.Errorf("sign the node-locked copy: %w", err)
		}
		f.grant.License.Document = locked.LicenseKey
	}
	return &f.grant, nil
}
