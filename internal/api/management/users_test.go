package management_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/licet/licet/internal/httpx/httpxtest"
)

// addUser inserts a user with a password and says who they are.
func (h *house) addUser(name, roles string) string {
	h.t.Helper()
	return h.ok("POST", "/v1/users", fmt.Sprintf(`{"user":{"userName":%q,"roles":%s},"password":"correct horse battery"}`, name, roles)).text("userId")
}

// userStory does each operation on users once, and every answer that it gets.
func (h *house) userStory(openAPI *httpxtest.Document) (bodies []string, want []string) {
	h.t.Helper()
	ids := map[string]string{}
	for _, step := range []struct{ method, path, body, members string }{
		{"GET", "/v1/roles", "", "roles totalRolesCount"},
		{"POST", "/v1/users", `{"user":{"userName":"Ada","roles":["sales"],"rank":1},"password":"correct horse battery"}`, "userId"},
		{"PUT", "/v1/users", `{"user":{"id":"{userId}","email":"a@example.com","birthDate":"1815-12-10"},"currentPassword":"correct horse battery","newPassword":"battery horse correct"}`, ""},
		{"GET", "/v1/users", "", "users totalUsersCount"},
		{"POST", "/v1/users/{userId}/roles", `{"roles":"LicenseManager, Customer"}`, ""},
		{"GET", "/v1/users/{userId}/roles", "", "roles totalRolesCount"},
		{"DELETE", "/v1/users/{userId}/roles", `{"roles":"Customer"}`, ""},
		{"POST", "/v1/users/{userId}/settings", `{"setting":{"category":"grid","group":"g","name":"layout","value":"{}","type":"string","description":"d"}}`, "settingId"},
		{"PUT", "/v1/users/{userId}/settings", `{"setting":{"id":{settingId},"value":"[]"}}`, "settingsId"},
		{"GET", "/v1/users/{userId}/settings", "", "settings totalSettingsCount"},
		{"DELETE", "/v1/users/{userId}/settings/{settingId}", "", ""},
		{"POST", "/v1/login", `{"userName":"ada","password":"battery horse correct"}`, "token expiresAt renewUntil userId roles"},
		{"DELETE", "/v1/users/{userId}", "", ""},
	} {
		path, body := step.path, step.body
		for name, id := range ids {
			path, body = strings.ReplaceAll(path, "{"+name+"}", id), strings.ReplaceAll(body, "{"+name+"}", id)
		}
		a := h.ok(step.method, path, body)
		openAPI.Answer(h.t, step.method, step.path, a.status, "application/json", a.body)
		members := append([]string{"success", "code", "message"}, strings.Fields(step.members)...)
		for _, m := range members {
			if a.object[m] == nil {
				h.t.Errorf("%s %s: no %s in %s", step.method, path, m, a.body)
			}
		}
		if len(a.object) != len(members) {
			h.t.Errorf("%s %s: %s, want the members %v", step.method, path, a.body, members)
		}
		for name, v := range a.object {
			ids[name] = fmt.Sprint(v)
		}
		bodies = append(bodies, string(a.body))
		if action := map[string]string{"POST": "insert", "PUT": "update", "DELETE": "delete"}[step.method]; action != "" {
			want = append(want, action)
		}
	}
	return bodies, want
}

func TestUsersAnswerAsDocumented(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		bodies, _ := h.userStory(httpxtest.Load(t, h.router.OpenAPI()))
		all := strings.Join(bodies, "\n")
		for _, say := range []string{
			`"roles":["Sales"]`, `"birthDate":"1815-12-10T00:00:00Z"`, `"apiKeys":[]`, `"settings":[]`, `"lastLogIn":null`, `"customerId":null`,
			`"totalRolesCount":5`, `"totalRolesCount":3`, `"id":"LicenseManager","name":"LicenseManager","description":"`,
			`"category":"","group":"","name":"layout","value":"[]","type":"","description":"","readOnly":false,"userId":"`,
		} {
			if !strings.Contains(all, say) {
				t.Errorf("nobody said %s in\n%s", say, all)
			}
		}
	})
}

