package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// whoMay is the table of behaviour section 6, by path: the roles for reading,
// writing and deleting. It stands here a second time on purpose: the surfaces'
// own declarations are what is tested.
func whoMay(method, path string) []entity.Role {
	const (
		adm, lm, sales  = entity.Administrator, entity.LicenseManager, entity.Sales
		customer, appli = entity.CustomerRole, entity.Application
	)
	all := func(roles ...entity.Role) []entity.Role { return roles }
	switch {
	case isInstances(path): // for members of organisations too; these users are none
		if method == http.MethodGet || strings.HasSuffix(path, "/search") {
			return all(adm, lm, sales)
		}
		return all(adm, lm)
	case strings.HasPrefix(path, "/v1/license/"):
		return all(adm, lm, sales, appli)
	case isOrders(path) && strings.HasPrefix(path, "/customers"):
		return all(adm, sales)
	case isOrders(path) && strings.HasPrefix(path, "/products"):
		return all(adm, lm)
	case isOrders(path):
		return all(adm, lm, sales)
	case path == "/v1/customers/{customerId}/licenses", path == "/v1/orders/{orderId}/licenses":
		return all(adm, lm, sales, customer)
	case path == "/v1/products/{productId}/orders", strings.HasPrefix(path, "/v1/orders/{orderId}/products"):
		return all(adm, sales)
	case slices.Contains([]string{"customers", "contacts", "orders"}, strings.Split(path, "/")[2]):
		if method == http.MethodGet {
			return all(adm, sales, customer)
		}
		return all(adm, sales)
	case strings.HasPrefix(path, "/v1/assemblies"):
		return all(adm, lm)
	case strings.Contains(path, "tokens") && method == http.MethodGet:
		return all(adm, lm, customer)
	case strings.Contains(path, "tokens"), strings.HasPrefix(path, "/v1/license-templates"), strings.HasPrefix(path, "/v1/products"):
		return all(adm, lm)
	case strings.HasPrefix(path, "/v1/licenses") && method == http.MethodGet:
		return all(adm, lm, sales, customer)
	case strings.HasPrefix(path, "/v1/licenses") && method == http.MethodDelete:
		return all(adm, lm)
	case strings.HasPrefix(path, "/v1/licenses"), path == "/v1/info":
		return all(adm, lm, sales)
	case strings.HasPrefix(path, "/v1/resources/"): // deleting, revoking, making the server's own
		return all(adm, lm)
	case strings.HasPrefix(path, "/v1/resources"):
		return all(adm, lm, sales)
	case strings.HasPrefix(path, "/v1/users/{userId}/settings"): // administrators everybody's, others their own
		return all(adm, lm, sales)
	case strings.HasPrefix(path, "/v1/api-keys"), strings.HasPrefix(path, "/v1/users"), path == "/v1/roles",
		strings.HasPrefix(path, "/v1/email"), path == "/v1/settings", path == "/v1/log" && method == http.MethodDelete:
		return all(adm)
	case path == "/v1/login/refresh", path == "/v1/login/password", path == "/v1/logout":
		return entity.Roles()
	case path == "/v1/reports" && method == http.MethodPost, strings.HasPrefix(path, "/v1/entitlements/"):
		return all(adm, lm, sales, appli)
	case strings.HasPrefix(path, "/v1/log"), strings.HasPrefix(path, "/v1/reports"):
		return all(adm, lm, sales)
	case path == "/v1/license-traces":
		return all(adm, lm)
	}
	return nil
}

// bitFor is the permission that an operation asks for.
func bitFor(method, path string) entity.Permission {
	switch {
	case path == "/v1/license/validate", path == "/v1/license/info", path == "/v1/entitlements/check", method == http.MethodGet,
		isInstances(path) && strings.HasSuffix(path, "/search"):
		return entity.Read
	case method == http.MethodPost:
		return entity.Create
	case method == http.MethodPut:
		return entity.Write
	}
	return entity.Delete
}

// operation is a row of the OpenAPI document.
type operation struct{ method, path string }

func operations(t *testing.T, s *apptest.Server) []operation {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(s.Do(t, "GET", "/openapi.json", nil).Body, &doc); err != nil {
		t.Fatal(err)
	}
	var ops []operation
	for path, methods := range doc.Paths {
		for method := range methods {
			ops = append(ops, operation{strings.ToUpper(method), path})
		}
	}
	if len(ops) < 30 {
		t.Fatalf("only %d operations in the document", len(ops))
	}
	return ops
}

// isPublic says whether an operation asks for no credential and looks at none.
func isPublic(op operation) bool { return op.path == "/v1/login" || op.path == "/auth/tokens" }

// isOrders says whether a path is one of the license orders' surface, which has
// tokens of its own and refuses all others with 403.
func isOrders(path string) bool { return !strings.HasPrefix(path, "/v1/") && !isInstances(path) }

// isInstances says whether a path is one of the instances API.
func isInstances(path string) bool { return strings.HasPrefix(path, "/api/v1/") }

// unauthenticated is the status of a credential that is none.
func unauthenticated(op operation) int {
	if isOrders(op.path) {
		return http.StatusForbidden
	}
	return http.StatusUnauthorized
}

