package management_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/identity"
	"github.com/licet/licet/internal/store"
)

// shop is an organisation that has a license and a limit, and an application of
// a member of it.
type shop struct {
	*house
	org, other *entity.Organisation
	key        string // of the application
	appID      string
	seats      string // the limit's public id
	export     string // the license's
}

func newShop(t *testing.T, h *house) *shop {
	t.Helper()
	ctx := t.Context()
	s := &shop{house: h}
	staff := context.Background()
	set := func(r string, o *entity.Organisation) {
		t.Helper()
		var rights entity.OrgRights
		h.must(json.Unmarshal([]byte(r), &rights))
		h.must(h.orgs.SetRights(ctx, o.ID, rights))
	}
	h.must(h.store.Write(staff, func(ctx context.Context, tx *store.Tx) error {
		for _, q := range []string{
			`INSERT INTO license_definitions (public_id, name, category, inheritable, created_at, updated_at) VALUES ('EXPORTEXPORTEXPORTEXPO', 'export', 'feature', TRUE, 1, 1)`,
			`INSERT INTO limit_definitions (public_id, name, created_at, updated_at) VALUES ('JOBSJOBSJOBSJOBSJOBSJO', 'jobs', 1, 1)`,
		} {
			if _, err := tx.NewRaw(q).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	}))
	s.export, s.seats = "EXPORTEXPORTEXPORTEXPO", "JOBSJOBSJOBSJOBSJOBSJO"
	var err error
	s.org, err = h.orgs.Create(ctx, entity.Organisation{Name: "Acme"})
	h.must(err)
	s.other, err = h.orgs.Create(ctx, entity.Organisation{Name: "Other"})
	h.must(err)
	set(`{"customLicenses":[{"licenseType":"SUBSCRIPTION","expirationDate":"2027-01-01T00:00:00Z","licenseDef":"`+s.export+`"}],"customLimits":[{"value":10,"limitDefinition":"`+s.seats+`"}]}`, s.org)
	admin := identity.Principal{UserID: h.adminID, Roles: []entity.Role{entity.Administrator}, Permissions: entity.AllPermissions}
	app, err := h.ids.InsertUser(ctx, admin, entity.User{UserName: "app", Roles: []entity.Role{entity.Application}}, "")
	h.must(err)
	s.appID = app.ID
	h.must(h.orgs.SetMember(ctx, s.org.ID, app.ID, entity.OrgViewer))
	s.key = h.ok("POST", "/v1/api-keys", `{"apiKey":{"name":"app","ownerId":"`+app.ID+`","permissions":15}}`).text("apiKey")
	return s
}

// as calls as somebody; the answer must be 200.
func (s *shop) as(key, path, body string) string {
	s.t.Helper()
	a := s.call(key, "POST", "/v1/entitlements/"+path, body)
	if a.status != http.StatusOK {
		s.t.Fatalf("%s %s: %d %s", path, body, a.status, a.body)
	}
	return strings.TrimSpace(string(a.body))
}

func TestEntitlementsOverTheWire(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		s := newShop(t, h)
		const head = `{"success":true,"code":0,"message":"",`
		consume := `{"limit":"jobs","units":4,"idempotencyKey":"run-1"}`
		for _, c := range []struct{ path, body, want string }{
			{"consume", consume, `"limit":{"limitDefinition":"` + s.seats + `","value":10,"used":4,"left":6}}`},
			{"consume", consume, `"limit":{"limitDefinition":"` + s.seats + `","value":10,"used":4,"left":6}}`},
			{"release", `{"orgId":"` + s.org.PublicID + `","limit":"` + s.seats + `","units":1,"idempotencyKey":"run-1-end"}`, `"limit":{"limitDefinition":"` + s.seats + `","value":10,"used":3,"left":7}}`},
			{"check", `{"licenses":["export"],"limits":["jobs"]}`, `"entitlements":{"orgId":"` + s.org.PublicID + `","licenses":[{"licenseDef":"` + s.export + `","name":"export","granted":true,"expirationDate":"2027-01-01T00:00:00Z"}],` +
				`"limits":[{"name":"jobs","granted":true,"limitDefinition":"` + s.seats + `","value":10,"used":3,"left":7}]}}`},
			{"check", ``, `"entitlements":{"orgId":"` + s.org.PublicID + `","licenses":[{"licenseDef":"` + s.export + `","name":"export","granted":true,"expirationDate":"2027-01-01T00:00:00Z"}],` +
				`"limits":[{"name":"jobs","granted":true,"limitDefinition":"` + s.seats + `","value":10,"used":3,"left":7}]}}`},
		} {
			if diff := cmp.Diff(head+c.want, s.as(s.key, c.path, c.body)); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", c.path, c.body, diff)
			}
		}
		// Staff may ask for any; they say for which.
		want := head + `"entitlements":{"orgId":"` + s.other.PublicID + `","licenses":[],"limits":[]}}`
		if diff := cmp.Diff(want, s.as("Sales", "check", `{"orgId":"`+s.other.PublicID+`"}`)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestEntitlementsOfOthersAreNotThere(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		s := newShop(t, h)
		ask := func(key, org, path string) answer {
			return h.call(key, "POST", "/v1/entitlements/"+path, `{"orgId":"`+org+`","limit":"jobs","units":1,"idempotencyKey":"k"}`)
		}
		const unknown = "0000000000000000000000"
		for _, path := range []string{"check", "consume", "release"} {
			none, others := ask(s.key, unknown, path), ask(s.key, s.other.PublicID, path)
			if none.status != http.StatusNotFound || strings.ReplaceAll(string(none.body), unknown, s.other.PublicID) != string(others.body) {
				t.Errorf("%s: %s, %s", path, none.body, others.body)
			}
		}
		// A member of two says which; who is no member of any has none.
		h.must(h.orgs.SetMember(t.Context(), s.other.ID, s.appID, entity.OrgViewer))
		if a := ask(s.key, "", "consume"); a.status != http.StatusBadRequest || a.text("message") != "orgId: is missing: the caller is a member of 2 organizations" {
			t.Errorf("%d %s", a.status, a.body)
		}
		if a := ask("Application", "", "check"); a.status != http.StatusBadRequest {
			t.Errorf("%d %s", a.status, a.body)
		}
		if a := ask("Customer", s.org.PublicID, "check"); a.status != http.StatusForbidden {
			t.Errorf("%d %s", a.status, a.body)
		}
		_, err := h.orgs.Change(t.Context(), s.org.ID, func(o *entity.Organisation) error { o.Status = entity.OrgDeleted; return nil })
		h.must(err)
		for _, key := range []string{s.key, "Administrator"} {
			if a := ask(key, s.org.PublicID, "consume"); a.status != http.StatusNotFound {
				t.Errorf("a deleted organisation: %d %s", a.status, a.body)
			}
		}
	})
}

