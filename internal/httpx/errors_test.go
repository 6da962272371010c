package httpx_test

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
)

func TestEveryKindHasItsStatus(t *testing.T) {
	t.Parallel()
	h := &house{log: &logBuffer{}}
	var kind fault.Kind
	op := httpx.Op("GET", "/x", "", httpx.Public(), func(context.Context, *struct{}) (*echo, error) {
		return nil, fault.New(kind, "as told")
	})
	var err error
	if h.Router, err = httpx.NewRouter(httpx.Options{Logger: loggerTo(h.log)}, sample(op)); err != nil {
		t.Fatal(err)
	}
	for k, want := range map[fault.Kind]int{
		fault.Internal: 500, fault.Invalid: 400, fault.Unauthenticated: 401, fault.Forbidden: 403, fault.NotFound: 404,
		fault.MethodNotAllowed: 405, fault.Conflict: 409, fault.TooLarge: 413, fault.UnsupportedMedia: 415,
		fault.Throttled: 429, fault.Unavailable: 503, 200: 500,
	} {
		kind = k
		if w := h.call("GET", "/x", "", ""); w.Code != want {
			t.Errorf("kind %d: %d, want %d", k, w.Code, want)
		}
		lines := h.lines(t)
		if l := lines[len(lines)-1]; (l.Error != "") != (k == fault.Internal || k == fault.Unavailable) {
			t.Errorf("kind %d is logged with %q", k, l.Error)
		}
	}
}

// A value that cannot be encoded must not pass for an answer.
func TestWriteJSONOfTheUnencodable(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	httpx.WriteJSON(w, 200, func() {})
	if w.Code != 500 || w.Body.Len() != 0 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	h := &house{Router: mustRouter(t, sample(httpx.Op("GET", "/x", "", httpx.Public(),
		func(context.Context, *struct{}) (*echo, error) { return &echo{Got: make(chan int)}, nil })))}
	if w := h.call("GET", "/x", "", ""); w.Code != 500 || decode[seatProblem](t, w).Title != "internal error" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
