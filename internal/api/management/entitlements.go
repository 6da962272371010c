package management

import (
	"context"
	"net/http"
	"slices"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
)

// entitlementCheck names what an application wants to know about.
type entitlementCheck struct {
	OrgID    string   `json:"orgId"`
	Licenses []string `json:"licenses"`
	Limits   []string `json:"limits"`
}

type entitlementAnswer struct {
	status
	Entitlements *entity.Entitlements `json:"entitlements"`
}

// limitCall asks for units of a limit, or gives them back.
type limitCall struct {
	OrgID string `json:"orgId"`
	entity.LimitRequest
}

type limitAnswer struct {
	status
	Limit *entity.LimitUse `json:"limit"`
}

// entitlements are ours: the published pages say what an organisation has, and
// leave open how an application asks for it.
func entitlements(d Deps, r roles) []httpx.Operation {
	access := httpx.Roles(append(slices.Clone(r.staff), entity.Application)...)
	const who = "orgId is the public id of an organization. Applications may ask for those that their key's owner is a member of; left out it is the only one. Staff may ask for all. "
	e := entitling{d: d, staff: r.staff}
	return []httpx.Operation{
		op(http.MethodPost, "/v1/entitlements/check", "Say what an organization may use now", access.Needs(entity.Read), e.check).AsAddition().WithID("entitlements-check").
			WithDescription(who + "licenses and limits name definitions by public id or name; without any, all that the organization may use are listed."),
		op(http.MethodPost, "/v1/entitlements/consume", "Use units of a limit", access, e.using(d.Orgs.Consume)).AsAddition().WithID("entitlements-consume").
			WithDescription(who + "409 where too little is left, 403 where the organization has no such limit now. " + repeats),
		op(http.MethodPost, "/v1/entitlements/release", "Give units of a limit back", access, e.using(d.Orgs.Release)).AsAddition().WithID("entitlements-release").
			WithDescription(who + "409 where fewer are used. " + repeats),
	}
}

const repeats = "A repeat with the same idempotencyKey gets the same answer and changes nothing, for a day at least; another request with it: 409."

// entitling answers what applications ask on behalf of organisations.
type entitling struct {
	d     Deps
	staff []entity.Role
}

// organisation is the one that a caller asks for.
func (e entitling) organisation(ctx context.Context, publicID string) (*entity.Organisation, error) {
	c := httpx.CallerFrom(ctx)
	if !slices.ContainsFunc(e.staff, c.Is) {
		return e.d.Orgs.OfMember(ctx, c.UserID, publicID)
	}
	if publicID == "" {
		return nil, fault.Bad("orgId", "is missing")
	}
	return e.d.Orgs.ByPublicID(ctx, publicID)
}

func (e entitling) check(ctx context.Context, q *entitlementCheck) (*entitlementAnswer, error) {
	o, err := e.organisation(ctx, q.OrgID)
	if err != nil {
		return nil, err
	}
	all, err := e.d.Orgs.Check(ctx, o.ID, q.Licenses, q.Limits)
	if err != nil {
		return nil, err
	}
	return &entitlementAnswer{status: status{Success: true}, Entitlements: all}, nil
}

func (e entitling) using(use func(context.Context, int64, entity.LimitRequest) (*entity.LimitUse, error)) func(context.Context, *limitCall) (*limitAnswer, error) {
	return func(ctx context.Context, q *limitCall) (*limitAnswer, error) {
		o, err := e.organisation(ctx, q.OrgID)
		if err != nil {
			return nil, err
		}
		use, err := use(ctx, o.ID, q.LimitRequest)
		if err != nil {
			return nil, err
		}
		return &limitAnswer{status: status{Success: true}, Limit: use}, nil
	}
}
