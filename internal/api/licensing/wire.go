package licensing

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/invopop/jsonschema"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/seat"
)

// keyRequest is the body of the calls that name a license.
type keyRequest struct {
	UserKey    string `json:"userKey"`
	MachineID  string `json:"machineId"`
	ClientID   string `json:"clientId"`
	ClientName string `json:"clientName"`
}

// tokenRequest is the body of the calls that name a seat.
type tokenRequest struct {
	LicenseToken string `json:"licenseToken"`
	MachineID    string `json:"machineId"`
	ClientID     string `json:"clientId"`
	ClientName   string `json:"clientName"`
}

// moment is a point in time since 1970 UTC, or with span's meaning a duration.
type moment struct {
	Seconds int64 `json:"seconds"`
	Nanos   int32 `json:"nanos"`
}

// momentOf is null for a time that does not exist.
func momentOf(t entity.Time) *moment {
	if t.IsZero() {
		return nil
	}
	std := t.Std()
	return &moment{Seconds: std.Unix(), Nanos: int32(std.Nanosecond())}
}

func spanOf(d time.Duration) moment {
	return moment{Seconds: int64(d / time.Second), Nanos: int32(d % time.Second)}
}

// byteNumbers are bytes written as an array of numbers, not as base64.
type byteNumbers []byte

// MarshalJSON writes [98,121,116,101,115].
func (b byteNumbers) MarshalJSON() ([]byte, error) {
	return b.append(make([]byte, 0, 2+4*len(b))), nil
}

// JSONSchema declares the array for the OpenAPI document.
func (byteNumbers) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{
		Type: "integer", Minimum: json.Number("0"), Maximum: json.Number("255")}}
}

// license is the license object of activate, request and validate.
type license struct {
	LicenseID       string               `json:"licenseId"`
	LicensingMode   entity.LicensingMode `json:"licensingMode"`
	ExpireAt        *moment              `json:"expireAt"`
	SupportExpireAt *moment              `json:"supportExpireAt"`
	LicenseKey      byteNumbers          `json:"licenseKey"`
}

func licenseOf(l seat.License) license {
	return license{
		LicenseID: l.LicenseID, LicensingMode: l.Mode, ExpireAt: momentOf(l.ExpireAt),
		SupportExpireAt: momentOf(l.SupportExpireAt), LicenseKey: byteNumbers(l.Document),
	}
}

// successResponse answers activate and validate.
type successResponse struct {
	Success           bool    `json:"success"`
	LicenseToken      string  `json:"licenseToken"`
	TokenExpireAt     *moment `json:"tokenExpireAt"`
	ActiveClientCount int64   `json:"activeClientCount"`
	MaxClientCount    int64   `json:"maxClientCount"`
	License           license `json:"license"`
}

// leased sends how long a lease lives, in seconds, beside the answers that
// renew one. tokenExpireAt says the same by the clock that judged it, which is
// neither the client's nor always that of the Date header.
type leased struct{ left time.Duration }

const leaseHeader = "X-Licet-Lease"

// SetHeaders sends the lease, if there is one.
func (l *leased) SetHeaders(h http.Header) {
	if l.left > 0 {
		h.Set(leaseHeader, strconv.FormatFloat(l.left.Seconds(), 'f', 6, 64))
	}
}

// requestResponse answers request.
type requestResponse struct {
	leased
	Granted           bool    `json:"granted"`
	LicenseToken      string  `json:"licenseToken"`
	TokenExpireAt     *moment `json:"tokenExpireAt"`
	HeartbeatInterval moment  `json:"heartbeatInterval"`
	ActiveClientCount int64   `json:"activeClientCount"`
	MaxClientCount    int64   `json:"maxClientCount"`
	License           license `json:"license"`
}

// countsResponse answers deactivate and release.
type countsResponse struct {
	LicenseID         string `json:"licenseId"`
	ActiveClientCount int64  `json:"activeClientCount"`
	MaxClientCount    int64  `json:"maxClientCount"`
}

// heartbeatResponse answers heartbeat.
type heartbeatResponse struct {
	leased
	Active            bool    `json:"active"`
	ActiveClientCount int64   `json:"activeClientCount"`
	MaxClientCount    int64   `json:"maxClientCount"`
	TokenExpireAt     *moment `json:"tokenExpireAt"`
	HeartbeatInterval moment  `json:"heartbeatInterval"`
}

// token is one holder in info.
type token struct {
	Token        string  `json:"token"`
	LicenseID    string  `json:"licenseId"`
	Revoked      bool    `json:"revoked"`
	ClientID     string  `json:"clientId"`
	ClientAddr   string  `json:"clientAddr"`
	ClientName   string  `json:"clientName"`
	MachineID    string  `json:"machineId"`
	IssuedAt     *moment `json:"issuedAt"`
	ExpireAt     *moment `json:"expireAt"`
	LastHearbeat *moment `json:"lastHearbeat"`
}
