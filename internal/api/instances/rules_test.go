package instances_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func at(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// TestPeriods: LICENCED begins a period, epochs go in, ISO texts come out, and
// nothing happens by itself at their end.
func TestPeriods(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		w := h.stocked()
		project := h.ok("POST", "project", `{"name":"R"}`).id()
		a := h.ok("POST", "instance", w.create(w.org, project, "PENDING"))
		one := at("instance/%d", a.id())
		if m := a.object["licenseInstanceMeta"].([]any); len(m) != 0 {
			t.Errorf("pending it has %v", m)
		}
		h.clock.Advance(time.Second)
		a = h.ok("PUT", one, `{"licenseStatus":"LICENCED"}`)
		meta := a.object["licenseInstanceMeta"].([]any)[0].(map[string]any)
		if meta["startedAt"] != "2026-03-01T12:00:01.123Z" || meta["expiredAt"] != nil || meta["status"] != "ACTIVE" || meta["licenseInstanceId"] != a.object["id"] {
			t.Errorf("licenced it has %v", meta)
		}
		if a.object["createdAt"] != float64(startMillis) || a.object["updatedAt"] != float64(startMillis+1000) {
			t.Errorf("made %v, changed %v", a.object["createdAt"], a.object["updatedAt"])
		}
		if a = h.ok("PUT", one, `{"licenseStatus":"LICENCED"}`); len(a.object["licenseInstanceMeta"].([]any)) != 1 {
			t.Errorf("licenced twice it has %v", a.object["licenseInstanceMeta"])
		}

		period := at("instance/meta/%v", meta["id"])
		m := h.ok("PUT", period, `{"startedAt":0,"expiredAt":1772366401000}`).object
		if m["startedAt"] != "1970-01-01T00:00:00Z" || m["expiredAt"] != "2026-03-01T12:00:01Z" {
			t.Errorf("the period is %v", m)
		}
		if m = h.ok("PUT", period, `{"status":"DISABLED"}`).object; m["startedAt"] != "1970-01-01T00:00:00Z" || m["status"] != "DISABLED" {
			t.Errorf("the period is %v", m)
		}
		if m = h.ok("PUT", period, `{"expiredAt":null}`).object; m["expiredAt"] != nil || m["startedAt"] == nil {
			t.Errorf("the period is %v", m)
		}
		h.ok("PUT", period, `{"startedAt":5,"expiredAt":5}`)
		h.refused("admin", "PUT", period, `{"startedAt":6}`, 400, "INVALID", "expiredAt: must not be before startedAt")
		h.refused("admin", "PUT", period, `{"licenseInstanceId":77}`, 400, "INVALID", "licenseInstanceId: cannot be changed")
		h.clock.Advance(time.Hour)
		if a = h.ok("GET", one, ""); a.object["licenseStatus"] != "LICENCED" {
			t.Errorf("after its period it is %v", a.object["licenseStatus"])
		}
		renewed := h.ok("POST", "instance/meta", at(`{"licenseInstanceId":%d,"startedAt":10}`, a.id())).object
		if renewed["startedAt"] != "1970-01-01T00:00:00.01Z" || renewed["expiredAt"] != nil {
			t.Errorf("the new period is %v", renewed)
		}
		h.refused("admin", "POST", "instance/meta", `{"startedAt":10}`, 400, "INVALID", "licenseInstanceId: is missing")
		h.refused("admin", "POST", "instance/meta", `{"licenseInstanceId":99}`, 400, "INVALID", "licenseInstanceId: there is no license instance 99")

		// An instance made LICENCED has its period at once.
		if a = h.ok("GET", at("instance/%d", w.instance), ""); len(a.object["licenseInstanceMeta"].([]any)) != 1 {
			t.Errorf("made licenced it has %v", a.object["licenseInstanceMeta"])
		}
	})
}

