package organizations_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// stock is a parent with rights, and one below it. The names of definitions are
// their public ids.
type stock struct {
	*house
	top, child, sibling, other party
	license, second, edition   string
	limit, endless, notTheirs  string
	admin                      string // a session of the parent's administrator
}

const (
	end   = "2027-03-01T00:00:00Z"
	after = "2027-03-01T00:00:01Z"
)

func stocked(h *house) *stock {
	h.t.Helper()
	s := &stock{house: h}
	s.license = h.definition("/v1/license-definitions", "licenseDefinition", `"name":"L"`)
	s.second = h.definition("/v1/license-definitions", "licenseDefinition", `"name":"L2"`)
	s.notTheirs = h.definition("/v1/license-definitions", "licenseDefinition", `"name":"L3"`)
	s.edition = h.definition("/v1/editions", "edition", `"name":"E"`)
	s.limit = h.definition("/v1/limit-definitions", "limitDefinition", `"name":"jobs"`)
	s.endless = h.definition("/v1/limit-definitions", "limitDefinition", `"name":"rows"`)
	s.top, s.other = h.found("Top", 0), h.found("Other", 0)
	h.staff("PUT", fmt.Sprintf("/v1/organizations/%d/licenses", s.top.id), `{"licenses":`+s.rights(
		lic(s.license, "SUBSCRIPTION", end)+","+lic(s.second, "FREE", ""), edi(s.edition, end), lim(s.limit, 10)+","+lim(s.endless, -1))+`}`)
	s.child, s.sibling = h.found("Child", s.top.id), h.found("Sibling", s.top.id)
	s.admin = h.logIn(s.top.admin)
	return s
}

func (s *stock) rights(licenses, editions, limits string) string {
	return fmt.Sprintf(`{"customLicenses":[%s],"assignedEditions":[%s],"customLimits":[%s]}`, licenses, editions, limits)
}

func lic(def, typ, end string) string {
	if end == "" {
		return fmt.Sprintf(`{"licenseType":%q,"expirationDate":null,"licenseDef":%q}`, typ, def)
	}
	return fmt.Sprintf(`{"licenseType":%q,"expirationDate":%q,"licenseDef":%q}`, typ, end, def)
}

func edi(edition, end string) string {
	return fmt.Sprintf(`{"expirationDate":%q,"edition":%q}`, end, edition)
}

func lim(limit string, value int64) string {
	return fmt.Sprintf(`{"value":%d,"limitDefinition":%q}`, value, limit)
}

func (p party) path() string { return v3 + "/license/org/" + p.publicID }

// read is what an organization has, as its parent's administrator sees it.
func (s *stock) read(p party) string {
	s.t.Helper()
	a := s.call(s.admin, "GET", p.path(), "")
	if a.status != http.StatusOK {
		s.t.Fatalf("%d %s", a.status, a.body)
	}
	return string(a.body)
}

