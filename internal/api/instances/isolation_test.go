package instances_test

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/licet/licet/internal/entity"
)

// nowhere is an id that nothing has.
const nowhere = 424242

// whose are ids of the other organisation, by the path that they stand in. What
// is not here (licenses and score groups) is everybody's to read.
func (w world) whose(meta int64) map[string]int64 {
	return map[string]int64{
		"instance/{id}": w.otherInstance, "instance/meta/{id}": meta, "organisation/{id}": w.other, "project/{id}": w.otherProject,
		"project/c3/{organisationId}/{licenseId}/search": w.other,
	}
}

// TestIsolation: whoever is no member of an organisation gets of its ids the very
// answer that an id gets which nothing has. Every operation of the table is
// tried.
func TestIsolation(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		w := h.stocked()
		var meta int64
		h.must(h.store.Read().NewRaw(`SELECT id FROM license_instance_meta WHERE instance_id = ?`, w.otherInstance).Scan(t.Context(), &meta))
		whose, tried := w.whose(meta), map[string]bool{}
		wild := regexp.MustCompile(`\{\w+\}`)
		bodies := []string{`{}`, `{"status":"DELETED"}`, `{"licenseStatus":"PENDING","name":"","startedAt":5,"expiredAt":1}`, `{"size":-1}`}
		before := h.dump()
		for _, op := range h.ops {
			path := strings.TrimPrefix(op.Path, "/api/v1/")
			theirs, secret := whose[path]
			if !secret {
				continue
			}
			tried[path] = true
			sent := bodies
			if op.Method == http.MethodGet {
				sent = []string{""}
			}
			for _, user := range []string{"boss", "guest", "stranger"} {
				for _, body := range sent {
					ask := func(id int64) string {
						n := 0
						to := wild.ReplaceAllStringFunc(path, func(string) string {
							if n++; n > 1 {
								return strconv.FormatInt(w.license, 10)
							}
							return strconv.FormatInt(id, 10)
						})
						a := h.call(user, op.Method, to, body)
						if a.status == http.StatusOK {
							t.Errorf("%s: %s %s: %s", user, op.Method, to, a.body)
						}
						return strconv.Itoa(a.status) + strings.ReplaceAll(a.body, " "+strconv.FormatInt(id, 10)+`"`, ` ID"`)
					}
					if got, want := ask(theirs), ask(nowhere); got != want {
						t.Errorf("%s: %s %s %s:\n%s for another's\n%s for nobody's", user, op.Method, path, body, got, want)
					}
				}
			}
		}
		for path := range whose {
			if !tried[path] {
				t.Errorf("no operation has the path %s", path)
			}
		}
		if after := h.dump(); after != before {
			t.Errorf("something was changed:\n%s\nwas\n%s", after, before)
		}
	})
}

// dump is all rows that the surface could change.
func (h *house) dump() string {
	h.t.Helper()
	var all []string
	for _, table := range []string{"license_instances", "license_instance_meta", "organisations", "projects", "regulatory_licenses", "score_groups"} {
		var rows []struct {
			ID        int64  `bun:"id"`
			Status    string `bun:"status"`
			UpdatedAt int64  `bun:"updated_at"`
		}
		h.must(h.store.Read().NewSelect().TableExpr(table).Column("id", "status", "updated_at").OrderExpr("id").Scan(h.t.Context(), &rows))
		for _, r := range rows {
			all = append(all, at("%s %+v", table, r))
		}
	}
	return strings.Join(all, "\n")
}

