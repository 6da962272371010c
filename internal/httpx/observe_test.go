package httpx_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx"
)

type logLine struct {
	Level, Msg, Operation, Method, Route, Error, Stack string
	RequestID                                          string  `json:"request_id"`
	LatencyMS                                          float64 `json:"latency_ms"`
	Status, Bytes                                      int
	Aborted                                            bool
}

func (h *house) lines(t *testing.T) []logLine {
	t.Helper()
	var lines []logLine
	for text := range strings.Lines(h.log.String()) {
		var l logLine
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
	return lines
}

func TestFailures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		how     string
		status  int
		message string
		logged  string // the error in the log line
	}{
		{"panic", 500, "internal error", "panic: at the disco"},
		{"unknown", 500, "internal error", "read: disk on fire at /secret/path"},
		{"internal", 500, "internal error", "secret detail"},
		{"nothing", 500, "internal error", "the operation returned neither an answer nor an error"},
		{"wrapped", 404, "no such book", ""},
		{"retry", 429, "slow down", ""},
		{"", 400, "how: say how", ""},
	} {
		t.Run(c.how, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			w := h.call("GET", "/v1/fail?how="+c.how, "", "", "X-Request-Id: r-1")
			if got := decode[bookError](t, w); w.Code != c.status || got.Message != c.message {
				t.Fatalf("%d %q", w.Code, got.Message)
			}
			if retry := w.Header().Get("Retry-After"); (retry == "2") != (c.how == "retry") {
				t.Errorf("Retry-After %q for 1.5 s", retry)
			}
			lines := h.lines(t)
			if len(lines) != 1 {
				t.Fatalf("%d log lines", len(lines))
			}
			l := lines[0]
			if l.Operation != "fail-read" || l.Method != "GET" || l.Route != "/v1/fail" || l.Status != c.status ||
				l.RequestID != "r-1" || l.Bytes != w.Body.Len() || l.Error != c.logged {
				t.Errorf("logged %+v", l)
			}
			if (l.Level == "ERROR") != (c.logged != "") || (l.Stack != "") != (c.how == "panic") {
				t.Errorf("logged as %s with stack %.40q", l.Level, l.Stack)
			}
		})
	}
}

// Queries, paths and credentials may be keys; none of them may reach the log.
func TestNothingSecretIsLogged(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.call("GET", "/v1/query?filter=hush1", "hush2", "", "Authorization: Bearer hush3", "X-Client-Secret: hush4", "Cookie: hush5")
	h.call("GET", "/v1/hush6", "admin", "")
	h.call("DELETE", "/v1/licenses/hush7", "admin", "")
	h.call("PUT", "/v1/books/1", "admin", `{"name":{"hush8":1}}`)
	h.call("HUSH9", "/v1/query", "admin", "", "X-Request-Id: hush a")
	if log := strings.ToLower(h.log.String()); strings.Contains(log, "hush") || strings.Count(log, "\n") != 5 {
		t.Errorf("logged %s", log)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.call("GET", "/v1/query", "admin", "")
	h.call("GET", "/v1/query", "", "")
	h.call("GET", "/v1/nothing", "", "")
	h.call("GET", "/v1/fail?how=panic", "", "")
	h.call("GET", "/healthz", "", "")
	want := `
# HELP licet_http_requests_in_flight Requests being answered now.
# TYPE licet_http_requests_in_flight gauge
licet_http_requests_in_flight 0
# HELP licet_http_requests_total Requests answered, by operation and HTTP status.
# TYPE licet_http_requests_total counter
licet_http_requests_total{operation="GET /healthz",status="200"} 1
licet_http_requests_total{operation="fail-read",status="500"} 1
licet_http_requests_total{operation="none",status="404"} 1
licet_http_requests_total{operation="query-read",status="200"} 1
licet_http_requests_total{operation="query-read",status="401"} 1
`
	err := testutil.GatherAndCompare(h.registry, strings.NewReader(want), "licet_http_requests_total", "licet_http_requests_in_flight")
	if err != nil {
		t.Error(err)
	}
	if n, err := testutil.GatherAndCount(h.registry, "licet_http_request_seconds"); err != nil || n != 4 {
		t.Errorf("%d histograms, %v", n, err)
	}
}

func TestAbortedStreamIsLoggedAsFailure(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the connection was not cut")
			}
		}()
		h.call("GET", "/v1/licenses?take=2000&explode=late", "admin", "")
	}()
	l := h.lines(t)[0]
	if !l.Aborted || l.Status != 500 || l.Level != "ERROR" || !strings.Contains(l.Error, "disk on fire") || l.Bytes == 0 {
		t.Errorf("logged %+v", l)
	}
}