// TestStatuses: where an instance may go, what is immutable, what stands in the
// way of a deletion, and that one active instance is the most.
func TestStatuses(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		w := h.stocked()
		one := at("instance/%d", w.instance)
		h.refused("admin", "POST", "instance", w.create(w.org, w.project, "PENDING"), 409, "DUPLICATE", "there is an active instance")
		h.refused("admin", "PUT", one, `{"licenseStatus":"PENDING"}`, 409, "CONFLICT", "licenseStatus: cannot go from LICENCED to PENDING")
		h.refused("admin", "PUT", one, at(`{"projectId":%d}`, w.otherProject), 400, "INVALID", "projectId: cannot be changed")
		h.refused("admin", "PUT", one, at(`{"licenseId":%d}`, w.license+1), 400, "INVALID", "licenseId: cannot be changed")
		h.refused("admin", "PUT", one, at(`{"organisationId":%d}`, w.other), 400, "INVALID", "organisationId: cannot be changed")
		h.ok("PUT", one, h.ok("GET", one, "").body) // what was read may be sent back
		h.refused("admin", "PUT", at("license/%d", w.license), `{"status":"DELETED"}`, 409, "CONFLICT", at("license %d is in use: active license instances that refer to it: 2", w.license))
		h.refused("admin", "PUT", at("project/%d", w.project), `{"status":"DELETED"}`, 409, "CONFLICT", at("project %d is in use", w.project))
		h.refused("admin", "PUT", at("organisation/%d", w.org), `{"status":"DELETED"}`, 409, "CONFLICT", at("organization %d is in use: license instances that refer to it: 1", w.org))
		h.ok("PUT", one, `{"licenseStatus":"CANCELED"}`)
		h.refused("admin", "PUT", one, `{"licenseStatus":"LICENCED"}`, 409, "CONFLICT", "licenseStatus: cannot go from CANCELED to LICENCED")

		// Deleted it is still there, makes room, and comes back only where there is room.
		if a := h.ok("PUT", one, `{"status":"DELETED"}`); a.object["status"] != "DELETED" || h.ok("GET", one, "").object["status"] != "DELETED" {
			t.Errorf("deleted it is %v", a.object)
		}
		next := h.ok("POST", "instance", w.create(w.org, w.project, "PENDING")).id()
		h.refused("admin", "PUT", one, `{"status":"ACTIVE"}`, 409, "DUPLICATE", "there is an active instance")
		h.ok("PUT", at("instance/%d", next), `{"status":"DISABLED"}`)
		h.ok("PUT", one, `{"status":"ACTIVE"}`)
		h.ok("PUT", one, `{"status":"DELETED"}`)

		// What is not in use serves for nothing new.
		for path, member := range map[string]string{
			at("license/%d", w.license): "licenseId", at("project/%d", w.project): "projectId", at("organisation/%d", w.org): "organisationId",
		} {
			h.ok("PUT", path, `{"status":"DISABLED"}`)
			h.refused("admin", "POST", "instance", w.create(w.org, w.project, "PENDING"), 409, "CONFLICT", member+": ")
			h.refused("admin", "PUT", one, `{"status":"ACTIVE"}`, 409, "CONFLICT", member+": ")
			h.ok("PUT", path, `{"status":"ACTIVE"}`)
		}
		h.ok("PUT", one, `{"status":"ACTIVE"}`)

		var audited int
		h.must(h.store.Read().NewRaw(`SELECT COUNT(*) FROM audit_entries WHERE entity = 'licenseInstance' AND user_id = 'admin'`).Scan(t.Context(), &audited))
		if audited != 10 { // three insertions, seven changes
			t.Errorf("the audit has %d entries", audited)
		}
	})
}

