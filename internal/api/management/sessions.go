package management

import (
	"context"
	"net/http"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/identity"
)

// loginRequest is what somebody logs in with.
type loginRequest struct {
	UserName string `json:"userName"`
	Password string `json:"password"`
}

// passwords are a new password and the one before it.
type passwords struct {
	CurrentPassword string `json:"currentPassword"`
	NewPassword     string `json:"newPassword"`
}

func (p passwords) judged(ctx context.Context) identity.PasswordChange {
	return identity.PasswordChange{CurrentPassword: p.CurrentPassword, NewPassword: p.NewPassword, Network: httpx.ClientNetwork(ctx)}
}

// loginAnswer is a session that has begun or was renewed.
type loginAnswer struct {
	status
	Token      string        `json:"token"`      // sent as Authorization: Bearer
	ExpiresAt  entity.Time   `json:"expiresAt"`  // of the token, unless it is renewed
	RenewUntil entity.Time   `json:"renewUntil"` // the session ends then at the latest
	UserID     string        `json:"userId"`
	Roles      []entity.Role `json:"roles"`
}

// sessionOperations are ours: the published page names login tokens, but no
// operation that gives one.
func sessionOperations(d Deps) []httpx.Operation {
	s := sessions{ids: d.Identity, life: func() time.Duration { return d.Settings.Application().SessionLifetime }}
	anybody := httpx.Access{} // also a user without roles may log out
	return []httpx.Operation{
		op(http.MethodPost, "/v1/login", "Log in", httpx.Public(), s.login).AsAddition().WithID("login").
			WithDescription("The token goes into Authorization: Bearer and lives for 30 minutes, or what the setting TokenExpiration says. It has every permission of the user's roles. " +
				"After five wrong passwords for a user from one address: 429 for that user from that address, with Retry-After."),
		op(http.MethodPost, "/v1/login/refresh", "Renew a login token", anybody, s.refresh).AsAddition().WithID("login-refresh").
			WithDescription("Gives another token for the one that is sent, which ends. A session ends 12 hours after its login."),
		op(http.MethodPut, "/v1/login/password", "Change one's own password", anybody, s.change).AsAddition().WithID("login-password").WithResponseSchema(done()).
			WithDescription("currentPassword is needed, and a credential with every permission. All sessions of the user end. " + passwordRule),
		op(http.MethodPost, "/v1/logout", "Log out", anybody, s.logout).AsAddition().WithID("logout").WithResponseSchema(done()),
	}
}

// sessions are the operations on the caller's own login.
type sessions struct {
	ids  *identity.Service
	life func() time.Duration // of a token
}

func (s sessions) login(ctx context.Context, q *loginRequest) (*loginAnswer, error) {
	return begun(s.ids.Login(ctx, identity.LoginSessions(s.life()), identity.Login{
		UserName: q.UserName, Password: q.Password, Network: httpx.ClientNetwork(ctx),
	}))
}

func (s sessions) refresh(ctx context.Context, _ *struct{}) (*loginAnswer, error) {
	return begun(s.ids.Renew(ctx, identity.LoginSessions(s.life()), principal(ctx)))
}

func begun(v *identity.Session, err error) (*loginAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &loginAnswer{
		status: status{Success: true}, Token: v.Token, ExpiresAt: v.ExpireAt, RenewUntil: v.EndAt, UserID: v.UserID, Roles: v.Roles,
	}, nil
}

func (s sessions) change(ctx context.Context, q *passwords) (*httpx.Object, error) {
	return acknowledged(s.ids.ChangePassword(ctx, principal(ctx), q.judged(ctx)))
}

func (s sessions) logout(ctx context.Context, _ *struct{}) (*httpx.Object, error) {
	return acknowledged(s.ids.Logout(ctx, principal(ctx)))
}
