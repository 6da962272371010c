package activation_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx/httpxtest"
)

func b64(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// at the paths, {k} is the key and {…} HostIDs in base64.
func filled(path string) string {
	path = strings.ReplaceAll(path, "{k}", key)
	for {
		i, j := strings.IndexByte(path, '{'), strings.IndexByte(path, '}')
		if i < 0 {
			return path
		}
		path = path[:i] + b64(path[i+1:j]) + path[j+1:]
	}
}

// TestTheContract: each line of what is known of the API, in both versions, and
// each answer as the document says.
func TestTheContract(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	httpxtest.ValidateDocument(t, h.router.OpenAPI())
	const order, queue, license, errs = "/license-orders/{activationKey}", "/license-queue/{activationKey}/{hostids}",
		"/licenses/{activationKey}/{hostids}", "/license-errors/{activationKey}/{hostids}"
	const list = "/licenses/{activationKey}"
	for _, c := range []struct {
		method, pattern, path string
		status, code          int
		v1, v2                string // messages of errors; v2 "" is that of v1
		location              string
	}{
		{"GET", order, "/license-orders/{k}", 200, 0, "", "", ""},
		{"HEAD", order, "/license-orders/{k}", 200, 0, "", "", ""},
		{"GET", order, "/license-orders/nonsense", 404, 1712, "Invalid activation key specified.", "Invalid activation key.", ""},
		{"GET", order, "/license-orders/" + disabled, 403, 1703, "License order disabled.", "", ""},
		{"PUT", license, "/licenses/{k}/{CUSTOM=a}", 202, 0, "", "", "/license-queue/{k}/{CUSTOM=a}"},
		{"PUT", license, "/licenses/{k}/{username=Ada}", 202, 0, "", "", "/license-queue/{k}/{USERNAME=ada}"},
		{"PUT", license, "/licenses/nonsense/{CUSTOM=a}", 400, 1712, "Invalid activation key specified.", "Invalid activation key.", ""},
		{"PUT", license, "/licenses/" + disabled + "/{CUSTOM=a}", 403, 1703, "License order disabled.", "", ""},
		{"PUT", license, "/licenses/{k}/nonsense", 400, 1600, "Invalid HostID format provided.", "Hostid wrong format.", ""},
		{"PUT", license, "/licenses/{k}/dHlwZTE9dmFsdWUxLHR5cGUyPXZhbHVlPTI=", 400, 1600, "Invalid HostID format provided.", "Hostid wrong format.", ""},
		{"GET", queue, "/license-queue/{k}/{USERNAME=slow}", 200, 0, "", "", ""},
		{"GET", queue, "/license-queue/{k}/{USERNAME=test}", 303, 0, "", "", "/licenses/{k}/{USERNAME=test}"},
		{"GET", queue, "/license-queue/{k}/{USERNAME=bad}", 303, 0, "", "", "/license-errors/{k}/{USERNAME=bad}"},
		{"GET", queue, "/license-queue/{k}/{USERNAME=nobody}", 404, 105, "License request was not created.", "", ""},
		{"GET", queue, "/license-queue/" + disabled + "/{USERNAME=test}", 403, 1703, "License order disabled.", "", ""},
		{"GET", license, "/licenses/{k}/{USERNAME=test}", 200, 0, "", "", ""},
		{"GET", license, "/licenses/{k}/{USERNAME=bad}", 404, 1711, "License does not exist.", "", ""},
		{"GET", license, "/licenses/{k}/{USERNAME=slow}", 404, 1711, "License does not exist.", "", ""},
		{"GET", license, "/licenses/{k}/{USERNAME=nobody}", 404, 1711, "License does not exist.", "", ""},
		{"GET", license, "/licenses/nonsense/{USERNAME=test}", 404, 1712, "Invalid activation key specified.", "Invalid activation key.", ""},
		{"GET", license, "/licenses/" + disabled + "/{USERNAME=test}", 403, 1703, "License order disabled.", "", ""},
		{"GET", errs, "/license-errors/{k}/{USERNAME=bad}", 200, 0, "", "", ""},
		{"GET", errs, "/license-errors/{k}/{USERNAME=test}", 404, 105, "License has no errors.", "", ""},
		{"GET", errs, "/license-errors/{k}/{USERNAME=nobody}", 404, 105, "License has no errors.", "", ""},
		{"GET", errs, "/license-errors/" + disabled + "/{USERNAME=bad}", 403, 1703, "License order disabled.", "", ""},
		{"GET", list, "/licenses/{k}?state=success,failed,in_progress", 200, 0, "", "", ""},
		{"GET", list, "/licenses/{k}?state=failed,success", 200, 0, "", "", ""},
		{"GET", list, "/licenses/{k}?state=in_progress", 404, 1711, "License does not exist.", "", ""},
		{"GET", list, "/licenses/{k}?state=activated", 400, 108, `state: "activated" is none of success, failed, in_progress`, "", ""},
		{"GET", list, "/licenses/{k}?state=", 400, 108, `state: "" is none of success, failed, in_progress`, "", ""},
		{"GET", list, "/licenses/{k}", 400, 108, `state: "" is none of success, failed, in_progress`, "", ""},
		{"GET", list, "/licenses/" + disabled + "?state=success", 403, 1703, "License order disabled.", "", ""},
		{"GET", list, "/licenses/nonsense?state=success", 404, 1712, "Invalid activation key specified.", "Invalid activation key.", ""},
		{"DELETE", license, "/licenses/{k}/{USERNAME=test}", 204, 0, "", "", ""},
		{"DELETE", license, "/licenses/" + disabled + "/{USERNAME=test}", 403, 1703, "License order disabled.", "", ""},
		{"POST", license, "/licenses/{k}/{USERNAME=test}", 405, 41, "the method POST is not there on this path", "", ""},
		{"GET", "", "/nothing", 404, 41, "no such path", "", ""},
	} {
		for i, base := range []string{"/rest/v1", "/rest/v2"} {
			a := h.call(c.method, base+filled(c.path), "Accept", "text/html")
			at := fmt.Sprintf("%s %s%s", c.method, base, c.path)
			location := ""
			if c.location != "" {
				location = base + filled(c.location)
			}
			if a.Code != c.status || a.Header().Get("Location") != location {
				t.Errorf("%s: %d %v %s, want %d %s", at, a.Code, a.Header(), a.Body, c.status, location)
			}
			if c.pattern != "" && c.method != "HEAD" && c.status != http.StatusMethodNotAllowed {
				h.doc.Answer(t, c.method, base+c.pattern, a.Code, a.Header().Get("Content-Type"), a.Body.Bytes())
			}
			if bare := c.status == 202 || c.status == 204 || c.status == 303; bare != (a.Body.Len() == 0) || !bare && a.Header().Get("Content-Type") != "application/hal+json" {
				t.Errorf("%s: %v %q", at, a.Header(), a.Body)
			}
			if c.status < 400 {
				continue
			}
			message := c.v1
			if i == 1 && c.v2 != "" {
				message = c.v2
			}
			code, coded := a.object["code"]
			if a.object["message"] != message || coded != (i == 1) || coded && code != float64(c.code) {
				t.Errorf("%s: %s, want %d %s", at, a.Body, c.code, message)
			}
		}
	}
}

// TestFaultsOfTheService: what the service refuses has the published code, or
// one of ours.
func TestFaultsOfTheService(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	named := func(k fault.Kind, c fault.Code) error { return fault.Named(k, c, "a sentence of its own") }
	for _, c := range []struct {
		method, path string
		err          error
		status, code int
		message      string
	}{
		{"PUT", "/licenses/{k}/{CUSTOM=a}", named(fault.Forbidden, fault.NoGenerator), 403, 1709, "License generator not uploaded."},
		{"PUT", "/licenses/{k}/{CUSTOM=a}", named(fault.Forbidden, fault.HostIDMissing), 403, 107, "a sentence of its own"},
		{"PUT", "/licenses/{k}/{CUSTOM=a}", named(fault.Forbidden, fault.ActivationsExhausted), 403, 200, "a sentence of its own"},
		{"PUT", "/licenses/{k}/{CUSTOM=a}", named(fault.Forbidden, fault.AccountExhausted), 403, 200, "a sentence of its own"},
		{"PUT", "/licenses/{k}/{CUSTOM=a}", named(fault.Forbidden, fault.LicenseExpired), 403, 60, "a sentence of its own"},
		{"PUT", "/licenses/{k}/{CUSTOM=a}", fault.New(fault.Unavailable, "busy"), 503, 1, "busy"},
		{"PUT", "/licenses/{k}/{CUSTOM=a}", fmt.Errorf("a defect"), 500, 1, "internal error"},
		{"DELETE", "/licenses/{k}/{CUSTOM=a}", named(fault.Forbidden, fault.CannotDeactivate), 403, 1506, "Cannot deactivate license."},
		{"DELETE", "/licenses/{k}/{CUSTOM=a}", named(fault.NotFound, fault.LicenseMissing), 404, 1711, "License does not exist."},
		{"PUT", "/license-removals/{k}/{CUSTOM=a}", named(fault.Conflict, fault.RemovalNotAsked), 409, 60, "a sentence of its own"},
		{"PUT", "/license-removals/{k}/{CUSTOM=a}", nil, 204, 0, ""},
		{"GET", "/license-removals/{k}/{CUSTOM=a}", nil, 200, 0, ""},
		{"GET", "/license-removals/nonsense/{CUSTOM=a}", nil, 404, 1712, "Invalid activation key."},
	} {
		h.books.fail = c.err
		a := h.call(c.method, "/rest/v2"+filled(c.path))
		if a.Code != c.status || c.code != 0 && (a.object["code"] != float64(c.code) || a.object["message"] != c.message) {
			t.Errorf("%s %s: %d %s, want %d %d %s", c.method, c.path, a.Code, a.Body, c.status, c.code, c.message)
		}
		if a := h.call(c.method, "/rest/v1"+filled(c.path)); strings.Contains(c.path, "removal") && a.Code != 404 {
			t.Errorf("v1 has removals: %d", a.Code)
		}
	}
}

// TestBodies: member by member, with their types.
func TestBodies(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const license = `{"activationKey":"{k}","activationTime":"2026-03-01T14:00:00+00:00","expirationDate":"2026-03-03T12:00:00+00:00",
		"maintenanceEndDate":null,"hostids":[{"nameRaw":"USERNAME","name":"Username","value":"test"}],"content":"FEATURE x\n{\n}\n",
		"filename":"license_2026.lic","_links":{"self":{"href":"/rest/v2/licenses/{k}/{USERNAME=test}"},"license-order":{"href":"/rest/v2/license-orders/{k}"}}}`
	const errors = `{"errors":[{"message":"no key","creationTime":"2026-03-01T15:00:00+00:00"}],"_links":{"self":{"href":"/rest/v2/license-errors/{k}/{USERNAME=bad}"}}}`
	for path, want := range map[string]string{
		"/license-orders/{k}": `{"activationKey":"{k}","customer":{"name":"Rivers Inc"},
			"product":{"name":"Licstat","version":"6.0","template":"Default","licenseGeneratorType":"lm_x"},"licenseType":"local",
			"creationTime":"2026-03-01T12:00:00+00:00","activatedLicenses":1,"bulkMax":2,
			"hostid":{"types":[{"nameRaw":"CUSTOM","name":"Custom","min":0,"max":2}],"min":1},"_links":{"self":{"href":"/rest/v2/license-orders/{k}"}}}`,
		"/licenses/{k}/{USERNAME=test}":      license,
		"/license-errors/{k}/{USERNAME=bad}": errors,
		"/license-queue/{k}/{USERNAME=slow}": `{"creationTime":"2026-03-01T13:00:00+00:00","expirationDate":null,"maintenanceEndDate":null,
			"hostids":[{"nameRaw":"USERNAME","name":"Username","value":"slow"}],"_links":{"self":{"href":"/rest/v2/license-queue/{k}/{USERNAME=slow}"}}}`,
		"/licenses/{k}?state=failed,success,in_progress,failed": `{"_links":{"failed":[{"href":"/rest/v2/license-errors/{k}/{USERNAME=bad}"}],
			"success":[{"href":"/rest/v2/licenses/{k}/{USERNAME=test}"}],"in_progress":[]},
			"_embedded":{"failed":[` + errors + `],"success":[` + license + `],"in_progress":[]}}`,
		"/license-removals/{k}/{USERNAME=test}": `{"removal":true}`,
	} {
		a := h.call("GET", "/rest/v2"+filled(path))
		var expected map[string]any
		if err := json.Unmarshal([]byte(filledText(want)), &expected); err != nil {
			t.Fatal(path, err)
		}
		if diff := cmp.Diff(expected, a.object); diff != "" {
			t.Errorf("%s (-want +got)\n%s", path, diff)
		}
	}
}

// TestAnApplicationsOwnName: what has no HostIDs leads to the list, and never to
// another machine's; what was asked for leads to itself.
func TestAnApplicationsOwnName(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.books.nameless = true
	list := "/rest/v2/licenses/" + key + "?state=success"
	a := h.call("GET", list)
	if links := fmt.Sprint(a.object["_links"]); a.Code != 200 || links != "map[success:[map[href:"+list+"]]]" {
		t.Errorf("%d %s", a.Code, a.Body)
	}
	path := filled("/rest/v2/licenses/{k}/{USERNAME=test}")
	if a := h.call("GET", path); fmt.Sprint(a.object["_links"].(map[string]any)["self"]) != "map[href:"+path+"]" {
		t.Errorf("%d %s", a.Code, a.Body)
	}
}

// filledText fills in the paths of a JSON text, which has braces of its own.
func filledText(text string) string {
	for _, ids := range []string{"USERNAME=test", "USERNAME=bad", "USERNAME=slow"} {
		text = strings.ReplaceAll(text, "{"+ids+"}", b64(ids))
	}
	return strings.ReplaceAll(text, "{k}", key)
}

// TestHALAtTheVendorsPath: who wants HAL there and has no token gets it; all
// others are the vendors' surface's.
func TestHALAtTheVendorsPath(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	path := "/license-orders/" + key
	for _, accept := range []string{"application/hal+json", "text/html, Application/HAL+json;q=0.5"} {
		if a := h.call("GET", path, "Accept", accept); a.Code != 200 || a.object["activationKey"] != key {
			t.Errorf("%s: %d %s", accept, a.Code, a.Body)
		}
	}
	if a := h.call("GET", "/license-orders/nonsense", "Accept", "application/hal+json"); a.Code != 404 || a.object["message"] != "Invalid activation key specified." {
		t.Errorf("%d %s", a.Code, a.Body)
	}
	for _, headers := range [][]string{nil, {"Accept", "application/json"}, {"Accept", "application/hal+json", "Authorization", "Bearer x"}} {
		if a := h.call("GET", path, headers...); a.Code != 403 {
			t.Errorf("%v: %d %s", headers, a.Code, a.Body)
		}
	}
	if a := h.call("PATCH", path, "Accept", "application/hal+json"); a.Code == 200 {
		t.Errorf("PATCH: %d", a.Code)
	}
}

// TestGuessesAreSlowedDown: unknown keys use up the address's guesses; then also
// a key that is right waits, and other addresses do not. Nothing else counts.
func TestGuessesAreSlowedDown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for range 30 {
		h.call("GET", filled("/rest/v2/licenses/{k}/{USERNAME=nobody}"))
		h.call("PUT", filled("/rest/v2/licenses/{k}/nonsense"))
		h.call("PUT", filled("/rest/v2/licenses/unknown/nonsense"))
	}
	for i := range 20 {
		path := []string{"/license-orders/%d", "/licenses/%d/{CUSTOM=a}", "/license-queue/%d/{CUSTOM=a}", "/licenses/%d?state=success"}[i%4]
		if a := h.call("GET", "/rest/v1"+filled(fmt.Sprintf(path, i))); a.Code != 404 {
			t.Fatalf("guess %d: %d %s", i, a.Code, a.Body)
		}
	}
	for _, path := range []string{"/rest/v1/license-orders/x", "/rest/v2/license-orders/{k}", "/rest/v2/licenses/{k}/{USERNAME=test}"} {
		if a := h.call("GET", filled(path)); a.Code != 429 || a.Header().Get("Retry-After") != "1" {
			t.Errorf("%s: %d %v", path, a.Code, a.Header())
		}
	}
	if a := h.call("GET", filled("/rest/v2/license-orders/{k}")); a.object["code"] != 101.0 {
		t.Errorf("%s", a.Body)
	}
	h.clock.Advance(time.Minute)
	if a := h.call("GET", filled("/rest/v2/license-orders/{k}")); a.Code != 200 {
		t.Errorf("later: %d", a.Code)
	}
}
