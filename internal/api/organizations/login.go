package organizations

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"unicode/utf8"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/identity"
)

// logins begins and ends sessions; an *identity.Service does.
type logins interface {
	Login(ctx context.Context, kind identity.SessionKind, l identity.Login) (*identity.Session, error)
	Logout(ctx context.Context, p identity.Principal) error
}

type loginRequest struct {
	UserName string `json:"username"`
	Password string `json:"password"`
}

// maxCredential bounds a name and a password, in characters.
const maxCredential = 255

func (q *loginRequest) check() error {
	for _, c := range []struct{ member, value string }{{"username", q.UserName}, {"password", q.Password}} {
		if c.value == "" {
			return fault.Bad(c.member, "is missing")
		}
		if utf8.RuneCountInString(c.value) > maxCredential {
			return fault.Bad(c.member, "has more than %d characters", maxCredential)
		}
	}
	return nil
}

type loginAnswer struct {
	Products []product `json:"products"`
	UserInfo userInfo  `json:"userInfo"`
}

type product struct {
	Name       string `json:"name"`
	BaseAPIURL string `json:"baseApiUrl"` // what every path of the other operations is put behind
}

type userInfo struct {
	SessionID   string   `json:"sessionId"`
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	ParentOrgID *string  `json:"parentOrgId"` // null: the organisation has no parent
	OrgID       string   `json:"orgId"`
	OrgName     string   `json:"orgName"`
	Groups      struct{} `json:"groups"` // always empty
	Status      string   `json:"status"`
}

// logIn begins a session of a user who is a member of an organisation. Whoever
// does not get one learns why only with the right password.
func (s surface) logIn(ctx context.Context, q *loginRequest) (*loginAnswer, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	session, err := s.ids.Login(ctx, identity.OrganizationSessions(), identity.Login{
		UserName: q.UserName, Password: q.Password, Network: httpx.ClientNetwork(ctx),
	})
	if fault.IsKind(err, fault.Unauthenticated) {
		return nil, fault.Named(fault.Unauthenticated, fault.BadLogin, "User name or password is not valid.")
	}
	if err != nil {
		return nil, err
	}
	info, err := s.infoOf(ctx, session)
	if err != nil {
		// A session of no organisation can do nothing, so it is no harm where this fails.
		_ = s.ids.Logout(ctx, identity.Principal{UserID: session.UserID, SessionID: session.ID})
		return nil, err
	}
	return &loginAnswer{
		Products: []product{{Name: "Integration Cloud", BaseAPIURL: cmp.Or(s.publicURL(), httpx.Origin(ctx)) + "/saas"}},
		UserInfo: *info,
	}, nil
}

func (s surface) infoOf(ctx context.Context, session *identity.Session) (*userInfo, error) {
	home, err := s.home(ctx, session.UserID)
	if err != nil {
		return nil, err
	}
	info := &userInfo{SessionID: session.Token, ID: session.UserID, Name: session.UserName, OrgID: home.PublicID, OrgName: home.Name, Status: "Active"}
	if home.ParentID != nil {
		parent, err := s.orgs.ByID(ctx, *home.ParentID)
		if err != nil {
			return nil, err
		}
		info.ParentOrgID = &parent.PublicID
	}
	return info, nil
}

// home is the organisation that a user acts for: of the active ones that they
// are a member of, one that they administer before others, one without a parent
// before others, then the oldest. Without one they may do nothing here.
func (s surface) home(ctx context.Context, userID string) (*entity.Organisation, error) {
	all, err := s.orgs.MembershipsOf(ctx, userID)
	if err != nil {
		return nil, err
	}
	active := slices.DeleteFunc(all, func(m entity.Membership) bool { return m.Organisation.Status != entity.OrgActive })
	if len(active) == 0 {
		return nil, fault.New(fault.Forbidden, "the user is a member of no active organization")
	}
	slices.SortStableFunc(active, func(a, b entity.Membership) int { return rank(a) - rank(b) })
	return active[0].Organisation, nil
}

func rank(m entity.Membership) int {
	r := 0
	if m.Role != entity.OrgAdmin {
		r += 2
	}
	if m.Organisation.ParentID != nil {
		r++
	}
	return r
}

func (s surface) logOut(ctx context.Context, _ *struct{}) (*httpx.Bare, error) {
	c := httpx.CallerFrom(ctx)
	if err := s.ids.Logout(ctx, identity.Principal{UserID: c.UserID, SessionID: c.SessionID}); err != nil {
		return nil, err
	}
	return &httpx.Bare{Status: http.StatusOK}, nil
}
