package settings

import (
	"fmt"
	"strings"
	"time"

	"github.com/licet/licet/internal/keyformat"
)

// HeartbeatInterval is how often a client is told to send a heartbeat.
type HeartbeatInterval time.Duration

// Lease is how long a floating seat lives after its last heartbeat.
type Lease time.Duration

// Licensing are the settings of seats and generated keys.
type Licensing struct {
	HeartbeatInterval HeartbeatInterval
	Lease             Lease // 0: three heartbeat intervals
	LicenseID         keyformat.Format
	UserKey           keyformat.Format
	ActivationToken   keyformat.Format
	FloatingToken     keyformat.Format
	APIKey            keyformat.Format
	CustomerCode      keyformat.Format // C-{TOKEN:8}
	OrderNumber       keyformat.Format // O-{TOKEN:8}
	// Keyless opens /v1/license/* to callers without a credential; the user
	// key or token is then the credential.
	Keyless bool
}

// DefaultLicensing are the settings of a fresh server (behaviour file, section 1.7).
func DefaultLicensing() Licensing {
	return Licensing{
		HeartbeatInterval: HeartbeatInterval(5 * time.Minute),
		LicenseID:         keyformat.Must("lic{HEX:8}"),
		UserKey:           keyformat.Must("{TOKEN:5}-{TOKEN:5}-{TOKEN:5}-{TOKEN:5}"),
		ActivationToken:   keyformat.Must("actk_{token:12}"),
		FloatingToken:     keyformat.Must("fltk_{token:12}"),
		APIKey:            keyformat.Must("api_{token:24}"),
		CustomerCode:      keyformat.Must("C-{TOKEN:8}"),
		OrderNumber:       keyformat.Must("O-{TOKEN:8}"),
	}
}

// leaseIntervals is how many heartbeats a client may miss by default.
const leaseIntervals = 3

// LeaseTime is the lease in force.
func (l Licensing) LeaseTime() time.Duration {
	if l.Lease == 0 {
		return leaseIntervals * time.Duration(l.HeartbeatInterval)
	}
	return time.Duration(l.Lease)
}

// LoginTokenPrefix begins login tokens, and so no API key.
const LoginTokenPrefix = "ses_"

// minAPIKeyBits is what an API key must have of randomness.
const minAPIKeyBits = 120

// Validate refuses settings under which leases could not be kept alive or keys
// could be guessed.
func (l Licensing) Validate() error {
	if l.HeartbeatInterval < HeartbeatInterval(time.Second) {
		return fmt.Errorf("Licensing.HeartbeatInterval: must be at least 1s")
	}
	if l.LeaseTime() <= time.Duration(l.HeartbeatInterval) {
		return fmt.Errorf("Licensing.Lease: must be longer than the heartbeat interval %s", time.Duration(l.HeartbeatInterval))
	}
	if l.LeaseTime() > 365*24*time.Hour {
		return fmt.Errorf("Licensing.Lease: must be at most 8760h")
	}
	if bits := l.APIKey.Bits(); bits < minAPIKeyBits {
		return fmt.Errorf("Application.ApiKeyFormat: has %.0f random bits, needs %d", bits, minAPIKeyBits)
	}
	if strings.HasPrefix(l.APIKey.String(), LoginTokenPrefix) {
		return fmt.Errorf("API key format: must not begin as login tokens do, with %s", LoginTokenPrefix)
	}
	return nil
}
