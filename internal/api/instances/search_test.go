package instances_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestSearch: which rows, in what order, which part of them; and the total only
// where it is asked for.
func TestSearch(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		for i, l := range []string{`{"name":"MiCA","version":"1"}`, `{"name":"MiCA","version":"2","icon":"it's"}`, `{"name":"VARA","version":"1","status":"DISABLED"}`, `{"name":"mica","version":"9"}`} {
			h.clock.Advance(time.Millisecond)
			if id := h.ok("POST", "license", l).id(); id != int64(i+1) {
				t.Fatalf("license %d has the id %d", i+1, id)
			}
		}
		for body, want := range map[string]string{
			``:                                 "1 2 3 4",
			`{"where":""}`:                     "1 2 3 4",
			`{"size":2}`:                       "1 2",
			`{"from":1,"size":2}`:              "2 3",
			`{"from":9}`:                       "",
			`{"size":0,"trackTotal":true}`:     "of 4",
			`{"size":10000,"trackTotal":true}`: "1 2 3 4 of 4",
			`{"where":"name='MiCA'","size":1,"trackTotal":true}`:                      "1 of 2",
			`{"where":"name='MiCA' and version<>'1'"}`:                                "2",
			`{"where":"name like '%A' and not status = 'DISABLED'"}`:                  "1 2",
			`{"where":"icon = 'it''s'"}`:                                              "2",
			`{"where":"id in (4, 1) or status='DISABLED'"}`:                           "1 3 4",
			fmt.Sprintf(`{"where":"createdAt > %d"}`, startMillis+2):                  "3 4",
			fmt.Sprintf(`{"where":"createdAt = %d"}`, startMillis+2):                  "2",
			`{"sort":[{"field":"name","order":"Asc"},{"field":"id","order":"Desc"}]}`: "2 1 3 4",
			`{"sort":[{"field":"createdAt","order":"Desc"}]}`:                         "4 3 2 1",
			`{"sort":[{"field":"Version","order":"desc"},{"field":"name"}],"from":1}`: "2 1 3",
			`{"where":"name='nobody'","trackTotal":true}`:                             "of 0",
		} {
			a := h.ok("POST", "license/search", body)
			var got []string
			for _, row := range a.data() {
				got = append(got, fmt.Sprint(row["id"]))
			}
			total, counted := a.object["total"]
			if counted {
				got = append(got, fmt.Sprint("of ", total))
			}
			if strings.Join(got, " ") != want || counted != strings.Contains(body, `"trackTotal":true`) {
				t.Errorf("%s finds %v, not %s", body, got, want)
			}
		}
		// Through relations, and with all that an instance shows.
		w := h.stocked()
		a := h.ok("POST", "instance/search", at(`{"where":"license.name='MiCA' and licenseStatus='LICENCED' and organisationId=%d","trackTotal":true}`, w.org))
		one := h.ok("GET", at("instance/%d", w.instance), "")
		if len(a.data()) != 1 || fmt.Sprint(a.data()[0]) != fmt.Sprint(one.object) {
			t.Errorf("found %s, alone it is %s", a.body, one.body)
		}
		names := func(path string) (all []string) {
			for _, row := range h.ok("POST", path, `{"sort":[{"field":"parent","order":"Desc"}]}`).data() {
				all = append(all, row["name"].(string))
			}
			return all
		}
		if got := names("organisation/search"); !slices.Equal(got, []string{"Alps", "Gulf"}) {
			t.Errorf("organisations: %v", got)
		}
	})
}

// TestLongSearch: a long answer is written piece by piece, and is whole.
func TestLongSearch(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		w := h.stocked()
		script := strings.Repeat("s", 4000)
		h.write(`UPDATE regulatory_licenses SET group_script = ?`, script)
		h.write(`INSERT INTO license_instances (license_id, organisation_id, project_id, license_status, status, created_at, updated_at)
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600) SELECT ?, ?, ?, 'PENDING', 'DISABLED', i, i FROM n`, w.license, w.org, w.project)
		pieces := &counting{ResponseRecorder: httptest.NewRecorder()}
		req := httptest.NewRequestWithContext(t.Context(), "POST", "/api/v1/instance/search", strings.NewReader(`{"size":10000,"where":"status='DISABLED'"}`))
		req.Header.Set("Authorization", "Bearer key-boss")
		h.router.ServeHTTP(pieces, req)
		if n := strings.Count(pieces.Body.String(), script); n != 600 {
			t.Errorf("%d instances came with their license", n)
		}
		if pieces.largest > 256<<10 {
			t.Errorf("%d bytes were written at once", pieces.largest)
		}
		p := h.okAs("boss", "POST", "project/search", `{"size":10000}`)
		if l := p.data()[0]["licenses"].([]any); len(l) != 601 {
			t.Errorf("the project has %d licenses", len(l))
		}
	})
}

type counting struct {
	*httptest.ResponseRecorder
	largest int
}

func (c *counting) Write(b []byte) (int, error) {
	c.largest = max(c.largest, len(b))
	return c.ResponseRecorder.Write(b)
}
