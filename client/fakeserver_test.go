package client

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"
)

// floating is a server of one seat, by the rules of the licensing page. It
// tells time by clocks of its own, and fails as told.
type floating struct {
	lease, interval time.Duration
	skew            time.Duration // of the clock that judges seats
	dateSkew        time.Duration // of the clock of its Date header, beyond that
	noDate          bool
	noLease         bool // it sends no X-Licet-Lease

	mu       sync.Mutex
	token    string
	identity [3]string
	end      time.Time
	issued   int
	calls    []string    // the paths' last words
	times    []time.Time // of calls
	fail     map[string]http.Handler
}

func (f *floating) now() time.Time { return time.Now().Add(f.skew) }

// failing makes the named calls answer with h; nil makes them well again.
func (f *floating) failing(h http.Handler, calls ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail == nil {
		f.fail = map[string]http.Handler{}
	}
	for _, call := range calls {
		f.fail[call] = h
	}
}

// drop forgets the seat, as an administrator or another holder would.
func (f *floating) drop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.token = ""
}

func (f *floating) held() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.token != "" && f.now().Before(f.end)
}

// count is how often a call came.
func (f *floating) count(call string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, c := range f.calls {
		if c == call {
			n++
		}
	}
	return n
}

func (f *floating) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct{ UserKey, MachineID, ClientID, ClientName, LicenseToken string }
	json.NewDecoder(r.Body).Decode(&body)
	call := r.URL.Path[len("/v1/license/"):]
	f.mu.Lock()
	f.calls, f.times = append(f.calls, call), append(f.times, time.Now())
	h := f.fail[call]
	f.mu.Unlock()
	if h != nil {
		h.ServeHTTP(w, r)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.noDate {
		w.Header().Set("Date", f.now().Add(f.dateSkew).UTC().Format(http.TimeFormat))
	}
	identity := [3]string{body.UserKey, body.MachineID, body.ClientID}
	if call == "request" {
		f.grant(w, r, identity)
		return
	}
	switch {
	case f.token == "" || body.LicenseToken != f.token || body.MachineID != f.identity[1] || body.ClientID != f.identity[2]:
		refuses(404, TokenNotFound)(w, r)
	case !f.now().Before(f.end):
		refuses(403, TokenExpired)(w, r)
	case call == "release":
		f.token = ""
		reply(w, map[string]any{"licenseId": "lic1", "maxClientCount": 1})
	default:
		f.extend(w)
		reply(w, map[string]any{"active": true, "maxClientCount": 1, "activeClientCount": 1,
			"tokenExpireAt": wireTime(f.end), "heartbeatInterval": wireSpan(f.interval)})
	}
}

func (f *floating) grant(w http.ResponseWriter, r *http.Request, identity [3]string) {
	alive := f.token != "" && f.now().Before(f.end)
	if alive && identity != f.identity {
		refuses(409, NoSeatAvailable)(w, r)
		return
	}
	if !alive {
		f.issued++
		f.token = fmt.Sprintf("fltk_%d", f.issued)
	}
	f.identity = identity
	f.extend(w)
	reply(w, map[string]any{"granted": true, "licenseToken": f.token, "maxClientCount": 1, "activeClientCount": 1,
		"tokenExpireAt": wireTime(f.end), "heartbeatInterval": wireSpan(f.interval), "license": map[string]any{"licenseId": "lic1"}})
}

func (f *floating) extend(w http.ResponseWriter) {
	f.end = f.now().Add(f.lease)
	if !f.noLease {
		w.Header().Set("X-Licet-Lease", fmt.Sprintf("%.6f", f.lease.Seconds()))
	}
}

func reply(w http.ResponseWriter, v any) { json.NewEncoder(w).Encode(v) }

// silence is a server that does not answer.
type silence struct{}

func (silence) ServeHTTP(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

var aSeat = Seat{UserKey: "KEY", MachineID: "M", ClientID: "C", ClientName: "N"}

func open(t *testing.T, f *floating) *Session {
	t.Helper()
	s, err := newClient(t, f).Open(t.Context(), aSeat, SessionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
