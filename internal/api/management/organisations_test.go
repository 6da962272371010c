package management_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// orgStory uses every operation on organizations and definitions once or more, and
// leaves nothing behind.
func orgStory() []step {
	const one = "/v1/organizations/{top}"
	return []step{
		{"POST", "/v1/license-definitions", `{"licenseDefinition":{"name":"Export","category":"feature"}}`},
		{"PUT", "/v1/license-definitions", `{"licenseDefinition":{"id":{licenseDefinitionId},"name":"Export 2"}}`},
		{"GET", "/v1/license-definitions", ""},
		{"POST", "/v1/editions", `{"edition":{"name":"Gold","licenseDefs":["{publicId}"]}}`},
		{"PUT", "/v1/editions", `{"edition":{"id":{editionId},"description":"all of it"}}`},
		{"GET", "/v1/editions", ""},
		{"POST", "/v1/limit-definitions", `{"limitDefinition":{"name":"jobs"}}`},
		{"PUT", "/v1/limit-definitions", `{"limitDefinition":{"id":{limitDefinitionId},"name":"rows"}}`},
		{"GET", "/v1/limit-definitions", ""},
		{"POST", "/v1/organizations", `{"organization":{"name":"Below"}}`},
		{"POST", "/v1/organizations", `{"organization":{"name":"Top"}}`},
		{"PUT", "/v1/organizations", `{"organization":{"id":{top},"name":"Top 2","description":"d"}}`},
		{"GET", "/v1/organizations", ""},
		{"GET", one, ""},
		{"PUT", one + "/licenses", `{"licenses":{"customLicenses":[{"licenseType":"FREE","licenseDef":"{definition}"}],"customLimits":[{"value":5,"limitDefinition":"{publicId}"}]}}`},
		{"GET", one + "/licenses", ""},
		{"PUT", "/v1/organizations/{below}/parent", `{"parentId":{top}}`},
		{"PUT", "/v1/organizations/{below}/licenses/{definition}/disabled", ""},
		{"DELETE", "/v1/organizations/{below}/licenses/{definition}/disabled", ""},
		{"PUT", one + "/synchronised", ""},
		{"DELETE", one + "/synchronised", ""},
		{"DELETE", "/v1/organizations/{below}/parent", ""},
		{"PUT", one + "/disabled", "{}"},
		{"DELETE", one + "/disabled", ""},
		{"PUT", one + "/members", `{"member":{"userId":"{admin}","role":"admin"}}`},
		{"GET", one + "/members", ""},
		{"DELETE", one + "/members/{admin}", ""},
		{"DELETE", "/v1/organizations/{below}", ""},
		{"DELETE", one, ""},
		{"DELETE", "/v1/limit-definitions/{limitDefinitionId}", ""},
		{"DELETE", "/v1/editions/{editionId}", ""},
		{"DELETE", "/v1/license-definitions/{licenseDefinitionId}", ""},
	}
}

// TestOrganizationsAreAdministered tells the story: every step is audited with its
// actor, and every operation of ours is in it.
func TestOrganizationsAreAdministered(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		ids, told, changes := said{"admin": h.adminID}, map[string]bool{}, 0
		before := len(h.audit())
		for _, s := range orgStory() {
			a := h.tell(s, ids)
			told[s.method+" "+s.path] = true
			if s.method != "GET" {
				changes++
			}
			switch s.method + s.path {
			case "POST/v1/license-definitions":
				ids["definition"] = ids["publicId"]
			case "POST/v1/limit-definitions":
				ids["limit"] = ids["publicId"]
			case "POST/v1/organizations":
				ids["below"], ids["top"] = ids["top"], ids["organizationId"]
				if ids["below"] == "" {
					ids["below"] = ids["top"]
				}
				if !regexp.MustCompile(`^[A-Za-z0-9]{22}$`).MatchString(ids["publicId"]) {
					t.Errorf("the publicId is %q", ids["publicId"])
				}
				ids["publicId"] = ids["limit"]
			case "GET/v1/organizations/{top}":
				if o := a.object["organization"].(map[string]any); o["name"] != "Top 2" || o["status"] != "ACTIVE" || o["parentId"] != nil {
					t.Errorf("read: %s", a.body)
				}
			case "GET/v1/organizations/{top}/licenses":
				if !strings.Contains(string(a.body), fmt.Sprintf(`"customLimits":[{"value":5,"limitDefinition":%q}]`, ids["limit"])) {
					t.Errorf("its licenses: %s", a.body)
				}
			case "GET/v1/organizations/{top}/members":
				if m := a.list("members"); len(m) != 1 || m[0]["userId"] != h.adminID || m[0]["role"] != "admin" {
					t.Errorf("its members: %s", a.body)
				}
			case "GET/v1/editions":
				if e := a.list("editions"); len(e) != 1 || fmt.Sprint(e[0]["licenseDefs"]) == "[]" || e[0]["name"] != "Gold" {
					t.Errorf("editions: %s", a.body)
				}
			}
		}
		audited := h.audit()[before:]
		if len(audited) != changes {
			t.Errorf("%d changes, %d entries", changes, len(audited))
		}
		for _, e := range audited {
			if e.UserID != h.adminID || e.APIKeyID == 0 || e.RequestID == "" || e.EntityID == "" || e.EntityID == "0" {
				t.Errorf("entry without its actor or row: %+v", e)
			}
		}
		for _, o := range h.router.Operations() {
			path := strings.NewReplacer("{organizationId}", "{top}", "{userId}", "{admin}", "{licenseDef}", "{definition}").Replace(o.Path)
			ours := slices.ContainsFunc([]string{"/v1/organizations", "/v1/editions", "/v1/license-definitions", "/v1/limit-definitions"}, func(p string) bool { return strings.HasPrefix(path, p) })
			if ours && !told[o.Method+" "+path] && !told[o.Method+" "+strings.Replace(path, "{top}", "{below}", 1)] {
				t.Errorf("%s %s is not in the story", o.Method, o.Path)
			}
		}
	})
}

