package licensing

import (
	"context"
	"net/http"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/seat"
)

// Seats is what the surface asks of the seat service.
type Seats interface {
	Activate(ctx context.Context, userKey string, c seat.Client) (*seat.Grant, error)
	Deactivate(ctx context.Context, userKey string, c seat.Client) (*seat.Counts, error)
	Request(ctx context.Context, userKey string, c seat.Client) (*seat.Grant, error)
	Release(ctx context.Context, token string, c seat.Client) (*seat.Counts, error)
	Heartbeat(ctx context.Context, token string, c seat.Client) (*seat.Beat, error)
	Validate(ctx context.Context, userKey string, c seat.Client) (*seat.Grant, error)
	Info(ctx context.Context, userKey string, c seat.Client) (*seat.Info, error)
}

// Guesses slows down callers who look up keys and tokens that do not exist.
type Guesses interface {
	// Guard runs a look-up unless the network has guessed too often; a guess is
	// a look-up that fails with miss.
	Guard(network string, miss fault.Code, lookUp func() error) error
}

type surface struct {
	seats   Seats
	guesses Guesses
}

// Surface is the table of POST /v1/license/*. keyless says whether callers
// without a credential are let in now; the user key or token then is theirs.
func Surface(seats Seats, guesses Guesses, keyless func() bool) httpx.Surface {
	s := &surface{seats: seats, guesses: guesses}
	callers := httpx.Roles(entity.Administrator, entity.LicenseManager, entity.Sales, entity.Application).OpenWhile(keyless)
	reads, makes := callers.Needs(entity.Read), callers.Needs(entity.Create)
	post := http.MethodPost
	return httpx.Surface{
		Name:     "licensing",
		Prefixes: []string{"/v1/license"},
		Ops: []httpx.Operation{
			httpx.Op(post, "/v1/license/activate", "Bind a seat of an activation license to a machine", makes, s.activate).
				WithDescription("The same machineId and clientId get the same seat again. The document is bound to the machine."),
			httpx.Op(post, "/v1/license/deactivate", "Give an activation back", makes, s.deactivate).
				WithDescription("Also on a license that is revoked or has expired. With the key of a license order it is an end user's deactivation: 403 CannotDeactivate when none is left."),
			httpx.Op(post, "/v1/license/request", "Take a floating seat, or renew one's own", makes, s.request).
				WithDescription("The same machineId and clientId get the same seat again, renewed. Our header X-Licet-Lease says how many seconds it lives; heartbeats keep it."),
			httpx.Op(post, "/v1/license/release", "Give a floating seat back", makes, s.release).
				WithDescription("Also on a license that is revoked or has expired. 409 for an activation: deactivate it."),
			httpx.Op(post, "/v1/license/heartbeat", "Keep a floating seat alive", makes, s.heartbeat).
				WithDescription("With the machineId and clientId that requested the seat. A lapsed lease does not come back: request again. Our header X-Licet-Lease says how many seconds the seat lives from now on."),
			httpx.Op(post, "/v1/license/validate", "Check that one's seat is valid now", reads, s.validate).
				WithDescription("Extends nothing: it is no heartbeat."),
			httpx.Op(post, "/v1/license/info", "Who holds the seats of a license", reads, s.info).
				WithDescription("Callers with no role but Application see of the seats of others only that and since when there is one.").
				WithResponseSchema(append(httpx.Object{{Name: "licenseTokens", Value: []token(nil)}}, infoTail(&seat.Info{}, 0)...)),
		},
		WriteError:       writeError,
		ErrorBody:        problem{},
		ErrorContentType: problemType,
	}
}

func (s *surface) activate(ctx context.Context, r *keyRequest) (*successResponse, error) {
	return success(byKey(ctx, s, r, s.seats.Activate))
}

func (s *surface) validate(ctx context.Context, r *keyRequest) (*successResponse, error) {
	return success(byKey(ctx, s, r, s.seats.Validate))
}

