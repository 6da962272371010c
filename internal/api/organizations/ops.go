package organizations

import (
	"context"
	"net/http"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/org"
)

// place is one of the two at which the same operations are.
type place struct{ path, id string }

// places: clients log in at the second, and find the rest below baseApiUrl, which
// is the part of it before /public.
func places() []place {
	return []place{{"/public/core/v3", "organization"}, {"/saas/public/core/v3", "saas-organization"}}
}

// operations is the table of the surface.
func operations(d Deps) []httpx.Operation {
	s := surface{orgs: d.Orgs, ids: d.Identity, publicURL: d.PublicURL}
	member := httpx.Access{} // what a member may is for package org to say
	var all []httpx.Operation
	for _, p := range places() {
		license := p.path + "/license/org/{orgId}"
		all = append(all,
			op(http.MethodPost, p.path+"/login", "Log in", httpx.Public(), s.logIn).WithID(p.id+"-login").WithAnyMediaType().WithDescription(
				"For users who are members of an active organization. sessionId goes into "+sessionHeader+" and lives for 30 minutes from its last use. "+
					"Every other request goes to products[0].baseApiUrl + /public/core/v3."),
			op(http.MethodPost, p.path+"/logout", "Log out", member, s.logOut).WithID(p.id+"-logout").WithBare(http.StatusOK, "The session is over."),
			op(http.MethodGet, license, "Read the licenses of an organization", member, s.license).WithID(p.id+"-license-read").WithDescription(
				"For members of the organization and of its parent."),
			op(http.MethodPut, license, "Replace the licenses of a sub-organization", member, s.setLicense).WithID(p.id+"-license-update").
				WithBare(http.StatusOK, "The licenses are replaced.").WithAnyMediaType().WithBody().WithKnownMembers().WithDescription(
				"For administrators of its parent. All three lists are replaced; one that is left out is emptied. What was read can be sent back. The answer has no body."),
		)
	}
	return all
}

// surface is what the operations share.
type surface struct {
	orgs      *org.Service
	ids       logins
	publicURL func() string
}

// ofOrg names an organisation in a path by its public id.
type ofOrg struct {
	OrgID string `path:"orgId" json:"-"`
}

// newLicense is what an organisation shall have.
type newLicense struct {
	ofOrg
	Body entity.OrgRights `body:""`
}

func (s surface) license(ctx context.Context, q *ofOrg) (*entity.OrgRights, error) {
	user := httpx.CallerFrom(ctx).UserID
	if _, err := s.home(ctx, user); err != nil {
		return nil, err
	}
	return s.orgs.License(ctx, user, q.OrgID)
}

func (s surface) setLicense(ctx context.Context, q *newLicense) (*httpx.Bare, error) {
	user := httpx.CallerFrom(ctx).UserID
	if _, err := s.home(ctx, user); err != nil {
		return nil, err
	}
	if err := s.orgs.SetLicense(ctx, user, q.OrgID, q.Body); err != nil {
		return nil, err
	}
	return &httpx.Bare{Status: http.StatusOK}, nil
}