// TestOneActiveInstance: of many at once, one is made or brought back.
func TestOneActiveInstance(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		w := h.stocked()
		project := h.ok("POST", "project", `{"name":"R"}`).id()
		race := func(n int, ask func(i int) answer) {
			t.Helper()
			var wg sync.WaitGroup
			made := make([]int, n)
			for i := range n {
				wg.Go(func() { made[i] = ask(i).status })
			}
			wg.Wait()
			ok := 0
			for _, status := range made {
				if status == http.StatusOK {
					ok++
				} else if status != http.StatusConflict {
					t.Errorf("one got %d", status)
				}
			}
			if ok != 1 {
				t.Errorf("%d of %d got it", ok, n)
			}
		}
		race(8, func(int) answer { return h.call("admin", "POST", "instance", w.create(w.org, project, "LICENCED")) })
		var idle []int64
		for range 4 {
			id := h.ok("POST", "instance", strings.Replace(w.create(w.other, project, "PENDING"), "}", `,"status":"DISABLED"}`, 1)).id()
			idle = append(idle, id)
		}
		race(len(idle), func(i int) answer { return h.call("admin", "PUT", at("instance/%d", idle[i]), `{"status":"ACTIVE"}`) })

		// Periods and statuses under one instance do not fight to death.
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() { h.ok("POST", "instance/meta", at(`{"licenseInstanceId":%d}`, w.instance)) })
			wg.Go(func() { h.ok("PUT", at("instance/%d", w.instance), `{"licenseStatus":"LICENCED"}`) })
		}
		wg.Wait()
		if n := len(h.ok("GET", at("instance/%d", w.instance), "").object["licenseInstanceMeta"].([]any)); n != 5 {
			t.Errorf("there are %d periods", n)
		}
	})
}

// TestLicenses: params and scripts come back as they were sent, and what is left
// out stays.
func TestLicenses(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		script := "def x = 1\n\"it's\".execute() // ünï\t<>&"
		id := h.ok("POST", "license", at(`{"name":"A","version":"2","groupScript":%q,"params":"{ \"min\": 0, \"deep\": {\"a\":[1.50, 12345678901234567890]} }"}`, script)).id()
		one := at("license/%d", id)
		a := h.ok("GET", one, "")
		if a.object["groupScript"] != script || !strings.Contains(a.body, `"params":{"min":0,"deep":{"a":[1.50,12345678901234567890]}}`) || a.object["icon"] != "" {
			t.Errorf("made of text it is %s", a.body)
		}
		a = h.ok("PUT", one, `{"params":{"x":[]},"scoreScript":"s","name":null}`)
		if a.object["groupScript"] != script || a.object["name"] != "A" || !strings.Contains(a.body, `"params":{"x":[]}`) || a.object["scoreScript"] != "s" {
			t.Errorf("changed in part it is %s", a.body)
		}
		if a = h.ok("PUT", one, a.body); !strings.Contains(a.body, `"params":{"x":[]}`) {
			t.Errorf("sent back it is %s", a.body)
		}
		g := h.ok("POST", "license/score-group", at(`{"licenseId":%d,"name":"g","title":"T"}`, id))
		h.ok("PUT", at("license/score-group/%d", g.id()), `{"description":"D","status":"DISABLED"}`)
		groups := h.ok("GET", one, "").object["scoreGroups"].([]any)
		if len(groups) != 1 || groups[0].(map[string]any)["title"] != "T" || groups[0].(map[string]any)["description"] != "D" || groups[0].(map[string]any)["status"] != "DISABLED" {
			t.Errorf("the groups are %v", groups)
		}
	})
}

// TestProjectsWithALicense: the search by organisation and license.
func TestProjectsWithALicense(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		w := h.stocked()
		path := at("project/c3/%d/%d/search", w.org, w.license)
		if got := h.ok("POST", path, `{"trackTotal":true}`); got.object["total"] != 1.0 || got.data()[0]["name"] != "P" {
			t.Errorf("found %s", got.body)
		}
		if got := h.ok("POST", path, `{"where":"name='Q'"}`); len(got.data()) != 0 {
			t.Errorf("found %s", got.body)
		}
		h.ok("PUT", at("instance/%d", w.instance), `{"status":"DELETED"}`)
		if got := h.ok("POST", path, ``); len(got.data()) != 0 {
			t.Errorf("found %s", got.body)
		}
		h.refused("admin", "POST", at("project/c3/99/%d/search", w.license), ``, 404, "NOT_FOUND", "there is no organisation 99")
		h.refused("admin", "POST", at("project/c3/%d/99/search", w.org), ``, 404, "NOT_FOUND", "there is no license 99")
	})
}
