package orders

import (
	"context"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/identity"
)

// logins begins sessions; an *identity.Service does.
type logins interface {
	Login(ctx context.Context, kind identity.SessionKind, l identity.Login) (*identity.Session, error)
}

type loginRequest struct {
	UserName string `json:"username"`
	Password string `json:"password"`
}

type tokenAnswer struct {
	Token string `json:"token"`
}

// logIn gives a token. Whoever does not get one gets the same answer, but for
// who has guessed too often.
func (s surface) logIn(ctx context.Context, q *loginRequest) (*tokenAnswer, error) {
	session, err := s.ids.Login(ctx, identity.OrderSessions(), identity.Login{
		UserName: q.UserName, Password: q.Password, Network: httpx.ClientNetwork(ctx),
	})
	if err == nil {
		return &tokenAnswer{session.Token}, nil
	}
	f := fault.Of(err)
	switch {
	case f == nil:
		return nil, err
	case f.Kind == fault.Unauthenticated:
		return nil, fault.Named(fault.Invalid, fault.BadLogin, "Invalid credentials.")
	case f.Kind == fault.Forbidden: // the password was right
		return nil, fault.Named(fault.Invalid, fault.BadLogin, "Invalid credentials: "+f.Message)
	case f.Field == "userName":
		return nil, fault.Bad("username", "%s", f.Message)
	}
	return nil, err
}
