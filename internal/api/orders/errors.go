package orders

import (
	"net/http"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
)

// failure is the form of an error.
type failure struct {
	Code    int               `json:"code"`
	Message string            `json:"message"`
	Errors  map[string]string `json:"errors"` // by member; empty where none is at fault
}

// The codes that the published tools of this API know, and how ours map to them.
const (
	badLogin     = 10
	badToken     = 50
	notFound     = 105 // RECORD_DOESNT_EXIST
	invalidData  = 108
	cannotChange = 110 // CANNOT_EDIT_RECORD
	noService    = 41  // SERVICE_DOESNT_EXIST
	internal     = 1
)

// answerOf is the table of statuses and codes.
func answerOf(f *fault.Error) (status, code int) {
	switch f.Kind {
	case fault.Unauthenticated, fault.Forbidden:
		return http.StatusForbidden, badToken
	case fault.Invalid:
		if f.Code == fault.BadLogin {
			return http.StatusBadRequest, badLogin
		}
		return http.StatusBadRequest, invalidData
	case fault.NotFound:
		return http.StatusNotFound, notFound
	case fault.MethodNotAllowed:
		return http.StatusMethodNotAllowed, noService
	case fault.Conflict:
		return http.StatusConflict, cannotChange
	case fault.TooLarge, fault.UnsupportedMedia:
		return httpx.StatusOf(f.Kind), invalidData
	case fault.Throttled:
		return http.StatusTooManyRequests, badLogin
	}
	return httpx.StatusOf(f.Kind), internal
}

func writeError(w http.ResponseWriter, _ string, f *fault.Error) {
	status, code := answerOf(f)
	out := failure{Code: code, Message: f.Message, Errors: map[string]string{}}
	switch {
	case f.Kind == fault.Unauthenticated:
		out.Message = "Invalid or expired token provided."
	case code == invalidData && f.Field != "":
		out.Message = "Invalid data"
	}
	if f.Field != "" {
		out.Errors[f.Field] = f.Message
	}
	httpx.WriteJSON(w, status, out)
}
