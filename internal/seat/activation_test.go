package seat_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

func TestActivationLifecycle(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		lic := h.license(entity.Activation, sites(1))
		_, err := h.Validate(t.Context(), lic.UserKey, client("a"))
		wantFault(t, err, fault.TokenNotFound)
		a := h.mustActivate(lic, "a")
		if !strings.HasPrefix(a.Token, "actk_") || a.Active != 1 || a.Max != 1 || !a.ExpireAt.IsZero() || a.License.Document != "locked lic0001 r1 a" {
			t.Fatalf("activation: %+v", a)
		}
		again := h.mustActivate(lic, "a")
		if again.Token != a.Token || again.Active != 1 || again.License.Document != a.License.Document {
			t.Fatalf("again: %+v", again)
		}
		_, err = h.activate(lic, "b")
		wantFault(t, err, fault.NoSeatAvailable)
		h.clock.Advance(1000 * time.Hour)
		v, err := h.Validate(t.Context(), lic.UserKey, client("a"))
		if err != nil || v.Token != a.Token || v.License.Document != a.License.Document {
			t.Fatalf("validate: %+v, %v", v, err)
		}
		if _, err := h.Heartbeat(t.Context(), a.Token, client("a")); err != nil {
			t.Fatalf("heartbeat on an activation: %v", err)
		}
		_, err = h.Release(t.Context(), a.Token, client("a"))
		wantFault(t, err, fault.NotReleasable)
		_, err = h.Deactivate(t.Context(), lic.UserKey, client("b"))
		wantFault(t, err, fault.TokenNotFound)
		left, err := h.Deactivate(t.Context(), lic.UserKey, client("a"))
		if err != nil || left.Active != 0 || left.Max != 1 || left.LicenseID != lic.LicenseID {
			t.Fatalf("deactivate: %+v, %v", left, err)
		}
		h.agree(lic, 0)
		if n := copies(t, h); n != 0 {
			t.Fatalf("%d node-locked copies left", n)
		}
		h.mustActivate(lic, "b")
	})
}

func copies(t *testing.T, h *house) int64 {
	t.Helper()
	n, err := h.store.Read().NewSelect().Model((*entity.License)(nil)).Where("parent_id IS NOT NULL").Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestChangedLicenseReachesItsMachines(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		lic := h.license(entity.Activation, sites(1))
		a := h.mustActivate(lic, "a")
		h.change(lic, func(l *entity.License) { l.Description = "new" })
		v, err := h.Validate(t.Context(), lic.UserKey, client("a"))
		if err != nil || v.License.Document != "locked lic0001 r2 a" {
			t.Fatalf("validate after a change: %+v, %v", v, err)
		}
		again := h.mustActivate(lic, "a")
		if again.Token != a.Token || again.License.Document != "locked lic0001 r2 a" || again.Active != 1 {
			t.Fatalf("re-activation after a change: %+v", again)
		}
		var stored entity.License
		if err := h.store.Read().NewSelect().Model(&stored).Where("parent_id = ?", lic.ID).Scan(t.Context()); err != nil {
			t.Fatal(err)
		}
		if stored.Revision != 2 || stored.Description != "new" || stored.LicenseKey != again.License.Document || stored.UserKey != "" {
			t.Fatalf("stored copy: %+v", stored)
		}
		h.agree(lic, 1)
	})
}

func TestActivationEndsWithItsLicense(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		end := testStart.Add(time.Hour)
		lic := h.license(entity.Activation, nil, func(l *entity.License) { l.ExpireDate = entity.TimeOf(end) })
		a := h.mustActivate(lic, "a")
		if !a.ExpireAt.Std().Equal(end) {
			t.Fatalf("ends %s", a.ExpireAt)
		}
		h.clock.Advance(time.Hour)
		_, err := h.Validate(t.Context(), lic.UserKey, client("a"))
		wantFault(t, err, fault.LicenseExpired)
		_, err = h.activate(lic, "a")
		wantFault(t, err, fault.LicenseExpired)
		h.change(lic, func(l *entity.License) { l.ExpireDate = entity.Time{} })
		if again := h.mustActivate(lic, "a"); again.Token != a.Token {
			t.Fatal("extending the license changed the token")
		}
		h.clock.Advance(time.Hour)
		h.change(lic, func(l *entity.License) { l.ExpireDate = entity.TimeOf(end) })
		if _, err := h.Deactivate(t.Context(), lic.UserKey, client("a")); err != nil {
			t.Fatalf("deactivate on an expired license: %v", err)
		}
	})
}

func TestWrongMode(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		floating, activation, file := h.license(entity.Floating, nil), h.license(entity.Activation, nil), h.license(entity.File, nil)
		for _, lic := range []*entity.License{floating, file} {
			_, err := h.activate(lic, "a")
			wantFault(t, err, fault.WrongLicensingMode)
			_, err = h.Deactivate(t.Context(), lic.UserKey, client("a"))
			wantFault(t, err, fault.WrongLicensingMode)
		}
		for _, lic := range []*entity.License{activation, file} {
			_, err := h.request(lic, "a")
			wantFault(t, err, fault.WrongLicensingMode)
		}
		_, err := h.Validate(t.Context(), file.UserKey, client("a"))
		wantFault(t, err, fault.WrongLicensingMode)
		info, err := h.Info(t.Context(), file.UserKey, seat.Client{})
		if err != nil || info.Mode != entity.File || info.Max != seat.Unlimited {
			t.Fatalf("info of a file license: %+v, %v", info, err)
		}
	})
}

