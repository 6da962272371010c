package app_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/store/storetest"
)

// TestTheLogTellsOfSeatCallsAndNoSecrets: who reads the log sees what was called
// about which license and how it ended, but no key, token or document.
func TestTheLogTellsOfSeatCallsAndNoSecrets(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := apptest.New(t, url)
		lic := s.Issue(t, map[string]any{"licensingMode": 2, "maxAllowedSites": 1})
		body := func(key, machine string) string {
			return fmt.Sprintf(`{"userKey":%q,"machineId":%q,"clientId":"c","clientName":"n"}`, key, machine)
		}
		granted := s.Must(t, "POST", "/v1/license/request", body(lic.UserKey, "a"))
		token := granted["licenseToken"].(string)
		s.Do(t, "POST", "/v1/license/request", body(lic.UserKey, "b"))
		s.Do(t, "POST", "/v1/license/request", body("GUESSED-KEY", "b"))
		held := fmt.Sprintf(`{"licenseToken":%q,"machineId":"a","clientId":"c"}`, token)
		s.Must(t, "POST", "/v1/license/heartbeat", held)
		s.Must(t, "POST", "/v1/license/release", held)
		s.Do(t, "POST", "/v1/license/heartbeat", held)
		s.Do(t, "GET", "/v1/licenses/"+lic.UserKey, nil)
		s.Do(t, "GET", "/healthz", nil)

		a := s.Do(t, "GET", "/v1/log", nil)
		var log struct {
			LogEntries []struct{ Level, Message, Properties, Exception string }
		}
		if err := json.Unmarshal(a.Body, &log); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range log.LogEntries {
			var p map[string]any
			if err := json.Unmarshal([]byte(e.Properties), &p); err != nil {
				t.Fatal(err)
			}
			if p["Surface"] != "licensing" {
				continue
			}
			got = append(got, fmt.Sprintf("%s %v %v %v %v", e.Level, p["EndpointName"], p["StatusCode"], p["Outcome"], p["LicenseId"]))
			if p["ClientAddress"] != "127.0.0.1" || p["UserId"] == nil || p["RequestId"] == nil {
				t.Errorf("%s: %s", e.Message, e.Properties)
			}
		}
		want := []string{
			"Information license-request 200 <nil> " + lic.KeyID, "Warning license-request 409 NoSeatAvailable " + lic.KeyID,
			"Warning license-request 404 LicenseKeyNotFound <nil>", "Information license-release 200 <nil> " + lic.KeyID,
			"Warning license-heartbeat 404 TokenNotFound <nil>",
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("logged\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		for _, secret := range []string{lic.UserKey, token, "GUESSED-KEY", apptest.AdminKey, lic.Document, "healthz"} {
			if strings.Contains(string(a.Body), secret) {
				t.Errorf("%s is in the log: %s", secret, a.Body)
			}
		}
		if !strings.Contains(string(a.Body), "licenses-create responded 200") {
			t.Errorf("a management change is missing: %s", a.Body)
		}
	})
}