// TestIsolationOfBodies: likewise for ids that a body names.
func TestIsolationOfBodies(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		w := h.stocked()
		free := h.ok("POST", "project", `{"name":"nobody's"}`).id() // the vendor's
		for _, c := range []struct {
			path, body string
			theirs     int64
		}{
			{"instance", at(`{"licenseId":%d,"organisationId":ID,"projectId":%d,"licenseStatus":"PENDING"}`, w.license, w.project), w.other},
			{"instance", at(`{"licenseId":%d,"organisationId":%d,"projectId":ID,"licenseStatus":"PENDING"}`, w.license, w.org), w.otherProject},
			{"instance", at(`{"licenseId":%d,"organisationId":%d,"projectId":ID,"licenseStatus":"PENDING"}`, w.license, w.org), free},
			{"instance/meta", `{"licenseInstanceId":ID}`, w.otherInstance},
			{"project", `{"name":"x","organisationId":ID}`, w.other},
			{"instance/search", `{"where":"id=ID","trackTotal":true}`, w.otherInstance},
			{"instance/search", `{"where":"organisationId=ID","trackTotal":true}`, w.other},
			{"instance/search", `{"where":"license.id>0 and projectId in (ID)","trackTotal":true}`, w.otherProject},
			{"organisation/search", `{"where":"id=ID or id=ID","trackTotal":true}`, w.other},
			{"project/search", `{"where":"not id<>ID","trackTotal":true}`, w.otherProject},
			{"project/search", `{"where":"id=ID or organisationId=ID","trackTotal":true}`, free},
		} {
			for _, user := range []string{"boss", "guest", "stranger"} {
				ask := func(id int64) string {
					n := strconv.FormatInt(id, 10)
					a := h.call(user, "POST", c.path, strings.ReplaceAll(c.body, "ID", n))
					return strconv.Itoa(a.status) + strings.ReplaceAll(a.body, " "+n+`"`, ` ID"`)
				}
				if got, want := ask(c.theirs), ask(nowhere); got != want {
					t.Errorf("%s: %s %s:\n%s for another's\n%s for nobody's", user, c.path, c.body, got, want)
				}
			}
		}
		// What they see is theirs, and only that.
		shared := h.ok("POST", "instance", w.create(w.org, w.otherProject, "PENDING")).id() // staff license the other's project
		for path, want := range map[string][]int64{
			"instance": {w.instance, shared}, "organisation": {w.org}, "project": {w.project, w.otherProject}, "license": {w.license},
		} {
			for _, user := range []string{"boss", "guest"} {
				a := h.okAs(user, "POST", path+"/search", `{"size":100,"trackTotal":true}`)
				var ids []int64
				for _, row := range a.data() {
					ids = append(ids, int64(row["id"].(float64)))
				}
				if !slices.Equal(ids, want) || a.object["total"] != float64(len(want)) {
					t.Errorf("%s finds of %s %v of %v, not %v", user, path, ids, a.object["total"], want)
				}
			}
		}
		// The other's project shows only the instances of one's own organisation.
		p := h.okAs("boss", "GET", at("project/%d", w.otherProject), "")
		if l := p.object["licenses"].([]any); len(l) != 1 || l[0].(map[string]any)["id"] != float64(shared) {
			t.Errorf("of another's project boss sees %v", l)
		}
		if l := h.ok("GET", at("project/%d", w.otherProject), "").object["licenses"].([]any); len(l) != 2 {
			t.Errorf("staff sees %v", l)
		}
		h.refused("boss", "PUT", at("project/%d", w.otherProject), `{"name":"mine"}`, 403, "FORBIDDEN", at("changes of organisation %d", w.other))
	})
}

