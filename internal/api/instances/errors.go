package instances

import (
	"net/http"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
)

// failure is the form of an error.
type failure struct {
	Code    string `json:"code"`
	Message string `json:"message"` // begins with the member that is at fault, if one is
}

// codeOf names what went wrong, for programs.
func codeOf(f *fault.Error) string {
	switch f.Kind {
	case fault.Invalid:
		return "INVALID"
	case fault.Unauthenticated:
		return "UNAUTHENTICATED"
	case fault.Forbidden:
		return "FORBIDDEN"
	case fault.NotFound:
		return "NOT_FOUND"
	case fault.MethodNotAllowed:
		return "METHOD_NOT_ALLOWED"
	case fault.Conflict:
		if f.Code == fault.Duplicate {
			return "DUPLICATE"
		}
		return "CONFLICT"
	case fault.TooLarge:
		return "TOO_LARGE"
	case fault.UnsupportedMedia:
		return "UNSUPPORTED_MEDIA_TYPE"
	case fault.Throttled:
		return "TOO_MANY_REQUESTS"
	case fault.Unavailable:
		return "UNAVAILABLE"
	}
	return "INTERNAL"
}

func writeError(w http.ResponseWriter, _ string, f *fault.Error) {
	httpx.WriteJSON(w, httpx.StatusOf(f.Kind), failure{Code: codeOf(f), Message: f.Error()})
}
