package management

import (
	"context"
	"slices"

	"github.com/licet/licet/internal/books"
	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/eventlog"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/identity"
	"github.com/licet/licet/internal/issuing"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/mail"
	"github.com/licet/licet/internal/org"
	"github.com/licet/licet/internal/report"
	"github.com/licet/licet/internal/tuning"
)

// Deps are what the surface stands on.
type Deps struct {
	Issuing  *issuing.Service
	Books    *books.Service
	Mail     *mail.Service
	Settings *tuning.Service
	Identity *identity.Service
	Log      *eventlog.Log
	Reports  *report.Service
	Orgs     *org.Service
	Guesses  Guesses
	Keyless  func() bool // whether applications may report without a credential now
	Clock    clock.Clock
	Version  string // of the server, for /v1/info
	Host     string // the machine's name, likewise
}

// Guesses slows down callers who look up keys that do not exist.
type Guesses interface {
	// Guard runs a look-up unless the network has guessed too often; a guess is
	// a look-up that fails with miss.
	Guard(network string, miss fault.Code, lookUp func() error) error
}

// Surface is the management API.
func Surface(d Deps) httpx.Surface {
	return httpx.Surface{
		Name: "management", Prefixes: []string{"/v1"}, Ops: operations(d),
		WriteError: writeError, ErrorBody: status{},
		ErrorDoc: "code is a gRPC status number. Our header " + codeHeader + " names what has a name in the licensing API.",
	}
}

// op declares an operation that notes its caller as the actor of the changes it
// makes and, where customers may call it, the customer whose rows alone they see. Every operation of the surface is made by it.
func op[Req, Resp any](method, path, summary string, access httpx.Access, fn func(context.Context, *Req) (*Resp, error)) httpx.Operation {
	staff := slices.DeleteFunc(slices.Clone(access.Roles), func(r entity.Role) bool { return r == entity.CustomerRole })
	return httpx.Op(method, path, summary, access, func(ctx context.Context, req *Req) (*Resp, error) {
		c := httpx.CallerFrom(ctx)
		if len(staff) < len(access.Roles) {
			customer, err := onlyOf(ctx, staff)
			if err != nil {
				return nil, err
			}
			if customer != nil {
				ctx = entity.ForCustomer(ctx, *customer)
			}
		}
		return fn(journal.WithActor(ctx, journal.Actor{
			UserID: c.UserID, KeyID: c.KeyID, Address: httpx.ClientAddr(ctx), RequestID: httpx.RequestID(ctx),
		}), req)
	})
}

// principal is the caller as package identity knows them.
func principal(ctx context.Context) identity.Principal {
	c := httpx.CallerFrom(ctx)
	return identity.Principal{UserID: c.UserID, Roles: c.Roles, Permissions: c.Permissions, KeyID: c.KeyID, SessionID: c.SessionID, CustomerID: c.CustomerID}
}

// onlyOf is the customer that a caller's view is limited to: nil for staff of
// one of the roles, their own customer for everybody else.
func onlyOf(ctx context.Context, staff []entity.Role) (*int64, error) {
	c := httpx.CallerFrom(ctx)
	if slices.ContainsFunc(staff, c.Is) {
		return nil, nil
	}
	if c.CustomerID == nil {
		return nil, fault.New(fault.Forbidden, "this user belongs to no customer")
	}
	return c.CustomerID, nil
}
