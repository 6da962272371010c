package activation

import (
	"net/http"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
)

// failure is the form of an error in v1.
type failure struct {
	Message string `json:"message"`
	Detail  string `json:"detail,omitempty"` // ours: what the published message does not say
}

// codedFailure is the form of an error in v2.
type codedFailure struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Detail  string `json:"detail,omitempty"`
}

// Faults of this surface alone.
const (
	notRequested fault.Code = "LicenseNotRequested"
	noErrors     fault.Code = "NoErrors"
)

// wording is how a fault is said: the code of v2, and the published messages,
// "" where there is none.
type wording struct {
	code   int
	v1, v2 string
}

// wordingOf is the table of errors. Six codes are published for this API; the
// others are those of its older tools (behaviour A11), by their meaning.
func wordingOf(f *fault.Error) wording {
	switch f.Code {
	case fault.ActivationKeyInvalid:
		return wording{1712, "Invalid activation key specified.", "Invalid activation key."}
	case fault.OrderDisabled:
		return wording{1703, "License order disabled.", "License order disabled."}
	case fault.HostIDInvalid:
		return wording{1600, "Invalid HostID format provided.", "Hostid wrong format."}
	case fault.NoGenerator:
		return wording{1709, "License generator was not uploaded for this product.", "License generator not uploaded."}
	case fault.CannotDeactivate:
		return wording{1506, "Cannot deactivate license.", "Cannot deactivate license."}
	case fault.LicenseMissing:
		return wording{1711, "License does not exist.", "License does not exist."}
	case fault.HostIDMissing:
		return wording{code: 107}
	case fault.ActivationsExhausted, fault.AccountExhausted:
		return wording{code: 200} // BULK_LICENSE_COUNT_EXCEEDED
	case notRequested, noErrors:
		return wording{code: 105} // RECORD_DOESNT_EXIST
	}
	switch f.Kind {
	case fault.NotFound, fault.MethodNotAllowed:
		return wording{code: 41} // SERVICE_DOESNT_EXIST
	case fault.Throttled:
		return wording{code: 101} // ACTIVATION_KEY_INVALID
	case fault.Forbidden, fault.Conflict:
		return wording{code: 60} // INVALID_ORDER_CONFIGURATION
	case fault.Internal, fault.Unavailable:
		return wording{code: 1} // PLEASE_WAIT
	}
	return wording{code: 108} // INVALID_DATA
}

func (v version) writeError(w http.ResponseWriter, _ string, f *fault.Error) {
	said := wordingOf(f)
	message, detail := said.v1, ""
	if v.coded {
		message = said.v2
	}
	if message == "" {
		message = f.Error()
	} else if f.Code == fault.HostIDInvalid || f.Code == fault.CannotDeactivate {
		detail = f.Message // of the others the published message says it all
	}
	w.Header().Set("Content-Type", hal)
	if v.coded {
		httpx.WriteJSON(w, httpx.StatusOf(f.Kind), codedFailure{said.code, message, detail})
		return
	}
	httpx.WriteJSON(w, httpx.StatusOf(f.Kind), failure{message, detail})
}
