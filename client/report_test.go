package client

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

func TestReport(t *testing.T) {
	t.Parallel()
	date := time.Date(2026, 3, 1, 13, 0, 0, 0, time.FixedZone("", 3600))
	const who = `"userKey":"KEY","machineId":"M","clientId":"C","clientName":"N"`
	for _, tt := range []struct {
		name, sent string
		report     Report
	}{
		{"all of it", `{"report":{` + who + `,"name":"LicenseReport","version":"1.2","date":"2026-03-01T12:00:00Z","contentType":"application/json",
			"content":"{\"runs\":1}","properties":[{"name":"arch","value":"arm64"},{"name":"os","value":"mac"}]}}`,
			Report{Seat: aSeat, Name: LicenseReport, Version: "1.2", Date: date, ContentType: "application/json", Content: `{"runs":1}`,
				Properties: map[string]string{"os": "mac", "arch": "arm64"}}},
		{"what is needed", `{"report":{"userKey":"KEY","machineId":"","clientId":"","clientName":"","name":"Crash","version":"","contentType":"",
			"content":"","properties":[]}}`, Report{Seat: Seat{UserKey: "KEY"}, Name: "Crash"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				if r.Method != "POST" || r.URL.Path != "/v1/reports" || r.Header.Get("x-api-key") != "api_k" || !sameJSON(t, body, tt.sent) {
					t.Errorf("sent %s %s %s, want %s", r.Method, r.URL.Path, body, tt.sent)
				}
				io.WriteString(w, `{"reportId":7,"success":true,"code":0,"message":""}`)
			}), WithAPIKey("api_k"))
			if err := c.Report(t.Context(), tt.report); err != nil {
				t.Error(err)
			}
		})
	}
}

// A failed report is told as other failures are, and is not sent again.
func TestReportFailures(t *testing.T) {
	t.Parallel()
	managed := func(status, number int, header ...string) http.Handler {
		body, _ := json.Marshal(map[string]any{"success": false, "code": number, "message": "no"})
		return says(status, "application/json; charset=utf-8", string(body), header...)
	}
	for name, tt := range map[string]struct {
		server         http.Handler
		code           Code
		denied, outage bool
	}{
		"revoked":             {managed(403, 7, headerOfCode, "LicenseRevoked"), LicenseRevoked, true, false},
		"unknown key":         {managed(404, 5, headerOfCode, "LicenseKeyNotFound"), LicenseKeyNotFound, true, false},
		"unknown path":        {managed(404, 5), "", false, false},
		"role":                {managed(403, 7), Forbidden, false, false},
		"bad":                 {managed(400, 3), Invalid, false, false},
		"credential":          {managed(401, 16), Unauthenticated, false, false},
		"too large":           {managed(413, 8), TooLarge, false, false},
		"throttled":           {managed(429, 8, "Retry-After", "2"), Throttled, false, true},
		"busy":                {managed(503, 14, headerOfCode, "LicenseRevoked"), LicenseRevoked, false, true},
		"broken":              {managed(500, 13), Internal, false, true},
		"a proxy's page":      {says(403, "text/html", "<html>", headerOfCode, "LicenseRevoked"), Malformed, false, true},
		"a proxy's JSON":      {says(403, "application/json", `{"error":"no"}`, headerOfCode, "LicenseRevoked"), Malformed, false, true},
		"a proxy's 200":       {says(200, "application/json", `{}`), Malformed, false, true},
		"not a success":       {says(200, "application/json", `{"reportId":1,"success":false}`), Malformed, false, true},
		"licensing's problem": {refuses(403, LicenseRevoked), Malformed, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int64
			c := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				tt.server.ServeHTTP(w, r)
			}))
			err := c.Report(t.Context(), Report{Seat: aSeat, Name: LicenseReport})
			var e *Error
			if !errors.As(err, &e) || e.Code != tt.code || IsDenied(err) != tt.denied || IsOutage(err) != tt.outage {
				t.Errorf("got %#v: denied %t, outage %t", err, IsDenied(err), IsOutage(err))
			}
			if name == "throttled" && e.RetryAfter != 2*time.Second {
				t.Errorf("to wait %s", e.RetryAfter)
			}
			if calls.Load() != 1 {
				t.Errorf("sent %d times", calls.Load())
			}
		})
	}
}
