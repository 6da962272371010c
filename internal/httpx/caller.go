package httpx

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"

	"github.com/licet/licet/internal/entity"
)

// Caller is who calls. The zero value is nobody: a public or keyless call.
type Caller struct {
	UserID      string // "" is nobody
	Roles       []entity.Role
	Permissions entity.Permission
	KeyID       int64  // the API key used; 0: a session
	SessionID   int64  // the session used; 0: an API key
	CustomerID  *int64 // the customer that a caller with the Customer role is limited to
}

// Is says whether the caller has the role.
func (c Caller) Is(r entity.Role) bool { return slices.Contains(c.Roles, r) }

// scope is what a request carries in its context. It is filled before the
// operation runs and only read afterwards, but for the notes.
type scope struct {
	requestID string
	caller    Caller
	request   *http.Request // as received, for where it came from and went to; nil outside a request
	trusted   []netip.Prefix
	notes     []slog.Attr
}

type scopeKey struct{}

func scopeOf(ctx context.Context) *scope {
	s, _ := ctx.Value(scopeKey{}).(*scope)
	return s
}

// CallerFrom returns who calls; nobody outside a request.
func CallerFrom(ctx context.Context) Caller {
	if s := scopeOf(ctx); s != nil {
		return s.caller
	}
	return Caller{}
}

// WithCaller makes c the caller, for work that starts outside a request (tests,
// background work on somebody's behalf).
func WithCaller(ctx context.Context, c Caller) context.Context {
	next := &scope{}
	if s := scopeOf(ctx); s != nil {
		*next = *s
	}
	next.caller = c
	return context.WithValue(ctx, scopeKey{}, next)
}

// Note adds a fact to the request's log line. Only the goroutine that runs the
// operation may call it, and never with a key, a token or text that a caller
// chose freely. Outside a request it does nothing.
func Note(ctx context.Context, name, value string) {
	if s := scopeOf(ctx); s != nil {
		s.notes = append(s.notes, slog.String(name, value))
	}
}

// RequestID returns the id that the answer carries in X-Request-Id; "" outside
// a request.
func RequestID(ctx context.Context) string {
	if s := scopeOf(ctx); s != nil {
		return s.requestID
	}
	return ""
}

// ClientNetwork is whose failures count together: ClientAddr, but an IPv6
// network of 64 bits is one customer's, who could otherwise guess from a fresh
// address each time.
func ClientNetwork(ctx context.Context) string {
	address := ClientAddr(ctx)
	addr, err := netip.ParseAddr(address)
	if err != nil || !addr.Is6() {
		return address
	}
	network, err := addr.Prefix(64)
	if err != nil {
		return address
	}
	return network.String()
}

// ClientAddr returns the address of the client without its port; "" outside a
// request. Behind proxies listed in Options.TrustedProxies it is the last
// address of X-Forwarded-For that is not itself such a proxy.
func ClientAddr(ctx context.Context) string {
	s := scopeOf(ctx)
	if s == nil || s.request == nil {
		return ""
	}
	return clientAddr(s.request.RemoteAddr, s.request.Header["X-Forwarded-For"], s.trusted)
}
