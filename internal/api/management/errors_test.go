package management

import (
	"encoding/json"
	"net/http/httptest"
	"testing"

	"github.com/licet/licet/internal/fault"
)

func TestErrorTable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		f            *fault.Error
		status, code int
		message      string
	}{
		{fault.Bad("license.format", "no"), 400, 3, "license.format: no"},
		{fault.New(fault.Unauthenticated, "no"), 401, 16, "no"},
		{fault.New(fault.Forbidden, "no"), 403, 7, "no"},
		{fault.New(fault.NotFound, "no"), 404, 5, "no"},
		{fault.New(fault.MethodNotAllowed, "no"), 405, 12, "no"},
		{fault.New(fault.Conflict, "no"), 409, 9, "no"},
		{fault.Taken("code"), 409, 6, "code: is in use already"},
		{fault.New(fault.TooLarge, "no"), 413, 8, "no"},
		{fault.New(fault.UnsupportedMedia, "no"), 415, 3, "no"},
		{fault.New(fault.Throttled, "no"), 429, 8, "no"},
		{fault.New(fault.Unavailable, "no"), 503, 14, "no"},
		{fault.New(fault.Internal, "no"), 500, 13, "no"},
	} {
		w := httptest.NewRecorder()
		writeError(w, "id", c.f)
		got := status{Success: true}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if want := (status{Code: c.code, Message: c.message}); w.Code != c.status || got != want {
			t.Errorf("%v: %d %+v", c.f, w.Code, got)
		}
		if name := w.Header().Get("X-Licet-Code"); name != string(c.f.Code) {
			t.Errorf("%v is named %q", c.f, name)
		}
	}
}

func TestUnderNamesTheWholePath(t *testing.T) {
	t.Parallel()
	for field, want := range map[string]string{"": "", "name": "product.name", "product.id": "product.id", "products": "product.products"} {
		if got := fault.Of(under("product", fault.Bad(field, "no"))).Field; got != want {
			t.Errorf("%q became %q, want %q", field, got, want)
		}
	}
}
