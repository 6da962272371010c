package management_test

import (
	"fmt"
	"strings"
	"testing"
)

// setting reads one setting, as group/name.
func (h *house) setting(id string) map[string]any {
	h.t.Helper()
	list := h.ok("GET", "/v1/settings?request="+id, "").list("settings")
	if len(list) != 1 {
		h.t.Fatalf("%s: %v", id, list)
	}
	return list[0]
}

func put(group, name, value string) string {
	return fmt.Sprintf(`{"settings":[{"group":%q,"name":%q,"value":%s}]}`, group, name, value)
}

func TestSettingsAreShownAndChanged(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		for _, c := range []struct{ group, name, value, shown string }{
			{"Licensing", "HeartbeatInterval", `"2m"`, "00:02:00"},
			{"licensing", "heartbeatINTERVAL", `"00:00:30"`, "00:00:30"},
			{"Licensing", "Lease", `"1.00:00:00"`, "1.00:00:00"},
			{"Licensing", "Keyless", `true`, "true"},
			{"Licensing", "Keyless", `"False"`, "false"},
			{"Licensing", "CustomerCodeFormat", `"K{HEX:4}"`, "K{HEX:4}"},
			{"Email", "Port", `25`, "25"},
			{"Email", "Port", `"465"`, "465"},
			{"Email", "Tls", `"TLS"`, "tls"},
			{"Email", "Port", `null`, "587"},
			{"Email", "Password", `"hunter2"`, "********"},
			{"Email", "Password", `"********"`, "********"},
			{"Email", "Password", `null`, "********"},
			{"Email", "Password", `""`, "<nil>"},
		} {
			h.ok("PUT", "/v1/settings", put(c.group, c.name, c.value))
			if s := h.setting(c.group + "." + c.name); fmt.Sprint(s["value"]) != c.shown {
				t.Errorf("%s.%s = %s: shown %v", c.group, c.name, c.value, s)
			}
		}
		if e := h.tuning.Email(); e.Password != "" || e.TLS != "tls" {
			t.Errorf("in force: %+v", e)
		}
		for query, want := range map[string]int{
			"": 28, "Email": 9, "email,Licensing.Lease": 10, `{"group":"Email"}`: 9, `{"group":"Email","name":"host"}`: 1, "%20Email%20": 9,
		} {
			if list := h.ok("GET", "/v1/settings?request="+strings.ReplaceAll(query, `"`, "%22"), "").list("settings"); len(list) != want {
				t.Errorf("request=%s: %d settings, want %d", query, len(list), want)
			}
		}
	})
}

// TestSettingsCanBeSentBackAsTheyWere: nothing changes and nothing is audited.
func TestSettingsCanBeSentBackAsTheyWere(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.ok("PUT", "/v1/settings", put("Email", "Password", `"hunter2"`))
		before, entries := h.ok("GET", "/v1/settings", ""), len(h.audit())
		body := string(before.body)
		h.ok("PUT", "/v1/settings", body)
		if after := h.ok("GET", "/v1/settings", ""); string(after.body) != body || len(h.audit()) != entries {
			t.Errorf("from %s to %s, audit %+v", body, after.body, h.audit()[entries:])
		}
		if h.tuning.Email().Password != "hunter2" {
			t.Error("the secret is another")
		}
	})
}