func success(g *seat.Grant, err error) (*successResponse, error) {
	if err != nil {
		return nil, err
	}
	return &successResponse{
		Success: true, LicenseToken: g.Token, TokenExpireAt: momentOf(g.ExpireAt),
		ActiveClientCount: g.Active, MaxClientCount: g.Max, License: licenseOf(g.License),
	}, nil
}

func (s *surface) request(ctx context.Context, r *keyRequest) (*requestResponse, error) {
	g, err := byKey(ctx, s, r, s.seats.Request)
	if err != nil {
		return nil, err
	}
	return &requestResponse{
		leased: leased{g.Lease}, Granted: true, LicenseToken: g.Token, TokenExpireAt: momentOf(g.ExpireAt),
		HeartbeatInterval: spanOf(g.HeartbeatInterval),
		ActiveClientCount: g.Active, MaxClientCount: g.Max, License: licenseOf(g.License),
	}, nil
}

func (s *surface) deactivate(ctx context.Context, r *keyRequest) (*countsResponse, error) {
	return counts(byKey(ctx, s, r, s.seats.Deactivate))
}

func (s *surface) release(ctx context.Context, r *tokenRequest) (*countsResponse, error) {
	return counts(byToken(ctx, s, r, s.seats.Release))
}

func counts(c *seat.Counts, err error) (*countsResponse, error) {
	if err != nil {
		return nil, err
	}
	return &countsResponse{LicenseID: c.LicenseID, ActiveClientCount: c.Active, MaxClientCount: c.Max}, nil
}

func (s *surface) heartbeat(ctx context.Context, r *tokenRequest) (*heartbeatResponse, error) {
	b, err := byToken(ctx, s, r, s.seats.Heartbeat)
	if err != nil {
		return nil, err
	}
	return &heartbeatResponse{
		leased: leased{b.Lease}, Active: true, ActiveClientCount: b.Active, MaxClientCount: b.Max,
		TokenExpireAt: momentOf(b.ExpireAt), HeartbeatInterval: spanOf(b.HeartbeatInterval),
	}, nil
}

// call is a seat operation by user key or by token.
type call[T any] func(ctx context.Context, key string, c seat.Client) (*T, error)

func byKey[T any](ctx context.Context, s *surface, r *keyRequest, do call[T]) (*T, error) {
	return guarded(ctx, s, fault.LicenseKeyNotFound, r.UserKey, seat.Client{MachineID: r.MachineID, ClientID: r.ClientID, ClientName: r.ClientName}, do)
}

func byToken[T any](ctx context.Context, s *surface, r *tokenRequest, do call[T]) (*T, error) {
	return guarded(ctx, s, fault.TokenNotFound, r.LicenseToken, seat.Client{MachineID: r.MachineID, ClientID: r.ClientID, ClientName: r.ClientName}, do)
}

// guarded looks a key up unless the caller's address has guessed too often; a
// guess is a call that fails with miss. The log gets to know the license.
func guarded[T any](ctx context.Context, s *surface, miss fault.Code, key string, c seat.Client, do call[T]) (answer *T, err error) {
	c.Address = httpx.ClientAddr(ctx)
	err = s.guesses.Guard(httpx.ClientNetwork(ctx), miss, func() error {
		answer, err = do(ctx, key, c)
		return err
	})
	if id := licenseIDOf(answer); id != "" {
		httpx.Note(ctx, "license", id)
	}
	return answer, err
}

// licenseIDOf is the license that an answer is about; "" where it is not known.
// Denials tell it too.
func licenseIDOf(answer any) string {
	switch a := answer.(type) {
	case *seat.Grant:
		if a != nil {
			return a.LicenseID
		}
	case *seat.Counts:
		if a != nil {
			return a.LicenseID
		}
	case *seat.Beat:
		if a != nil {
			return a.LicenseID
		}
	case *seat.Info:
		if a != nil {
			return a.LicenseID
		}
	}
	return ""
}
