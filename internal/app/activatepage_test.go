package app_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestTheActivationPage: what end users do on the page is done to the books that
// the other surfaces show.
func TestTheActivationPage(t *testing.T) {
	eachShop(t, func(t *testing.T, h *shop) {
		h.t = t
		key := h.order(map[string]any{"activations_allowed": 1, "deactivations_allowed": 1})
		page := func(path string, status int, pairs ...string) string {
			t.Helper()
			form := url.Values{"key": {strings.ToLower(key)}}
			for i := 0; i < len(pairs); i += 2 {
				form.Set(pairs[i], pairs[i+1])
			}
			resp, err := http.PostForm(h.s.URL+path, form)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != status {
				t.Fatalf("%v: %d %v %s", pairs, resp.StatusCode, err, body)
			}
			return string(body)
		}
		has := func(body string, all ...string) {
			t.Helper()
			for _, part := range all {
				if !strings.Contains(body, part) {
					t.Errorf("no %q in\n%s", part, body)
				}
			}
		}
		for _, wrong := range []string{"", "\x00", "\xff\xfe", key + "\x00", "' OR 1=1 --", strings.Repeat("A", 50_000)} {
			has(page("/activate", 404, "key", wrong), "There is no such activation key")
			has(page("/activate/download", 404, "key", wrong, "hostids", segment("USERNAME=ada")), "There is no such activation key")
		}
		for _, wrong := range []string{"\x00", "\xff", "<b>", strings.Repeat("a", 5_000)} {
			has(page("/activate", 400, "action", "activate", "id-USERNAME", wrong), `id="id-USERNAME-error"`)
			page("/activate", 400, "action", "deactivate", "hostids", wrong)
		}
		has(page("/activate", 200, "action", "open"), "Licstat 6.0", "Rivers Inc", "0 of 1 in use", key, `name="id-ETHERNET"`, `name="id-USERNAME"`, "Nothing is activated yet")
		has(page("/activate", 400, "action", "activate"), "Enter at least one of these.")
		has(page("/activate", 200, "action", "activate", "id-ETHERNET", "48-2C-6A-1E-59-3D"), "Your license is ready", "1 of 1 in use", "31 December 2027")
		h.agree(key, 1)
		const mac = "ETHERNET=482c6a1e593d"
		lic := h.is(h.ask("GET", "licenses", key, mac), 200, 0)
		if text := page("/activate/download", 200, "hostids", segment(mac)); text != lic["content"] {
			t.Errorf("downloaded is\n%s\nat /rest\n%s", text, lic["content"])
		}
		has(page("/activate", 403, "action", "activate", "id-USERNAME", "ada"), "All activations of this key are in use")
		has(page("/activate", 200, "action", "deactivate", "hostids", segment(mac)), "Deactivated: Ethernet 48:2c:6a:1e:59:3d", "0 of 1 in use")
		h.agree(key, 0)
		has(page("/activate", 200, "action", "activate", "id-USERNAME", "ada"), "Your license is ready")
		has(page("/activate", 403, "action", "deactivate", "hostids", segment("USERNAME=ada")), "cannot be deactivated here")
		h.agree(key, 1)
	})
}