// TestWhoMaySeeAndSet is the table of the page's and the behaviour's rules.
func TestWhoMaySeeAndSet(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		s := stocked(h)
		const seen, hidden, no, done = 200, 404, 403, 200
		for _, c := range []struct {
			who                      string
			top, child               int // GET
			putTop, putChild, putSib int
		}{
			{s.top.admin, seen, seen, no, done, done},
			{s.top.viewer, seen, seen, no, no, no},
			{s.child.admin, hidden, seen, hidden, no, hidden},
			{s.child.viewer, hidden, seen, hidden, no, hidden},
			{s.other.admin, hidden, hidden, hidden, hidden, hidden},
			{"admin", hidden, hidden, hidden, hidden, hidden}, // of the server: not of these
		} {
			session := h.logIn(c.who)
			for _, try := range []struct {
				method string
				at     party
				want   int
			}{{"GET", s.top, c.top}, {"GET", s.child, c.child}, {"PUT", s.top, c.putTop}, {"PUT", s.child, c.putChild}, {"PUT", s.sibling, c.putSib}} {
				body := ""
				if try.method == "PUT" {
					body = s.rights(lic(s.license, "TRIAL", end), "", "")
				}
				a := h.call(session, try.method, try.at.path(), body)
				what := fmt.Sprintf("%s: %s of %s", c.who, try.method, try.at.admin)
				switch try.want {
				case seen:
					if a.status != http.StatusOK || (len(a.body) == 0) != (try.method == "PUT") {
						t.Errorf("%s: %d %s", what, a.status, a.body)
					}
				case hidden:
					h.refused(what, a, 404, "LICET_006", "there is no such organization")
				case no:
					h.refused(what, a, 403, "LICET_004", "only an administrator")
				}
			}
		}
		// Who is no longer a member of an active organization may nothing.
		h.staff("PUT", fmt.Sprintf("/v1/organizations/%d/disabled", s.other.id), "{}")
		session := h.logIn(s.child.viewer)
		h.staff("PUT", fmt.Sprintf("/v1/organizations/%d/disabled", s.child.id), "{}")
		h.refused("a disabled organization", h.call(session, "GET", s.child.path(), ""), 403, "LICET_003", "no active organization")
		h.refused("a disabled organization", h.call(session, "PUT", s.child.path(), "{}"), 403, "LICET_003", "no active organization")
		if a := h.call(s.admin, "GET", s.child.path(), ""); a.status != http.StatusOK {
			t.Errorf("the parent's administrator: %d %s", a.status, a.body)
		}
		h.staff("PUT", fmt.Sprintf("/v1/organizations/%d/disabled", s.top.id), "{}")
		h.refused("a disabled parent", h.call(s.admin, "PUT", s.sibling.path(), "{}"), 403, "LICET_003", "no active organization")
	})
}

// TestAPutOverwrites: what is sent is there in its order, what is left out is not.
func TestAPutOverwrites(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		s := stocked(h)
		ids := fmt.Sprintf(`"id":%q,"parentOrg":%q`, s.child.publicID, s.top.publicID)
		none := s.rights("", "", "")
		all := s.rights(lic(s.second, "NONE", "")+","+lic(s.license, "TRIAL", end), edi(s.edition, end), lim(s.endless, -1)+","+lim(s.limit, 0))
		turned := s.rights(lic(s.license, "SUBSCRIPTION", end)+","+lic(s.second, "FREE", "2030-01-01T00:00:00Z"), "", lim(s.limit, 10)+","+lim(s.endless, 1_000_000))
		for _, c := range []struct{ name, sent, want string }{
			{"everything", all, all},
			{"another order", turned, turned},
			{"one list", `{"customLicenses":[` + lic(s.license, "TRIAL", end) + `]}`, s.rights(lic(s.license, "TRIAL", end), "", "")},
			{"nothing", `{}`, none},
			{"everything again", all, all},
			{"null lists", `{"customLicenses":null,"assignedEditions":null,"customLimits":[` + lim(s.limit, 3) + `]}`, s.rights("", "", lim(s.limit, 3))},
			{"ids as read", strings.Replace(all, "{", "{"+ids+",", 1), all},
			{"another parentOrg", strings.Replace(all, "{", `{"id":null,"parentOrg":"x",`, 1), all},
			{"names in any case", `{"CUSTOMLIMITS":[{"Value":3,"limitdefinition":"` + s.limit + `"}]}`, s.rights("", "", lim(s.limit, 3))},
			{"a date with a zone and fractions", s.rights(lic(s.license, "TRIAL", "2026-12-31T23:59:59.999+01:00"), "", ""), s.rights(lic(s.license, "TRIAL", "2026-12-31T22:59:59Z"), "", "")},
			{"a free license without a date", `{"customLicenses":[{"licenseType":"FREE","licenseDef":"` + s.second + `"}]}`, s.rights(lic(s.second, "FREE", ""), "", "")},
		} {
			if a := h.call(s.admin, "PUT", s.child.path(), c.sent); a.status != http.StatusOK || len(a.body) != 0 {
				t.Errorf("%s: %d %s", c.name, a.status, a.body)
			}
			want := "{" + ids + "," + strings.TrimPrefix(c.want, "{")
			if got := strings.TrimSpace(s.read(s.child)); got != want {
				t.Errorf("%s:\n%s\nwant\n%s", c.name, got, want)
			}
		}
	})
}

