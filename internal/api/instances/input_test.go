package instances_test

import (
	"strings"
	"testing"
)

// TestRefusals: one body for each rule, with the member that is at fault; and
// nothing is changed by any of them.
func TestRefusals(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		w := h.stocked()
		long := func(n int) string { return strings.Repeat("x", n) }
		instance, license, project, organisation := at("instance/%d", w.instance), at("license/%d", w.license), at("project/%d", w.project), at("organisation/%d", w.org)
		before := h.dump()
		for _, c := range []struct{ method, path, body, begins string }{
			{"POST", "instance", ``, "licenseId: is missing"},
			{"POST", "instance", `{"licenseId":1}`, "organisationId: is missing"},
			{"POST", "instance", `{"licenseId":1,"organisationId":1}`, "projectId: is missing"},
			{"POST", "instance", `{"licenseId":1,"organisationId":1,"projectId":1}`, "licenseStatus: is missing"},
			{"POST", "instance", `{"licenseId":null,"organisationId":1,"projectId":1,"licenseStatus":"PENDING"}`, "licenseId: is missing"},
			{"POST", "instance", `{"licenseId":"1"}`, "licenseId: expected a whole number"},
			{"POST", "instance", `{"licenseId":1.5}`, "licenseId: expected a whole number"},
			{"POST", "instance", `{"licenseId":9223372036854775808}`, "licenseId: "},
			{"POST", "instance", at(`{"licenseId":-1,"organisationId":%d,"projectId":%d,"licenseStatus":"PENDING"}`, w.org, w.project), "licenseId: there is no license -1"},
			{"POST", "instance", at(`{"licenseId":%d,"organisationId":9223372036854775807,"projectId":1,"licenseStatus":"PENDING"}`, w.license), "organisationId: there is no organisation 9223372036854775807"},
			{"POST", "instance", at(`{"licenseId":%d,"organisationId":%d,"projectId":0,"licenseStatus":"PENDING"}`, w.license, w.org), "projectId: there is no project 0"},
			{"POST", "instance", w.create(w.org, w.project, "LICENSED"), "licenseStatus: must be PENDING, LICENCED or CANCELED"},
			{"POST", "instance", w.create(w.org, w.project, "pending"), "licenseStatus: must be"},
			{"POST", "instance", strings.Replace(w.create(w.org, w.project, "PENDING"), "}", `,"status":"GONE"}`, 1), "status: must be ACTIVE, DISABLED or DELETED"},
			{"POST", "instance", `[]`, "expected an object"},
			{"POST", "instance", `{"licenseId":1,"licenseid":2}`, "the body cannot be taken"},
			{"POST", "instance", `{"licenseId":`, "the body is not valid JSON"},
			{"POST", "instance", "{\"licenseStatus\":\"\xff\"}", "the body"},
			{"PUT", instance, `{"status":""}`, "status: must be"},
			{"PUT", instance, `{"status":7}`, "status: "},
			{"PUT", "instance/x", `{}`, "id: expected a whole number"},
			{"PUT", "instance/99999999999999999999", `{}`, "id: the number"},

			{"PUT", "instance/meta/1", `{"startedAt":"2022-03-10T16:15:50Z"}`, "startedAt: expected milliseconds since 1970 UTC"},
			{"PUT", "instance/meta/1", `{"startedAt":-1}`, "startedAt: must be from 0 to 253402300799999"},
			{"PUT", "instance/meta/1", `{"expiredAt":253402300800000}`, "expiredAt: must be from 0 to"},
			{"PUT", "instance/meta/1", `{"expiredAt":1e30}`, "expiredAt: expected milliseconds"},
			{"PUT", "instance/meta/1", `{"startedAt":2,"expiredAt":1}`, "expiredAt: must not be before startedAt"},
			{"PUT", "instance/meta/1", `{"status":"X"}`, "status: must be"},

			{"POST", "license", `{"version":"1"}`, "name: is missing"},
			{"POST", "license", `{"name":" ","version":"1"}`, "name: is missing"},
			{"POST", "license", `{"name":"a"}`, "version: is missing"},
			{"POST", "license", `{"name":"a\nb","version":"1"}`, "name: may not hold line breaks"},
			{"POST", "license", `{"name":"a\u0000b","version":"1"}`, "the body cannot be taken"},
			{"PUT", license, at(`{"name":%q}`, long(257)), "name: has 257 characters, 256 is the most"},
			{"PUT", license, at(`{"version":%q}`, long(257)), "version: has 257 characters"},
			{"PUT", license, at(`{"icon":%q}`, long(70000)), "icon: has 70000 characters"},
			{"PUT", license, at(`{"groupScript":%q}`, long(70000)), "groupScript: has 70000 characters"},
			{"PUT", license, at(`{"scoreScript":%q}`, long(70000)), "scoreScript: has 70000 characters"},
			{"PUT", license, `{"groupScript":["rm"]}`, "groupScript: expected"},
			// The page's own example is no JSON.
			{"PUT", license, `{"params":"{ \"\"minScore\": 0, \"maxScore\": 1 }"}`, "params: expected an object, or a text that is one; the text is none"},
			{"PUT", license, `{"params":"[1]"}`, "params: expected an object, or a text that is one; the text is none: it begins with no {"},
			{"PUT", license, `{"params":"{} {}"}`, "params: expected an object, or a text that is one; the text is none: something follows"},
			{"PUT", license, `{"params":"{\"a\":1,\"A\":2}"}`, `params: expected an object, or a text that is one; the text is none: the member "A" is there twice`},
			{"PUT", license, `{"params":"{\"a\":\"\\u0000\"}"}`, "params: expected an object, or a text that is one; the text is none: a text in it has a NUL"},
			{"PUT", license, at(`{"params":"{\"a\":%s%s}"}`, strings.Repeat("[", 63), strings.Repeat("]", 63)), "params: expected an object, or a text that is one; the text is none: it nests deeper than 63"},
			{"PUT", license, `{"params":"{\"a\":\"\\ud83d\"}"}`, "params: expected an object, or a text that is one; the text is none: a text in it has half a surrogate pair"},
			{"PUT", license, `{"params":"{\"a\":\"\\ude00\\ud83d\"}"}`, "params: expected an object, or a text that is one; the text is none: a text in it has half"},
			{"PUT", license, `{"params":7}`, "params: expected an object"},
			{"PUT", license, at(`{"params":{"a":%q}}`, long(70000)), "params: has "},
			{"POST", "license/score-group", `{"name":"g"}`, "licenseId: is missing"},
			{"POST", "license/score-group", `{"licenseId":99,"name":"g"}`, "licenseId: there is no license 99"},
			{"POST", "license/score-group", at(`{"licenseId":%d}`, w.license), "name: is missing"},
			{"POST", "license/score-group", at(`{"licenseId":%d,"name":"g","title":%q}`, w.license, long(257)), "title: has 257"},

			{"POST", "organisation", `{"parent":"p"}`, "name: is missing"},
			{"POST", "organisation", `{"name":"n"}`, "parent: is missing"},
			{"PUT", organisation, at(`{"parent":%q}`, long(257)), "parent: has 257 characters"},
			{"PUT", organisation, `{"name":""}`, "name: is missing"},
			{"PUT", organisation, `{"logoLight":"ftp://x"}`, "logoLight: must begin with http"},
			{"PUT", organisation, `{"darkLogo":"javascript:alert(1)"}`, "darkLogo: must begin with http"},
			{"PUT", organisation, `{"status":"OFF"}`, "status: must be"},
			{"PUT", organisation, `{"tenantId":-1}`, "tenantId: must not be negative"},

			{"POST", "project", `{}`, "name: is missing"},
			{"POST", "project", `{"name":"n","organisationId":99}`, "organisationId: there is no organisation 99"},
			{"PUT", project, at(`{"organisationId":%d}`, w.other), "organisationId: cannot be changed"},
			{"PUT", project, `{"tags":"a"}`, "tags: expected"},
			{"PUT", project, `{"tags":["a",1]}`, "tags[1]: "},
			{"PUT", project, at(`{"tags":[%s"a"]}`, strings.Repeat(`"a",`, 100)), "tags: has 101 items, 100 is the most"},
			{"PUT", project, `{"viewTenantIds":[1,-1]}`, "viewTenantIds[1]: must be from 0"},
			{"PUT", project, at(`{"legalName":%q}`, long(257)), "legalName: has 257"},
			{"PUT", project, at(`{"website":%q}`, long(5000)), "website: has 5000"},
			{"PUT", project, `{"meta":[]}`, "meta: expected an object"},

			{"POST", "instance/search", `{"from":-1}`, "from: must be from 0 to"},
			{"POST", "instance/search", `{"from":2147483648}`, "from: must be from 0 to"},
			{"POST", "instance/search", `{"size":10001}`, "size: must be from 0 to 10000"},
			{"POST", "instance/search", `{"size":-1}`, "size: must be from 0 to 10000"},
			{"POST", "instance/search", `{"size":"10"}`, "size: expected a whole number"},
			{"POST", "instance/search", `{"sort":[]}`, "sort: must have from 1 to 8 items"},
			{"POST", "instance/search", `{"sort":[{}]}`, "sort[0].field: is missing"},
			{"POST", "instance/search", `{"sort":[{"field":"id"},{"field":"nothing"}]}`, "sort[1].field: character 1: license instance has no member"},
			{"POST", "instance/search", `{"sort":[{"field":"id desc, id"}]}`, "sort[0].field: character 4: expected the end"},
			{"POST", "instance/search", `{"sort":[{"field":"id","order":"up"}]}`, "sort[0].order: must be Asc or Desc"},
			{"POST", "instance/search", `{"sort":{"field":"id"}}`, "sort: expected"},
			{"POST", "instance/search", `{"trackTotal":"yes"}`, "trackTotal: expected"},
			{"POST", "instance/search", `{"where":7}`, "where: "},
			{"POST", "instance/search", `{"where":"id = "}`, "where: character 6: expected a member or a value"},
			{"POST", "instance/search", `{"where":"1=1; DROP TABLE projects"}`, "where: character 4: expected a member, a value or an operator"},
			{"POST", "instance/search", `{"where":"organisation_id = 1"}`, "where: character 1: expected a member of license instance"},
			{"POST", "instance/search", `{"where":"licenseInstanceMeta.id = 1"}`, "where: character 1: expected one value, found the list"},
			{"POST", "license/search", `{"where":"params = 'x'"}`, "where: character 1: expected a member that can be asked for"},
			{"POST", "project/search", `{"where":"licenses.id = 1"}`, "where: character 1: expected a member that can be asked for"},
			{"POST", "instance/search", at(`{"where":%q}`, strings.Repeat("(", 40)), "where: character 33: expected at most 32"},
			{"POST", "instance/search", at(`{"where":%q}`, long(5000)), "where: must have at most 4096 bytes"},
		} {
			h.refused("admin", c.method, c.path, c.body, 400, "INVALID", c.begins)
		}
		for _, c := range []struct {
			method, path string
			status       int
			code, begins string
		}{
			{"GET", "instance/99", 404, "NOT_FOUND", "there is no license instance 99"},
			{"GET", "license/0", 404, "NOT_FOUND", "there is no license 0"},
			{"GET", "organisation/-1", 404, "NOT_FOUND", "there is no organisation -1"},
			{"GET", "project/9223372036854775807", 404, "NOT_FOUND", "there is no project 9223372036854775807"},
			{"PUT", "instance/meta/99", 404, "NOT_FOUND", "there is no license instance meta 99"},
			{"DELETE", instance, 405, "METHOD_NOT_ALLOWED", ""},
			{"GET", "nothing", 404, "NOT_FOUND", ""},
			{"GET", "instance/1/", 404, "NOT_FOUND", ""},
		} {
			h.refused("admin", c.method, c.path, "", c.status, c.code, c.begins)
		}
		if after := h.dump(); after != before {
			t.Errorf("something was changed:\n%s\nwas\n%s", after, before)
		}
		deep := at(`{\"a\":%s\"\\ud83d\\ude00 \\\\ud83d\"%s}`, strings.Repeat("[", 62), strings.Repeat("]", 62))
		kept := h.ok("PUT", license, `{"params":"`+deep+`"}`)
		h.ok("PUT", license, kept.body) // what was answered is taken back
		h.ok("PUT", organisation, `{"logoLight":"  ","darkLogo":"https://x.example/d.png","unknown":[1]}`)
	})
}
