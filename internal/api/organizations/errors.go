package organizations

import (
	"net/http"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
)

// failure is the form of an error.
type failure struct {
	Error problem `json:"error"`
}

type problem struct {
	Code      string  `json:"code"`
	Message   string  `json:"message"`
	RequestID string  `json:"requestId"` // 22 characters, as in the header X-Request-Id and in the log
	Details   *string `json:"details"`   // always null
}

// codeOf is the table of codes, that of docs/decisions.md. IDS_085 is published,
// the others are invented.
func codeOf(f *fault.Error) string {
	named := map[fault.Code]string{
		fault.BadLogin:                "IDS_085",
		fault.OrgNotFound:             "LICET_006",
		fault.OrgNotAllowed:           "LICET_004",
		fault.OrgUnknownDefinition:    "LICET_011",
		fault.OrgDuplicate:            "LICET_012",
		fault.OrgExpiryMissing:        "LICET_013",
		fault.OrgParentLacksLicense:   "LICET_014",
		fault.OrgParentLacksEdition:   "LICET_015",
		fault.OrgParentLacksLimit:     "LICET_016",
		fault.OrgExpiryBeyondParent:   "LICET_017",
		fault.OrgLimitBeyondParent:    "LICET_018",
		fault.OrgLicensesSynchronised: "LICET_019",
	}
	if code, ok := named[f.Code]; ok {
		return code
	}
	kinds := map[fault.Kind]string{
		fault.Invalid:          "LICET_001",
		fault.Unauthenticated:  "LICET_002",
		fault.Forbidden:        "LICET_003",
		fault.NotFound:         "LICET_005",
		fault.MethodNotAllowed: "LICET_007",
		fault.TooLarge:         "LICET_008",
		fault.UnsupportedMedia: "LICET_009",
		fault.Throttled:        "LICET_010",
		fault.Conflict:         "LICET_020",
		fault.Unavailable:      "LICET_030",
	}
	if code, ok := kinds[f.Kind]; ok {
		return code
	}
	return "LICET_031"
}

func writeError(w http.ResponseWriter, requestID string, f *fault.Error) {
	message := f.Error()
	if f.Code == fault.OrgNotFound {
		message = "there is no such organization" // the same for one that is there
	}
	if f.Kind == fault.Unauthenticated {
		w.Header().Set("WWW-Authenticate", sessionHeader+` realm="licet"`) // no bearer opens this door
	}
	httpx.WriteJSON(w, httpx.StatusOf(f.Kind), failure{problem{Code: codeOf(f), Message: message, RequestID: requestID}})
}