func TestBadInputAboutEntitlements(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		s := newShop(t, h)
		in := func(members string) string { return `{"orgId":"` + s.org.PublicID + `",` + members + `}` }
		used := in(`"limit":"jobs","units":4,"idempotencyKey":"used"`)
		s.as(s.key, "consume", used)
		for _, path := range []string{"consume", "release"} {
			path = "/v1/entitlements/" + path
			for _, c := range []bad{
				{body: `[]`, status: 400, code: 3, say: "expected an object"},
				{body: `{}`, status: 400, code: 3, say: "orgId: is missing"},
				{body: `{"orgId":7}`, status: 400, code: 3, say: "orgId: expected a string"},
				{body: `{"orgId":` + quoted(100000) + `}`, status: 404, code: 5, say: "there is no organization"},
				{body: in(`"units":1`), status: 400, code: 3, say: "limit: is missing"},
				{body: in(`"limit":"jobs","idempotencyKey":"k"`), status: 400, code: 3, say: "units: is missing"},
				{body: in(`"limit":"jobs","idempotencyKey":"k","units":0`), status: 400, code: 3, say: "units: is missing"},
				{body: in(`"limit":"jobs","idempotencyKey":"k","units":-5`), status: 400, code: 3, say: "units: must be from 1"},
				{body: in(`"limit":"jobs","idempotencyKey":"k","units":9007199254740992`), status: 400, code: 3, say: "units: must be from 1"},
				{body: in(`"limit":"jobs","idempotencyKey":"k","units":9223372036854775808`), status: 400, code: 3, say: "units: the number"},
				{body: in(`"limit":"jobs","idempotencyKey":"k","units":1.5`), status: 400, code: 3, say: "units: expected a whole number"},
				{body: in(`"limit":"jobs","idempotencyKey":"k","units":"1"`), status: 400, code: 3, say: "units: expected a whole number"},
				{body: in(`"limit":"jobs","units":1`), status: 400, code: 3, say: "idempotencyKey: is missing"},
				{body: in(`"limit":"jobs","units":1,"idempotencyKey":"a\u0000b"`), status: 400, code: 3, say: ""},
				{body: in(`"limit":"jobs","units":1,"idempotencyKey":"a b"`), status: 400, code: 3, say: "idempotencyKey: may hold visible"},
				{body: in(`"limit":"jobs","units":1,"idempotencyKey":` + quoted(129)), status: 400, code: 3, say: "idempotencyKey: has 129"},
				{body: in(`"limit":"Jobs","units":1,"idempotencyKey":"k"`), status: 400, code: 3, say: `limit: there is no "Jobs"`},
				{body: in(`"limit":` + quoted(300) + `,"units":1,"idempotencyKey":"k"`), status: 400, code: 3, say: "limit: has 300"},
				{body: in(`"limit":"jobs","units":11,"idempotencyKey":"k"`), status: 409, code: 9, say: "units are used"},
				{body: in(`"limit":"jobs","units":5,"idempotencyKey":"used"`), status: 409, code: 9, say: "idempotencyKey: was that of another request"},
			} {
				h.refused("POST", path, c.body, c.status, c.code, c.say)
			}
		}
		for _, c := range []bad{
			{body: in(`"licenses":"export"`), status: 400, code: 3, say: "licenses: expected a list"},
			{body: in(`"licenses":[7]`), status: 400, code: 3, say: "licenses[0]: expected a string"},
			{body: in(`"licenses":["export","Export"]`), status: 400, code: 3, say: `licenses[1]: there is no "Export"`},
			{body: in(`"limits":[""]`), status: 400, code: 3, say: "limits[0]"},
			{body: in(`"limits":` + manyItems(`"jobs"`, 501)), status: 400, code: 3, say: "limits: has 501 items"},
		} {
			h.refused("POST", "/v1/entitlements/check", c.body, c.status, c.code, c.say)
		}
		a := h.call(adminKey, "POST", "/v1/entitlements/check", in(`"limits":["jobs"]`))
		if got := fmt.Sprint(a.object["entitlements"].(map[string]any)["limits"].([]any)[0].(map[string]any)["used"]); got != "4" {
			t.Errorf("bad requests changed what is used: %s", got)
		}
		h.refused("POST", "/v1/entitlements/consume", strings.Replace(used, s.org.PublicID, s.other.PublicID, 1), 403, 7, "does not have this limit")
	})
}
