package httpx

import "net/http"

// recorder notes what was answered. Through Unwrap, http.ResponseController
// reaches the connection.
type recorder struct {
	http.ResponseWriter
	status int // 0: nothing yet
	bytes  int64
	failed bool // a write failed: the client left or stopped reading
}

// WriteHeader notes the status. Every 401 says how to do better.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= http.StatusOK {
		r.status = status
		if status == http.StatusUnauthorized && r.Header().Get("WWW-Authenticate") == "" {
			r.Header().Set("WWW-Authenticate", `Bearer realm="licet"`)
		}
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	r.failed = r.failed || err != nil
	return n, err
}

// Unwrap returns the writer below, for http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
