package httpx_test

import (
	"slices"
	"testing"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx"
)

func TestCredentials(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, c := range []struct {
		name    string
		headers []string
		want    int
	}{
		{"none", nil, 401},
		{"key", []string{"x-api-key: admin"}, 200},
		{"bearer", []string{"Authorization: Bearer admin"}, 200},
		{"bearer in lower case", []string{"Authorization: bearer  admin"}, 200},
		{"both the same", []string{"X-Api-Key: admin", "Authorization: Bearer admin"}, 200},
		{"both, different", []string{"X-Api-Key: admin", "Authorization: Bearer reader"}, 401},
		{"two keys", []string{"X-Api-Key: admin", "X-Api-Key: admin"}, 401},
		{"two bearers", []string{"Authorization: Bearer admin", "Authorization: Bearer admin"}, 401},
		{"unknown key", []string{"X-Api-Key: nobody"}, 401},
		{"empty key", []string{"X-Api-Key: "}, 401},
		{"another scheme", []string{"Authorization: Basic YWRtaW46YWRtaW4="}, 401},
		{"bare word", []string{"Authorization: admin"}, 401},
		{"the books are down", []string{"X-Api-Key: broken"}, 500},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := h.call("GET", "/v1/query", "", "", c.headers...)
			if w.Code != c.want {
				t.Fatalf("%d %s, want %d", w.Code, w.Body, c.want)
			}
			if challenge := w.Header().Get("WWW-Authenticate"); (challenge != "") != (c.want == 401) {
				t.Errorf("challenge %q with %d", challenge, w.Code)
			}
		})
	}
}

// The matrix is made from the declarations, as tests of real surfaces do.
func TestRoleMatrix(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	paths := map[string]string{"/v1/licenses/{licenseId}": "/v1/licenses/1", "/v1/books/{bookId}": "/v1/books/1"}
	for _, op := range h.Operations() {
		path := op.Path
		if p := paths[path]; p != "" {
			path = p
		}
		for key, caller := range map[string]httpx.Caller{
			"admin":   {Roles: []entity.Role{entity.Administrator}, Permissions: entity.AllPermissions},
			"reader":  {Roles: []entity.Role{entity.Sales}, Permissions: entity.Read},
			"creator": {Roles: []entity.Role{entity.Sales}, Permissions: entity.Create},
			"app":     {Roles: []entity.Role{entity.Application}, Permissions: entity.AllPermissions},
		} {
			allowed := op.Access.Public || caller.Permissions&op.Access.Permission == op.Access.Permission &&
				slices.ContainsFunc(op.Access.Roles, caller.Is)
			if err := op.Access.Allows(caller); (err == nil) != allowed {
				t.Errorf("%s as %s: %v", op.ID, key, err)
			}
			w := h.call(op.Method, path, key, "")
			if forbidden := w.Code == 403; forbidden == allowed {
				t.Errorf("%s as %s: %d %s", op.ID, key, w.Code, w.Body)
			}
		}
		open := op.Access.Public || op.Access.Keyless != nil
		if w := h.call(op.Method, path, "", ""); (w.Code == 401) == open {
			t.Errorf("%s without a credential: %d", op.ID, w.Code)
		}
	}
}

func TestForbiddenSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, c := range []struct{ method, path, key, want string }{
		{"GET", "/v1/query", "app", "this operation is for the role Administrator or Sales"},
		{"GET", "/v1/query", "creator", "the credential lacks the permission Read"},
		{"DELETE", "/v1/licenses/1", "reader", "the credential lacks the permission Delete"},
		{"POST", "/v1/import", "reader", "the credential lacks the permission Write and Create"},
		{"POST", "/v1/import", "creator", "the credential lacks the permission Write"},
	} {
		w := h.call(c.method, c.path, c.key, "")
		if got := decode[bookError](t, w); w.Code != 403 || got.Message != c.want {
			t.Errorf("%s %s as %s: %d %q", c.method, c.path, c.key, w.Code, got.Message)
		}
	}
}

// A credential that is sent counts, also where none is needed.
func TestKeyless(t *testing.T) {
	t.Parallel()
	for _, open := range []bool{true, false} {
		surface := books(func() bool { return open })
		router, err := httpx.NewRouter(httpx.Options{Auth: door{}}, surface)
		if err != nil {
			t.Fatal(err)
		}
		h := &house{Router: router}
		without := 401
		if open {
			without = 200
		}
		for key, want := range map[string]int{"": without, "app": 200, "nobody": 401, "reader": 403} {
			if w := h.call("GET", "/v1/open", key, ""); w.Code != want {
				t.Errorf("open=%v as %q: %d, want %d", open, key, w.Code, want)
			}
		}
	}
}

func TestWithoutAuthenticatorNobodyIsKnown(t *testing.T) {
	t.Parallel()
	router, err := httpx.NewRouter(httpx.Options{}, seats())
	if err != nil {
		t.Fatal(err)
	}
	h := &house{Router: router}
	if w := h.call("POST", "/v1/license/activate", "app", "{}"); w.Code != 401 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// Nothing of a request is looked at before its caller may ask.
func TestAuthorisationComesFirst(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if w := h.call("PUT", "/v1/books/x", "", "{", "Content-Type: text/plain"); w.Code != 401 {
		t.Errorf("no credential: %d", w.Code)
	}
	if w := h.call("PUT", "/v1/books/x", "reader", "{", "Content-Type: text/plain"); w.Code != 403 {
		t.Errorf("no right: %d", w.Code)
	}
}
