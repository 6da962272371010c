package client

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

const problemJSON = "application/problem+json"

func TestFailuresAreOfOneClass(t *testing.T) {
	t.Parallel()
	denials := map[Code]int{
		LicenseKeyNotFound: 404, LicenseRevoked: 403, LicenseExpired: 403, TokenNotFound: 404, TokenExpired: 403,
		NoSeatAvailable: 409, WrongLicensingMode: 409, NotReleasable: 409,
	}
	mistakes := map[Code]int{Invalid: 400, Unauthenticated: 401, Forbidden: 403, TooLarge: 413, "": 404}
	outages := map[Code]int{Throttled: 429, Unavailable: 503, Internal: 500, "": 502}
	type class struct {
		denied, outage bool
		codes          map[Code]int
	}
	for _, cl := range []class{{true, false, denials}, {false, false, mistakes}, {false, true, outages}} {
		for code, status := range cl.codes {
			_, err := newClient(t, refuses(status, code), WithoutRetry()).Validate(t.Context(), Seat{})
			if IsDenied(err) != cl.denied || IsOutage(err) != cl.outage {
				t.Errorf("%d %s: denied %t, outage %t", status, code, IsDenied(err), IsOutage(err))
			}
			var e *Error
			if !errors.As(err, &e) || e.Status != status || e.Message != "no" || !errors.Is(err, code) {
				t.Errorf("%d %s: got %#v", status, code, err)
			}
			if errors.Is(err, Code("Other")) {
				t.Errorf("%d %s is said to be another code", status, code)
			}
		}
	}
}

func TestAnswersThatAreNotTheServers(t *testing.T) {
	t.Parallel()
	full := `{"success":true,` + grantAnswer
	tests := []struct {
		name    string
		handler http.Handler
	}{
		{"a proxy's page as 200", says(200, "text/html", "<html>log in</html>")},
		{"a proxy's page as 403", says(403, "text/html", "<html>blocked</html>")},
		{"a proxy's page as 404", says(404, "text/html", "<html>not found</html>")},
		{"a proxy's JSON as 403", says(403, "application/json", `{"code":"LicenseRevoked"}`)},
		{"a redirect", says(302, "text/html", "", "Location", "http://elsewhere.test/")},
		{"an empty object", says(200, "application/json", `{}`)},
		{"no token", says(200, "application/json", `{"success":true}`)},
		{"no success", says(200, "application/json", `{`+grantAnswer)},
		{"cut short", says(200, "application/json", full[:len(full)-2])},
		{"something behind", says(200, "application/json", full+"{}")},
		{"another type", says(200, "application/json", `{"success":"yes"}`)},
		{"no content", says(204, "application/json", "")},
		{"an unreadable problem", says(403, problemJSON, `{"code":`)},
		{"a revocation by a failing server", refuses(503, LicenseRevoked)},
		{"an endless refusal", says(403, problemJSON, `{"code":"LicenseRevoked","pad":"`+strings.Repeat("x", maxAnswer)+`"}`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := newClient(t, tt.handler, WithoutRetry()).Activate(t.Context(), Seat{})
			if !IsOutage(err) || IsDenied(err) {
				t.Errorf("got %v, want an outage", err)
			}
		})
	}
}

// Asking again would bring the same again.
func TestAnswersThatAreTooLong(t *testing.T) {
	t.Parallel()
	padded := func(n int) string {
		return `{"licenseId":"lic1","pad":"` + strings.Repeat("x", n-len(`{"licenseId":"lic1","pad":""}`)) + `"}`
	}
	release := func(ctx context.Context, c *Client) error { _, err := c.Release(ctx, "tok", Seat{}); return err }
	info := func(ctx context.Context, c *Client) error { _, err := c.Info(ctx, Seat{}); return err }
	tests := []struct {
		name    string
		handler http.Handler
		call    func(context.Context, *Client) error
		well    bool
	}{
		{"just not", says(200, "application/json", padded(maxAnswer)), release, true},
		{"by a byte", says(200, "application/json", padded(maxAnswer+1)), release, false},
		{"a long info", says(200, "application/json", padded(maxAnswer+1)), info, true},
		{"an info announced as too long", says(200, "application/json", padded(100), "Content-Length", strconv.Itoa(maxInfo+1)), info, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			c := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls++
				tt.handler.ServeHTTP(w, r)
			}))
			err := tt.call(t.Context(), c)
			if (err == nil) != tt.well || calls != 1 {
				t.Fatalf("%d calls, %v", calls, err)
			}
			if err != nil && (IsDenied(err) || IsOutage(err) || !errors.Is(err, AnswerTooLong)) {
				t.Errorf("%v is a denial (%t) or an outage (%t)", err, IsDenied(err), IsOutage(err))
			}
		})
	}
}

