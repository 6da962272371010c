package organizations_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// organisationRoutes are the operations of the table that name an organization.
func (h *house) organisationRoutes() (routes [][2]string) {
	h.t.Helper()
	var doc struct {
		Paths map[string]map[string]struct{ Tags []string }
	}
	h.must(json.Unmarshal(h.router.OpenAPI(), &doc))
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(doc.Paths[path])) {
			if op := doc.Paths[path][method]; op.Tags[0] == "organizations" && strings.Contains(path, "{") {
				routes = append(routes, [2]string{strings.ToUpper(method), path})
			}
		}
	}
	if len(routes) < 4 {
		h.t.Fatalf("only %v name an organization", routes)
	}
	return routes
}

// TestAnothersOrganizationLooksLikeNone tries every route with the ids of others:
// the answer is that about an id that is nobody's, whatever is sent.
func TestAnothersOrganizationLooksLikeNone(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		s := stocked(h)
		wildcard, requestID := regexp.MustCompile(`\{\w+\}`), regexp.MustCompile(`"requestId":"\w{22}"`)
		bodies := []string{"", "{}", "[]", "{", `{"more":1}`, `{"id":"x"}`, `{"id":"` + s.other.publicID + `"}`,
			s.rights(lic(s.license, "TRIAL", end), edi(s.edition, end), lim(s.limit, 1)),
			s.rights(lic(s.license, "TRIAL", after), "", ""), s.rights(lic("none", "TRIAL", end), "", "")}
		before := map[string]string{}
		all := []party{s.top, s.child, s.sibling, s.other}
		for _, p := range all {
			before[p.publicID] = string(h.call(h.logIn(p.admin), "GET", p.path(), "").body)
		}
		for _, c := range []struct {
			who    string
			hidden []party
		}{
			{s.child.admin, []party{s.top, s.sibling, s.other}},
			{s.child.viewer, []party{s.top, s.sibling, s.other}},
			{s.other.admin, []party{s.top, s.child, s.sibling}},
			{s.top.admin, []party{s.other}},
			{"admin", all},
		} {
			session := h.logIn(c.who)
			for _, route := range h.organisationRoutes() {
				for _, body := range bodies {
					ask := func(id string) (int, string) {
						a := h.call(session, route[0], wildcard.ReplaceAllString(route[1], id), body)
						return a.status, requestID.ReplaceAllString(string(a.body), "")
					}
					status, none := ask("zzzzzzzzzzzzzzzzzzzzzz")
					if status != 404 && status != 400 {
						t.Errorf("%s: %v of nobody's: %d %s", c.who, route, status, none)
					}
					for _, p := range c.hidden {
						if got, said := ask(p.publicID); got != status || said != none {
							t.Errorf("%s: %v of %s with %.60s: %d %s, of nobody's %d %s", c.who, route, p.admin, body, got, said, status, none)
						}
					}
				}
			}
		}
		for _, p := range all {
			if now := string(h.call(h.logIn(p.admin), "GET", p.path(), "").body); now != before[p.publicID] {
				t.Errorf("%s was changed: %s, was %s", p.admin, now, before[p.publicID])
			}
		}
	})
}
