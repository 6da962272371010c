package management

import (
	"net/http"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
)

// status is the form of an error, and the head of every answer: the names are the
// same.
type status struct {
	Success bool   `json:"success"`
	Code    int    `json:"code"` // a gRPC status number
	Message string `json:"message"`
}

// The gRPC status numbers that errors carry.
const (
	invalidArgument    = 3
	notFound           = 5
	alreadyExists      = 6
	permissionDenied   = 7
	resourceExhausted  = 8
	failedPrecondition = 9
	unimplemented      = 12
	internal           = 13
	unavailable        = 14
	unauthenticated    = 16
)

// codeOf is the table of codes. The HTTP status of a kind is that of every
// surface.
func codeOf(f *fault.Error) int {
	switch f.Kind {
	case fault.Invalid, fault.UnsupportedMedia:
		return invalidArgument
	case fault.Unauthenticated:
		return unauthenticated
	case fault.Forbidden:
		return permissionDenied
	case fault.NotFound:
		return notFound
	case fault.MethodNotAllowed:
		return unimplemented
	case fault.Conflict:
		if f.Code == fault.Duplicate {
			return alreadyExists
		}
		return failedPrecondition
	case fault.TooLarge, fault.Throttled:
		return resourceExhausted
	case fault.Unavailable:
		return unavailable
	}
	return internal
}

// codeHeader names a fault that has a name, as code does in the licensing API. It
// is ours: programs can tell what a number stands for.
const codeHeader = "X-Licet-Code"

func writeError(w http.ResponseWriter, _ string, f *fault.Error) {
	if f.Code != "" {
		w.Header().Set(codeHeader, string(f.Code))
	}
	httpx.WriteJSON(w, httpx.StatusOf(f.Kind), status{Code: codeOf(f), Message: f.Error()})
}
