package licensing

import (
	"net/http"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
)

const problemType = "application/problem+json"

// problem is RFC 9457 with members of our own: code names the failure for
// programs, requestId finds it in the server's log, the counts come with
// NoSeatAvailable.
type problem struct {
	Type              string     `json:"type"`
	Title             string     `json:"title"`
	Status            int        `json:"status"`
	Detail            string     `json:"detail"`
	Code              fault.Code `json:"code"`
	RequestID         string     `json:"requestId"`
	Field             string     `json:"field,omitempty"`
	ActiveClientCount *int64     `json:"activeClientCount,omitempty"`
	MaxClientCount    *int64     `json:"maxClientCount,omitempty"`
	RetryAfter        int64      `json:"retryAfter,omitempty"` // seconds, as the header
}

// codeOf names faults that have no name of their own by their kind.
func codeOf(f *fault.Error) fault.Code {
	if f.Code != "" {
		return f.Code
	}
	switch f.Kind {
	case fault.Invalid:
		return "Invalid"
	case fault.Unauthenticated:
		return "Unauthenticated"
	case fault.Forbidden:
		return "Forbidden"
	case fault.NotFound:
		return "NotFound"
	case fault.MethodNotAllowed:
		return "MethodNotAllowed"
	case fault.Conflict:
		return "Conflict"
	case fault.TooLarge:
		return "TooLarge"
	case fault.UnsupportedMedia:
		return "UnsupportedMediaType"
	case fault.Throttled:
		return "Throttled"
	case fault.Unavailable:
		return "Unavailable"
	}
	return "Internal"
}

func writeError(w http.ResponseWriter, requestID string, f *fault.Error) {
	status := httpx.StatusOf(f.Kind)
	p := problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: f.Error(),
		Code: codeOf(f), RequestID: requestID, Field: f.Field, RetryAfter: httpx.RetrySeconds(f.Retry),
	}
	if f.Seats != nil {
		p.ActiveClientCount, p.MaxClientCount = &f.Seats.Active, &f.Seats.Max
	}
	w.Header().Set("Content-Type", problemType)
	httpx.WriteJSON(w, status, p)
}
