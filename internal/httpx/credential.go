package httpx

import (
	"context"
	"net/http"
	"strings"

	"github.com/licet/licet/internal/fault"
)

// Credential is what a caller presents: Session alone on surfaces with a header
// of their own, else at least one of APIKey and Bearer; when both are, they are
// equal.
type Credential struct {
	APIKey       string // x-api-key
	ClientSecret string // x-client-secret
	Bearer       string // Authorization: Bearer; a login token or an API key
	Session      string // the header that Surface.Credential names
}

// Authenticator tells who presents a credential.
type Authenticator interface {
	// Authenticate returns fault.Unauthenticated for a credential that is
	// unknown, expired or revoked; other errors mean that it could not tell.
	Authenticate(ctx context.Context, cred Credential) (Caller, error)
}

// credential reads the headers that the surface looks at.
func (s *Surface) credential(h http.Header) (cred Credential, ok bool, err error) {
	if s.Credential == "" {
		return credentialOf(h)
	}
	cred.Session, err = single(h, http.CanonicalHeaderKey(s.Credential))
	return cred, cred.Session != "", err
}

// credentialNames says for people what credential looks for.
func (s *Surface) credentialNames() string {
	if s.Credential == "" {
		return "x-api-key, or Authorization: Bearer"
	}
	return s.Credential
}

// credentialOf reads the headers. ok is false when there is no credential.
// Two different credentials are refused: choosing one would let a request act
// as somebody its sender may not have meant.
func credentialOf(h http.Header) (cred Credential, ok bool, err error) {
	key, err := single(h, "X-Api-Key")
	if err != nil {
		return Credential{}, false, err
	}
	authorization, err := single(h, "Authorization")
	if err != nil {
		return Credential{}, false, err
	}
	cred = Credential{APIKey: key, Bearer: bearer(authorization), ClientSecret: h.Get("X-Client-Secret")}
	if cred.APIKey != "" && cred.Bearer != "" && cred.APIKey != cred.Bearer {
		return Credential{}, false, fault.New(fault.Unauthenticated, "x-api-key and Authorization carry different credentials; send one")
	}
	return cred, cred.APIKey != "" || cred.Bearer != "", nil
}

func single(h http.Header, name string) (string, error) {
	values := h[name]
	if len(values) > 1 {
		return "", fault.New(fault.Unauthenticated, "the header %s is sent more than once", strings.ToLower(name))
	}
	if len(values) == 0 {
		return "", nil
	}
	return strings.TrimSpace(values[0]), nil
}

func bearer(authorization string) string {
	scheme, token, found := strings.Cut(authorization, " ")
	if !found || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
