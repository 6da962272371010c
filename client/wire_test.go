package client

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// direct carries requests to a handler without a network, so that tests can run
// in a synctest bubble, where time passes only when all wait. A nil handler is
// a server that never answers.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	if d.handler == nil {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	rec := httptest.NewRecorder()
	d.handler.ServeHTTP(rec, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return rec.Result(), nil
}

// newClient speaks to a handler directly.
func newClient(t *testing.T, h http.Handler, opts ...Option) *Client {
	t.Helper()
	opts = append([]Option{WithHTTPClient(&http.Client{Transport: direct{h}})}, opts...)
	c, err := New("http://server.test", opts...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// says answers every request alike.
func says(status int, contentType, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// refuses answers with a problem document.
func refuses(status int, code Code) http.HandlerFunc {
	body, _ := json.Marshal(map[string]any{"status": status, "code": code, "detail": "no"})
	return says(status, "application/problem+json", string(body))
}

// wireTime is t as the server writes it.
func wireTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return map[string]int64{"seconds": t.Unix(), "nanos": int64(t.Nanosecond())}
}

func wireSpan(d time.Duration) any {
	return map[string]int64{"seconds": int64(d / time.Second), "nanos": int64(d % time.Second)}
}

func TestScalars(t *testing.T) {
	t.Parallel()
	type all struct {
		T instant `json:"t"`
		D span    `json:"d"`
		O octets  `json:"o"`
	}
	good := []struct {
		name, in string
		t        time.Time
		d        time.Duration
		o        string
	}{
		{name: "absent", in: `{}`},
		{name: "null", in: `{"t":null,"d":null,"o":null}`},
		{name: "values", in: `{"t":{"seconds":1700000000,"nanos":5},"d":{"seconds":300,"nanos":1},"o":[104,0,255]}`,
			t: time.Unix(1700000000, 5).UTC(), d: 300*time.Second + 1, o: "h\x00\xff"},
		{name: "before 1970", in: `{"t":{"seconds":-1,"nanos":999999999}}`, t: time.Unix(-1, 999999999).UTC()},
		{name: "members left out", in: `{"t":{"seconds":7},"d":{"nanos":7}}`, t: time.Unix(7, 0).UTC(), d: 7},
		{name: "no bytes", in: `{"o":[]}`},
	}
	for _, tt := range good {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got all
			if err := json.Unmarshal([]byte(tt.in), &got); err != nil {
				t.Fatal(err)
			}
			if !got.T.Equal(tt.t) || time.Duration(got.D) != tt.d || string(got.O) != tt.o {
				t.Errorf("got %v %v %q, want %v %v %q", got.T, time.Duration(got.D), got.O, tt.t, tt.d, tt.o)
			}
		})
	}
	bad := map[string]string{
		"time as string":     `{"t":"2026-01-31T12:00:00Z"}`,
		"year 10000":         `{"t":{"seconds":253402300800}}`,
		"year 0":             `{"t":{"seconds":-62135596801}}`,
		"too many nanos":     `{"t":{"nanos":1000000000}}`,
		"negative nanos":     `{"t":{"nanos":-1}}`,
		"fraction":           `{"t":{"seconds":1.5}}`,
		"negative duration":  `{"d":{"seconds":-1}}`,
		"endless duration":   `{"d":{"seconds":9223372036}}`,
		"duration as number": `{"d":300}`,
		"bytes as base64":    `{"o":"aGFsbG8="}`,
		"byte 256":           `{"o":[256]}`,
		"byte -1":            `{"o":[-1]}`,
		"byte 1.5":           `{"o":[1.5]}`,
	}
	for name, in := range bad {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got all
			if err := json.Unmarshal([]byte(in), &got); err == nil {
				t.Errorf("%s was read as %+v", in, got)
			}
		})
	}
}

func TestRetryAfterHeader(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "3": 3 * time.Second, "-3": 0, "soon": 0, "1.5": 0, "99999999999": 0,
		"4294967295":                    2147483647 * time.Second,
		"Thu, 01 Jan 1970 00:00:00 GMT": 0,
	} {
		if got := headerSeconds(http.Header{"Retry-After": {value}}); got != want {
			t.Errorf("Retry-After %q: got %v, want %v", value, got, want)
		}
	}
	later := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	if got := headerSeconds(http.Header{"Retry-After": {later}}); got < 59*time.Minute || got > time.Hour {
		t.Errorf("Retry-After in an hour: got %v", got)
	}
}

func TestLeaseHeader(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "0.000000": 0, "-1": 0, "soon": 0, "NaN": 0, "Inf": 0, "1h": 0, "900 ": 0,
		"900": 15 * time.Minute, "899.999871": 899*time.Second + 999871*time.Microsecond, "0.000001": time.Microsecond,
		"99999999999": 2147483647 * time.Second,
	} {
		if got := headerLease(http.Header{headerOfLease: {value}}); got != want {
			t.Errorf("X-Licet-Lease %q: got %v, want %v", value, got, want)
		}
	}
}

// FuzzAnswer: whatever a server, proxy or attacker answers gives a result or an
// *Error, never a panic, and a seat only with a token.
func FuzzAnswer(f *testing.F) {
	f.Add(200, "application/json", `{"success":true,"licenseToken":"t","tokenExpireAt":{"seconds":1,"nanos":0},"license":{"licenseKey":[1,2]}}`)
	f.Add(200, "text/html", `<html>`)
	f.Add(409, "application/problem+json", `{"code":"NoSeatAvailable","activeClientCount":2,"maxClientCount":2,"retryAfter":3}`)
	f.Add(429, "application/problem+json", `{"code":"Throttled","retryAfter":1e300}`)
	f.Add(503, "application/problem+json; charset=utf-8", `{"retryAfter":-1}`)
	f.Fuzz(func(t *testing.T, status int, contentType, body string) {
		if status < 200 || status > 999 || strings.ContainsAny(contentType, "\r\n\x00") {
			t.Skip()
		}
		c := newClient(t, says(status, contentType, body), WithoutRetry())
		grant, err := c.Activate(t.Context(), Seat{})
		if err == nil && (grant.Token == "" || status != 200) {
			t.Fatalf("status %d, %s: granted %+v", status, body, grant)
		}
		if err != nil && IsDenied(err) && IsOutage(err) {
			t.Fatalf("%v is both denial and outage", err)
		}
	})
}
