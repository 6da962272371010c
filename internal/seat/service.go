package seat

import (
	"context"
	"iter"
	"time"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/keyformat"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
)

// Signer makes the signed copy of a license that is locked to one machine.
type Signer interface {
	NodeLock(ctx context.Context, licenseID int64, machineID string) (*entity.License, error)
}

// Service answers the seat calls. Make it with New.
type Service struct {
	store    *store.Store
	books    books
	signer   Signer
	orders   Orders
	settings func() settings.Licensing
	clock    clock.Clock
	epoch    epoch // set once, before the first call
}

// New serves seats from the books. On PostgreSQL the database's clock decides
// expiry, because nodes' clocks differ; a clock that is not the system's (a
// test's) is used on both.
func New(s *store.Store, signer Signer, set func() settings.Licensing, c clock.Clock) *Service {
	svc := &Service{store: s, signer: signer, orders: noOrders{}, settings: set, clock: c}
	if s.Engine() == store.Postgres {
		_, system := c.(*clock.System)
		svc.books = &postgresBooks{pool: s.Pool(), ownClock: system}
	} else {
		svc.books = &sqliteBooks{store: s}
	}
	return svc
}

// Request takes a floating seat of the license, or renews the one that the
// identity holds. Faults: LicenseKeyNotFound, LicenseRevoked, LicenseExpired,
// WrongLicensingMode, NoSeatAvailable.
func (s *Service) Request(ctx context.Context, userKey string, c Client) (*Grant, error) {
	if err := validateCall(userKey, c, needEither); err != nil {
		return nil, err
	}
	set := s.settings()
	out, err := s.claim(ctx, set.FloatingToken, claim{
		keyCall: keyCall{userKey: userKey, kind: entity.PoolFloating, client: c, now: s.now()},
		lease:   set.LeaseTime(),
	})
	if err != nil {
		return nil, err
	}
	out.grant.HeartbeatInterval = time.Duration(set.HeartbeatInterval)
	return &out.grant, out.fault(out.grant.HeartbeatInterval)
}

// claimTries bounds how often a claim begins again because its pool appeared
// or its token was taken. Each failure is somebody else's success.
const claimTries = 16

// claim proposes a random token; only when that one is in use, which a format
// with few combinations makes likely, it asks the books for a free one.
func (s *Service) claim(ctx context.Context, format keyformat.Format, c claim) (outcome, error) {
	c.token = format.Random()
	for range claimTries {
		out, err := s.books.claim(ctx, c)
		if err != nil || out.verdict != tokenTaken && out.verdict != again {
			return out, err
		}
		if out.verdict == again {
			continue
		}
		if c.token, err = format.Free(ctx, s.books.tokensInUse); err != nil {
			return outcome{}, err
		}
	}
	return outcome{}, errChanging()
}

// Release gives a floating seat back. Faults: TokenNotFound (also when machine
// or client are not the holder's), TokenExpired, NotReleasable.
func (s *Service) Release(ctx context.Context, token string, c Client) (*Counts, error) {
	if err := validateToken(token, c); err != nil {
		return nil, err
	}
	out, err := s.ofHolder(ctx, tokenCall{token: token, client: c, now: s.now()}, s.books.release)
	if err != nil {
		return nil, err
	}
	return &out.grant.Counts, out.fault(0)
}

// Heartbeat renews a floating lease, or notes that an activation is in use.
// Faults: TokenNotFound, TokenExpired, LicenseRevoked, LicenseExpired.
func (s *Service) Heartbeat(ctx context.Context, token string, c Client) (*Beat, error) {
	if err := validateToken(token, c); err != nil {
		return nil, err
	}
	set := s.settings()
	out, err := s.ofHolder(ctx, tokenCall{token: token, client: c, lease: set.LeaseTime(), now: s.now()}, s.books.beat)
	if err != nil {
		return nil, err
	}
	return &Beat{
		Counts: out.grant.Counts, ExpireAt: out.grant.ExpireAt, Lease: out.grant.Lease,
		HeartbeatInterval: time.Duration(set.HeartbeatInterval),
	}, out.fault(0)
}

// Deactivate gives an activation back. Faults: LicenseKeyNotFound,
// WrongLicensingMode, TokenNotFound when this identity has not activated. An
// expired or revoked license can still be deactivated.
func (s *Service) Deactivate(ctx context.Context, userKey string, c Client) (*Counts, error) {
	if err := validateCall(userKey, c, anyIdentity); err != nil {
		return nil, err
	}
	out, err := s.books.deactivate(ctx, keyCall{userKey: userKey, kind: entity.PoolActivation, client: c, now: s.now()})
	if err != nil {
		return nil, err
	}
	if out.verdict == ofOrder {
		return s.orders.Deactivate(ctx, userKey, c)
	}
	return &out.grant.Counts, out.fault(0)
}

// Info tells who holds the seats of a license now. It answers for revoked and
// expired licenses too. Fault: LicenseKeyNotFound.
func (s *Service) Info(ctx context.Context, userKey string, c Client) (*Info, error) {
	if err := validateCall(userKey, c, anyIdentity); err != nil {
		return nil, err
	}
	now := s.now()
	f, err := s.books.find(ctx, keyCall{userKey: userKey, client: c, now: now})
	if err != nil {
		return nil, err
	}
	if f.verdict == noLicense {
		return nil, f.denial(0)
	}
	return &Info{
		LicenseID: f.grant.LicenseID, Max: f.grant.Max, Mode: f.grant.License.Mode, Revoked: f.revoked, IssuedAt: f.issued,
		ExpireAt: f.grant.License.ExpireAt, SupportExpireAt: f.grant.License.SupportExpireAt,
		Tokens: s.holders(ctx, f, now),
	}, nil
}

// holdersChunk is how many holders one read takes: a license may have millions.
const holdersChunk = 1000

// holders reads the live tokens of a license in the order of their ids.
func (s *Service) holders(ctx context.Context, f found, now instant) iter.Seq2[entity.LicenseToken, error] {
	return func(yield func(entity.LicenseToken, error) bool) {
		for after := int64(0); ; {
			chunk, err := s.books.holders(ctx, f.id, f.grant.License.ExpireAt, now, after, holdersChunk)
			if err == nil && f.order {
				err = s.orders.Name(ctx, chunk)
			}
			if err != nil {
				yield(entity.LicenseToken{}, err)
				return
			}
			for _, t := range chunk {
				after = t.ID
				if f.order && f.grant.License.Mode == entity.Floating && t.Kind == entity.PoolActivation {
					continue // a license file of a network order, which holds no seat
				}
				if !yield(t, nil) {
					return
				}
			}
			if len(chunk) < holdersChunk {
				return
			}
		}
	}
}

func (f found) denial(retry time.Duration) error {
	return outcome{verdict: f.verdict, grant: f.grant}.fault(retry)
}

func validateCall(userKey string, c Client, n need) error {
	if err := validateKey("userKey", userKey); err != nil {
		return err
	}
	return c.validate(n)
}

func validateToken(token string, c Client) error {
	if err := validateKey("licenseToken", token); err != nil {
		return err
	}
	return c.validate(anyIdentity)
}
