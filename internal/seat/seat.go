package seat

import (
	"iter"
	"math"
	"time"

	"github.com/licet/licet/internal/entity"
)

// Unlimited is the maxClientCount of a license without a limit.
const Unlimited = math.MaxInt32

// maxIdentityBytes bounds machineId, clientId and clientName.
const maxIdentityBytes = 256

// Client is who calls: the identity (MachineID, ClientID), a name for people,
// and the address that the call came from.
type Client struct {
	MachineID  string
	ClientID   string
	ClientName string
	Address    string
}

// Counts tells how full the pool of a license is.
type Counts struct {
	LicenseID string // the lic… string
	Active    int64  // seats held; may include leases that lapsed since the last reap
	Max       int64  // Unlimited when there is no limit
}

// Grant is a seat that the caller holds.
type Grant struct {
	Counts
	Token    string
	ExpireAt entity.Time // when the seat ends unless it is renewed; none: never
	// Lease is how long a floating seat lives from the moment that the books
	// judged it; 0 on a seat without a lease. It says what ExpireAt cannot: the
	// clock that it was taken by may not be the one that the caller sees.
	Lease time.Duration
	// HeartbeatInterval goes with Lease: both are from one look at the settings.
	HeartbeatInterval time.Duration
	License           License
}

// License is what a grant tells of its license.
type License struct {
	LicenseID       string
	Mode            entity.LicensingMode
	ExpireAt        entity.Time
	SupportExpireAt entity.Time
	Document        string // signed; node-locked where the seat is an activation
}

// Beat is the answer to a heartbeat.
type Beat struct {
	Counts
	ExpireAt entity.Time
	// As in Grant.
	Lease, HeartbeatInterval time.Duration
}

// Info is a license with those who hold its seats now.
type Info struct {
	LicenseID       string // the lic… string
	Max             int64  // Unlimited when there is no limit
	Mode            entity.LicensingMode
	Revoked         bool
	IssuedAt        entity.Time
	ExpireAt        entity.Time
	SupportExpireAt entity.Time
	// Tokens are the holders, read while they are ranged over. Leases that
	// lapsed are not among them, so they are also the exact count.
	Tokens iter.Seq2[entity.LicenseToken, error]
}
