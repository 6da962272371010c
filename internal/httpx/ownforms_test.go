package httpx

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/licet/licet/internal/fault"
)

// ownForms is a surface with everything that one may have in place of the
// router's: a credential header, request ids, empty answers and strict bodies.
func ownForms(t *testing.T) *Router {
	t.Helper()
	type item struct {
		Name string `json:"name"`
	}
	type body struct {
		Items []item `json:"items"`
	}
	r, err := NewRouter(Options{}, Surface{
		Name: "own", Prefixes: []string{"/own"}, Credential: "X-Own-Session", Auth: sessionOf{},
		RequestID:  func(sent string) string { return "id-" + sent },
		WriteError: writeProblem,
		Ops: []Operation{
			Op("PUT", "/own", "Put", Access{}, func(context.Context, *body) (*Bare, error) { return &Bare{Status: 200}, nil }).
				WithBare(200, "Put.").WithAnyMediaType().WithBody().WithKnownMembers(),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

type sessionOf struct{}

func (sessionOf) Authenticate(_ context.Context, c Credential) (Caller, error) {
	if c.Session != "good" || c.APIKey != "" || c.Bearer != "" {
		return Caller{}, fault.New(fault.Unauthenticated, "no")
	}
	return Caller{UserID: "u", Permissions: 15}, nil
}

func TestASurfaceHasFormsOfItsOwn(t *testing.T) {
	t.Parallel()
	r := ownForms(t)
	for _, c := range []struct {
		name, session, media, body string
		status                     int
		says                       string
	}{
		{"good", "good", "application/json", `{"items":[{"NAME":"x"}]}`, 200, ""},
		{"any media type", "good", "application/x-www-form-urlencoded", `{"items":[]}`, 200, ""},
		{"an unknown member", "good", "", `{"items":[],"more":1}`, 400, "more: is not a member of this"},
		{"a nested one", "good", "", `{"items":[{"name":"x"},{"nam":1}]}`, 400, "items[1].nam: is not a member of this"},
		{"a type", "good", "", `{"items":[{"name":1}]}`, 400, "items[0].name: expected a string"},
		{"no body", "good", "", " ", 400, "the body is missing"},
		{"no session", "", "", `{}`, 401, "a credential is needed: X-Own-Session"},
		{"a bad one", "bad", "", `{}`, 401, "no"},
	} {
		req := httptest.NewRequest("PUT", "/own", strings.NewReader(c.body))
		req.Header.Set("Content-Type", c.media)
		req.Header.Set("X-Api-Key", "api_another")
		req.Header.Set("X-Request-Id", "7")
		if c.session != "" {
			req.Header.Set("X-Own-Session", c.session)
		}
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) || w.Header().Get("X-Request-Id") != "id-7" {
			t.Errorf("%s: %d %v %s", c.name, w.Code, w.Header(), w.Body)
		}
		if c.status == 200 && (w.Body.Len() > 0 || w.Header().Get("Content-Type") != "" || w.Header().Get("Content-Length") != "0") {
			t.Errorf("%s: the answer is not empty: %v %q", c.name, w.Header(), w.Body)
		}
	}
	var doc struct {
		Paths map[string]map[string]struct {
			Security  []map[string][]string
			Responses map[string]map[string]any
		}
	}
	if err := json.Unmarshal(r.OpenAPI(), &doc); err != nil {
		t.Fatal(err)
	}
	put := doc.Paths["/own"]["put"]
	if len(put.Security) != 1 || put.Security[0]["X-Own-Session"] == nil || put.Responses["200"]["content"] != nil {
		t.Errorf("the document says %+v", put)
	}
}