func TestUsersByRoleOverTheWire(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.addUser("ann", `["Sales"]`)
		h.addUser("bob", `["LicenseManager","Sales"]`)
		for query, want := range map[string]string{
			"": "admin ann bob", "?roles=": "admin ann bob", "?roles=Sales": "ann bob", "?roles=administrator,%20licensemanager": "admin bob",
			"?roles=Application": "", "?roles=Sales&take=1": "ann",
		} {
			var names []string
			for _, u := range h.ok("GET", "/v1/users"+query, "").list("users") {
				names = append(names, u["userName"].(string))
			}
			if got := strings.Join(names, " "); got != want {
				t.Errorf("%s: %q, want %q", query, got, want)
			}
		}
		h.refused("GET", "/v1/users?roles=Root", "", 400, 3, "roles: there is no role")
		h.refused("GET", "/v1/users?roles=Sales,", "", 400, 3, "roles: there is no role")
	})
}

func TestBadInputAboutUsers(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		ann, bob := h.addUser("ann", `["Sales"]`), h.addUser("bob", `[]`)
		of := "/v1/users/" + ann
		setting := h.ok("POST", of+"/settings", `{"setting":{"name":"n"}}`).id("settingId")
		before := string(h.ok("GET", "/v1/users", "").body) + string(h.ok("GET", of+"/settings", "").body)
		for _, b := range []bad{
			{"POST", "/v1/users", "", 400, 3, "user: is missing"}, {"POST", "/v1/users", `{"user":null}`, 400, 3, "user: is missing"},
			{"POST", "/v1/users", `{"user":{}}`, 400, 3, "user.userName: is missing"}, {"POST", "/v1/users", `{"user":[]}`, 400, 3, "user: expected an object"},
			{"POST", "/v1/users", `{"user":{"userName":1}}`, 400, 3, "user.userName: expected a string"},
			{"POST", "/v1/users", `{"user":{"userName":"x","rank":1e99}}`, 400, 3, "user.rank"},
			{"POST", "/v1/users", `{"user":{"userName":"x","rank":9223372036854775808}}`, 400, 3, "user.rank"},
			{"POST", "/v1/users", `{"user":{"userName":"x","birthDate":"soon"}}`, 400, 3, "user.birthDate"},
			{"POST", "/v1/users", `{"user":{"userName":"x","roles":"Sales"}}`, 400, 3, "user.roles: expected a list"},
			{"POST", "/v1/users", `{"user":{"userName":"x","roles":["Root"]}}`, 400, 3, "user.roles: there is no role"},
			{"POST", "/v1/users", `{"user":{"userName":"x","roles":` + manyItems(`"Sales"`, 1001) + `}}`, 400, 3, "user.roles"},
			{"POST", "/v1/users", `{"user":{"userName":"x","customerId":99}}`, 400, 3, "user.customerId: there is no"},
			{"POST", "/v1/users", `{"user":{"userName":"x","customerId":-1}}`, 400, 3, "user.customerId: there is no"},
			{"POST", "/v1/users", `{"user":{"userName":"x"},"password":7}`, 400, 3, "password: expected a string"},
			{"POST", "/v1/users", `{"user":{"userName":"x"},"password":"short"}`, 400, 3, "password: must have at least 8"},
			{"POST", "/v1/users", `{"user":{"userName":"x"},"password":` + quoted(1025) + `}`, 400, 3, "password: must have at most 1024"},
			{"POST", "/v1/users", `{"user":{"userName":` + quoted(257) + `}}`, 400, 3, "user.userName: has"},
			{"POST", "/v1/users", `{"user":{"userName":"ANN"}}`, 409, 6, "user.userName: is in use"},
			{"POST", "/v1/users", `{"user":{"userName":"x","apiKeys":[{"id":"x"}]}}`, 400, 3, "user.apiKeys[0].id: expected a whole number"},
			{"PUT", "/v1/users", `{"user":{"userName":"x"}}`, 400, 3, "user.id: is missing"}, {"PUT", "/v1/users", `{}`, 400, 3, "user: is missing"},
			{"PUT", "/v1/users", `{"user":{"id":"nobody"}}`, 404, 5, "there is no user"}, {"PUT", "/v1/users", `{"user":{"id":7}}`, 400, 3, "user.id: expected a string"},
			{"PUT", "/v1/users", `{"user":{"id":"` + ann + `","userName":"bob"}}`, 409, 6, "user.userName"},
			{"PUT", "/v1/users", `{"user":{"id":"` + ann + `","userName":""}}`, 400, 3, "user.userName: is missing"},
			{"PUT", "/v1/users", `{"user":{"id":"` + ann + `","updatedAt":"2020-01-01T00:00:00Z"}}`, 409, 9, "user.updatedAt: is not that of the stored state"},
			{"PUT", "/v1/users", `{"user":{"id":"` + ann + `"},"newPassword":"password1"}`, 400, 3, "newPassword: is one of"},
			{"PUT", "/v1/users", `{"user":{"id":"` + ann + `"},"currentPassword":"wrong","newPassword":"another password"}`, 403, 7, "currentPassword"},
			{"PUT", "/v1/users", `{"user":{"id":"` + h.adminID + `"},"newPassword":"another password"}`, 403, 7, "currentPassword: is needed"},
			{"PUT", "/v1/users", `{"user":{"id":"` + h.adminID + `","roles":["Sales"]}}`, 409, 9, "last API key"},
			{"DELETE", "/v1/users/nobody", "", 404, 5, "there is no user"}, {"DELETE", "/v1/users/" + h.adminID, "", 409, 9, ""},
			{"DELETE", of, "", 409, 9, "settings: 1"}, {"DELETE", "/v1/users/%00", "", 400, 3, "userId"},
			{"GET", "/v1/users/nobody/roles", "", 404, 5, "there is no user"}, {"POST", "/v1/users/nobody/roles", `{"roles":"Sales"}`, 404, 5, "there is no user"},
			{"POST", of + "/roles", "", 400, 3, "roles: is missing"}, {"POST", of + "/roles", `{"roles":["Sales"]}`, 400, 3, "roles: expected a string"},
			{"POST", of + "/roles", `{"roles":"Sales;Customer"}`, 400, 3, "roles: there is no role"}, {"POST", of + "/roles", `{"roles":","}`, 400, 3, "roles: there is no"},
			{"DELETE", of + "/roles", "", 400, 3, "roles: is missing"}, {"DELETE", of + "/roles", `{"roles":"Sales,Root"}`, 400, 3, "roles: there is no role"},
			{"DELETE", "/v1/users/" + h.adminID + "/roles", `{"roles":"Administrator"}`, 409, 9, "last API key"},
			{"POST", of + "/settings", "", 400, 3, "setting: is missing"}, {"POST", of + "/settings", `{"setting":{}}`, 400, 3, "setting.name: is missing"},
			{"POST", of + "/settings", `{"setting":{"name":"n"}}`, 409, 6, "setting.name: is in use"},
			{"POST", of + "/settings", `{"setting":{"name":"x","userId":"` + bob + `"}}`, 400, 3, "setting.userId: is not the user of the path"},
			{"POST", of + "/settings", `{"setting":{"name":"x","readOnly":"yes"}}`, 400, 3, "setting.readOnly"},
			{"POST", of + "/settings", `{"setting":{"name":"x","value":` + quoted(64<<10+1) + `}}`, 400, 3, "setting.value: has"},
			{"POST", "/v1/users/nobody/settings", `{"setting":{"name":"x"}}`, 404, 5, "there is no user"},
			{"PUT", of + "/settings", `{"setting":{"name":"x"}}`, 400, 3, "setting.id: is missing"},
			{"PUT", of + "/settings", `{"setting":{"id":99}}`, 404, 5, "there is no setting"},
			{"PUT", "/v1/users/" + bob + "/settings", fmt.Sprintf(`{"setting":{"id":%d}}`, setting), 404, 5, "there is no setting"},
			{"DELETE", fmt.Sprintf("/v1/users/%s/settings/%d", bob, setting), "", 404, 5, "there is no setting"},
			{"DELETE", of + "/settings/x", "", 400, 3, "settingId"}, {"DELETE", of + "/settings/-1", "", 404, 5, "there is no setting"},
			{"GET", "/v1/users?take=-1", "", 400, 3, "take"}, {"GET", of + "/settings?skip=-1", "", 400, 3, "skip"},
			{"GET", "/v1/users/nobody/settings", "", 404, 5, "there is no user"}, {"PATCH", "/v1/users", "", 405, 12, ""},
			{"POST", "/v1/login", "", 400, 3, "userName: is missing"}, {"POST", "/v1/login", `{"userName":"ann"}`, 400, 3, "password: is missing"},
			{"POST", "/v1/login", `{"userName":"ann","password":["x"]}`, 400, 3, "password: expected a string"},
			{"POST", "/v1/login", `{"userName":` + quoted(257) + `,"password":"x"}`, 400, 3, "userName"},
			{"POST", "/v1/login", `{"userName":"ann","password":` + quoted(1025) + `}`, 400, 3, "password"},
			{"POST", "/v1/login", `{"userName":"ann","password":"wrong"}`, 401, 16, "the user name or the password is wrong"},
			{"PUT", "/v1/login/password", "", 400, 3, "newPassword: is missing"},
			{"PUT", "/v1/login/password", `{"newPassword":"another password"}`, 403, 7, "currentPassword: is needed"},
			{"PUT", "/v1/login/password", `{"currentPassword":"wrong","newPassword":"another password"}`, 403, 7, "currentPassword: is wrong"},
			{"PUT", "/v1/login/password", `{"currentPassword":"correct horse","newPassword":"short"}`, 400, 3, "newPassword: must have"},
			{"POST", "/v1/login/refresh", "", 400, 3, "not an API key"}, {"POST", "/v1/logout", "", 400, 3, "an API key does not log out"},
		} {
			h.refused(b.method, b.path, b.body, b.status, b.code, b.say)
		}
		if after := string(h.ok("GET", "/v1/users", "").body) + string(h.ok("GET", of+"/settings", "").body); after != before {
			t.Errorf("refused requests changed\n%s\nto\n%s", before, after)
		}
	})
}