func TestUnknownKeysAndBadInput(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		lic := h.license(entity.Floating, nil)
		for _, key := range []string{"nope", "key-0001", lic.LicenseID, "' OR 1=1 --"} {
			_, err := h.Request(t.Context(), key, client("a"))
			wantFault(t, err, fault.LicenseKeyNotFound)
			_, err = h.Activate(t.Context(), key, client("a"))
			wantFault(t, err, fault.LicenseKeyNotFound)
			_, err = h.Deactivate(t.Context(), key, client("a"))
			wantFault(t, err, fault.LicenseKeyNotFound)
			_, err = h.Validate(t.Context(), key, client("a"))
			wantFault(t, err, fault.LicenseKeyNotFound)
			_, err = h.Info(t.Context(), key, client("a"))
			wantFault(t, err, fault.LicenseKeyNotFound)
		}
		long := strings.Repeat("x", 257)
		for name, err := range map[string]error{
			"userKey missing":      errorOf(h.Request(t.Context(), "", client("a"))),
			"userKey long":         errorOf(h.Request(t.Context(), long, client("a"))),
			"no identity":          errorOf(h.Request(t.Context(), lic.UserKey, seat.Client{})),
			"no machine":           errorOf(h.Activate(t.Context(), lic.UserKey, seat.Client{ClientID: "c"})),
			"machineId long":       errorOf(h.Request(t.Context(), lic.UserKey, seat.Client{MachineID: long})),
			"clientName long":      errorOf(h.Request(t.Context(), lic.UserKey, seat.Client{MachineID: "m", ClientName: long})),
			"licenseToken missing": errorOf(h.Heartbeat(t.Context(), "", client("a"))),
		} {
			if !fault.IsKind(err, fault.Invalid) || fault.Of(err).Field == "" {
				t.Errorf("%s: %v", name, err)
			}
		}
		h.agree(lic, 0)
	})
}

func errorOf[T any](_ T, err error) error { return err }

func TestTracesAreWrittenWhereAskedFor(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		quiet := h.license(entity.Floating, sites(1))
		h.mustRequest(quiet, "a")
		floating := h.license(entity.Floating, sites(1), func(l *entity.License) { l.Trace = true })
		g := h.mustRequest(floating, "a")
		if _, err := h.request(floating, "b"); err == nil {
			t.Fatal("over-issued")
		}
		if _, err := h.Release(t.Context(), g.Token, client("a")); err != nil {
			t.Fatal(err)
		}
		act := h.license(entity.Activation, sites(1), func(l *entity.License) { l.Trace = true })
		h.mustActivate(act, "a")
		h.mustActivate(act, "a")
		if _, err := h.Deactivate(t.Context(), act.UserKey, client("a")); err != nil {
			t.Fatal(err)
		}
		var actions []entity.Action
		if err := h.store.Read().NewRaw("SELECT action FROM license_traces ORDER BY id").Scan(t.Context(), &actions); err != nil {
			t.Fatal(err)
		}
		want := []entity.Action{entity.TraceRequest, entity.TraceRelease, entity.TraceActivate, entity.TraceActivate, entity.TraceDeactivate}
		if len(actions) != len(want) {
			t.Fatalf("traces %v, want %v", actions, want)
		}
		for i := range want {
			if actions[i] != want[i] {
				t.Fatalf("traces %v, want %v", actions, want)
			}
		}
	})
}

func TestModeCannotChangeWhileSeatsAreHeld(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		lic := h.license(entity.Floating, sites(1))
		g := h.mustRequest(lic, "a")
		changed := *lic
		changed.LicensingMode = entity.Activation
		setPool := func() error {
			return h.store.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return seat.SetPool(ctx, tx, &changed) })
		}
		if err := setPool(); !fault.IsKind(err, fault.Conflict) {
			t.Fatalf("mode change with a held seat: %v", err)
		}
		if _, err := h.Release(t.Context(), g.Token, client("a")); err != nil {
			t.Fatal(err)
		}
		if err := setPool(); err != nil {
			t.Fatal(err)
		}
	})
}

// On SQLite a restart gives living leases one more lease and revives no dead
// one, however the wall clock was set in between.
func TestRecoverCarriesLeasesOver(t *testing.T) {
	t.Parallel()
	for _, step := range []time.Duration{0, time.Hour, -time.Hour, -56 * 365 * 24 * time.Hour, 74 * 365 * 24 * time.Hour} {
		h := newHouse(t, storetest.URL(t, store.SQLite))
		lic := h.license(entity.Floating, sites(2))
		h.mustRequest(lic, "dead")
		h.clock.Advance(lease)
		alive := h.mustRequest(lic, "alive")
		if err := h.MarkClock(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(step) // both clocks start anew at the wall clock
		if err := h.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		info, err := h.Info(t.Context(), lic.UserKey, seat.Client{})
		if live := holders(t, info, err); len(live) != 1 || live[0].Token != alive.Token {
			t.Fatalf("after a step of %s: %+v", step, live)
		}
		h.clock.Advance(lease - time.Second)
		if _, err := h.Validate(t.Context(), lic.UserKey, client("alive")); err != nil {
			t.Fatalf("after a step of %s, freed early: %v", step, err)
		}
		h.clock.Advance(time.Second)
		_, err = h.Validate(t.Context(), lic.UserKey, client("alive"))
		wantFault(t, err, fault.TokenExpired)
	}
}