func TestBadInputOfOrganizations(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		limit := h.ok("POST", "/v1/limit-definitions", `{"limitDefinition":{"name":"jobs"}}`).text("publicId")
		top := h.ok("POST", "/v1/organizations", `{"organization":{"name":"top"}}`).id("organizationId")
		child := h.ok("POST", "/v1/organizations", fmt.Sprintf(`{"organization":{"name":"child","parentId":%d}}`, top)).id("organizationId")
		alone := h.ok("POST", "/v1/organizations", `{"organization":{"name":"alone"}}`).id("organizationId")
		at := func(id int64, rest string) string { return fmt.Sprintf("/v1/organizations/%d%s", id, rest) }
		before := h.ok("GET", "/v1/organizations?sort=id", "")
		named := all(lines("name"), texts(4<<10, "description"))
		every := slices.Concat(
			badBodies("/v1/license-definitions", "licenseDefinition", `"name":"n"`, all(named, [][3]string{
				{"category", `"x"`, "category: must be"}, {"category", "1", "category: expected a string"}, {"inheritable", `"yes"`, "inheritable: expected true or false"},
				{"category", `"bundle","inheritable":true`, "inheritable: cannot be so"},
			})),
			badBodies("/v1/editions", "edition", `"name":"n"`, all(named, [][3]string{
				{"licenseDefs", `"x"`, "licenseDefs: expected a list"}, {"licenseDefs", `["none"]`, "licenseDefs[0]: there is no"}, {"licenseDefs", `[1]`, "licenseDefs[0]: expected a string"},
			})),
			badBodies("/v1/limit-definitions", "limitDefinition", `"name":"n"`, named),
			badBodies("/v1/organizations", "organization", `"name":"n"`, all(named, lines("parentLabel"), [][3]string{
				{"parentId", "9999", "parentId: there is no organization 9999"}, {"parentId", `"x"`, "parentId: expected a whole number"}, {"parentId", "-1", "parentId: there is no"},
				{"status", `"GONE"`, "status: must be"}, {"logoLight", `"javascript:1"`, "logoLight: must begin with"},
			})),
			[]bad{
				{"POST", "/v1/limit-definitions", `{"limitDefinition":{"name":"jobs"}}`, 409, 6, "limitDefinition.name: is in use"},
				{"GET", at(9999, ""), "", 404, 5, "there is no organization 9999"},
				{"GET", "/v1/organizations/x", "", 400, 3, "organizationId: expected a whole number"},
				{"PUT", at(alone, "/parent"), "", 400, 3, "parentId: is missing"},
				{"PUT", at(alone, "/parent"), `{"parentId":9999}`, 400, 3, "parentId: there is no organization 9999"},
				{"PUT", at(9999, "/parent"), fmt.Sprintf(`{"parentId":%d}`, top), 404, 5, "there is no organization 9999"},
				{"PUT", at(alone, "/parent"), fmt.Sprintf(`{"parentId":%d}`, alone), 409, 9, "below itself"},
				{"PUT", at(alone, "/parent"), fmt.Sprintf(`{"parentId":%d}`, child), 409, 9, "one level deep"},
				{"PUT", at(top, "/parent"), fmt.Sprintf(`{"parentId":%d}`, alone), 409, 9, "one level deep"},
				{"PUT", at(child, "/parent"), fmt.Sprintf(`{"parentId":%d}`, alone), 409, 9, "unlink it first"},
				{"DELETE", at(alone, "/parent"), "", 409, 9, ""},
				{"DELETE", at(9999, "/parent"), "", 404, 5, "there is no organization 9999"},
				{"PUT", at(9999, "/disabled"), "", 404, 5, "there is no organization 9999"},
				{"PUT", at(9999, "/synchronised"), "", 404, 5, "there is no organization 9999"},
				{"PUT", at(child, "/synchronised"), "", 409, 9, ""},
				{"DELETE", at(top, ""), "", 409, 9, "organizations"},
				{"GET", at(9999, "/licenses"), "", 404, 5, "there is no organization 9999"},
				{"PUT", at(9999, "/licenses"), `{"licenses":{}}`, 404, 5, "there is no organization 9999"},
				{"PUT", at(top, "/licenses"), `{}`, 400, 3, "licenses: is missing"},
				{"PUT", at(top, "/licenses"), `{"licenses":{"id":"x"}}`, 400, 3, "licenses.id: is not that"},
				{"PUT", at(top, "/licenses"), `{"licenses":{"customLimits":[{"value":-2,"limitDefinition":"` + limit + `"}]}}`, 400, 3, "licenses.customLimits[0].value"},
				{"PUT", at(top, "/licenses"), `{"licenses":{"customLimits":[{"value":1,"limitDefinition":"none"}]}}`, 400, 3, "licenses.customLimits[0].limitDefinition"},
				{"PUT", at(child, "/licenses"), `{"licenses":{"customLimits":[{"value":1,"limitDefinition":"` + limit + `"}]}}`, 400, 3, "licenses.customLimits[0].limitDefinition: the parent"},
				{"PUT", at(child, "/licenses/none/disabled"), "", 404, 5, "there is no license definition"},
				{"DELETE", at(top, "/licenses/none/disabled"), "", 409, 9, ""},
				{"DELETE", at(9999, "/licenses/none/disabled"), "", 404, 5, "there is no organization 9999"},
				{"PUT", at(top, "/members"), `{}`, 400, 3, "member: is missing"},
				{"PUT", at(top, "/members"), `{"member":{"role":"admin"}}`, 400, 3, "member.userId: is missing"},
				{"PUT", at(top, "/members"), `{"member":{"userId":"nobody","role":"admin"}}`, 400, 3, "member.userId: there is no user"},
				{"PUT", at(top, "/members"), `{"member":{"userId":"` + h.adminID + `","role":"Administrator"}}`, 400, 3, "member.role: must be"},
				{"PUT", at(9999, "/members"), `{"member":{"userId":"` + h.adminID + `","role":"admin"}}`, 404, 5, "there is no organization 9999"},
				{"GET", at(9999, "/members"), "", 404, 5, "there is no organization 9999"},
				{"DELETE", at(top, "/members/nobody"), "", 404, 5, "no member"},
			})
		for _, c := range every {
			h.refused(c.method, c.path, c.body, c.status, c.code, c.say)
		}
		if after := h.ok("GET", "/v1/organizations?sort=id", ""); string(after.body) != string(before.body) {
			t.Errorf("changed:\n%s\nwas\n%s", after.body, before.body)
		}
	})
}

