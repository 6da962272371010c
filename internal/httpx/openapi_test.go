package httpx_test

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/httpx/httpxtest"
)

func TestTheDocumentIsValid(t *testing.T) {
	t.Parallel()
	httpxtest.ValidateDocument(t, newHouse(t).OpenAPI())
}

func TestRealAnswersAreWhatTheDocumentSays(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	doc := httpxtest.Load(t, h.OpenAPI())
	for _, c := range []struct{ method, pattern, target, key, body string }{
		{"GET", "/v1/licenses", "/v1/licenses?take=3", "admin", ""},
		{"GET", "/v1/licenses", "/v1/licenses?take=0", "admin", ""},
		{"GET", "/v1/licenses", "/v1/licenses?take=x", "admin", ""},
		{"GET", "/v1/licenses", "/v1/licenses?take=2&explode=early", "admin", ""},
		{"GET", "/v1/licenses", "/v1/licenses", "", ""},
		{"POST", "/v1/licenses", "/v1/licenses", "admin", `{"license":{"format":4}}`},
		{"POST", "/v1/licenses", "/v1/licenses", "admin", `{"license":{"maxAllowedSites":3}}`},
		{"DELETE", "/v1/licenses/{licenseId}", "/v1/licenses/4", "admin", ""},
		{"PUT", "/v1/books/{bookId}", "/v1/books/4", "admin", `{"name":"x"}`},
		{"PUT", "/v1/books/{bookId}", "/v1/books/4", "app", `{"name":"x"}`},
		{"POST", "/v1/license/activate", "/v1/license/activate", "app", `{"userKey":"k"}`},
		{"POST", "/v1/license/activate", "/v1/license/activate", "reader", ``},
		{"POST", "/v1/license/activate", "/v1/license/activate", "app", `{"userKey":7}`},
		{"GET", "/v1/file", "/v1/file", "", ""},
	} {
		w := h.call(c.method, c.target, c.key, c.body)
		doc.Answer(t, c.method, c.pattern, w.Code, w.Header().Get("Content-Type"), w.Body.Bytes())
	}
}

// document is the part of the document that tests look into.
type document struct {
	Paths map[string]map[string]struct {
		OperationID string
		Description string
		Parameters  []struct {
			Name, In, Description string
			Required              bool
			Schema                map[string]any
		}
		RequestBody *struct {
			Content map[string]struct{ Schema map[string]any }
		}
		Responses map[string]struct {
			Content map[string]struct{ Schema map[string]any }
		}
		Security []map[string][]string
	}
	Components struct{ Schemas map[string]map[string]any }
}