// TestEveryRuleRefuses: one body a rule. None of them changes anything.
func TestEveryRuleRefuses(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		s := stocked(h)
		kept := s.rights(lic(s.license, "TRIAL", end), edi(s.edition, end), lim(s.limit, 5))
		if a := h.call(s.admin, "PUT", s.child.path(), kept); a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.body)
		}
		before := s.read(s.child)
		only := func(license string) string { return s.rights(license, "", "") }
		for _, c := range []struct {
			body   string
			status int
			code   string
			says   string
		}{
			{only(lic(s.notTheirs, "TRIAL", end)), 400, "LICET_014", "customLicenses[0].licenseDef: the parent organization does not have"},
			{s.rights("", edi(h.definition("/v1/editions", "edition", `"name":"E2"`), end), ""), 400, "LICET_015", "assignedEditions[0].edition"},
			{s.rights("", "", lim(h.definition("/v1/limit-definitions", "limitDefinition", `"name":"x"`), 1)), 400, "LICET_016", "customLimits[0].limitDefinition"},
			{only(lic(s.license, "TRIAL", after)), 400, "LICET_017", "customLicenses[0].expirationDate: is after"},
			{only(lic(s.license, "FREE", "")), 400, "LICET_017", "customLicenses[0].expirationDate: is after"},
			{s.rights("", edi(s.edition, after), ""), 400, "LICET_017", "assignedEditions[0].expirationDate: is after"},
			{s.rights("", "", lim(s.limit, 11)), 400, "LICET_018", "customLimits[0].value: is more than the 10"},
			{s.rights("", "", lim(s.limit, -1)), 400, "LICET_018", "customLimits[0].value"},
			{s.rights("", "", lim(s.limit, -2)), 400, "LICET_001", "customLimits[0].value"},
			{s.rights("", "", `{"limitDefinition":"`+s.limit+`"}`), 400, "LICET_001", "customLimits[0].value: is missing"},
			{only(lic("a5Xjp3VF3sjcyZUDa6UaWh", "TRIAL", end)), 400, "LICET_011", "customLicenses[0].licenseDef"},
			{s.rights("", edi("a5Xjp3VF3sjcyZUDa6UaWh", end), ""), 400, "LICET_011", "assignedEditions[0].edition"},
			{s.rights("", "", lim("a5Xjp3VF3sjcyZUDa6UaWh", 1)), 400, "LICET_011", "customLimits[0].limitDefinition"},
			{only(lic(s.license, "TRIAL", end) + "," + lic(s.license, "FREE", end)), 400, "LICET_012", "customLicenses[1].licenseDef"},
			{s.rights("", edi(s.edition, end)+","+edi(s.edition, end), ""), 400, "LICET_012", "assignedEditions[1].edition"},
			{s.rights("", "", lim(s.limit, 1)+","+lim(s.limit, 1)), 400, "LICET_012", "customLimits[1].limitDefinition"},
			{only(lic(s.license, "TRIAL", "")), 400, "LICET_013", "customLicenses[0].expirationDate: is missing"},
			{only(lic(s.license, "SUBSCRIPTION", "")), 400, "LICET_013", "customLicenses[0].expirationDate: is missing"},
			{s.rights("", `{"edition":"`+s.edition+`"}`, ""), 400, "LICET_013", "assignedEditions[0].expirationDate: is missing"},
			{only(lic(s.license, "NON", end)), 400, "LICET_001", "customLicenses[0].licenseType"},
			{only(lic(s.license, "trial", end)), 400, "LICET_001", "customLicenses[0].licenseType"},
			{only(lic("", "TRIAL", end)), 400, "LICET_001", "customLicenses[0].licenseDef: is missing"},
			{only("null"), 400, "LICET_001", "customLicenses[0].licenseDef: is missing"},
			{only("1"), 400, "LICET_001", "customLicenses[0]: expected an object"},
			{only(lic(s.license, "TRIAL", "tomorrow")), 400, "LICET_001", "customLicenses[0].expirationDate"},
			{only(`{"licenseType":1}`), 400, "LICET_001", "customLicenses[0].licenseType: expected a string"},
			{s.rights("", "", `{"value":"5","limitDefinition":"`+s.limit+`"}`), 400, "LICET_001", "customLimits[0].value: expected a whole number"},
			{s.rights("", "", `{"value":1.5,"limitDefinition":"`+s.limit+`"}`), 400, "LICET_001", "customLimits[0].value"},
			{s.rights("", "", `{"value":9223372036854775808,"limitDefinition":"`+s.limit+`"}`), 400, "LICET_001", "customLimits[0].value"},
			{`{"customLicences":[]}`, 400, "LICET_001", "customLicences: is not a member"},
			{only(`{"licenceType":"FREE"}`), 400, "LICET_001", "customLicenses[0].licenceType: is not a member"},
			{`{"customLicenses":{}}`, 400, "LICET_001", "customLicenses: expected a list"},
			{`{"customLicenses":[],"CustomLicenses":[]}`, 400, "LICET_001", ""},
			{`{"id":"` + s.sibling.publicID + `"}`, 400, "LICET_001", "id: is not that"},
			{`{"id":1}`, 400, "LICET_001", "id: expected a string"},
			{`[]`, 400, "LICET_001", "expected an object"},
			{`null`, 400, "LICET_001", "the body is missing"},
			{`{`, 400, "LICET_001", ""},
			{"", 400, "LICET_001", "the body is missing"},
			{`{"customLimits":[` + strings.Repeat(lim(s.limit, 1)+",", 1001) + lim(s.limit, 1) + `]}`, 400, "LICET_001", "customLimits: has 1002 items"},
			{strings.Repeat(" ", 1<<20) + "{}", 413, "LICET_008", "larger than"},
		} {
			h.refused(fmt.Sprintf("%.200s", c.body), h.call(s.admin, "PUT", s.child.path(), c.body), c.status, c.code, c.says)
		}
		if s.read(s.child) != before {
			t.Errorf("changed:\n%s\nwas\n%s", s.read(s.child), before)
		}
		h.staff("PUT", fmt.Sprintf("/v1/organizations/%d/synchronised", s.top.id), "{}")
		h.refused("synchronised", h.call(s.admin, "PUT", s.child.path(), kept), 409, "LICET_019", "synchronize")
	})
}

// TestTheContentTypeDoesNotMatter: the page's example has none, and curl makes
// one up.
func TestTheContentTypeDoesNotMatter(t *testing.T) {
	t.Parallel()
	s := stocked(newHouse(t, "sqlite:"+t.TempDir()+"/licet.db"))
	for _, media := range []string{"", "application/json; charset=utf-8", "application/x-www-form-urlencoded", "text/plain", "nonsense"} {
		req := httptest.NewRequest("PUT", s.child.path(), strings.NewReader(s.rights("", "", lim(s.limit, 1))))
		req.Header.Set("INFA-SESSION-ID", s.admin)
		req.Header.Set("Accept", "text/html")
		if media != "" {
			req.Header.Set("Content-Type", media)
		}
		if a := s.send(req); a.status != http.StatusOK || len(a.body) != 0 {
			t.Errorf("%q: %d %s", media, a.status, a.body)
		}
	}
	packed := httptest.NewRequest("PUT", s.child.path(), strings.NewReader("{}"))
	packed.Header.Set("INFA-SESSION-ID", s.admin)
	packed.Header.Set("Content-Encoding", "gzip")
	s.refused("packed", s.send(packed), 415, "LICET_009", "content encoding")
}
