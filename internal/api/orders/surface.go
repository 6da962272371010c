package orders

import (
	"context"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/identity"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/order"
)

// Deps are what the surface stands on.
type Deps struct {
	Orders   *order.Service
	Identity *identity.Service
}

// Surface is the administrators' API of license orders.
func Surface(d Deps) httpx.Surface {
	return httpx.Surface{
		Name: "orders", Ops: operations(d), Auth: tokens{d.Identity},
		Prefixes:   []string{"/auth", "/activation-counters", "/customers", "/products", "/license-orders", "/licenses"},
		WriteError: writeError, ErrorBody: failure{},
	}
}

// tokens knows callers by the tokens of this surface.
type tokens struct{ ids *identity.Service }

// Authenticate tells whose token was sent as bearer.
func (t tokens) Authenticate(ctx context.Context, c httpx.Credential) (httpx.Caller, error) {
	if c.Bearer == "" {
		return httpx.Caller{}, fault.New(fault.Unauthenticated, "a token is needed: Authorization: Bearer")
	}
	p, err := t.ids.AuthenticateSession(ctx, identity.OrderSessions(), c.Bearer)
	if err != nil {
		return httpx.Caller{}, err
	}
	return httpx.Caller{UserID: p.UserID, Roles: p.Roles, Permissions: p.Permissions, SessionID: p.SessionID, CustomerID: p.CustomerID}, nil
}

// roles are the groups that may use parts of the surface: those of the same books
// at /v1.
type roles struct{ keepers, sellers, staff httpx.Access }

func roleGroups() roles {
	return roles{
		keepers: httpx.Roles(entity.Administrator, entity.LicenseManager),
		sellers: httpx.Roles(entity.Administrator, entity.Sales),
		staff:   httpx.Roles(entity.Administrator, entity.LicenseManager, entity.Sales),
	}
}

// op declares an operation that notes its caller as the actor of the changes it
// makes. All operations are made by it.
func op[Req, Resp any](method, path, summary string, access httpx.Access, fn func(context.Context, *Req) (*Resp, error)) httpx.Operation {
	return httpx.Op(method, path, summary, access, func(ctx context.Context, req *Req) (*Resp, error) {
		return fn(journal.WithActor(ctx, journal.Actor{
			UserID: httpx.CallerFrom(ctx).UserID, Address: httpx.ClientAddr(ctx), RequestID: httpx.RequestID(ctx),
		}), req)
	})
}
