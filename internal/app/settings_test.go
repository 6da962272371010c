package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/client"
	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// set changes settings, given as "Group.Name" and value in turn.
func set(t *testing.T, v apptest.Vendor, pairs ...any) {
	t.Helper()
	var items []map[string]any
	for i := 0; i < len(pairs); i += 2 {
		group, name, _ := strings.Cut(pairs[i].(string), ".")
		items = append(items, map[string]any{"group": group, "name": name, "value": pairs[i+1]})
	}
	v.Must(t, "PUT", "/v1/settings", map[string]any{"settings": items})
}

// TestAChangedLeaseLeavesLivingLeasesAlone: a shorter one frees none early, a
// longer one makes none immortal; each counts from the next renewal on.
func TestAChangedLeaseLeavesLivingLeasesAlone(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *apptest.Server) {
		l := takeSeats(t, s.Vendor)
		set(t, s.Vendor, "Licensing.HeartbeatInterval", "1m", "Licensing.Lease", "00:03:00")
		s.Clock.Advance(15*time.Minute - time.Second)
		l.bothHold(t)
		beat := func(lease, interval time.Duration) {
			t.Helper()
			b, err := l.c.Heartbeat(t.Context(), l.beating, l.seat("beating"))
			if err != nil || b.Lease != lease || b.HeartbeatInterval != interval {
				t.Fatalf("%+v, %v; want a lease of %s", b, err, lease)
			}
		}
		beat(3*time.Minute, time.Minute)
		s.Clock.Advance(time.Second)
		l.silentLapsed(t) // and "new" takes its seat
		set(t, s.Vendor, "Licensing.HeartbeatInterval", "1h", "Licensing.Lease", nil)
		s.Clock.Advance(3*time.Minute - 2*time.Second)
		if g, err := l.c.Validate(t.Context(), l.seat("beating")); err != nil || g.Token != l.beating {
			t.Errorf("just before its end: %+v, %v", g, err)
		}
		s.Clock.Advance(time.Second)
		_, err := l.c.Heartbeat(t.Context(), l.beating, l.seat("beating"))
		wantCode(t, err, client.TokenExpired)
		g, err := l.c.Request(t.Context(), l.seat("beating"))
		if err != nil || g.Lease != 3*time.Hour || g.HeartbeatInterval != time.Hour {
			t.Errorf("a new lease: %+v, %v", g, err)
		}
	})
}

func TestSettingsTakeEffectWithoutARestart(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *apptest.Server) {
		set(t, s.Vendor, "Licensing.UserKeyFormat", "NEW-{HEX:20}", "Licensing.FloatingTokenFormat", "seat_{hex:20}",
			"Application.ApiKeyFormat", "other_{token:30}")
		lic := s.Issue(t, map[string]any{"licensingMode": 2})
		request := map[string]any{"userKey": lic.UserKey, "clientId": "c"}
		seat := s.Must(t, "POST", "/v1/license/request", request)
		key := s.Must(t, "POST", "/v1/api-keys", map[string]any{"apiKey": map[string]any{"permissions": 1}})["apiKey"].(string)
		if !strings.HasPrefix(lic.UserKey, "NEW-") || !strings.HasPrefix(seat["licenseToken"].(string), "seat_") || !strings.HasPrefix(key, "other_") {
			t.Errorf("made %s, %v and %s", lic.UserKey, seat["licenseToken"], key)
		}
		nobody := apptest.Vendor{URL: s.URL}
		for _, open := range []bool{false, true, false} {
			set(t, s.Vendor, "Licensing.Keyless", open)
			if a := nobody.Do(t, "POST", "/v1/license/request", request); (a.Status == http.StatusOK) != open {
				t.Errorf("keyless %v: %d", open, a.Status)
			}
		}
	})
}

func TestSettingsReachOtherNodes(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, store.Postgres)
	here, there := apptest.New(t, url), apptest.New(t, url)
	lic := here.Issue(t, map[string]any{"licensingMode": 2})
	interval := func(s *apptest.Server) string {
		a := s.Must(t, "POST", "/v1/license/request", map[string]any{"userKey": lic.UserKey, "clientId": "c"})
		return fmt.Sprint(a["heartbeatInterval"].(map[string]any)["seconds"])
	}
	set(t, here.Vendor, "Licensing.HeartbeatInterval", "77s")
	start := time.Now()
	if got := interval(here); got != "77" {
		t.Errorf("here: %s s", got)
	}
	for interval(there) != "77" {
		if time.Since(start) > 5*time.Second {
			t.Fatal("not there after 5 seconds")
		}
	}
}

func TestSettingsOutlastARestartAndFlagsPinThem(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, store.SQLite)
	s := apptest.New(t, url)
	set(t, s.Vendor, "Licensing.HeartbeatInterval", "2m", "Licensing.Keyless", true)
	if err := s.App.Close(); err != nil {
		t.Fatal(err)
	}
	s = apptest.New(t, url, "--keyless=false")
	list := s.Must(t, "GET", "/v1/settings?request=Licensing.HeartbeatInterval,Licensing.Keyless", nil)["settings"].([]any)
	interval, keyless := list[0].(map[string]any), list[1].(map[string]any)
	if interval["value"] != "00:02:00" || interval["readOnly"] != false || keyless["value"] != false || keyless["readOnly"] != true {
		t.Errorf("%v", list)
	}
	a := s.Do(t, "PUT", "/v1/settings", `{"settings":[{"group":"Licensing","name":"Keyless","value":true}]}`)
	if a.Status != http.StatusConflict || !strings.Contains(string(a.Body), "--keyless") {
		t.Errorf("a pinned one: %d %s", a.Status, a.Body)
	}
	if a := (apptest.Vendor{URL: s.URL}).Do(t, "POST", "/v1/license/request", "{}"); a.Status != http.StatusUnauthorized {
		t.Errorf("keyless though pinned: %d", a.Status)
	}
}
