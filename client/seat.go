package client

import "time"

// Unlimited is what MaxClients is when the license has no limit.
const Unlimited = 1<<31 - 1

// Mode says how a license is used.
type Mode int

// The modes; the numbers are the published ones.
const (
	FileMode       Mode = 0 // a signed document; the server counts nothing
	ActivationMode Mode = 1 // node-locked seats, held until deactivated
	FloatingMode   Mode = 2 // leases kept by heartbeats
)

func (m Mode) String() string {
	switch m {
	case ActivationMode:
		return "activation"
	case FloatingMode:
		return "floating"
	}
	return "file"
}

// Seat is whom a seat belongs to. License, machine and client together are
// its identity: asking again with the same three gives the same seat back.
type Seat struct {
	UserKey    string // the license's key, as the customer got it
	MachineID  string // wanted by Activate; Request wants this or ClientID
	ClientID   string // the application, or one running copy of it
	ClientName string // for people, such as the machine's name; no part of the identity
}

// Grant is a seat that the server gave or confirmed. Times that do not exist
// are zero.
type Grant struct {
	Token             string
	ExpiresAt         time.Time     // of the seat, by the server's clock
	Lease             time.Duration // how long the seat lives from when the server judged it; 0: not said, or no end of its own
	HeartbeatInterval time.Duration // Request only
	ServerTime        time.Time     // of the answer's Date, to the second; zero if it had none; another clock than that of ExpiresAt
	ActiveClients     int64
	MaxClients        int64 // or Unlimited
	License           IssuedLicense
}

// IssuedLicense is the license that a seat was taken from.
type IssuedLicense struct {
	ID               string
	Mode             Mode
	ExpiresAt        time.Time
	SupportExpiresAt time.Time
	Document         []byte // signed; for VerifyLicense if the license's format is JWS
}

// Counts tells how full a license is after a seat was given back.
type Counts struct {
	LicenseID     string
	ActiveClients int64
	MaxClients    int64 // or Unlimited
}

// Beat is a heartbeat that the server took.
type Beat struct {
	ExpiresAt         time.Time     // by the server's clock; zero: no end of its own
	Lease             time.Duration // as in Grant
	HeartbeatInterval time.Duration // when to come again, at the latest
	ServerTime        time.Time     // as in Grant
	ActiveClients     int64
	MaxClients        int64 // or Unlimited
}

// LicenseInfo is a license with the seats taken from it.
type LicenseInfo struct {
	ID               string
	Mode             Mode
	Revoked          bool
	IssuedAt         time.Time
	ExpiresAt        time.Time
	SupportExpiresAt time.Time
	ActiveClients    int64
	MaxClients       int64 // or Unlimited
	Tokens           []TokenInfo
}

// TokenInfo is one seat. Token is masked on the seats of others, unless the
// credential may see them.
type TokenInfo struct {
	Token         string
	LicenseID     string
	Revoked       bool
	ClientID      string
	ClientAddr    string
	ClientName    string
	MachineID     string
	IssuedAt      time.Time
	ExpiresAt     time.Time
	LastHeartbeat time.Time
}