// TestWhoMay tries each kind of caller on each operation: staff by their role,
// members by theirs, and what a membership does not give.
func TestWhoMay(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		w := h.stocked()
		h.user("customer", entity.CustomerRole)
		h.user("application", entity.Application)
		h.user("both", entity.Sales) // reads all, writes where they administer
		h.must(h.orgs.SetMember(t.Context(), w.org, "both", entity.OrgAdmin))
		h.member("split", w.other, entity.OrgAdmin) // administers one, looks into the other
		h.must(h.orgs.SetMember(t.Context(), w.org, "split", entity.OrgViewer))
		// Staff come last: what they change, others may then send as it is.
		all := []string{"stranger", "application", "customer", "guest", "split", "boss", "both", "sales", "keeper", "admin"}
		staff, readers := "admin keeper", "admin keeper sales both boss guest split"
		owners := "admin keeper both boss"
		for _, c := range []struct{ method, path, body, who string }{
			{"GET", at("instance/%d", w.instance), "", readers},
			{"GET", at("instance/%d", w.otherInstance), "", "admin keeper sales both split"},
			{"POST", "instance/search", `{}`, readers},
			{"PUT", at("instance/%d", w.instance), `{}`, owners},
			{"PUT", at("instance/%d", w.otherInstance), `{}`, staff + " split"},
			{"POST", "instance/meta", at(`{"licenseInstanceId":%d}`, w.instance), owners},
			{"POST", "instance/meta", at(`{"licenseInstanceId":%d}`, w.otherInstance), staff + " split"},
			{"PUT", "instance/meta/1", `{}`, owners},
			{"GET", at("license/%d", w.license), "", readers},
			{"POST", "license/search", "", readers},
			{"POST", "license", aLicense, staff},
			{"PUT", at("license/%d", w.license), `{}`, staff},
			{"POST", "license/score-group", at(`{"licenseId":%d,"name":"g"}`, w.license), staff},
			{"PUT", "license/score-group/1", `{}`, staff},
			{"GET", at("organisation/%d", w.org), "", readers},
			{"POST", "organisation/search", "", readers},
			{"POST", "organisation", `{"name":"n","parent":"p"}`, staff},
			{"PUT", at("organisation/%d", w.org), `{"parent":"new","logoLight":"https://x.example/l.png"}`, owners},
			{"PUT", at("organisation/%d", w.org), `{"tenantId":4}`, staff},
			{"PUT", at("organisation/%d", w.org), `{"status":"DISABLED"}`, staff},
			{"PUT", at("instance/%d", w.instance), `{}`, staff}, // of an organisation that is disabled by now
			{"GET", at("instance/%d", w.instance), "", readers},
			{"PUT", at("organisation/%d", w.org), `{"status":"ACTIVE"}`, staff},
			{"GET", at("project/%d", w.project), "", readers},
			{"POST", "project/search", "", readers},
			{"POST", at("project/c3/%d/%d/search", w.org, w.license), "", readers},
			{"POST", "project", at(`{"name":"n","organisationId":%d}`, w.org), owners},
			{"POST", "project", `{"name":"n"}`, staff},
			{"PUT", at("project/%d", w.project), `{"tags":["a"]}`, owners},
		} {
			for _, user := range all {
				a := h.call(user, c.method, c.path, c.body)
				if may := slices.Contains(strings.Fields(c.who), user); (a.status == http.StatusOK) != may || a.status >= 500 {
					t.Errorf("%s: %s %s %s: %d %s, may: %v", user, c.method, c.path, c.body, a.status, a.body, may)
				}
			}
			if a := h.call("", c.method, c.path, c.body); a.status != http.StatusUnauthorized || a.object["code"] != "UNAUTHENTICATED" {
				t.Errorf("nobody: %s %s: %d %s", c.method, c.path, a.status, a.body)
			}
		}
		// A membership that ends, ends at once; a deleted organisation is none.
		h.must(h.orgs.RemoveMember(t.Context(), w.org, "guest"))
		h.refused("guest", "GET", at("instance/%d", w.instance), "", 403, "FORBIDDEN", "this API is for")
		for _, path := range []string{at("instance/%d", w.instance), at("project/%d", w.project)} {
			h.ok("PUT", path, `{"status":"DELETED"}`)
		}
		for _, p := range h.ok("POST", "project/search", at(`{"size":100,"where":"organisationId=%d and status='ACTIVE'"}`, w.org)).data() {
			h.ok("PUT", at("project/%v", p["id"]), `{"status":"DELETED"}`)
		}
		h.ok("PUT", at("organisation/%d", w.org), `{"status":"DELETED"}`)
		h.refused("boss", "GET", at("instance/%d", w.instance), "", 403, "FORBIDDEN", "this API is for")

		// A key narrows its user.
		h.key("key-reads", "admin", entity.Read)
		h.okAs("reads", "POST", "instance/search", "")
		h.refused("reads", "POST", "instance", "{}", 403, "FORBIDDEN", "the credential lacks the permission Create")
		h.refused("reads", "PUT", at("license/%d", w.license), "{}", 403, "FORBIDDEN", "the credential lacks the permission Write")
	})
}
