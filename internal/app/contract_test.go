package app_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/httpx/httpxtest"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// TestEveryDocumentedOperationIsDeclared holds the operation table against the
// page: each operation is there, with its parameters, their types, and a body
// where the page has one.
func TestEveryDocumentedOperationIsDeclared(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, storetest.URL(t, store.SQLite))
	var doc struct {
		Paths map[string]map[string]struct {
			RequestBody *struct{} `json:"requestBody"`
			Parameters  []struct {
				Name, In string
				Schema   struct {
					Type any
					Ref  string `json:"$ref"`
				}
			}
		}
	}
	if err := json.Unmarshal(s.Do(t, "GET", "/openapi.json", nil).Body, &doc); err != nil {
		t.Fatal(err)
	}
	for name, op := range managementPage(t) {
		declared, ok := doc.Paths[op.Path][strings.ToLower(op.Method)]
		if !ok {
			t.Errorf("%s is missing", name)
			continue
		}
		if op.Request != nil && declared.RequestBody == nil {
			t.Errorf("%s: no body is declared", name)
		}
		types := map[string]string{}
		for _, p := range declared.Parameters {
			types[p.In+" "+p.Name] = fmt.Sprint(p.Schema.Type)
		}
		for _, p := range op.Parameters {
			want, _, _ := strings.Cut(p.Type, "(")
			if strings.Contains(want, ".") {
				want = "string" // an object of the page's own, given as text
			}
			if got := types[p.In+" "+p.Name]; !strings.Contains(got, want) {
				t.Errorf("%s: parameter %s is %q, documented is %s", name, p.Name, got, p.Type)
			}
		}
	}
}

// TestManagementAnswersAreThePage tells a story in which each documented
// operation occurs, and compares every answer with the page and with our own
// OpenAPI document.
func TestManagementAnswersAreThePage(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *apptest.Server) {
		document := s.Do(t, "GET", "/openapi.json", nil).Body
		httpxtest.ValidateDocument(t, document)
		openAPI := httpxtest.Load(t, document)
		page := managementPage(t)
		left := maps.Clone(page)
		teller := newTeller(s)
		for _, step := range story() {
			a := teller.tell(t, step)
			if a.Status != http.StatusOK {
				t.Fatalf("%s %s: %d %s", step.method, step.path, a.Status, a.Body)
			}
			name := step.method + " " + step.path
			openAPI.Answer(t, step.method, step.path, a.Status, a.Header.Get("Content-Type"), a.Body)
			delete(left, name)
			if op, ok := page[name]; ok && op.Response != nil {
				for _, d := range unlike(name, op.Response, any(a.JSON)) {
					t.Error(d)
				}
			}
			if step.path == "/v1/log" && step.method == http.MethodDelete && (a.JSON["Success"] != true || a.JSON["DeletedLogCount"] == nil || a.JSON["Message"] == nil) {
				t.Errorf("DELETE /v1/log: %s", a.Body)
			}
		}
		if len(left) > 0 {
			t.Errorf("not told: %v", slices.Sorted(maps.Keys(left)))
		}
	})
}

// TestDocumentedExamplesAreRead sends every documented body as printed. Its
// values are nonsense (text that is no base64, references to nothing): it must
// be read, and refused in words if at all.
func TestDocumentedExamplesAreRead(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *apptest.Server) {
		for name, op := range managementPage(t) {
			if op.Request == nil {
				continue
			}
			a := s.Do(t, op.Method, anyID(op.Path), op.Request)
			message, _ := a.JSON["message"].(string)
			if a.Status != http.StatusOK && (a.Status < 400 || a.Status >= 500 || message == "") {
				t.Errorf("%s: %d %s", name, a.Status, a.Body)
			}
			if strings.Contains(message, "expected") {
				t.Errorf("%s: a member has another type: %s", name, a.Body)
			}
		}
	})
}

