package instances_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/licet/licet/internal/httpx/httpxtest"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// TestDocument: every operation is in the OpenAPI document, answers as it says,
// and says what a reader must know.
func TestDocument(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.URL(t, store.SQLite))
	w := h.stocked()
	group := h.ok("POST", "license/score-group", at(`{"licenseId":%d,"name":"g"}`, w.license)).id()
	httpxtest.ValidateDocument(t, h.router.OpenAPI())
	doc := httpxtest.Load(t, h.router.OpenAPI())
	bodies := map[string]string{
		"POST instance": strings.Replace(w.create(w.org, w.otherProject, "PENDING"), "}", `,"status":"DISABLED"}`, 1),
		"POST license":  aLicense, "POST organisation": `{"name":"n","parent":"p"}`, "POST project": `{"name":"n","tags":["a"],"viewTenantIds":[1]}`,
		"POST instance/meta": at(`{"licenseInstanceId":%d,"expiredAt":5}`, w.instance), "POST license/score-group": at(`{"licenseId":%d,"name":"h"}`, w.license),
	}
	ours := []string{"POST instance/meta", "POST license/score-group", "PUT license/score-group/{id}"}
	for _, op := range h.ops {
		path := strings.TrimPrefix(op.Path, "/api/v1/")
		name := op.Method + " " + path
		id := map[string]int64{"license/score-group/{id}": group, "organisation/{id}": w.org}[path]
		if id == 0 {
			id = 1
		}
		to := strings.NewReplacer("{id}", at("%d", id), "{organisationId}", at("%d", w.org), "{licenseId}", at("%d", w.license)).Replace(path)
		body := bodies[name]
		if strings.HasSuffix(path, "search") {
			doc.Answer(t, op.Method, op.Path, 200, "", []byte(h.ok(op.Method, to, `{"trackTotal":true}`).body))
		}
		doc.Answer(t, op.Method, op.Path, 200, "", []byte(h.ok(op.Method, to, body).body))
		doc.Answer(t, op.Method, op.Path, 403, "", []byte(h.call("stranger", op.Method, to, body).body))
		if op.Added != slices.Contains(ours, name) {
			t.Errorf("%s is an addition: %v", name, op.Added)
		}
		if (path == "license" || path == "license/{id}") && op.Method != "GET" && !strings.Contains(op.Description, "the server never runs them") {
			t.Errorf("%s does not say what becomes of scripts", name)
		}
		if (len(op.Access.Roles) == 0) == (op.Access.Judged == "") {
			t.Errorf("%s: for %v, judged %q", name, op.Access.Roles, op.Access.Judged)
		}
	}
	if len(h.ops) != 21 {
		t.Errorf("there are %d operations", len(h.ops))
	}
}
