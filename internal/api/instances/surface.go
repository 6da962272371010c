package instances

import (
	"context"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/instance"
	"github.com/licet/licet/internal/journal"
)

// Surface is the instances API over a service.
func Surface(s *instance.Service) httpx.Surface {
	return httpx.Surface{
		Name: "instances", Prefixes: []string{"/api/v1"}, Ops: operations(s),
		WriteError: writeError, ErrorBody: failure{},
		ErrorDoc: "code is INVALID, UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, METHOD_NOT_ALLOWED, DUPLICATE, CONFLICT, TOO_LARGE, " +
			"UNSUPPORTED_MEDIA_TYPE, TOO_MANY_REQUESTS, UNAVAILABLE or INTERNAL; the published pages say nothing of errors.",
	}
}

// callerOf is who calls, as the service asks.
func callerOf(ctx context.Context) instance.Caller {
	c := httpx.CallerFrom(ctx)
	writes := c.Is(entity.Administrator) || c.Is(entity.LicenseManager)
	return instance.Caller{UserID: c.UserID, Writes: writes, Reads: writes || c.Is(entity.Sales)}
}

// op declares an operation on behalf of its caller, who is noted as the actor of
// the changes it makes. All operations are made by it.
func op[Req, Resp any](method, path, id, summary string, access httpx.Access, fn func(context.Context, instance.Caller, *Req) (*Resp, error)) httpx.Operation {
	return httpx.Op(method, "/api/v1/"+path, summary, access, func(ctx context.Context, req *Req) (*Resp, error) {
		c := httpx.CallerFrom(ctx)
		return fn(journal.WithActor(ctx, journal.Actor{
			UserID: c.UserID, KeyID: c.KeyID, Address: httpx.ClientAddr(ctx), RequestID: httpx.RequestID(ctx),
		}), callerOf(ctx), req)
	}).WithID("api-" + id)
}