func readDocument(t *testing.T, b []byte) document {
	t.Helper()
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheDocumentHasEveryOperation(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	d := readDocument(t, h.OpenAPI())
	for _, op := range h.Operations() {
		described := d.Paths[op.Path][strings.ToLower(op.Method)]
		if described.OperationID != op.ID {
			t.Errorf("%s %s: %q, want %q", op.Method, op.Path, described.OperationID, op.ID)
		}
		for _, role := range op.Access.Roles {
			if !strings.Contains(described.Description, string(role)) {
				t.Errorf("%s: %q does not name %s", op.ID, described.Description, role)
			}
		}
	}
}

// The document names a credential for exactly the operations that answer 401
// without one, by the same setting.
func TestTheDocumentSaysWhatNeedsACredential(t *testing.T) {
	t.Parallel()
	either := []map[string][]string{{"apiKey": {}}, {"bearer": {}}}
	paths := map[string]string{"/v1/licenses/{licenseId}": "/v1/licenses/1", "/v1/books/{bookId}": "/v1/books/1"}
	for _, open := range []bool{true, false} {
		h := &house{Router: mustRouter(t, books(func() bool { return open }), seats())}
		d := readDocument(t, h.OpenAPI())
		for _, op := range h.Operations() {
			want := either
			switch {
			case op.Access.Public:
				want = []map[string][]string{}
			case op.Access.Keyless != nil && open:
				want = append([]map[string][]string{{}}, either...)
			}
			described := d.Paths[op.Path][strings.ToLower(op.Method)]
			if diff := cmp.Diff(want, described.Security); diff != "" {
				t.Errorf("open=%v %s (-want +got)\n%s", open, op.ID, diff)
			}
			path := op.Path
			if p := paths[path]; p != "" {
				path = p
			}
			needed := len(described.Security) == 2
			if w := h.call(op.Method, path, "", ""); (w.Code == 401) != needed {
				t.Errorf("open=%v %s: documented as %v, answered %d", open, op.ID, described.Security, w.Code)
			}
		}
	}
}

func TestSchemas(t *testing.T) {
	t.Parallel()
	d := readDocument(t, newHouse(t).OpenAPI())
	ref := func(name string) map[string]any { return map[string]any{"$ref": "#/components/schemas/" + name} }
	list := d.Paths["/v1/licenses"]["get"].Responses["200"].Content["application/json"].Schema
	insert := d.Paths["/v1/licenses"]["post"]
	license := d.Components.Schemas["License"]
	properties := license["properties"].(map[string]any)
	path := d.Paths["/v1/licenses/{licenseId}"]["delete"].Parameters[0]
	for name, c := range map[string]struct{ got, want any }{
		"list items":        {list["properties"].(map[string]any)["licenses"], map[string]any{"type": "array", "items": ref("License")}},
		"list members":      {list["required"], []any{"success", "licenses", "totalLicensesCount"}},
		"component":         {license["required"], nil},
		"sent body":         {insert.RequestBody.Content["application/json"].Schema["properties"], map[string]any{"license": ref("License")}},
		"optional members":  {insert.RequestBody.Content["application/json"].Schema["required"], nil},
		"nullable number":   {properties["maxAllowedSites"], map[string]any{"type": []any{"integer", "null"}, "format": "int64"}},
		"time":              {properties["expireDate"], map[string]any{"type": []any{"string", "null"}, "format": "date-time"}},
		"relation":          {properties["customer"], map[string]any{"anyOf": []any{ref("Customer"), map[string]any{"type": "null"}}}},
		"embedded list":     {properties["features"], map[string]any{"type": []any{"array", "null"}, "items": ref("Feature")}},
		"hidden":            {properties["parentId"], nil},
		"path parameter":    {[]any{path.Name, path.In, path.Required}, []any{"licenseId", "path", true}},
		"query description": {d.Paths["/v1/licenses"]["get"].Parameters[0].Description, "At most this many"},
		"keyless":           {d.Paths["/v1/open"]["get"].Security, []map[string][]string{{}, {"apiKey": {}}, {"bearer": {}}}},
		"error":             {d.Paths["/v1/license/activate"]["post"].Responses["default"].Content["application/problem+json"].Schema, ref("Httpx_test.SeatProblem")},
		"response members": {d.Paths["/v1/license/activate"]["post"].Responses["200"].Content["application/json"].Schema["required"],
			[]any{"token", "expires", "note", "tags"}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" && !(c.want == nil && c.got == nil) {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

func TestDeclaredRequestNames(t *testing.T) {
	t.Parallel()
	op := httpx.Op("POST", "/x", "x", httpx.Public(), func(context.Context, *map[string]any) (*echo, error) { return &echo{}, nil }).
		WithRequestSchema(httpx.Object{{Name: "user", Value: entity.User{}}, {Name: "roles", Value: []string(nil)}, {Name: "meta"}}).
		WithDescription("Long.").WithID("odd")
	router := mustRouter(t, sample(op))
	httpxtest.ValidateDocument(t, router.OpenAPI())
	got := readDocument(t, router.OpenAPI()).Paths["/x"]["post"]
	members := got.RequestBody.Content["application/json"].Schema["properties"].(map[string]any)
	if len(members) != 3 || got.OperationID != "odd" || !strings.HasPrefix(got.Description, "Long.") {
		t.Errorf("%+v", got)
	}
}

func TestTypesOfOneNameAreRefused(t *testing.T) {
	t.Parallel()
	one, two := func() httpx.Operation {
		type same struct {
			A int `json:"a"`
		}
		return httpx.Op("GET", "/a", "", httpx.Public(), func(context.Context, *struct{}) (*same, error) { return nil, nil })
	}(), func() httpx.Operation {
		type same struct {
			B int `json:"b"`
		}
		return httpx.Op("GET", "/b", "", httpx.Public(), func(context.Context, *struct{}) (*same, error) { return nil, nil })
	}()
	if _, err := httpx.NewRouter(httpx.Options{}, sample(one, two)); err == nil || !strings.Contains(err.Error(), "Httpx_test.Same") {
		t.Errorf("got %v", err)
	}
}

func TestDocsStayOnThisServer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	page := h.call("GET", "/docs", "", "")
	policy := page.Header().Get("Content-Security-Policy")
	if page.Code != 200 || !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "script-src 'self';") {
		t.Fatalf("%d %q", page.Code, policy)
	}
	links := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(page.Body.String(), -1)
	if len(links) < 4 {
		t.Fatalf("only %d links in %s", len(links), page.Body)
	}
	for _, l := range links {
		if l[1] == "data:," { // no icon
			continue
		}
		w := h.call("GET", "/"+l[1], "", "")
		if w.Code != 200 || w.Body.Len() == 0 {
			t.Errorf("%s: %d", l[1], w.Code)
		}
		if strings.HasSuffix(l[1], "page.js") && !strings.Contains(w.Body.String(), "validatorUrl: null") {
			t.Error("the viewer would send the document away")
		}
	}
	if regexp.MustCompile(`<script>|onload=|<style>`).MatchString(page.Body.String()) {
		t.Error("the policy stops inline code")
	}
	if w := h.call("GET", "/openapi.json", "", ""); w.Body.String() != string(h.OpenAPI()) || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%v", w.Header())
	}
	if w := h.call("GET", "/docs/", "", ""); w.Code != 404 {
		t.Errorf("/docs/: %d", w.Code)
	}
	if w := h.call("GET", "/docs/LICENSE", "", ""); w.Code != 404 {
		t.Errorf("an unlisted file: %d", w.Code)
	}
}
