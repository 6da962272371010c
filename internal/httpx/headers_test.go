package httpx_test

import (
	"context"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
)

// headed is an answer with a header of its own.
type headed struct {
	Got any `json:"got"`
}

func (*headed) SetHeaders(h http.Header) { h.Set("X-Lease", "9.5") }

func TestAnswersWithHeadersOfTheirOwn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		got    any
		err    error
		status int
		lease  string
	}{
		"an answer":       {1, nil, 200, "9.5"},
		"a failure":       {nil, fault.Bad("x", "no"), 400, ""},
		"not encodable":   {make(chan int), nil, 500, ""},
		"an unknown fail": {nil, errBooks, 500, ""},
	} {
		h := &house{Router: mustRouter(t, sample(httpx.Op("GET", "/x", "", httpx.Public(),
			func(context.Context, *struct{}) (*headed, error) { return &headed{c.got}, c.err })))}
		w := h.call("GET", "/x", "", "")
		if got := w.Result().Header.Get("X-Lease"); w.Code != c.status || got != c.lease {
			t.Errorf("%s: %d, X-Lease %q", name, w.Code, got)
		}
	}
}

func TestRetrySecondsAreRoundedUp(t *testing.T) {
	t.Parallel()
	for wait, want := range map[time.Duration]int64{
		0: 0, 1: 1, time.Second - 1: 1, time.Second: 1, time.Second + 1: 2, 90 * time.Minute: 5400, 1<<63 - 1: 9223372037,
		-1: 0, -time.Second: -1,
	} {
		if got := httpx.RetrySeconds(wait); got != want {
			t.Errorf("%v: %d, want %d", wait, got, want)
		}
	}
	w := newHouse(t).call("GET", "/v1/fail?how=retry", "", "")
	if got := w.Header().Get("Retry-After"); got != strconv.FormatInt(httpx.RetrySeconds(1500*time.Millisecond), 10) {
		t.Errorf("Retry-After %q", got)
	}
}
