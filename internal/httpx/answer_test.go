package httpx_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx"
)

func TestAnswersHaveTheirHeaders(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	w := h.call("POST", "/v1/license/activate", "app", `{"userKey":"a<b>&c"}`)
	if got, want := w.Body.String(), `{"token":"actk_a<b>&c","expires":null,"note":null,"tags":null}`; got != want {
		t.Errorf("answered %q, want %q", got, want)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "Content-Length": "62", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if w := h.call("GET", "/v1/file", "", ""); w.Header().Get("Content-Type") != "application/octet-stream" || w.Body.String() != "\x00\x01\x02" {
		t.Errorf("a file: %v %q", w.Header(), w.Body)
	}
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for incoming, kept := range map[string]bool{
		"trace-1_2.3": true, strings.Repeat("a", 64): true,
		"": false, strings.Repeat("a", 65): false, "a b": false, "a\"b": false, "é": false, "a\tb": false,
	} {
		w := h.call("GET", "/v1/query", "admin", "", "X-Request-Id: "+incoming)
		id := w.Header().Get("X-Request-Id")
		if (id == incoming) != kept || len(id) < 8 {
			t.Errorf("%q became %q", incoming, id)
		}
		if inside := decode[echo](t, w).Request; inside != id {
			t.Errorf("the operation saw %q, the client %q", inside, id)
		}
	}
}

func TestStreams(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(newHouse(t))
	t.Cleanup(server.Close)
	get := func(t *testing.T, query string) (*http.Response, []byte, error) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/v1/licenses?"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Api-Key", "admin")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return resp, body, err
	}
	type list struct {
		Success            bool
		Licenses           []entity.License
		TotalLicensesCount int64
	}
	for _, c := range []struct {
		name, query string
		items       int
		known       bool // the length is known
	}{
		{"empty", "take=0", 0, true}, {"small", "take=30", 30, true}, // more than net/http measures by itself
		{"large", "take=2000", 2000, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			resp, body, err := get(t, c.query)
			var got list
			if err := errors.Join(err, json.Unmarshal(body, &got)); err != nil {
				t.Fatal(err)
			}
			if !got.Success || len(got.Licenses) != c.items || got.TotalLicensesCount != int64(c.items) || strings.Contains(string(body), "null]") {
				t.Errorf("%d items of %d", len(got.Licenses), got.TotalLicensesCount)
			}
			if (resp.ContentLength >= 0) != c.known || !strings.HasPrefix(string(body), `{"success":true,"licenses":[`) {
				t.Errorf("length %d, %.60s", resp.ContentLength, body)
			}
		})
	}
	for _, query := range []string{"take=1&explode=early", "take=3&explode=late"} {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			resp, body, err := get(t, query)
			var got bookError
			if err := errors.Join(err, json.Unmarshal(body, &got)); err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != 500 || got.Message != "internal error" {
				t.Errorf("%d %s", resp.StatusCode, body)
			}
		})
	}
	t.Run("error after the first bytes", func(t *testing.T) {
		t.Parallel()
		resp, body, err := get(t, "take=2000&explode=late")
		if err == nil || json.Valid(body) {
			t.Errorf("%d, %d bytes, error %v: a half passed for the whole", resp.StatusCode, len(body), err)
		}
	})
}

// deadlineWriter notes the write deadline at each write.
type deadlineWriter struct {
	*httptest.ResponseRecorder
	deadline time.Time
	atWrites []time.Time
}

func (d *deadlineWriter) SetWriteDeadline(t time.Time) error {
	d.deadline = t
	return nil
}

func (d *deadlineWriter) Write(b []byte) (int, error) {
	d.atWrites = append(d.atWrites, d.deadline)
	return d.ResponseRecorder.Write(b)
}