func TestClientThatLeft(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	op := httpx.Op("GET", "/wait", "wait", httpx.Public(), func(ctx context.Context, _ *struct{}) (*echo, error) {
		cancel()
		<-ctx.Done()
		return nil, ctx.Err()
	})
	router, err := httpx.NewRouter(httpx.Options{Logger: loggerTo(h.log), Registry: nil}, sample(op))
	if err != nil {
		t.Fatal(err)
	}
	router.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", "/wait", nil))
	if l := h.lines(t)[0]; l.Status != 499 || l.Level != "DEBUG" {
		t.Errorf("logged %+v", l)
	}
}

func TestOutsideARequest(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	if httpx.CallerFrom(ctx).UserID != "" || httpx.RequestID(ctx) != "" || httpx.ClientAddr(ctx) != "" {
		t.Error("a context without a request says something")
	}
	caller := httpx.Caller{UserID: "u", Roles: []entity.Role{entity.Sales}}
	if got := httpx.CallerFrom(httpx.WithCaller(ctx, caller)); got.UserID != "u" || !got.Is(entity.Sales) || got.Is(entity.Application) {
		t.Errorf("got %+v", got)
	}
}

func TestClientAddress(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, c := range []struct {
		name, remote string
		forwarded    []string
		want         string
	}{
		{"no proxy", "192.0.2.1:4711", nil, "192.0.2.1"},
		{"header from a stranger", "192.0.2.1:4711", []string{"198.51.100.7"}, "192.0.2.1"},
		{"trusted proxy", "10.0.0.1:4711", []string{"198.51.100.7"}, "198.51.100.7"},
		{"trusted proxy says nothing", "10.0.0.1:4711", nil, "10.0.0.1"},
		{"two proxies", "10.0.0.1:4711", []string{"198.51.100.7, 10.0.0.2"}, "198.51.100.7"},
		{"forged left part", "10.0.0.1:4711", []string{"1.1.1.1, 198.51.100.7"}, "198.51.100.7"},
		{"two headers", "10.0.0.1:4711", []string{"1.1.1.1", "198.51.100.7, 10.0.0.2"}, "198.51.100.7"},
		{"all trusted", "10.0.0.1:4711", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"rubbish", "10.0.0.1:4711", []string{"198.51.100.7, rubbish, 10.0.0.2"}, "10.0.0.2"},
		{"empty entry", "10.0.0.1:4711", []string{"198.51.100.7, "}, "10.0.0.1"},
		{"with port", "10.0.0.1:4711", []string{"198.51.100.7:99"}, "198.51.100.7"},
		{"IPv6", "[fd00::1]:4711", []string{"[2001:db8::7]:99"}, "2001:db8::7"},
		{"IPv6 bare", "[fd00::1]:4711", []string{"2001:db8::7"}, "2001:db8::7"},
		{"mapped", "[::ffff:10.0.0.1]:4711", []string{"::ffff:198.51.100.7"}, "198.51.100.7"},
		{"zone", "[fe80::1%eth0]:4711", nil, "fe80::1"},
		{"no address", "pipe", nil, "pipe"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest("GET", "/v1/query", nil)
			r.Header.Set("X-Api-Key", "admin")
			r.RemoteAddr, r.Header["X-Forwarded-For"] = c.remote, c.forwarded
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if got := decode[echo](t, w).Address; got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