func TestOwnSettingsAndNoOthers(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		ann, bob := h.addUser("ann", `["Sales"]`), h.addUser("bob", `["Sales"]`)
		token := h.ok("POST", "/v1/login", `{"userName":"ann","password":"correct horse battery"}`).text("token")
		as := func(method, path, body string) int { return h.bearer(token, method, path, body).status }
		set := func(id string) string { return "/v1/users/" + id + "/settings" }
		for _, c := range []struct {
			method, path, body string
			want               int
		}{
			{"POST", set(ann), `{"setting":{"name":"n"}}`, 200}, {"GET", set(ann), "", 200},
			{"POST", set(ann), `{"setting":{"name":"r","readOnly":true}}`, 403},
			{"GET", set(bob), "", 404}, {"POST", set(bob), `{"setting":{"name":"n"}}`, 404}, {"PUT", set(bob), `{"setting":{"id":1}}`, 404},
			{"DELETE", set(bob) + "/1", "", 404}, {"GET", set("nobody"), "", 404},
			{"GET", "/v1/users", "", 403}, {"GET", "/v1/users/" + ann + "/roles", "", 403}, {"POST", "/v1/users/" + ann + "/roles", `{"roles":"Administrator"}`, 403},
			{"PUT", "/v1/users", `{"user":{"id":"` + ann + `","roles":["Administrator"]}}`, 403}, {"POST", "/v1/api-keys", `{"apiKey":{"permissions":15}}`, 403},
		} {
			if got := as(c.method, c.path, c.body); got != c.want {
				t.Errorf("%s %s: %d, want %d", c.method, c.path, got, c.want)
			}
		}
		if another, nobody := h.bearer(token, "GET", set(bob), "").text("message"), h.bearer(token, "GET", set("nobody"), "").text("message"); strings.Replace(another, bob, "nobody", 1) != nobody {
			t.Errorf("%q tells more than %q", another, nobody)
		}
	})
}