// TestDocumentedParametersAreHeeded asks every list of the page for less, in
// another order, and for what is not there: a parameter that changes nothing
// is one that was passed over.
func TestDocumentedParametersAreHeeded(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *apptest.Server) {
		teller := newTeller(s)
		for _, step := range story() {
			if step.method == http.MethodDelete {
				break // from here on the books are emptied
			}
			if a := teller.tell(t, step); a.Status != http.StatusOK {
				t.Fatalf("%s %s: %d %s", step.method, step.path, a.Status, a.Body)
			}
		}
		for name, op := range managementPage(t) {
			if op.Method == http.MethodGet && op.takes("filter") {
				t.Run(name, func(t *testing.T) { heedsParameters(t, s.Vendor, op, teller.filled(op.Path)) })
			}
		}
	})
}

func heedsParameters(t *testing.T, v apptest.Vendor, op pageOp, path string) {
	items, total := op.items()
	list := func(query string) ([]any, float64) {
		t.Helper()
		a := v.Must(t, "GET", path+"?"+query, nil)
		rows, _ := a[items].([]any)
		n, ok := a[total].(float64)
		if !ok {
			t.Errorf("%s: no %s", query, total)
		}
		return rows, n
	}
	refused := func(query, say string) {
		t.Helper()
		a := v.Do(t, "GET", path+"?"+query, nil)
		if message, _ := a.JSON["message"].(string); a.Status != http.StatusBadRequest || !strings.Contains(message, say) {
			t.Errorf("%s: %d %s", query, a.Status, a.Body)
		}
	}
	all, n := list("")
	if len(all) == 0 || float64(len(all)) != n {
		t.Fatalf("%d of %v rows", len(all), n)
	}
	example := op.Response[items].([]any)[0].(map[string]any)
	key := "id"
	if _, ok := example["id"]; !ok {
		key = "productId" // what is on an order is known by two
	}
	if rows, n1 := list("take=1"); len(rows) != 1 || n1 != n {
		t.Errorf("take=1: %d rows of %v, want 1 of %v", len(rows), n1, n)
	}
	if rows, n1 := list(fmt.Sprintf("skip=%d", len(all))); len(rows) != 0 || n1 != n {
		t.Errorf("skip all: %d rows of %v", len(rows), n1)
	}
	up, _ := list("sort=" + key)
	down, _ := list("sort=" + key + "%20desc")
	slices.Reverse(down)
	if fmt.Sprint(column(up, key)) != fmt.Sprint(column(down, key)) {
		t.Errorf("sort: %v and %v", column(up, key), column(down, key))
	}
	if rows, _ := list("select=" + key); len(rows[0].(map[string]any)) != 1 || rows[0].(map[string]any)[key] == nil {
		t.Errorf("select: %v", rows[0])
	}
	literal, err := json.Marshal(up[0].(map[string]any)[key])
	if err != nil {
		t.Fatal(err)
	}
	rows, m := list("filter=" + key + "%3D" + strings.ReplaceAll(string(literal), `"`, "%22"))
	if len(rows) == 0 || m != float64(len(rows)) || fmt.Sprint(rows[0].(map[string]any)[key]) != fmt.Sprint(up[0].(map[string]any)[key]) {
		t.Errorf("filter: %d rows of %v", len(rows), m)
	}
	if rows, m := list("filter=" + key + "%20!%3D%20" + key); len(rows) != 0 || m != 0 {
		t.Errorf("filter: %d rows differ from themselves", len(rows))
	}
	for _, q := range []string{"filter=(", "filter=noSuchMember%3D1", "sort=noSuchMember", "select=noSuchMember", "take=-1", "skip=-1", "take=x"} {
		name, _, _ := strings.Cut(q, "=")
		refused(q, name)
	}
	if op.takes("include") {
		refused("include=noSuchRelation", "include")
	}
}

func column(rows []any, name string) []any {
	var values []any
	for _, row := range rows {
		values = append(values, row.(map[string]any)[name])
	}
	return values
}

func anyID(path string) string {
	var b strings.Builder
	for part := range strings.SplitAfterSeq(path, "/") {
		if strings.HasPrefix(part, "{") {
			part = "1" + strings.Repeat("/", strings.Count(part, "/"))
		}
		b.WriteString(part)
	}
	return b.String()
}
