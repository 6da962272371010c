package organizations_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
)

// pageStory makes the organization of the page, with what it has there, and one
// below it. It returns both and the page's answer without white space.
func (h *house) pageStory() (top, child party, page string) {
	h.t.Helper()
	top = h.found("Page", 0)
	for _, d := range []struct{ table, path, item, id string }{
		{"license_definitions", "/v1/license-definitions", "licenseDefinition", "a5Xjp3VF3sjcyZUDa6UaWh"},
		{"editions", "/v1/editions", "edition", "4sdvnCrYEjfcKjTvAoigEF"},
		{"editions", "/v1/editions", "edition", "5SPzPwEFvBEds8LzVwXX4K"},
		{"limit_definitions", "/v1/limit-definitions", "limitDefinition", "09cX4Tmi1qSfrS997ORMYl"},
	} {
		made := h.definition(d.path, d.item, fmt.Sprintf(`"name":%q`, d.id))
		h.exec("UPDATE "+d.table+" SET public_id = ? WHERE public_id = ?", d.id, made)
	}
	text, err := os.ReadFile("testdata/page.json")
	h.must(err)
	var compact bytes.Buffer
	h.must(json.Compact(&compact, text))
	page, top.publicID = compact.String(), "1ax3wad2FEsz35asd2892s"
	h.exec("UPDATE organisations SET public_id = ? WHERE id = ?", top.publicID, top.id)
	h.staff("PUT", fmt.Sprintf("/v1/organizations/%d/licenses", top.id), `{"licenses":`+page+`}`)
	return top, h.found("Child", top.id), page
}

// TestThePagesExamples: GET answers what the page shows, member for member in its
// order, and PUT takes what the page sends.
func TestThePagesExamples(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		top, child, page := h.pageStory()
		for _, base := range []string{v3, "/public/core/v3"} {
			path, session := base+"/license/org/", h.logIn(top.admin)
			if a := h.call(session, "GET", path+top.publicID, ""); a.status != http.StatusOK || strings.TrimSpace(string(a.body)) != page ||
				a.header.Get("Content-Type") != "application/json" {
				t.Errorf("%d %v\n%s\nwant\n%s", a.status, a.header, a.body, page)
			}
			// The page's request has no id, no parentOrg and no Content-Type.
			body := strings.Replace(page, `"id":"1ax3wad2FEsz35asd2892s","parentOrg":null,`, "", 1)
			if a := h.call(session, "PUT", path+child.publicID, body); a.status != http.StatusOK || len(a.body) != 0 {
				t.Errorf("%d %s", a.status, a.body)
			}
			want := strings.Replace(page, `"id":"1ax3wad2FEsz35asd2892s","parentOrg":null`, fmt.Sprintf(`"id":%q,"parentOrg":%q`, child.publicID, top.publicID), 1)
			read := h.call(session, "GET", path+child.publicID, "")
			if strings.TrimSpace(string(read.body)) != want {
				t.Errorf("%s\nwant\n%s", read.body, want)
			}
			// What was read can be sent back, and changes nothing.
			if a := h.call(session, "PUT", path+child.publicID, string(read.body)); a.status != http.StatusOK || len(a.body) != 0 {
				t.Errorf("%d %s", a.status, a.body)
			}
			if again := h.call(session, "GET", path+child.publicID, ""); string(again.body) != string(read.body) {
				t.Errorf("%s\nwas\n%s", again.body, read.body)
			}
		}
	})
}