// TestRoleMatrix tries every operation with every role and every permission
// bit, with a session of every role, and with no, unknown, expired and revoked
// keys and sessions.
func TestRoleMatrix(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, storetest.URL(t, store.SQLite))
	ops := operations(t, s)
	params := regexp.MustCompile(`\{\w+\}`)
	ask := func(v apptest.Vendor, op operation) int {
		return v.Do(t, op.method, params.ReplaceAllString(op.path, "999999"), bodyFor(op.method)).Status
	}
	call := func(key string, op operation) int { return ask(apptest.Vendor{URL: s.URL, Key: key}, op) }
	for _, role := range entity.Roles() {
		owner := user(t, s, role)
		for bit := entity.Permission(0); bit <= entity.AllPermissions; bit++ {
			if bit&(bit-1) != 0 && bit != entity.AllPermissions {
				continue // no bit, each bit alone, all bits
			}
			key := apiKey(t, s, map[string]any{"ownerId": owner, "permissions": bit})
			for _, op := range ops {
				if isPublic(op) {
					continue
				}
				allowed := slices.Contains(whoMay(op.method, op.path), role) && bit&bitFor(op.method, op.path) != 0 && !isOrders(op.path)
				status := call(key, op)
				if (status != http.StatusForbidden) != allowed || status == http.StatusUnauthorized || status >= 500 {
					t.Errorf("%s with permissions %d on %s %s: %d, allowed should be %v", role, bit, op.method, op.path, status, allowed)
				}
			}
		}
	}
	sessionMatrix(t, s, ops, ask)
	ordersMatrix(t, s, ops, ask)
	admin := user(t, s, entity.Administrator)
	for name, key := range map[string]string{
		"none": "", "unknown": "api_unknown0000000000000000",
		"expired": apiKey(t, s, map[string]any{"ownerId": admin, "permissions": 15, "expireDate": "2020-01-01T00:00:00Z"}),
		"revoked": apiKey(t, s, map[string]any{"ownerId": admin, "permissions": 15, "revoked": true}),
	} {
		for _, op := range ops {
			if status := call(key, op); isPublic(op) != (status == http.StatusBadRequest) || !isPublic(op) && status != unauthenticated(op) {
				t.Errorf("%s key on %s %s: %d", name, op.method, op.path, status)
			}
		}
	}
}

// sessionMatrix: a session may what a key with every permission may, and a dead
// one may nothing.
func sessionMatrix(t *testing.T, s *apptest.Server, ops []operation, ask func(apptest.Vendor, operation) int) {
	t.Helper()
	session := func(role entity.Role) apptest.Vendor {
		return apptest.Vendor{URL: s.URL, Bearer: logIn(t, s, loginUser(t, s, role))}
	}
	for _, role := range entity.Roles() {
		v := session(role)
		for _, op := range ops {
			if isPublic(op) {
				continue
			}
			status := ask(v, op)
			if allowed := slices.Contains(whoMay(op.method, op.path), role) && !isOrders(op.path); (status != http.StatusForbidden) != allowed || status == http.StatusUnauthorized || status >= 500 {
				t.Errorf("session of %s on %s %s: %d, allowed should be %v", role, op.method, op.path, status, allowed)
			}
			if strings.HasPrefix(op.path, "/v1/log") && op.method == http.MethodPost && status == http.StatusOK { // it is over
				v = session(role)
			}
		}
	}
	loggedOut, renewed, changed := session(entity.Administrator), session(entity.Administrator), session(entity.Administrator)
	expired := session(entity.LicenseManager)
	loggedOut.Must(t, "POST", "/v1/logout", nil)
	renewed.Must(t, "POST", "/v1/login/refresh", nil)
	for _, u := range s.Must(t, "GET", "/v1/users", nil)["users"].([]any) {
		if u := u.(map[string]any); u["userName"] == "login-Administrator" {
			s.Must(t, "PUT", "/v1/users", map[string]any{"user": map[string]any{"id": u["id"]}, "newPassword": "another good password"})
		}
	}
	for name, v := range map[string]apptest.Vendor{
		"logged out": loggedOut, "renewed": renewed, "with an old password": changed,
		"unknown": {URL: s.URL, Bearer: "ses_00000000000000000000000000"}, "no token": {URL: s.URL, Bearer: "ses_"},
		"sent as a key": {URL: s.URL, Key: "ses_00000000000000000000000000"},
	} {
		denied(t, name, v, ops, ask)
	}
	s.Clock.Advance(30 * time.Minute)
	denied(t, "expired", expired, ops, ask)
}

