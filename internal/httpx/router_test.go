package httpx_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
)

// The sample surfaces stand for real ones: "books" is table-like, "seats" is
// hand-written with problem details. Their prefixes nest.

type listQuery struct {
	Take    int64       `query:"take" json:"-" doc:"At most this many"`
	Skip    *int64      `query:"skip" json:"-"`
	Filter  string      `query:"filter" json:"-"`
	Deep    *bool       `query:"deep" json:"-"`
	Since   entity.Time `query:"since" json:"-"`
	Tags    []string    `query:"tag" json:"-"`
	Explode string      `query:"explode" json:"-"` // "early", "late", "encode"
}

type byID struct {
	ID int64 `path:"1"`
}

type renameRequest struct {
	ID    int64  `path:"bookId" json:"-"`
	Name  string `json:"name"`
	Pages int    `json:"pages"`
	Inner struct {
		Price float64            `json:"price"`
		Marks []entity.Feature   `json:"marks"`
		Sizes map[string]float64 `json:"sizes"`
		When  entity.Time        `json:"when"`
		Blob  []byte             `json:"blob"`
		Small int8               `json:"small"`
		Maybe *bool              `json:"maybe"`
		Own   ownDecoding        `json:"own"`
	} `json:"inner"`
}

// ownDecoding stands for wire types that decode themselves.
type ownDecoding struct{ Size int }

func (o *ownDecoding) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case `"fault"`:
		return fault.Bad("size", "too small")
	case `"plain"`:
		return errors.New("no such size")
	}
	var inner struct {
		Size int `json:"size"`
	}
	err := json.Unmarshal(b, &inner)
	o.Size = inner.Size
	return err
}

type echo struct {
	Got     any    `json:"got"`
	Caller  string `json:"caller"`
	Address string `json:"address"`
	Request string `json:"request"`
}

type seat struct {
	Token   string      `json:"token"`
	Expires entity.Time `json:"expires"`
	Note    *string     `json:"note"`
	Tags    []string    `json:"tags"`
	Extra   string      `json:"extra,omitempty"`
}

type seatRequest struct {
	UserKey string `json:"userKey"`
}

type bookError struct {
	Success bool   `json:"success"`
	Code    int    `json:"code"`
	Message string `json:"message"`
}

type seatProblem struct {
	Title string `json:"title"`
	Code  string `json:"code"`
	Field string `json:"field"`
	ID    string `json:"id"`
}

type file struct{ data []byte }

func (file) ContentType() string { return "application/octet-stream" }
func (f file) Bytes() []byte     { return f.data }

var errBooks = errors.New("disk on fire at /secret/path")

func say(ctx context.Context, got any) (*echo, error) {
	return &echo{got, httpx.CallerFrom(ctx).UserID, httpx.ClientAddr(ctx), httpx.RequestID(ctx)}, nil
}

func licenses(q *listQuery) iter.Seq2[entity.License, error] {
	return func(yield func(entity.License, error) bool) {
		for i := range q.Take {
			if q.Explode == "late" && i == q.Take-1 || q.Explode == "early" {
				yield(entity.License{}, errBooks)
				return
			}
			if !yield(entity.License{ID: i, Description: "a<b>&c"}, nil) {
				return
			}
		}
	}
}

func books(keyless func() bool) httpx.Surface {
	staff := httpx.Roles(entity.Administrator, entity.Sales)
	list := func(_ context.Context, q *listQuery) (*httpx.ListOf[entity.License], error) {
		return &httpx.ListOf[entity.License]{
			Head: httpx.Object{{Name: "success", Value: true}}, Name: "licenses", Items: licenses(q),
			Tail: func() httpx.Object { return httpx.Object{{Name: "totalLicensesCount", Value: q.Take}} },
		}, nil
	}
	insert := func(ctx context.Context, b *httpx.ItemOf[entity.Sent[entity.License]]) (*httpx.Object, error) {
		return &httpx.Object{
			{Name: "licenseId", Value: int64(7)}, {Name: "given", Value: b.Given},
			{Name: "sites", Value: b.Value.Value.MaxAllowedSites}, {Name: "sent", Value: b.Value.Members.Has("format")},
		}, nil
	}
	return httpx.Surface{
		Name: "books", Prefixes: []string{"/v1"}, ErrorBody: bookError{},
		WriteError: func(w http.ResponseWriter, id string, f *fault.Error) {
			httpx.WriteJSON(w, httpx.StatusOf(f.Kind), bookError{Code: int(f.Kind), Message: f.Error()})
		},
		Ops: []httpx.Operation{
			httpx.Op("GET", "/v1/licenses", "List", staff, list).WithResponseSchema(httpx.Object{
				{Name: "success", Value: false}, {Name: "licenses", Value: []entity.License(nil)}, {Name: "totalLicensesCount", Value: int64(0)}}),
			httpx.Op("POST", "/v1/licenses", "Insert", staff, insert).WithItem("license").WithResponseSchema(httpx.Object{
				{Name: "licenseId", Value: int64(0)}, {Name: "given", Value: false}, {Name: "sites", Value: (*int64)(nil)}, {Name: "sent", Value: false}}),
			httpx.Op("DELETE", "/v1/licenses/{licenseId}", "Delete", staff,
				func(ctx context.Context, r *byID) (*echo, error) { return say(ctx, r.ID) }),
			httpx.Op("PUT", "/v1/books/{bookId}", "Rename", httpx.Roles(entity.Administrator),
				func(ctx context.Context, r *renameRequest) (*echo, error) { return say(ctx, r) }),
			httpx.Op("GET", "/v1/query", "Echo a query", staff,
				func(ctx context.Context, q *listQuery) (*echo, error) { return say(ctx, q) }),
			httpx.Op("GET", "/v1/fail", "Fail", httpx.Public(), fail),
			httpx.Op("GET", "/v1/file", "A file", httpx.Public(),
				func(context.Context, *struct{}) (*file, error) { return &file{[]byte{0, 1, 2}}, nil }),
			httpx.Op("GET", "/v1/open", "Open while the switch is on", httpx.Roles(entity.Application).OpenWhile(keyless),
				func(ctx context.Context, _ *struct{}) (*echo, error) { return say(ctx, nil) }),
			httpx.Op("POST", "/v1/import", "Wants more than its method", staff.Needs(entity.Create|entity.Write),
				func(ctx context.Context, _ *struct{}) (*echo, error) { return say(ctx, nil) }),
		},
	}
}

