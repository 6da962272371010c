package orders_test

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// TestTokens: who gets one, for how long, and that nothing else opens the door.
func TestTokens(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		if !regexp.MustCompile(`^[0-9a-f]{40}$`).MatchString(h.token) {
			t.Errorf("the token is %s", h.token)
		}
		denied := func(name, token string) {
			t.Helper()
			a := h.call(token, "GET", "/customers", "")
			if a.status != http.StatusForbidden || a.object["code"] != 50.0 || a.object["message"] != "Invalid or expired token provided." {
				t.Errorf("%s: %d %s", name, a.status, a.body)
			}
		}
		denied("no token", "")
		denied("an unknown token", "f794846b7c26621688e1e06164975b4eae8ce2f6")
		denied("an API key", adminKey)
		if a := h.call(h.token, "GET", "/v1/info", ""); a.status != http.StatusUnauthorized {
			t.Errorf("the token at /v1: %d %s", a.status, a.body)
		}

		h.clock.Advance(3*time.Hour - time.Second)
		h.ok("GET", "/customers", "") // a use does not make it live longer
		h.clock.Advance(time.Second)
		denied("an old token", h.token)

		for _, c := range []struct {
			body   string
			code   float64
			member string
		}{
			{`{"username":"admin","password":"wrong password"}`, 10, ""}, {`{"username":"nobody","password":"wrong password"}`, 10, ""},
			{`{}`, 108, "username"}, {`{"username":"admin"}`, 108, "password"}, {`{"username":1,"password":"x"}`, 108, "username"},
		} {
			h.refused("POST", "/auth/tokens", c.body, http.StatusBadRequest, c.code, c.member)
		}
		for _, role := range entity.Roles() {
			name := "user-" + string(role)
			h.ok("POST", "/v1/users", fmt.Sprintf(`{"user":{"userName":%q,"roles":[%q]},"password":"good password 1"}`, name, role))
			login := fmt.Sprintf(`{"username":%q,"password":"good password 1"}`, name)
			switch role {
			case entity.Administrator, entity.LicenseManager, entity.Sales:
				h.logIn(name, "good password 1")
			default:
				h.refused("POST", "/auth/tokens", login, http.StatusBadRequest, 10, "")
			}
		}
	})
}

func TestGuessingIsThrottled(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.URL(t, store.SQLite))
	const wrong = `{"username":"admin","password":"wrong password"}`
	for range 5 {
		h.refused("POST", "/auth/tokens", wrong, http.StatusBadRequest, 10, "")
	}
	h.refused("POST", "/auth/tokens", `{"username":"admin","password":"`+adminPassword+`"}`, http.StatusTooManyRequests, 10, "")
}

func TestPathsThatAreNotThere(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.URL(t, store.SQLite))
	for _, path := range []string{"/license-orders/", "/license-orders/a/b", "/auth", "/customers//1", "/products/1/x"} {
		h.refused("GET", path, "", http.StatusNotFound, 105, "")
	}
	h.refused("PUT", "/license-orders/a", "{}", http.StatusMethodNotAllowed, 41, "")
}