// Each piece of a stream has time of its own, and net/http's last flush, which
// comes after the handler, has that of the last piece.
func TestStreamsHaveDeadlines(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := httptest.NewRequest("GET", "/v1/licenses?take=2000", nil)
	r.Header.Set("X-Api-Key", "admin")
	w := &deadlineWriter{ResponseRecorder: httptest.NewRecorder()}
	start := time.Now()
	h.ServeHTTP(w, r)
	if len(w.atWrites) < 3 {
		t.Fatalf("%d writes are no stream", len(w.atWrites))
	}
	for i, at := range w.atWrites {
		if at.Before(start.Add(10*time.Second)) || i > 0 && !at.After(w.atWrites[i-1]) {
			t.Fatalf("piece %d has until %v after the start", i, at.Sub(start))
		}
	}
	if last := w.atWrites[len(w.atWrites)-1]; !w.deadline.Equal(last) {
		t.Errorf("the deadline is left at %v, not at %v", w.deadline, last)
	}
}

func TestListOfWithoutItems(t *testing.T) {
	t.Parallel()
	h := &house{Router: mustRouter(t, sample(httpx.Op("GET", "/l", "l", httpx.Public(),
		func(context.Context, *struct{}) (*httpx.ListOf[int], error) {
			return &httpx.ListOf[int]{Name: "items"}, nil
		})))}
	if w := h.call("GET", "/l", "", ""); w.Body.String() != `{"items":[]}` {
		t.Errorf("answered %s", w.Body)
	}
}

func TestListOfSelectedMembers(t *testing.T) {
	t.Parallel()
	type base struct {
		Name string `json:"name"`
	}
	type item struct {
		ID int64 `json:"id"`
		base
		Note string      `json:"note,omitempty"`
		At   entity.Time `json:"at,omitzero"`
		Key  string      `json:"-"`
	}
	for want, only := range map[string][]string{
		`{"items":[{"id":1,"name":"n"}]}`:              nil,
		`{"items":[{}]}`:                               {},
		`{"items":[{"at":null,"note":"","name":"n"}]}`: {"at", "note", "name"},
		`{"items":[{"id":1}]}`:                         {"id", "key", "Key", "-", "ID"},
	} {
		items := func(yield func(item, error) bool) { yield(item{ID: 1, base: base{"n"}, Key: "secret"}, nil) }
		h := &house{Router: mustRouter(t, sample(httpx.Op("GET", "/l", "l", httpx.Public(),
			func(context.Context, *struct{}) (*httpx.ListOf[item], error) {
				return &httpx.ListOf[item]{Name: "items", Only: only, Items: items}, nil
			})))}
		if w := h.call("GET", "/l", "", ""); w.Body.String() != want {
			t.Errorf("%q: answered %s, want %s", only, w.Body, want)
		}
	}
}

func TestObjectMarshals(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]httpx.Object{
		`{}`:                       nil,
		`{"b":1,"a":null}`:         {{Name: "b", Value: 1}, {Name: "a"}},
		`{"x":{"y":["<&>"]}}`:      {{Name: "x", Value: httpx.Object{{Name: "y", Value: []string{"<&>"}}}}},
		`{"quo\"te":"2026-01-31"}`: {{Name: `quo"te`, Value: "2026-01-31"}},
	} {
		h := &house{Router: mustRouter(t, sample(httpx.Op("GET", "/o", "o", httpx.Public(),
			func(context.Context, *struct{}) (*httpx.Object, error) { return &o, nil })))}
		if w := h.call("GET", "/o", "", ""); w.Body.String() != want {
			t.Errorf("answered %s, want %s", w.Body, want)
		}
	}
	if _, err := json.Marshal(httpx.Object{{Name: "f", Value: func() {}}}); err == nil {
		t.Error("a function was encoded")
	}
}

func mustRouter(t testing.TB, surfaces ...httpx.Surface) *httpx.Router {
	t.Helper()
	r, err := httpx.NewRouter(httpx.Options{Auth: door{}}, surfaces...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