func fail(_ context.Context, q *struct {
	How string `query:"how"`
}) (*echo, error) {
	switch q.How {
	case "panic":
		panic("at the disco")
	case "unknown":
		return nil, fmt.Errorf("read: %w", errBooks)
	case "internal":
		return nil, fault.New(fault.Internal, "secret detail")
	case "retry":
		f := fault.New(fault.Throttled, "slow down")
		f.Retry = 1500 * time.Millisecond
		return nil, f
	case "nothing":
		return nil, nil
	case "wrapped":
		return nil, fmt.Errorf("look: %w", fault.New(fault.NotFound, "no such book"))
	}
	return nil, fault.Bad("how", "say how")
}

func seats() httpx.Surface {
	return httpx.Surface{
		Name: "seats", Prefixes: []string{"/v1/license"}, ErrorBody: seatProblem{}, ErrorContentType: "application/problem+json",
		WriteError: func(w http.ResponseWriter, id string, f *fault.Error) {
			w.Header().Set("Content-Type", "application/problem+json")
			httpx.WriteJSON(w, httpx.StatusOf(f.Kind), seatProblem{Title: f.Message, Code: string(f.Code), Field: f.Field, ID: id})
		},
		Ops: []httpx.Operation{
			httpx.Op("POST", "/v1/license/activate", "Activate", httpx.Roles(entity.Application),
				func(_ context.Context, r *seatRequest) (*seat, error) { return &seat{Token: "actk_" + r.UserKey}, nil }),
		},
	}
}

// door knows the keys of the tests.
type door struct{}

func (door) Authenticate(_ context.Context, cred httpx.Credential) (httpx.Caller, error) {
	key := cred.APIKey
	if key == "" {
		key = cred.Bearer
	}
	switch key {
	case "admin":
		return httpx.Caller{UserID: "ada", Roles: []entity.Role{entity.Administrator}, Permissions: entity.AllPermissions}, nil
	case "reader":
		return httpx.Caller{UserID: "rita", Roles: []entity.Role{entity.Sales}, Permissions: entity.Read}, nil
	case "creator":
		return httpx.Caller{UserID: "cora", Roles: []entity.Role{entity.Sales}, Permissions: entity.Create}, nil
	case "app":
		return httpx.Caller{UserID: "appl", Roles: []entity.Role{entity.Application}, Permissions: entity.AllPermissions}, nil
	case "broken":
		return httpx.Caller{}, errBooks
	}
	return httpx.Caller{}, fault.New(fault.Unauthenticated, "the credential is not known")
}

// house is a router with what tests look at.
type house struct {
	*httpx.Router
	registry *prometheus.Registry
	log      *logBuffer
}

type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{registry: prometheus.NewRegistry(), log: &logBuffer{}}
	console := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "console "+httpx.RequestID(r.Context()))
	})
	var err error
	h.Router, err = httpx.NewRouter(httpx.Options{
		Logger:   slog.New(slog.NewJSONHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Auth:     door{},
		Registry: h.registry,
		TrustedProxies: []netip.Prefix{
			netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8"),
		},
		Info:  httpx.Info{Title: "sample", Version: "1"},
		Extra: map[string]http.Handler{"GET /healthz": console, "/console/": console, "/v1/tree/": console},
	}, books(func() bool { return true }), seats())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// call makes a request as a caller; headers are "Name: value".
func (h *house) call(method, target, key, body string, headers ...string) *httptest.ResponseRecorder {
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, target, reader)
	if key != "" {
		r.Header.Set("X-Api-Key", key)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func decode[T any](t testing.TB, w *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("answer %d %q: %v", w.Code, w.Body, err)
	}
	return v
}
