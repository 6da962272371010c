package activatepage_test

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/hostid"
	"github.com/licet/licet/internal/order"
)

func form(pairs ...string) url.Values {
	f := url.Values{"key": {key}}
	for i := 0; i < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return f
}

// TestWhatThePageSends: nothing inline, nothing from elsewhere, nothing kept, and
// the key in no URL.
func TestWhatThePageSends(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	resp, body := h.send("/activate", form("action", "activate", "id-ETHERNET", "48-2C-6A-1E-59-3D"))
	for name, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if resp.StatusCode != 200 || !strings.Contains(body, "Your license is ready") || len(resp.Header["Set-Cookie"]) > 0 {
		t.Fatalf("%d %v %s", resp.StatusCode, resp.Header, body)
	}
	if found := regexp.MustCompile(`(?i)<style|\son\w+=|style=|javascript:|<script>|https?://|method="get"`).FindString(body); found != "" {
		t.Errorf("the page has %q", found)
	}
	for _, link := range regexp.MustCompile(`(?:href|src|action)="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		if strings.Contains(link[1], key) || strings.Contains(link[1], "?") {
			t.Errorf("a URL is %s", link[1])
		}
	}
	for _, path := range []string{"/activate", "/activate/style.css", "/activate/page.js"} {
		resp, err := http.Get(h.url + path + "?key=" + key)
		if err != nil {
			t.Fatal(err)
		}
		if resp.Body.Close(); resp.StatusCode != 200 {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
}

// TestOtherSitesForms: what a browser sends from elsewhere does nothing.
func TestOtherSitesForms(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, path := range []string{"/activate", "/activate/download"} {
		for _, headers := range [][]string{
			{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"},
			{"Sec-Fetch-Site", "cross-site", "Origin", h.url},
		} {
			resp, body := h.send(path, form("action", "activate", "id-ETHERNET", "48-2C-6A-1E-59-3D"), headers...)
			if resp.StatusCode != 403 || !strings.Contains(body, "sent by another site") || len(h.books.made) > 0 {
				t.Errorf("%s %v: %d, %d made", path, headers, resp.StatusCode, len(h.books.made))
			}
		}
	}
	for _, headers := range [][]string{{"Sec-Fetch-Site", "same-origin"}, {"Origin", h.url}, nil} {
		if resp, body := h.send("/activate", form("action", "open"), headers...); resp.StatusCode != 200 {
			t.Errorf("%v: %d %s", headers, resp.StatusCode, body)
		}
	}
}

// TestErrorsAreExplained: each where it belongs, with its status.
func TestErrorsAreExplained(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.send("/activate", form("action", "activate", "id-ETHERNET", "0000000000aa"))
	for _, c := range []struct {
		form   url.Values
		status int
		says   string
	}{
		{url.Values{}, 404, `id="key-error" role="alert">There is no such activation key`},
		{form("key", "<script>"), 404, `value="&lt;script&gt;"`},
		{form("action", "activate"), 400, `id="id-ETHERNET-error" role="alert">Enter the Ethernet.`},
		{form("action", "activate", "id-ETHERNET", "zz"), 400, `id="id-ETHERNET-error" role="alert">&#34;zz&#34; is not an address`},
		{form("action", "activate", "id-ETHERNET", "0000000000ab", "id-IPADDRESS", "1.2.3"), 400, `id="id-IPADDRESS-error" role="alert">&#34;1.2.3&#34; is not an IPv4`},
		{form("action", "activate", "id-ETHERNET", "000000000001,000000000002"), 200, "Your license is ready"},
		{form("action", "activate", "id-ETHERNET", "000000000003"), 403, "All activations of this key are in use"},
		{form("action", "show", "hostids", "nonsense"), 400, `id="problem" role="alert"`},
		{form("action", "show", "hostids", "Q1VTVE9NPWE="), 404, "This license does not exist any more."},
		{form("action", "deactivate", "hostids", "RVRIRVJORVQ9MDAwMDAwMDAwMGFh"), 200, "Deactivated: Ethernet 00:00:00:00:00:aa"},
		{form("action", "deactivate", "hostids", "RVRIRVJORVQ9MDAwMDAwMDAwMGFh"), 404, "This license does not exist any more."},
		{form("action", "nonsense"), 200, "Licstat 6.0"},
		{form("key", " ab1cd\tef2gh–ij3kl-mn4op "), 200, "Licstat 6.0"},
	} {
		resp, body := h.send("/activate", c.form)
		if resp.StatusCode != c.status || !strings.Contains(body, c.says) || strings.Count(body, " autofocus") > 1 {
			t.Errorf("%v: %d, want %d and %s in\n%s", c.form, resp.StatusCode, c.status, c.says, body)
		}
	}
	h.books.order.License.Revoked = true
	if resp, body := h.send("/activate", form()); resp.StatusCode != 403 || !strings.Contains(body, "This license order is disabled") {
		t.Errorf("a disabled order: %d %s", resp.StatusCode, body)
	}
	if resp, _ := h.send("/activate", url.Values{"key": {strings.Repeat("x", 70_000)}}); resp.StatusCode != 400 {
		t.Errorf("a huge form: %d", resp.StatusCode)
	}
	for range 5 {
		h.send("/activate", form("key", "wrong"))
	}
	for _, path := range []string{"/activate", "/activate/download"} {
		resp, body := h.send(path, form("hostids", "Q1VTVE9NPWE="))
		if resp.StatusCode != 429 || resp.Header.Get("Retry-After") == "" || !strings.Contains(body, "Too many unknown keys") {
			t.Errorf("%s after too many guesses: %d %v", path, resp.StatusCode, resp.Header)
		}
	}
}