// TestWhatOrganizationsHaveStays: definitions are not deleted from under them, and
// memberships go with either side.
func TestWhatOrganizationsHaveStays(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		ids := said{}
		h.tell(step{"POST", "/v1/limit-definitions", `{"limitDefinition":{"name":"jobs"}}`}, ids)
		limit := ids["publicId"]
		h.tell(step{"POST", "/v1/license-definitions", `{"licenseDefinition":{"name":"l"}}`}, ids)
		h.tell(step{"POST", "/v1/editions", `{"edition":{"name":"e","licenseDefs":["{publicId}"]}}`}, ids)
		h.refused("DELETE", ids.told("/v1/license-definitions/{licenseDefinitionId}"), "", 409, 9, "editions that refer to it: 1")
		edition, carried := ids["publicId"], ids["licenseDefinitionId"]
		h.tell(step{"POST", "/v1/license-definitions", `{"licenseDefinition":{"name":"l2"}}`}, ids)
		license := ids["publicId"]
		h.tell(step{"POST", "/v1/organizations", `{"organization":{"name":"o"}}`}, ids)
		h.ok("PUT", ids.told("/v1/organizations/{organizationId}/licenses"), fmt.Sprintf(`{"licenses":{"customLicenses":[{"licenseType":"FREE","licenseDef":%q}],
			"assignedEditions":[{"edition":%q,"expirationDate":"2030-01-01"}],"customLimits":[{"value":1,"limitDefinition":%q}]}}`, license, edition, limit))
		for _, path := range []string{"/v1/license-definitions/{licenseDefinitionId}", "/v1/editions/{editionId}", "/v1/limit-definitions/{limitDefinitionId}"} {
			h.refused("DELETE", ids.told(path), "", 409, 9, "organizations that refer to it: 1")
		}
		for _, gone := range []string{"/v1/users/{userId}", "/v1/organizations/{organizationId}"} {
			h.tell(step{"POST", "/v1/users", `{"user":{"userName":"` + strings.ReplaceAll(gone, "/", "-") + `"}}`}, ids)
			h.tell(step{"PUT", "/v1/organizations/{organizationId}/members", `{"member":{"userId":"{userId}","role":"viewer"}}`}, ids)
			h.ok("DELETE", ids.told(gone), "")
			if n := h.count("SELECT COUNT(*) FROM memberships WHERE user_id = ?", ids["userId"]); n != 0 {
				t.Errorf("%s: %d memberships are left", gone, n)
			}
		}
		for _, path := range []string{"/v1/editions/{editionId}", "/v1/license-definitions/" + carried, "/v1/license-definitions/{licenseDefinitionId}", "/v1/limit-definitions/{limitDefinitionId}"} {
			h.ok("DELETE", ids.told(path), "")
		}
	})
}
