package instances_test

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// members are the paths of a value with the types there; of lists the first item.
func members(into map[string]string, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		if path == ".license.params" { // the caller's own
			into[path] = "object"
		}
		for name, inner := range v {
			members(into, path+"."+name, inner)
		}
	case []any:
		into[path] = "list"
		if len(v) > 0 {
			members(into, path+"[]", v[0])
		}
	default:
		into[path] = fmt.Sprint(reflect.TypeOf(v))
	}
}

// TestThePage: the printed request gives the printed answer, member by member
// and type by type, in its order. Only params is another: an object, as its type
// says, where the example is a text that is no JSON.
func TestThePage(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		printed, err := os.ReadFile("testdata/answer.json")
		h.must(err)
		h.write(`INSERT INTO regulatory_licenses (id, name, version, status, created_at, updated_at) VALUES (122, 'x', 'x', 'ACTIVE', 1, 1)`)
		h.write(`INSERT INTO organisations (id, public_id, name, created_at, updated_at) VALUES (123, 'p', 'x', 1, 1)`)
		h.write(`INSERT INTO projects (id, name, status, created_at, updated_at) VALUES (123, 'x', 'ACTIVE', 1, 1)`)
		h.write(`INSERT INTO regulatory_licenses (id, name, version, status, created_at, updated_at, icon, group_script, score_script)
			VALUES (123, 'x', 'x', 'ACTIVE', 1, 1, 'x', 'x', 'x')`)
		h.ok("POST", "license/score-group", `{"licenseId":123,"name":"g","title":"t","description":"d"}`)
		const request = `{"licenseId": 123, "organisationId": 123, "projectId": 123, "licenseStatus": "PENDING", "status": "ACTIVE"}`
		a := h.ok("POST", "instance", request)
		h.ok("POST", "instance/meta", fmt.Sprintf(`{"licenseInstanceId":%d,"startedAt":1646928950000,"expiredAt":1646928950000}`, a.id()))
		a = h.ok("GET", fmt.Sprintf("instance/%d", a.id()), "")

		var want any
		h.must(json.Unmarshal(printed, &want))
		wanted, got := map[string]string{}, map[string]string{}
		members(wanted, "", want)
		members(got, "", a.object)
		wanted[".license.params"] = "object"
		if !reflect.DeepEqual(got, wanted) {
			t.Errorf("the answer has\n%v\nthe page\n%v", got, wanted)
		}
		if g, w := order(t, a.body), order(t, string(printed)); !slices.Equal(g, w) {
			t.Errorf("the order of the answer is\n%v\nof the page\n%v", g, w)
		}
		meta := a.object["licenseInstanceMeta"].([]any)[0].(map[string]any)
		if meta["startedAt"] != "2022-03-10T16:15:50Z" || a.object["createdAt"] != float64(startMillis) {
			t.Errorf("startedAt %v, createdAt %v", meta["startedAt"], a.object["createdAt"])
		}
	})
}

// order is the names of all members in the order in which they stand.
func order(t *testing.T, text string) []string {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	var names []string
	var walk func()
	walk = func() {
		token, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		delim, ok := token.(json.Delim)
		if !ok {
			return
		}
		for d.More() {
			if delim == '{' {
				name, err := d.Token()
				if err != nil {
					t.Fatal(err)
				}
				names = append(names, name.(string))
			}
			walk()
		}
		if _, err := d.Token(); err != nil {
			t.Fatal(err)
		}
	}
	walk()
	return names
}

// TestOthersOfTheReference: the neighbours' members, as the reference names them.
func TestOthersOfTheReference(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		w := h.stocked()
		for path, want := range map[string]string{
			fmt.Sprintf("license/%d", w.license):  "name version id createdAt updatedAt status icon scoreGroups params groupScript scoreScript",
			fmt.Sprintf("organisation/%d", w.org): "id createdAt updatedAt status name parent icon logoLight darkLogo tenantId publicId",
			fmt.Sprintf("project/%d", w.project): "id createdAt updatedAt status name legalName description icon website networkStatus coinGeckoId params tags " +
				"viewTenantIds type meta tenantId organisationId licenses",
		} {
			a := h.ok("GET", path, "")
			var names []string
			for name := range a.object {
				names = append(names, name)
			}
			slices.Sort(names)
			if sorted := slices.Sorted(slices.Values(strings.Fields(want))); !slices.Equal(names, sorted) {
				t.Errorf("%s has %v, not %v", path, names, sorted)
			}
		}
		licenses := h.ok("GET", fmt.Sprintf("project/%d", w.project), "").object["licenses"].([]any)
		if len(licenses) != 1 || licenses[0].(map[string]any)["license"].(map[string]any)["name"] != "MiCA" {
			t.Errorf("the project's licenses are %v", licenses)
		}
		var public string
		h.must(h.store.Read().NewRaw(`SELECT public_id FROM organisations WHERE id = ? AND parent_id IS NULL AND parent_label = 'ADGM'`, w.org).Scan(t.Context(), &public))
		if got := h.ok("GET", fmt.Sprintf("organisation/%d", w.org), "").object["publicId"]; got != public || len(public) != 22 {
			t.Errorf("publicId is %v, in the books %s", got, public)
		}
	})
}
