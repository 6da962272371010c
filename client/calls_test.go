package client

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"testing"
	"time"
)

const grantAnswer = `"licenseToken":"tok","tokenExpireAt":{"seconds":2000,"nanos":7},
	"activeClientCount":1,"maxClientCount":2147483647,
	"license":{"licenseId":"lic1","licensingMode":2,"expireAt":{"seconds":3000,"nanos":0},"supportExpireAt":null,"licenseKey":[97,46,98]}}`

// The seven calls as the licensing page prints them.
func TestCalls(t *testing.T) {
	t.Parallel()
	seat := Seat{UserKey: "KEY", MachineID: "M", ClientID: "C", ClientName: "N"}
	date := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	const bySeat = `{"userKey":"KEY","machineId":"M","clientId":"C","clientName":"N"}`
	const byToken = `{"licenseToken":"tok","machineId":"M","clientId":"C","clientName":"N"}`
	grant := &Grant{
		Token: "tok", ExpiresAt: time.Unix(2000, 7).UTC(), Lease: 899*time.Second + 999871*time.Microsecond, ServerTime: date, ActiveClients: 1, MaxClients: Unlimited,
		License: IssuedLicense{ID: "lic1", Mode: FloatingMode, ExpiresAt: time.Unix(3000, 0).UTC(), Document: []byte("a.b")},
	}
	leased := *grant
	leased.HeartbeatInterval = 300 * time.Second
	const countsAnswer = `{"licenseId":"lic1","activeClientCount":1,"maxClientCount":3}`
	counts := &Counts{LicenseID: "lic1", ActiveClients: 1, MaxClients: 3}

	tests := []struct {
		path, sent, answer string
		call               func(context.Context, *Client) (any, error)
		want               any
	}{
		{"/v1/license/activate", bySeat, `{"success":true,` + grantAnswer,
			func(ctx context.Context, c *Client) (any, error) { return c.Activate(ctx, seat) }, grant},
		{"/v1/license/validate", bySeat, `{"success":true,` + grantAnswer,
			func(ctx context.Context, c *Client) (any, error) { return c.Validate(ctx, seat) }, grant},
		{"/v1/license/request", bySeat, `{"granted":true,"heartbeatInterval":{"seconds":300,"nanos":0},` + grantAnswer,
			func(ctx context.Context, c *Client) (any, error) { return c.Request(ctx, seat) }, &leased},
		{"/v1/license/deactivate", bySeat, countsAnswer,
			func(ctx context.Context, c *Client) (any, error) { return c.Deactivate(ctx, seat) }, counts},
		{"/v1/license/release", byToken, countsAnswer,
			func(ctx context.Context, c *Client) (any, error) { return c.Release(ctx, "tok", seat) }, counts},
		{"/v1/license/heartbeat", byToken,
			`{"active":true,"activeClientCount":1,"maxClientCount":3,"tokenExpireAt":{"seconds":9,"nanos":0},"heartbeatInterval":{"seconds":5,"nanos":1}}`,
			func(ctx context.Context, c *Client) (any, error) { return c.Heartbeat(ctx, "tok", seat) },
			&Beat{ExpiresAt: time.Unix(9, 0).UTC(), Lease: grant.Lease, HeartbeatInterval: 5*time.Second + 1, ServerTime: date, ActiveClients: 1, MaxClients: 3}},
		{"/v1/license/info", bySeat,
			`{"licenseTokens":[{"token":"tok","licenseId":"lic1","revoked":true,"clientId":"C","clientAddr":"::1","clientName":"N","machineId":"M",
				"issuedAt":{"seconds":1,"nanos":0},"expireAt":{"seconds":2,"nanos":0},"lastHearbeat":{"seconds":3,"nanos":0}}],
				"licenseId":"lic1","maxClientCount":3,"activeClientCount":1,"licensingMode":1,"revoked":true,
				"issuedAt":{"seconds":4,"nanos":0},"expireAt":null,"supportExpireAt":{"seconds":5,"nanos":0}}`,
			func(ctx context.Context, c *Client) (any, error) { return c.Info(ctx, seat) },
			&LicenseInfo{ID: "lic1", Mode: ActivationMode, Revoked: true, IssuedAt: time.Unix(4, 0).UTC(),
				SupportExpiresAt: time.Unix(5, 0).UTC(), ActiveClients: 1, MaxClients: 3,
				Tokens: []TokenInfo{{Token: "tok", LicenseID: "lic1", Revoked: true, ClientID: "C", ClientAddr: "::1", ClientName: "N",
					MachineID: "M", IssuedAt: time.Unix(1, 0).UTC(), ExpiresAt: time.Unix(2, 0).UTC(), LastHeartbeat: time.Unix(3, 0).UTC()}}}},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			t.Parallel()
			var got *http.Request
			var body []byte
			c := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got = r
				body, _ = io.ReadAll(r.Body)
				w.Header().Set("Date", date.Format(http.TimeFormat))
				w.Header().Set("X-Licet-Lease", "899.999871")
				io.WriteString(w, tt.answer)
			}), WithAPIKey("api_k"), WithClientSecret("s3cret"), WithUserAgent("app/1"))
			result, err := tt.call(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(result, tt.want) {
				t.Errorf("got  %+v\nwant %+v", result, tt.want)
			}
			if got.Method != "POST" || got.URL.Path != tt.path || !sameJSON(t, body, tt.sent) {
				t.Errorf("sent %s %s %s, want POST %s %s", got.Method, got.URL.Path, body, tt.path, tt.sent)
			}
			for name, want := range map[string]string{
				"x-api-key": "api_k", "x-client-secret": "s3cret", "User-Agent": "app/1", "Content-Type": "application/json",
			} {
				if v := got.Header.Get(name); v != want {
					t.Errorf("header %s: %q, want %q", name, v, want)
				}
			}
		})
	}
}

func sameJSON(t *testing.T, got []byte, want string) bool {
	t.Helper()
	var a, b any
	if err := json.Unmarshal(got, &a); err != nil {
		t.Fatalf("%s: %v", got, err)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(err)
	}
	return reflect.DeepEqual(a, b)
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	const good = "https://licenses.example.com/prefix/"
	tests := []struct {
		name, url string
		opts      []Option
	}{
		{"no scheme", "licenses.example.com", nil},
		{"other scheme", "ftp://licenses.example.com", nil},
		{"no host", "https://", nil},
		{"password", "https://a:b@licenses.example.com", nil},
		{"query", "https://licenses.example.com?x=1", nil},
		{"fragment", "https://licenses.example.com#x", nil},
		{"unreadable", "https://licenses.example.com:port", nil},
		{"empty key", good, []Option{WithAPIKey("")}},
		{"key with a line break", good, []Option{WithAPIKey("api_k\n")}},
		{"key beyond ASCII", good, []Option{WithAPIKey("api_ü")}},
		{"two credentials", good, []Option{WithAPIKey("a"), WithBearer("b")}},
		{"no time-out", good, []Option{WithTimeout(0)}},
		{"no attempts", good, []Option{WithRetry(Retry{})}},
		{"no pause", good, []Option{WithRetry(Retry{Attempts: 2})}},
		{"nil HTTP client", good, []Option{WithHTTPClient(nil)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := New(tt.url, tt.opts...); err == nil {
				t.Error("it was accepted")
			}
		})
	}
	c, err := New(good, WithBearer("tok"))
	if err != nil {
		t.Fatal(err)
	}
	if c.base != "https://licenses.example.com/prefix" || c.header.Get("Authorization") != "Bearer tok" {
		t.Errorf("base %q, headers %v", c.base, c.header)
	}
}