func TestOneChangesOnesOwnPassword(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		ann := h.addUser("ann", `["Sales"]`)
		token := h.ok("POST", "/v1/login", `{"userName":"ann","password":"correct horse battery"}`).text("token")
		key := h.ok("POST", "/v1/api-keys", `{"apiKey":{"ownerId":"`+ann+`","permissions":2}}`).text("apiKey")
		const change = `{"currentPassword":"correct horse battery","newPassword":"another password"}`
		if a := h.call(key, "PUT", "/v1/login/password", change); a.status != 403 {
			t.Errorf("by a narrow key: %d %s", a.status, a.body)
		}
		if a := h.bearer(token, "PUT", "/v1/login/password", change); a.status != 200 {
			t.Errorf("%d %s", a.status, a.body)
		}
		if a := h.bearer(token, "GET", "/v1/resources", ""); a.status != 401 {
			t.Errorf("the session lives on: %d", a.status)
		}
		h.refused("POST", "/v1/login", `{"userName":"ann","password":"correct horse battery"}`, 401, 16, "wrong")
		h.ok("POST", "/v1/login", `{"userName":"ann","password":"another password"}`)
	})
}

func TestSessionsOverTheWire(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.addUser("ann", `["LicenseManager"]`)
		h.addUser("none", `[]`)
		login := func(name string) string {
			return h.ok("POST", "/v1/login", fmt.Sprintf(`{"userName":%q,"password":"correct horse battery"}`, name)).text("token")
		}
		first := login("ann")
		made := h.bearer(first, "POST", "/v1/products", `{"product":{"name":"x"}}`)
		if made.status != http.StatusOK {
			t.Fatalf("%d %s", made.status, made.body)
		}
		entries := h.audit()
		if last := entries[len(entries)-1]; last.UserID == "" || last.UserID == h.adminID || last.APIKeyID != 0 {
			t.Errorf("the change of a session was noted as %+v", last)
		}
		next := h.bearer(first, "POST", "/v1/login/refresh", "").text("token")
		for token, want := range map[string]int{first: 401, next: 200, "ses_00000000000000000000000000": 401} {
			if a := h.bearer(token, "GET", "/v1/products", ""); a.status != want {
				t.Errorf("%d %s, want %d", a.status, a.body, want)
			}
		}
		if a := h.call(next, "GET", "/v1/products", ""); a.status != 401 { // as x-api-key
			t.Errorf("a login token as x-api-key: %d", a.status)
		}
		for _, name := range []string{"ann", "none"} {
			token := login(name)
			if a := h.bearer(token, "POST", "/v1/logout", ""); a.status != 200 {
				t.Errorf("log out: %d %s", a.status, a.body)
			}
			if a := h.bearer(token, "POST", "/v1/logout", ""); a.status != 401 {
				t.Errorf("log out again: %d %s", a.status, a.body)
			}
		}
		for range 5 {
			h.refused("POST", "/v1/login", `{"userName":"ann","password":"wrong"}`, 401, 16, "wrong")
		}
		h.refused("POST", "/v1/login", `{"userName":"ann","password":"correct horse battery"}`, 429, 8, "too many wrong passwords")
		if a := h.bearer(next, "GET", "/v1/products", ""); a.status != 200 {
			t.Errorf("a session of who is throttled: %d %s", a.status, a.body)
		}
	})
}

