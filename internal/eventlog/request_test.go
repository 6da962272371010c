package eventlog_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
)

type doing struct {
	How string `query:"how"`
}

type done struct{}

// router serves two operations and a health check, and logs into the house.
func (h *house) router() *httpx.Router {
	h.t.Helper()
	do := func(ctx context.Context, r *doing) (*done, error) {
		httpx.Note(ctx, "license", "lic0A")
		switch r.How {
		case "denied":
			return nil, fault.Named(fault.Conflict, fault.NoSeatAvailable, "hush")
		case "broken":
			return nil, errors.New("disk on fire")
		case "panic":
			panic("at the disco")
		}
		return &done{}, nil
	}
	r, err := httpx.NewRouter(httpx.Options{Logger: h.slog, Auth: door{}, Extra: map[string]http.Handler{
		"GET /healthz": http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}),
	}}, httpx.Surface{
		Name: "test", Prefixes: []string{"/v1"},
		Ops: []httpx.Operation{
			httpx.Op("GET", "/v1/do", "Do", httpx.Access{}, do).WithID("do"),
			httpx.Op("GET", "/v1/quiet", "Do quietly", httpx.Public(), do).WithID("quiet"),
		},
		WriteError: func(w http.ResponseWriter, _ string, f *fault.Error) {
			httpx.WriteJSON(w, httpx.StatusOf(f.Kind), f.Message)
		},
	})
	h.must(err)
	return r
}

type door struct{}

func (door) Authenticate(context.Context, httpx.Credential) (httpx.Caller, error) {
	return httpx.Caller{UserID: "u-1", KeyID: 3, Permissions: entity.AllPermissions}, nil
}

func get(h http.Handler, path string) int {
	r := httptest.NewRequestWithContext(context.Background(), "GET", path, nil)
	r.Header.Set("X-Api-Key", "hush")
	r.Header.Set("X-Request-Id", "r-1")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

func TestRequestsBecomeEntries(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		r := h.router()
		for _, c := range []struct {
			path             string
			level, operation string // "" is no entry
			outcome          any
			exception        bool
			status           int
		}{
			{"/v1/do", "Information", "do", nil, false, 200},
			{"/v1/do?how=denied", "Warning", "do", "NoSeatAvailable", false, 409},
			{"/v1/do?how=broken", "Error", "do", nil, true, 500},
			{"/v1/do?how=panic", "Error", "do", nil, true, 500},
			{"/v1/hush", "Warning", "none", nil, false, 404},
			{"/v1/quiet", "", "", nil, false, 200},
			{"/v1/quiet?how=denied", "Warning", "quiet", "NoSeatAvailable", false, 409},
			{"/healthz", "", "", nil, false, 200},
			{"/hush", "", "", nil, false, 404},
			{"/openapi.json", "", "", nil, false, 200},
		} {
			before := len(h.entries())
			if status := get(r, c.path); status != c.status {
				t.Fatalf("%s: %d", c.path, status)
			}
			all := h.flushed()[before:]
			if c.level == "" {
				if len(all) != 0 {
					t.Errorf("%s was logged: %+v", c.path, all)
				}
				continue
			}
			if len(all) != 1 {
				t.Fatalf("%s: %d entries", c.path, len(all))
			}
			e, p := all[0], properties(t, all[0])
			if string(e.Level) != c.level || e.MessageTemplate != "{Method} {EndpointName} responded {StatusCode} in {Elapsed} ms" ||
				e.Message != fmt.Sprintf("GET %s responded %d in %v ms", c.operation, c.status, p["Elapsed"]) || (e.Exception != "") != c.exception {
				t.Errorf("%s: %+v", c.path, e)
			}
			if p["EndpointName"] != c.operation || p["StatusCode"] != float64(c.status) || p["Outcome"] != c.outcome ||
				p["RequestId"] != "r-1" || p["ClientAddress"] != "192.0.2.1" || p["Protocol"] != "HTTP/1.1" || p["Method"] != "GET" || p["Surface"] != "test" {
				t.Errorf("%s: %v", c.path, p)
			}
			if c.operation == "do" && (p["UserId"] != "u-1" || p["ApiKeyId"] != 3.0 || p["LicenseId"] != "lic0A" || p["Route"] != "/v1/do") {
				t.Errorf("%s: %v", c.path, p)
			}
		}
	})
}

// BenchmarkRequest is what the log adds to a request: the same handler with it, and
// with a logger that keeps nothing. The books are written beside, as on a server.
func BenchmarkRequest(b *testing.B) {
	for _, logged := range []bool{false, true} {
		b.Run(fmt.Sprintf("logged=%v", logged), func(b *testing.B) {
			h := newHouse(b, "sqlite:"+b.TempDir()+"/licet.db")
			h.set.ToDatabase = logged
			ctx, stop := context.WithCancel(context.Background())
			kept := make(chan struct{})
			go func() {
				defer close(kept)
				h.log.Keep(ctx)
			}()
			defer func() {
				stop()
				<-kept
			}()
			r := h.router()
			b.ReportAllocs()
			for b.Loop() {
				if status := get(r, "/v1/do"); status != http.StatusOK {
					b.Fatal(status)
				}
			}
		})
	}
}
