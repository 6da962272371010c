package client

import (
	"context"
	"time"
)

// Activate takes a node-locked seat for the machine, or returns the one that
// the same identity holds. The grant's document is bound to the machine.
func (c *Client) Activate(ctx context.Context, s Seat) (*Grant, error) {
	return c.grant(ctx, c.retry, "/v1/license/activate", s)
}

// Request takes a floating seat, or returns the one that the same identity
// holds. It must be kept by heartbeats; Open does that.
func (c *Client) Request(ctx context.Context, s Seat) (*Grant, error) {
	return c.request(ctx, c.retry, s)
}

// Validate confirms the seat that this identity holds. It changes nothing and
// extends no lease.
func (c *Client) Validate(ctx context.Context, s Seat) (*Grant, error) {
	return c.grant(ctx, c.retry, "/v1/license/validate", s)
}

// Deactivate gives the node-locked seat of this identity back. TokenNotFound
// means that there is none (any more).
func (c *Client) Deactivate(ctx context.Context, s Seat) (*Counts, error) {
	return c.counts(ctx, c.retry, "/v1/license/deactivate", seatWire(s))
}

// Release gives a floating seat back. Machine and client of s must be those
// that requested it; its UserKey is not used. TokenNotFound means that there is
// nothing to give back (any more).
func (c *Client) Release(ctx context.Context, token string, s Seat) (*Counts, error) {
	return c.release(ctx, c.retry, token, s)
}

// Heartbeat extends a floating lease, or records that an activation was seen.
// Machine and client of s must be those that hold the seat; its UserKey is not
// used. A lapsed lease does not come back: TokenExpired, request again.
func (c *Client) Heartbeat(ctx context.Context, token string, s Seat) (*Beat, error) {
	return c.heartbeat(ctx, c.retry, token, s)
}

// Info tells the state of the license and who holds its seats.
func (c *Client) Info(ctx context.Context, s Seat) (*LicenseInfo, error) {
	w, _, err := post[infoWire](ctx, c, c.retry, "/v1/license/info", maxInfo, seatWire(s))
	if err != nil {
		return nil, err
	}
	info := &LicenseInfo{
		ID: w.ID, Mode: w.Mode, Revoked: w.Revoked,
		IssuedAt: w.IssuedAt.Time, ExpiresAt: w.ExpiresAt.Time, SupportExpiresAt: w.SupportExpiresAt.Time,
		ActiveClients: w.Active, MaxClients: w.Max,
		Tokens: make([]TokenInfo, len(w.Tokens)),
	}
	for i, t := range w.Tokens {
		info.Tokens[i] = TokenInfo{
			Token: t.Token, LicenseID: t.LicenseID, Revoked: t.Revoked,
			ClientID: t.ClientID, ClientAddr: t.ClientAddr, ClientName: t.ClientName, MachineID: t.MachineID,
			IssuedAt: t.IssuedAt.Time, ExpiresAt: t.ExpiresAt.Time, LastHeartbeat: t.LastHeartbeat.Time,
		}
	}
	return info, nil
}

func (c *Client) request(ctx context.Context, retry Retry, s Seat) (*Grant, error) {
	return c.grant(ctx, retry, "/v1/license/request", s)
}

func (c *Client) grant(ctx context.Context, retry Retry, path string, s Seat) (*Grant, error) {
	w, at, err := post[grantWire](ctx, c, retry, path, maxAnswer, seatWire(s))
	if err != nil {
		return nil, err
	}
	return &Grant{
		Token: w.Token, ExpiresAt: w.ExpiresAt.Time, HeartbeatInterval: time.Duration(w.HeartbeatInterval),
		Lease: at.lease, ServerTime: at.date, ActiveClients: w.Active, MaxClients: w.Max,
		License: IssuedLicense{
			ID: w.License.ID, Mode: w.License.Mode, Document: w.License.Document,
			ExpiresAt: w.License.ExpiresAt.Time, SupportExpiresAt: w.License.SupportExpiresAt.Time,
		},
	}, nil
}

func (c *Client) release(ctx context.Context, retry Retry, token string, s Seat) (*Counts, error) {
	return c.counts(ctx, retry, "/v1/license/release", held(token, s))
}

func (c *Client) counts(ctx context.Context, retry Retry, path string, body any) (*Counts, error) {
	w, _, err := post[countsWire](ctx, c, retry, path, maxAnswer, body)
	if err != nil {
		return nil, err
	}
	return &Counts{LicenseID: w.LicenseID, ActiveClients: w.Active, MaxClients: w.Max}, nil
}

func (c *Client) heartbeat(ctx context.Context, retry Retry, token string, s Seat) (*Beat, error) {
	w, at, err := post[beatWire](ctx, c, retry, "/v1/license/heartbeat", maxAnswer, held(token, s))
	if err != nil {
		return nil, err
	}
	return &Beat{
		ExpiresAt: w.ExpiresAt.Time, Lease: at.lease, HeartbeatInterval: time.Duration(w.HeartbeatInterval),
		ServerTime: at.date, ActiveClients: w.ActiveClients, MaxClients: w.Max,
	}, nil
}

func held(token string, s Seat) tokenWire {
	return tokenWire{Token: token, MachineID: s.MachineID, ClientID: s.ClientID, ClientName: s.ClientName}
}