// TestDownload: the license under its name, whatever that holds.
func TestDownload(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.send("/activate", form("action", "activate", "id-ETHERNET", "0000000000aa"))
	resp, body := h.send("/activate/download", form("hostids", "RVRIRVJORVQ9MDAwMDAwMDAwMGFh"))
	kind, params, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition"))
	if err != nil || kind != "attachment" || params["filename"] != "license_2026_03_01-12_00.lic" || !strings.Contains(body, "FEATURE Licstat") ||
		resp.Header.Get("Cache-Control") != "no-store" || resp.Header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("%v %s", resp.Header, body)
	}
	if resp, _ := h.send("/activate/download", form("hostids", "Q1VTVE9NPWE=")); resp.StatusCode != 404 {
		t.Errorf("what is not there: %d", resp.StatusCode)
	}
}

// TestUnlocked: an order that ties to nothing asks for a name, which may be left
// out.
func TestUnlocked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.books.order.HostIDs = []entity.HostIDRule{{Type: "NOT_LOCKED", Min: 1, Max: 1}}
	for _, name := range []string{"", "laptop"} {
		resp, body := h.send("/activate", form("action", "activate", "id-NOT_LOCKED", name))
		if resp.StatusCode != 200 || !strings.Contains(body, "Your license is ready") || !strings.Contains(body, "Name of this machine") {
			t.Errorf("%q: %d %s", name, resp.StatusCode, body)
		}
	}
	if len(h.books.made) != 2 {
		t.Errorf("%d were made", len(h.books.made))
	}
}

// TestManyActivations: the latest are listed, and how many are not.
func TestManyActivations(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 150 {
		g := order.Generated{State: order.Failed}
		g.Key, g.Filename = key, fmt.Sprint(i)
		h.books.made = append(h.books.made, g)
	}
	if _, body := h.send("/activate", form()); strings.Count(body, `<li class="card"`) != 100 || !strings.Contains(body, "50 older ones are not listed") {
		t.Error(body)
	}
}

// TestTooManyValues: what is accepted can be named again, so that its license can
// be shown and saved.
func TestTooManyValues(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{hostid.MaxListed: 200, hostid.MaxListed + 1: 400} {
		h := newHouse(t)
		h.books.order.HostIDs = []entity.HostIDRule{{Type: "CUSTOM", Min: 1, Max: n}}
		var values []string
		for i := range n {
			values = append(values, fmt.Sprint("v", i))
		}
		resp, body := h.send("/activate", form("action", "activate", "id-CUSTOM", strings.Join(values, ",")))
		if made := len(h.books.made); resp.StatusCode != want || made != (400-want)/200 {
			t.Errorf("%d values: %d, %d made, want %d: %.3000s", n, resp.StatusCode, made, want, body)
		}
	}
}
