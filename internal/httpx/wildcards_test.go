package httpx_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
)

// deepRequest asks about whatever its path names.
type deepRequest struct {
	IDs  []int64            `path:"*"`
	Body httpx.ItemOf[bool] `body:""`
}

// TestAllWildcardsTogether: one request serves paths of any depth, and knows what
// its body says beside the item.
func TestAllWildcardsTogether(t *testing.T) {
	t.Parallel()
	say := func(_ context.Context, r *deepRequest) (*httpx.Object, error) {
		return &httpx.Object{{Name: "said", Value: fmt.Sprint(r.IDs, r.Body.Given, slices.Sorted(maps.Keys(r.Body.Beside)))}}, nil
	}
	var ops []httpx.Operation
	for _, path := range []string{"/v1/none", "/v1/a/{aId}", "/v1/a/{aId}/b/{bId}/c"} {
		ops = append(ops, httpx.Op("POST", path, "", httpx.Public(), say).WithItem("item"))
	}
	router, err := httpx.NewRouter(httpx.Options{}, httpx.Surface{Name: "test", Prefixes: []string{"/v1"}, Ops: ops,
		WriteError: func(w http.ResponseWriter, _ string, f *fault.Error) {
			w.WriteHeader(httpx.StatusOf(f.Kind))
			_, _ = w.Write([]byte(f.Error()))
		}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, body, want string }{
		{"/v1/none", `{"item":true}`, `{"said":"[] true []"}`},
		{"/v1/a/7", `{"ITEM":true,"AId":8,"x":null}`, `{"said":"[7] true [aid x]"}`},
		{"/v1/a/-7/b/9223372036854775807/c", `{"item":null}`, `{"said":"[-7 9223372036854775807] false []"}`},
		{"/v1/a/x", `{}`, "aId: expected a whole number"},
		{"/v1/a/1/b/9223372036854775808/c", `{}`, "bId: the number 9223372036854775808 is out of range"},
	} {
		w := httptest.NewRecorder()
		router.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, c.path, strings.NewReader(c.body)))
		if !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("POST %s %s: %s, want %s", c.path, c.body, w.Body, c.want)
		}
	}
	if doc := string(router.OpenAPI()); !strings.Contains(doc, `"bId"`) || strings.Contains(doc, `"name":"*"`) {
		t.Error("the wildcards are not documented by their names")
	}
}
