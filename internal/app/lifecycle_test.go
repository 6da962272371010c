package app_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/licet/licet/client"
	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// eachEngine runs a test against a whole server on each engine.
func eachEngine(t *testing.T, test func(t *testing.T, s *apptest.Server)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) { test(t, apptest.New(t, url)) })
}

func wantCode(t *testing.T, err error, code client.Code) {
	t.Helper()
	if !errors.Is(err, code) || !client.IsDenied(err) {
		t.Fatalf("got %v, want the denial %s", err, code)
	}
}

// TestActivationThroughTheClient is the main job: issue, activate, verify
// offline, deactivate, with the SDK that applications ship.
func TestActivationThroughTheClient(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *apptest.Server) {
		lic := s.Issue(t, map[string]any{"licensingMode": 1, "maxAllowedSites": 1, "licenseeName": "Ada", "expireDate": "2027-01-01T00:00:00Z"})
		c, ctx := s.Client(t), t.Context()
		one := client.Seat{UserKey: lic.UserKey, MachineID: "machine-1", ClientID: "app", ClientName: "pc"}
		two := client.Seat{UserKey: lic.UserKey, MachineID: "machine-2", ClientID: "app"}
		_, err := c.Validate(ctx, one)
		wantCode(t, err, client.TokenNotFound)
		grant, err := c.Activate(ctx, one)
		if err != nil || grant.ActiveClients != 1 || grant.MaxClients != 1 || grant.License.ID != lic.KeyID || grant.License.Mode != client.ActivationMode {
			t.Fatalf("activate: %+v, %v", grant, err)
		}
		again, err := c.Activate(ctx, one)
		if err != nil || again.Token != grant.Token || !bytes.Equal(again.License.Document, grant.License.Document) {
			t.Fatalf("re-activate: %+v, %v", again, err)
		}
		_, err = c.Activate(ctx, two)
		wantCode(t, err, client.NoSeatAvailable)
		_, err = c.Request(ctx, one)
		wantCode(t, err, client.WrongLicensingMode)

		keys, err := c.FetchKeys(ctx)
		if err != nil {
			t.Fatal(err)
		}
		at := s.Clock.Read().Wall
		doc, err := client.VerifyLicense(grant.License.Document, keys, client.Check{At: at, MachineID: "machine-1"})
		if err != nil || doc.ID != lic.KeyID {
			t.Fatalf("verify offline: %+v, %v", doc, err)
		}
		if _, err := client.VerifyLicense(grant.License.Document, keys, client.Check{At: at, MachineID: "machine-2"}); err == nil {
			t.Fatal("the node-locked document verified on another machine")
		}
		if _, err := client.VerifyLicense(grant.License.Document, keys, client.Check{At: at.AddDate(1, 0, 0), MachineID: "machine-1"}); err == nil {
			t.Fatal("the document verified after its end")
		}
		if valid, err := c.Validate(ctx, one); err != nil || valid.Token != grant.Token {
			t.Fatalf("validate: %+v, %v", valid, err)
		}
		if left, err := c.Deactivate(ctx, one); err != nil || left.ActiveClients != 0 {
			t.Fatalf("deactivate: %+v, %v", left, err)
		}
		if _, err := c.Activate(ctx, two); err != nil {
			t.Fatal(err)
		}
	})
}

func TestFloatingThroughTheClient(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *apptest.Server) {
		lic := s.Issue(t, map[string]any{"licensingMode": 2, "maxAllowedSites": 2})
		c, ctx := s.Client(t), t.Context()
		seat := func(who string) client.Seat { return client.Seat{UserKey: lic.UserKey, ClientID: who} }
		a, err := c.Request(ctx, seat("a"))
		if err != nil || a.HeartbeatInterval != 5*time.Minute || !a.ExpiresAt.Equal(s.Clock.Read().Lease.Add(15*time.Minute)) {
			t.Fatalf("request: %+v, %v", a, err)
		}
		if string(a.License.Document) != lic.Document {
			t.Fatal("the seat's document is not the one made at issue")
		}
		if _, err := c.Request(ctx, seat("b")); err != nil {
			t.Fatal(err)
		}
		_, err = c.Request(ctx, seat("c"))
		wantCode(t, err, client.NoSeatAvailable)
		var denial *client.Error
		if !errors.As(err, &denial) || denial.Status != 409 || denial.ActiveClientCount != 2 || denial.MaxClientCount != 2 || denial.RetryAfter != 5*time.Minute {
			t.Fatalf("denial: %+v", denial)
		}
		_, err = c.Activate(ctx, client.Seat{UserKey: lic.UserKey, MachineID: "m"})
		wantCode(t, err, client.WrongLicensingMode)
		s.Clock.Advance(10 * time.Minute)
		if b, err := c.Heartbeat(ctx, a.Token, seat("a")); err != nil || b.ActiveClients != 2 || b.HeartbeatInterval != 5*time.Minute {
			t.Fatalf("heartbeat: %+v, %v", b, err)
		}
		s.Clock.Advance(10 * time.Minute) // b has lapsed, a has not
		info, err := c.Info(ctx, seat("a"))
		if err != nil || info.ActiveClients != 1 || len(info.Tokens) != 1 {
			t.Fatalf("info: %+v, %v", info, err)
		}
		if _, err := c.Request(ctx, seat("c")); err != nil {
			t.Fatal(err)
		}
		_, err = c.Heartbeat(ctx, a.Token, seat("someone else"))
		wantCode(t, err, client.TokenNotFound)
		if left, err := c.Release(ctx, a.Token, seat("a")); err != nil || left.ActiveClients != 1 {
			t.Fatalf("release: %+v, %v", left, err)
		}
		s.Must(t, "PUT", "/v1/licenses", map[string]any{"license": map[string]any{"id": lic.ID, "licensingMode": 2, "revoked": true}})
		_, err = c.Request(ctx, seat("d"))
		wantCode(t, err, client.LicenseRevoked)
	})
}

func TestSessionKeepsItsSeat(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *apptest.Server) {
		lic := s.Issue(t, map[string]any{"licensingMode": 2, "maxAllowedSites": 1})
		c := s.Client(t)
		session, err := c.Open(t.Context(), client.Seat{UserKey: lic.UserKey, ClientID: "a"}, client.SessionOptions{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Open(t.Context(), client.Seat{UserKey: lic.UserKey, ClientID: "b"}, client.SessionOptions{})
		wantCode(t, err, client.NoSeatAvailable)
		if err := session.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		other, err := c.Open(t.Context(), client.Seat{UserKey: lic.UserKey, ClientID: "b"}, client.SessionOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := other.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}