func TestBadSettingsChangeNothing(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		item := func(members string) string {
			return `{"settings":[{"group":"Email","name":"Port","value":26},{` + members + `}]}`
		}
		value := func(group, name, value string) string {
			return item(fmt.Sprintf(`"group":%q,"name":%q,"value":%s`, group, name, value))
		}
		before := h.ok("GET", "/v1/settings", "")
		for _, b := range []struct{ body, say string }{
			{``, "settings: is missing"},
			{`{}`, "settings: is missing"},
			{`{"settings":null}`, "settings: is missing"},
			{`{"settings":{}}`, "settings: expected a list"},
			{`{"settings":[5]}`, "settings[0]: expected an object"},
			{`{"settings":[null]}`, "settings[0].group: is missing"},
			{`{"settings":` + manyItems(`{}`, 1001) + `}`, "has 1001 items"},
			{item(`"name":"Port"`), "settings[1].group: is missing"},
			{item(`"group":"Email"`), "settings[1].name: is missing"},
			{item(`"group":5`), "settings[1].group: expected a string"},
			{value("Mail", "Port", `5`), `settings[1].group: there is no group "Mail"`},
			{value("Email", "Porto", `5`), `settings[1].name: there is no setting "Porto"`},
			{value("Email", "port", `5`), "Email.Port is there twice"},
			{item(`"group":"Email","name":"Host","type":"int","value":"x"`), "settings[1].type: Email.Host is of type string"},
			{value("Email", "Host", `5`), "settings[1].value: Email.Host: expected a value of type string"},
			{value("Email", "Host", `["x"]`), "type string"},
			{value("Email", "Host", `{"x":1}`), "type string"},
			{value("Email", "Host", `"a b"`), "without white space"},
			{value("Email", "Host", quoted(257)), "has 257 characters"},
			{value("Email", "FromUser", `"a\r\nBcc: x"`), "without control characters"},
			{value("Email", "FromAddress", `"nobody"`), "is not an address"},
			{value("Email", "FromAddress", `"<a@b.c>"`), "is not an address"},
			{value("Email", "Tls", `"ssl"`), "expected one of starttls, tls, none"},
			{value("Email", "EnableSend", `true`), "needs Email.Host"},
			{value("Email", "EnableSend", `1`), "type bool"},
			{value("Email", "EnableSend", `"yes"`), "expected true or false"},
			{`{"settings":[{"group":"Email","name":"Port","value":70000}]}`, "from 1 to 65535"},
			{`{"settings":[{"group":"Email","name":"Port","value":0}]}`, "from 1 to 65535"},
			{`{"settings":[{"group":"Email","name":"Port","value":25.5}]}`, "whole number"},
			{`{"settings":[{"group":"Email","name":"Port","value":1e400}]}`, "Email.Port"},
			{value("Licensing", "HeartbeatInterval", `300`), "type duration"},
			{value("Licensing", "HeartbeatInterval", `"5"`), "expected a duration"},
			{value("Licensing", "HeartbeatInterval", `"-1m"`), "negative"},
			{value("Licensing", "HeartbeatInterval", `"00:00:00"`), "must be from 00:00:01"},
			{value("Licensing", "HeartbeatInterval", `"99999.00:00:00"`), "must be from 00:00:01 to 365.00:00:00"},
			{value("Licensing", "HeartbeatInterval", `"200.00:00:00"`), "Licensing.Lease: must be at most"},
			{value("Licensing", "Lease", `"00:05:00"`), "longer than the heartbeat interval"},
			{value("Licensing", "UserKeyFormat", `"same"`), "has no placeholder"},
			{value("Application", "ApiKeyFormat", `"api_{token:4}"`), "needs 120"},
			{value("Application", "TokenExpiration", `"1s"`), "must be from 00:01:00"},
		} {
			h.refused("PUT", "/v1/settings", b.body, 400, 3, b.say)
		}
		h.refused("GET", "/v1/settings?request=Mail", "", 400, 3, `request: there is no setting or group "Mail"`)
		h.refused("GET", "/v1/settings?request=Email,", "", 400, 3, "request: ")
		h.refused("GET", "/v1/settings?request=%7B%22group%22:5%7D", "", 400, 3, "request: expected an object")
		h.refused("GET", "/v1/settings?request=%7B%22name%22:%22Port%22%7D", "", 400, 3, "request: has a name without a group")
		if after := h.ok("GET", "/v1/settings", ""); string(after.body) != string(before.body) {
			t.Errorf("from %s to %s", before.body, after.body)
		}
	})
}
