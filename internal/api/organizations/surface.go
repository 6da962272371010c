package organizations

import (
	"context"
	"regexp"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/identity"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/keyformat"
	"github.com/licet/licet/internal/org"
)

// Deps are what the surface stands on.
type Deps struct {
	Orgs     *org.Service
	Identity *identity.Service
	// PublicURL is where clients reach the server, without a slash at its end;
	// "": where the request at hand did.
	PublicURL func() string
}

const sessionHeader = "INFA-SESSION-ID"

// Surface is the API of organisations and their licenses.
func Surface(d Deps) httpx.Surface {
	return httpx.Surface{
		Name: "organizations", Prefixes: []string{"/public", "/saas"}, Ops: operations(d),
		Credential: sessionHeader, Auth: sessions{d.Identity},
		RequestID: requestIDs(), WriteError: writeError, ErrorBody: failure{},
		ErrorDoc: "IDS_085 is a wrong login; the other codes are ours.",
	}
}

// sessions knows callers by the sessions of this surface.
type sessions struct{ ids *identity.Service }

// Authenticate tells whose session was sent.
func (s sessions) Authenticate(ctx context.Context, c httpx.Credential) (httpx.Caller, error) {
	p, err := s.ids.AuthenticateSession(ctx, identity.OrganizationSessions(), c.Session)
	if fault.IsKind(err, fault.Unauthenticated) {
		return httpx.Caller{}, fault.New(fault.Unauthenticated, "the session is not valid or has expired; log in again")
	}
	if err != nil {
		return httpx.Caller{}, err
	}
	return httpx.Caller{UserID: p.UserID, Roles: p.Roles, Permissions: p.Permissions, SessionID: p.SessionID, CustomerID: p.CustomerID}, nil
}

// requestIDs makes ids of requests in the published form, and takes over those
// that have it.
func requestIDs() func(sent string) string {
	form := regexp.MustCompile(`^[A-Za-z0-9]{22}$`)
	return func(sent string) string {
		if form.MatchString(sent) {
			return sent
		}
		return keyformat.Base62(22)
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
