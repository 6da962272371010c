package httpx_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/httpx/httpxtest"
)

type maybeBare struct {
	httpx.Bare
	Name string `json:"name"`
}

// halls is a surface with answers without a body, a media type of its own, and
// paths that are routed elsewhere.
func halls() httpx.Surface {
	type what struct {
		Name string `path:"name"`
	}
	bare := func(_ context.Context, w *what) (*httpx.Bare, error) {
		if w.Name == "wrong" {
			return &httpx.Bare{Status: http.StatusTeapot}, nil
		}
		return &httpx.Bare{Status: http.StatusAccepted, Location: "/halls/" + w.Name}, nil
	}
	either := func(_ context.Context, w *what) (*maybeBare, error) {
		if w.Name == "moved" {
			return &maybeBare{Bare: httpx.Bare{Status: http.StatusSeeOther, Location: "/halls/there"}}, nil
		}
		return &maybeBare{Name: w.Name}, nil
	}
	s := sample(
		httpx.Op("PUT", "/halls/{name}", "Make", httpx.Public(), bare).WithBare(http.StatusAccepted, "Begun."),
		httpx.Op("DELETE", "/halls/{name}", "End", httpx.Public(), func(context.Context, *what) (*httpx.Bare, error) {
			return &httpx.Bare{Status: http.StatusNoContent}, nil
		}).WithBare(http.StatusNoContent, "Ended."),
		httpx.Op("GET", "/halls/{name}", "Read", httpx.Public(), either).WithBare(http.StatusSeeOther, "Elsewhere."),
	)
	s.ContentType = "application/hal+json"
	s.Reroute = func(_ *http.Request, escaped string) string {
		if tail, ok := strings.CutPrefix(escaped, "/old/"); ok {
			return "/halls/" + strings.ReplaceAll(tail, "/", "%2F")
		}
		if escaped == "/bad" {
			return "/halls/%"
		}
		return ""
	}
	return s
}

func TestBareAnswersAndReroutedPaths(t *testing.T) {
	t.Parallel()
	h := &house{Router: mustRouter(t, halls())}
	httpxtest.ValidateDocument(t, h.OpenAPI())
	doc := httpxtest.Load(t, h.OpenAPI())
	for _, c := range []struct {
		method, path         string
		status               int
		location, form, body string
	}{
		{"PUT", "/halls/a", 202, "/halls/a", "", ""},
		{"PUT", "/halls/wrong", 500, "", "application/problem+json", ""}, // not declared
		{"DELETE", "/halls/a", 204, "", "", ""},
		{"GET", "/halls/a", 200, "", "application/hal+json", `{"name":"a"}`},
		{"HEAD", "/halls/a", 200, "", "application/hal+json", `{"name":"a"}`}, // the recorder keeps what net/http drops
		{"GET", "/halls/moved", 303, "/halls/there", "", ""},
		{"GET", "/old/a//b/../c+%2f", 200, "", "application/hal+json", `{"name":"a//b/../c+/"}`},
		{"GET", "/bad", 404, "", "application/problem+json", ""},
	} {
		w := h.call(c.method, c.path, "", "")
		if w.Code != c.status || w.Header().Get("Location") != c.location || w.Header().Get("Content-Type") != c.form || c.body != "" && strings.TrimSpace(w.Body.String()) != c.body {
			t.Errorf("%s %s: %d %v %s", c.method, c.path, w.Code, w.Header(), w.Body)
		}
		if c.status < 500 && c.method != "HEAD" {
			doc.Answer(t, c.method, "/halls/{name}", w.Code, w.Header().Get("Content-Type"), w.Body.Bytes())
		}
	}
	responses := readDocument(t, h.OpenAPI()).Paths["/halls/{name}"]
	if len(responses["put"].Responses) != 2 || len(responses["delete"].Responses) != 2 || len(responses["get"].Responses) != 3 {
		t.Errorf("documented are %+v", responses)
	}
}