// TestNoAnswerAuditOrLogHasASecret makes every kind of secret, walks all that
// can be read and looks for each of them.
func TestNoAnswerAuditOrLogHasASecret(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		_, want := h.userStory(httpxtest.Load(t, h.router.OpenAPI()))
		var got []string
		for _, e := range h.audit() {
			got = append(got, e.Action)
			if e.UserID == "" || e.RequestID == "" || e.Entity == "" || e.EntityID == "" || e.EntityID == "0" {
				t.Errorf("entry without its actor or row: %+v", e)
			}
		}
		// Of roles both ways are changes of their user.
		for i, step := range []int{2, 3} {
			want[step] = []string{"update", "update"}[i]
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("audited %v, want %v", got, want)
		}
		id := h.addUser("ann", `["Administrator"]`)
		token := h.ok("POST", "/v1/login", `{"userName":"ann","password":"correct horse battery"}`).text("token")
		renewed := h.bearer(token, "POST", "/v1/login/refresh", "").text("token")
		h.call("", "POST", "/v1/login", `{"userName":"ann","password":"a wrong secret"}`)
		key := h.ok("POST", "/v1/api-keys", `{"apiKey":{"ownerId":"`+id+`","permissions":15,"clientSecret":"client-secret"}}`).text("apiKey")
		h.ok("PUT", "/v1/users", `{"user":{"id":"`+id+`","email":"x"},"currentPassword":"correct horse battery","newPassword":"another password"}`)
		h.refused("PUT", "/v1/users", `{"user":{"id":"`+id+`"},"currentPassword":"a wrong secret","newPassword":"a third password"}`, 403, 7, "")
		secrets := []string{token, renewed, key, adminKey, "correct horse", "another password", "a third password", "a wrong secret", "client-secret", "argon2id", "passwordHash", "keyHash", "tokenHash"}
		seen := h.logged.String()
		for _, o := range h.router.Operations() {
			if o.Method == "GET" {
				a := h.call(adminKey, o.Method, strings.NewReplacer("{userId}", id, "{licenseId}", "1", "{templateId}", "1").Replace(o.Path), "")
				seen += "\n" + o.Path + " " + string(a.body)
			}
		}
		for _, e := range h.audit() {
			seen += fmt.Sprintf("\naudit %+v", e)
		}
		if !strings.Contains(seen, "/v1/login") || !strings.Contains(seen, `"userName":"ann"`) {
			t.Fatalf("nothing was seen: %s", seen)
		}
		for _, secret := range secrets {
			if i := strings.Index(seen, secret); i >= 0 {
				t.Errorf("%q is in …%s", secret, seen[max(0, i-300):i+len(secret)])
			}
		}
	})
}