// ordersMatrix: a token of /auth/tokens may what its user's role may there, and
// nothing elsewhere. Roles that the surface is not for get none.
func ordersMatrix(t *testing.T, s *apptest.Server, ops []operation, ask func(apptest.Vendor, operation) int) {
	t.Helper()
	var old apptest.Vendor
	for _, role := range entity.Roles() {
		a := apptest.Vendor{URL: s.URL}.Do(t, "POST", "/auth/tokens", map[string]any{"username": loginUser(t, s, role), "password": ordersPassword(role)})
		if slices.Contains([]entity.Role{entity.Administrator, entity.LicenseManager, entity.Sales}, role) != (a.Status == http.StatusOK) {
			t.Errorf("a token for %s: %d %s", role, a.Status, a.Body)
		}
		if a.Status != http.StatusOK {
			continue
		}
		v := apptest.Vendor{URL: s.URL, Bearer: a.JSON["token"].(string)}
		old = v
		for _, op := range ops {
			if isPublic(op) {
				continue
			}
			status := ask(v, op)
			if !isOrders(op.path) {
				if status != http.StatusUnauthorized {
					t.Errorf("an orders' token of %s on %s %s: %d", role, op.method, op.path, status)
				}
				continue
			}
			if allowed := slices.Contains(whoMay(op.method, op.path), role); (status != http.StatusForbidden) != allowed || status == http.StatusUnauthorized || status >= 500 {
				t.Errorf("orders' token of %s on %s %s: %d, allowed should be %v", role, op.method, op.path, status, allowed)
			}
		}
	}
	s.Clock.Advance(3 * time.Hour)
	denied(t, "of the orders, expired", old, ops, ask)
}

// ordersPassword is what sessionMatrix has left: it changed the administrator's.
func ordersPassword(role entity.Role) string {
	if role == entity.Administrator {
		return "another good password"
	}
	return testPassword
}

func denied(t *testing.T, name string, v apptest.Vendor, ops []operation, ask func(apptest.Vendor, operation) int) {
	t.Helper()
	for _, op := range ops {
		if status := ask(v, op); !isPublic(op) && status != unauthenticated(op) {
			t.Errorf("session %s on %s %s: %d", name, op.method, op.path, status)
		}
	}
}

const testPassword = "correct horse battery"

// loginUser makes a user with a role and a password, once, and says their name.
func loginUser(t *testing.T, s *apptest.Server, role entity.Role) string {
	t.Helper()
	name := "login-" + string(role)
	a := s.Do(t, "POST", "/v1/users", map[string]any{
		"user": map[string]any{"userName": name, "roles": []entity.Role{role}}, "password": testPassword,
	})
	if a.Status != http.StatusOK && a.Status != http.StatusConflict {
		t.Fatalf("insert %s: %d %s", name, a.Status, a.Body)
	}
	if role == entity.CustomerRole { // whose licenses they see; without a customer they see none
		err := s.App.Store().Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.NewRaw("UPDATE users SET customer_id = (SELECT MIN(id) FROM customers) WHERE user_name = ?", name).Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return name
}

// logIn begins a session and returns its token.
func logIn(t *testing.T, s *apptest.Server, name string) string {
	t.Helper()
	return s.Must(t, "POST", "/v1/login", map[string]any{"userName": name, "password": testPassword})["token"].(string)
}

func bodyFor(method string) any {
	if method == http.MethodGet || method == http.MethodDelete {
		return nil
	}
	return "{}"
}

// user puts a user with one role into the books; there is no operation for it yet.
func user(t *testing.T, s *apptest.Server, role entity.Role) (id string) {
	t.Helper()
	id = fmt.Sprintf("user-%s-%d", role, s.Clock.Read().Wall.UnixNano())
	err := s.App.Store().Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		customer := &entity.Customer{Company: "theirs"} // whose licenses a Customer sees; without one they see none
		if _, err := tx.NewInsert().Model(customer).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewRaw("INSERT INTO users (id, user_name, customer_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", id, id, customer.ID).Exec(ctx)
		if err != nil {
			return err
		}
		_, err = tx.NewRaw("INSERT INTO user_roles (user_id, role) VALUES (?, ?) ON CONFLICT DO NOTHING", id, role).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func apiKey(t *testing.T, s *apptest.Server, members map[string]any) string {
	t.Helper()
	return s.Must(t, "POST", "/v1/api-keys", map[string]any{"apiKey": members})["apiKey"].(string)
}

// TestRevokedKeyStopsAtOnce: a key that works, revoked by PUT, is refused by
// the next request; deleted likewise.
func TestRevokedKeyStopsAtOnce(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, storetest.URL(t, store.SQLite))
	owner := user(t, s, entity.Administrator)
	for _, end := range []func(id any){
		func(id any) {
			s.Must(t, "PUT", "/v1/api-keys", map[string]any{"apiKey": map[string]any{"id": id, "ownerId": owner, "permissions": 15, "revoked": true}})
		},
		func(id any) { s.Must(t, "DELETE", fmt.Sprintf("/v1/api-keys/%v", id), nil) },
	} {
		made := s.Must(t, "POST", "/v1/api-keys", map[string]any{"apiKey": map[string]any{"ownerId": owner, "permissions": 15}})
		v := apptest.Vendor{URL: s.URL, Key: made["apiKey"].(string)}
		v.Must(t, "GET", "/v1/info", nil)
		end(made["apiKeyId"])
		if a := v.Do(t, "GET", "/v1/info", nil); a.Status != http.StatusUnauthorized {
			t.Errorf("after its end the key got %d", a.Status)
		}
	}
}
