package httpx

import (
	"net/http"
	"strconv"
	"time"

	"github.com/licet/licet/internal/fault"
)

// StatusOf is the HTTP status of a kind, for surfaces without a table of their
// own.
func StatusOf(k fault.Kind) int {
	switch k {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.MethodNotAllowed:
		return http.StatusMethodNotAllowed
	case fault.Conflict:
		return http.StatusConflict
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.UnsupportedMedia:
		return http.StatusUnsupportedMediaType
	case fault.Throttled:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// WriteJSON answers v with a status; what a surface's WriteError ends with. It
// keeps a Content-Type that is already set.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	j := newJSONWriter()
	if err := j.value(v); err != nil {
		status = http.StatusInternalServerError
		j.reset()
	}
	h := w.Header()
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/json")
	}
	h.Set("Content-Length", strconv.Itoa(j.buf.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(j.buf.Bytes()) // a client that left gets nothing, and nobody is there to tell
}

// RetrySeconds is a wait in the whole seconds of Retry-After, rounded up: who
// comes back a fraction early is refused again.
func RetrySeconds(wait time.Duration) int64 {
	whole := int64(wait / time.Second)
	if wait%time.Second > 0 {
		whole++
	}
	return whole
}

// writeFault sets what every form shares and lets the surface write.
func (x *exchange) writeFault(f *fault.Error) {
	h := x.w.Header()
	if f.Retry > 0 {
		h.Set("Retry-After", strconv.FormatInt(RetrySeconds(f.Retry), 10))
	}
	if f.Allow != "" {
		h.Set("Allow", f.Allow)
	}
	if f.Kind == fault.TooLarge {
		h.Set("Connection", "close") // the rest of the body is not worth reading
	}
	if x.surface != nil {
		x.surface.WriteError(x.w, x.scope.requestID, f)
		return
	}
	writeProblem(x.w, x.scope.requestID, f)
}

// writeProblem is the form of paths that belong to no surface.
func writeProblem(w http.ResponseWriter, requestID string, f *fault.Error) {
	status := StatusOf(f.Kind)
	w.Header().Set("Content-Type", "application/problem+json")
	WriteJSON(w, status, problem{Title: http.StatusText(status), Status: status, Detail: f.Error(), Instance: requestID})
}

// problem is RFC 9457 without a type, which then means about:blank.
type problem struct {
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail"`
	Instance string `json:"instance"`
}
