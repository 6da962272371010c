package httpx

import (
	"log/slog"
	"net/http"
	"net/netip"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/licet/licet/internal/fault"
)

// Surface is one published API: its operations and the form of its errors.
type Surface struct {
	Name     string   // tags its operations in the OpenAPI document
	Prefixes []string // the paths it answers for, by whole segments: "/v1/license"; the longest one wins
	Ops      []Operation

	Auth Authenticator // of callers with credentials of the surface's own; nil: the router's

	// Credential is the header that callers of this surface present, such as
	// "INFA-SESSION-ID"; its value goes to Auth as Credential.Session, and other
	// credentials are not looked at. "": x-api-key, and Authorization: Bearer.
	Credential string

	// RequestID makes the id of a request from the one that was sent, if any,
	// where the surface's errors want ids of a form of their own; nil: the
	// router does.
	RequestID func(sent string) string

	// WriteError answers f in the surface's form. The router has set the
	// headers that every form shares (Retry-After, Allow, request id);
	// f.Message is safe to show.
	WriteError func(w http.ResponseWriter, requestID string, f *fault.Error)

	// Reroute gives the path by which a request is routed instead of its own,
	// both escaped; "" leaves it. It may look at any request: nil, which is
	// usual, at none.
	Reroute func(req *http.Request, escaped string) string

	ContentType      string // of answers in JSON; "" is application/json
	ErrorBody        any    // a value of what WriteError encodes, for the OpenAPI document
	ErrorContentType string // of what WriteError writes; "" is application/json
	ErrorDoc         string // what the document says further of errors; may be empty
}

// Info names the API in the OpenAPI document.
type Info struct {
	Title   string
	Version string
}

// Options are what a Router works with.
type Options struct {
	Logger         *slog.Logger         // nil: nothing is logged
	Auth           Authenticator        // nil: every credential is refused
	Registry       *prometheus.Registry // gets the request metrics; nil: they are kept nowhere
	TrustedProxies []netip.Prefix       // whose X-Forwarded-… headers are believed; none by default
	MaxBody        int64                // in bytes; 0 is 1 MiB
	Info           Info

	// Extra are further routes by ServeMux pattern, such as "GET /healthz" or
	// "/console/". They get a request id, a log line and metrics, but no
	// authorisation and no error form.
	Extra map[string]http.Handler
}

// defaultMaxBody is generous: the largest documented body is a signing key.
const defaultMaxBody = 1 << 20

// covers says whether the surface answers for the path, and how closely.
func (s *Surface) covers(path string) int {
	best := -1
	for _, p := range s.Prefixes {
		p = strings.TrimSuffix(p, "/")
		rest, ok := strings.CutPrefix(path, p)
		if ok && (rest == "" || rest[0] == '/') && len(p) > best {
			best = len(p)
		}
	}
	return best
}
