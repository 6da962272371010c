package httpx_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx"
)

func loggerTo(w io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func nothing(context.Context, *struct{}) (*echo, error) { return &echo{}, nil }

func TestOperationIDs(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		"POST /v1/license/activate":                      "license-activate",
		"GET /v1/licenses":                               "licenses-read",
		"POST /v1/licenses":                              "licenses-create",
		"PUT /v1/licenses":                               "licenses-update",
		"DELETE /v1/licenses/{licenseId}":                "licenses-delete",
		"GET /v1/products/{productId}/releases":          "products-releases-read",
		"POST /v1/orders/{orderId}/products/{productId}": "orders-products-create",
		"POST /v1/email/send":                            "email-send",
		"GET /license-orders/{key}":                      "license-orders-read-one",
		"POST /api/v1/instance":                          "api-v1-instance",
		"PUT /public/core/v3/license/org/{orgId}":        "public-core-v3-license-org-update",
		"GET /rest/v2/{key}/{rest...}":                   "rest-v2-read-one",
	} {
		method, path, _ := strings.Cut(pattern, " ")
		if got := httpx.Op(method, path, "", httpx.Public(), nothing).ID; got != want {
			t.Errorf("%s: %s, want %s", pattern, got, want)
		}
	}
}

func TestPermissionFollowsTheMethod(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]entity.Permission{
		"GET": entity.Read, "PUT": entity.Write, "DELETE": entity.Delete, "POST": entity.Create, "patch": entity.Write,
	} {
		if got := httpx.Op(method, "/x", "", httpx.Roles(entity.Sales), nothing).Access.Permission; got != want {
			t.Errorf("%s: %d, want %d", method, got, want)
		}
	}
	if got := httpx.Op("POST", "/x", "", httpx.Roles(entity.Sales).Needs(entity.Read), nothing).Access.Permission; got != entity.Read {
		t.Errorf("Needs was overruled: %d", got)
	}
	if got := httpx.Op("POST", "/x", "", httpx.Public(), nothing).Access.Permission; got != 0 {
		t.Errorf("a public operation needs %d", got)
	}
}

func TestOpRefusesWrongRequests(t *testing.T) {
	t.Parallel()
	type noWildcard struct {
		ID int64 `path:"other"`
	}
	type loose struct {
		ID   int64  `path:"id"`
		Name string `json:"name"`
	}
	type odd struct {
		ID float64 `path:"id"`
	}
	type oddQuery struct {
		M map[string]int `query:"m"`
	}
	type Paging struct {
		Take int64 `query:"take"`
	}
	type embedded struct{ *Paging }
	for name, declare := range map[string]func(){
		"in an embedded pointer":   func() { declareWith[embedded]() },
		"no wildcard":              func() { declareWith[noWildcard]() },
		"the body could overwrite": func() { declareWith[loose]() },
		"a float in the path":      func() { declareWith[odd]() },
		"a map in the query":       func() { declareWith[oddQuery]() },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: accepted", name)
				}
			}()
			declare()
		}()
	}
}

func declareWith[Req any]() {
	httpx.Op("GET", "/x/{id}", "", httpx.Public(), func(context.Context, *Req) (*echo, error) { return &echo{}, nil })
}

func TestNewRouterRefusesWrongTables(t *testing.T) {
	t.Parallel()
	op := func(method, path string) httpx.Operation { return httpx.Op(method, path, "", httpx.Public(), nothing) }
	unnamed := httpx.Op("POST", "/x", "", httpx.Public(), func(context.Context, *httpx.ItemOf[int]) (*echo, error) { return &echo{}, nil })
	mute := sample(op("GET", "/x"))
	mute.WriteError = nil
	narrow := sample(op("GET", "/x"))
	narrow.Prefixes = []string{"/y"}
	for want, surface := range map[string]httpx.Surface{
		"is taken by GET /x": sample(op("GET", "/x"), op("GET", "/x")),
		"conflicts":          sample(op("GET", "/x/{a}"), op("GET", "/x/{b}").WithID("other")),
		"under none of":      narrow,
		"WithItem":           sample(unnamed),
		"no WriteError":      mute,
		"not made with Op":   sample(httpx.Operation{Method: "GET", Path: "/x"}),
		"mount":              sample(op("GET", "/x/{")),
	} {
		_, err := httpx.NewRouter(httpx.Options{}, surface)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	registry := prometheus.NewRegistry()
	for i, ok := range []bool{true, false} {
		if _, err := httpx.NewRouter(httpx.Options{Registry: registry}); (err == nil) != ok {
			t.Errorf("router %d on one registry: %v", i, err)
		}
	}
	extra := map[string]http.Handler{"GET /docs": http.NotFoundHandler()}
	if _, err := httpx.NewRouter(httpx.Options{Extra: extra}); err == nil {
		t.Error("an extra route took the place of /docs")
	}
}

func TestRoutesConflictAcrossSurfaces(t *testing.T) {
	t.Parallel()
	one := sample(httpx.Op("GET", "/v1/license/{x}", "", httpx.Public(), nothing))
	one.Prefixes = []string{"/v1/license"}
	if _, err := httpx.NewRouter(httpx.Options{}, one, one); err == nil {
		t.Error("the same surface twice")
	}
}