func TestProblemMembers(t *testing.T) {
	t.Parallel()
	c := newClient(t, says(409, problemJSON+"; charset=utf-8",
		`{"type":"about:blank","title":"No seat","status":409,"code":"NoSeatAvailable","field":"userKey","activeClientCount":2,"maxClientCount":3,"retryAfter":4}`,
		"X-Request-Id", "req-1", "Retry-After", "5"))
	_, err := c.Request(t.Context(), Seat{})
	var e *Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	if e.ActiveClientCount != 2 || e.MaxClientCount != 3 || e.RetryAfter != 5*time.Second || e.Field != "userKey" || e.RequestID != "req-1" {
		t.Errorf("got %+v", *e)
	}
	const want = "NoSeatAvailable: userKey: No seat (status 409, request req-1)"
	if e.Error() != want {
		t.Errorf("got %q, want %q", e, want)
	}
	_, err = newClient(t, says(429, problemJSON, `{"retryAfter":1.5}`), WithoutRetry()).Request(t.Context(), Seat{})
	if !errors.As(err, &e) || e.RetryAfter != 1500*time.Millisecond {
		t.Errorf("the wait in the body: got %v", err)
	}
}

func TestNoAnswer(t *testing.T) {
	t.Parallel()
	t.Run("nobody listens", func(t *testing.T) {
		t.Parallel()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		c, err := New("http://"+l.Addr().String(), WithoutRetry(), WithAPIKey("api_geheim"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Info(t.Context(), Seat{})
		if !IsOutage(err) || !errors.Is(err, Unreachable) {
			t.Errorf("got %v, want an outage", err)
		}
		if strings.Contains(err.Error(), "geheim") {
			t.Errorf("%v shows the key", err)
		}
	})
	t.Run("time-out", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			_, err := newClient(t, nil, WithoutRetry(), WithTimeout(3*time.Second)).Info(t.Context(), Seat{})
			if !IsOutage(err) || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 3*time.Second {
				t.Errorf("after %v: %v", time.Since(start), err)
			}
		})
	})
	t.Run("cancelled by the caller", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := newClient(t, nil).Info(ctx, Seat{})
		if IsOutage(err) || IsDenied(err) || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want neither outage nor denial", err)
		}
	})
}

// A redirect would carry the key to another host.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var followed atomic.Bool
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Store(true) }))
	defer elsewhere.Close()
	server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer server.Close()
	c, err := New(server.URL, WithoutRetry(), WithAPIKey("api_k"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Info(t.Context(), Seat{}); !errors.Is(err, Malformed) || followed.Load() {
		t.Errorf("got %v, followed %t", err, followed.Load())
	}
}

func TestRetries(t *testing.T) {
	t.Parallel()
	const ok = `{"licenseId":"lic1"}`
	busy := says(503, problemJSON, `{"code":"Unavailable"}`)
	asking := func(seconds string) http.HandlerFunc {
		return says(429, problemJSON, `{"code":"Throttled"}`, "Retry-After", seconds)
	}
	tests := []struct {
		name     string
		failing  http.Handler
		failures int // before the server is well
		retry    Retry
		calls    int
		min, max time.Duration // of the whole call
		well     bool
	}{
		{"at once", nil, 0, DefaultRetry(), 1, 0, 0, true},
		{"outage passes", busy, 3, DefaultRetry(), 4, 0, 1400 * time.Millisecond, true},
		{"outage stays", busy, 9, DefaultRetry(), 4, 0, 1400 * time.Millisecond, false},
		{"bounded pauses", busy, 9, Retry{Attempts: 9, Base: time.Second, Max: 2 * time.Second}, 9, 0, 15 * time.Second, false},
		{"off", busy, 1, Retry{Attempts: 1}, 1, 0, 0, false},
		{"Retry-After", asking("4"), 1, DefaultRetry(), 2, 4 * time.Second, 4200 * time.Millisecond, true},
		{"Retry-After too long", asking("60"), 1, DefaultRetry(), 1, 0, 0, false},
		{"denial", refuses(403, LicenseRevoked), 1, DefaultRetry(), 1, 0, 0, false},
		{"mistake", refuses(401, Unauthenticated), 1, DefaultRetry(), 1, 0, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				c := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if calls++; calls <= tt.failures {
						tt.failing.ServeHTTP(w, r)
						return
					}
					io.WriteString(w, ok)
				}), WithRetry(tt.retry))
				start := time.Now()
				_, err := c.Info(t.Context(), Seat{})
				took := time.Since(start)
				if calls != tt.calls || took < tt.min || took > tt.max || (err == nil) != tt.well {
					t.Errorf("%d calls in %v: %v; want %d in %v to %v, well: %t", calls, took, err, tt.calls, tt.min, tt.max, tt.well)
				}
			})
		})
	}
}

func TestRetriesEndWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := WithRetry(Retry{Attempts: 100, Base: time.Hour, Max: time.Hour})
		c := newClient(t, refuses(503, Unavailable), slow)
		ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
		defer cancel()
		start := time.Now()
		_, err := c.Info(ctx, Seat{})
		if !IsOutage(err) || time.Since(start) > time.Millisecond {
			t.Errorf("deadline: after %v: %v", time.Since(start), err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Nanosecond, cancel)
		if _, err = c.Info(ctx, Seat{}); IsOutage(err) || !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	})
}
