package order_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/order"
	"github.com/licet/licet/internal/seat"
)

// stated is what the payload of a JWS says.
func (h *house) stated(document string) string {
	h.t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(document, ".")[1])
	h.must(err)
	return string(payload)
}

// TestOneActivationThroughBothDoors: who comes first, and by whatever spelling.
func TestOneActivationThroughBothDoors(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		key := h.order(1)
		for _, text := range []string{host, "username=ada,Ethernet=482c6a1e593d,HOSTNAME=box"} {
			for _, first := range []string{"application", "file"} {
				if first == "file" {
					_, err := h.generate(key, text) // and its job is still there
					h.must(err)
				}
				g, err := h.activate(key, text, "c")
				h.must(err)
				has(t, h.stated(g.License.Document), `"HardwareKey":"`+text+`"`)
				h.agree(key, 1)
				h.make(0)
				f := h.license(key, host)
				has(t, f.Content, "CLIENT_HOSTID=ETHERNET=482c6a1e593d,USERNAME=ada")
				h.verified(f.Content)
				if g.Active != 1 || g.Max != 1 || f.ID == 0 {
					t.Errorf("%s first: %+v", first, g)
				}
				wantFault(t, second(h.activate(key, machine(2), "c")), fault.NoSeatAvailable)
				wantFault(t, second(h.generate(key, machine(2))), fault.ActivationsExhausted)
				o, err := h.Get(t.Context(), key)
				h.must(err)
				h.must(h.books.DeleteToken(t.Context(), o.LicenseID, f.ID))
				h.agree(key, 0)
			}
		}
	})
}

// TestAnApplicationsWay: what was sent finds the activation, and is what is told.
func TestAnApplicationsWay(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		for _, name := range []string{host, "my own name", "bm90IGEgaG9zdA=="} {
			key := h.order(2, func(in *order.Input) { in.DeactivationsAllowed = whole(1) })
			c := seat.Client{MachineID: name, ClientID: "app", ClientName: "App", Address: "::1"}
			g, err := h.seats.Activate(t.Context(), key, c)
			h.must(err)
			again, err := h.activate(key, name, "another")
			h.must(err)
			if again.Token != g.Token || again.License.Document != g.License.Document {
				t.Errorf("%s: %+v, then %+v", name, g, again)
			}
			valid, err := h.seats.Validate(t.Context(), key, c)
			h.must(err)
			beat, err := h.seats.Heartbeat(t.Context(), g.Token, c)
			h.must(err)
			if valid.Token != g.Token || valid.License.Document != g.License.Document || beat.Active != 1 {
				t.Errorf("%s: valid %+v, beat %+v", name, valid, beat)
			}
			wantFault(t, second(h.seats.Heartbeat(t.Context(), g.Token, seat.Client{MachineID: machine(7)})), fault.TokenNotFound)
			wantFault(t, second(h.seats.Release(t.Context(), g.Token, c)), fault.NotReleasable)
			info, err := h.seats.Info(t.Context(), key, seat.Client{})
			h.must(err)
			for token, err := range info.Tokens {
				h.must(err)
				if token.MachineID != name || token.ClientID != "app" || token.Token != g.Token {
					t.Errorf("%s is shown as %+v", name, token)
				}
			}
			counts, err := h.seats.Deactivate(t.Context(), key, c)
			h.must(err)
			if counts.Active != 0 || counts.Max != 2 {
				t.Errorf("%s: %+v", name, counts)
			}
			wantFault(t, second(h.seats.Deactivate(t.Context(), key, c)), fault.TokenNotFound)
			wantFault(t, second(h.seats.Validate(t.Context(), key, c)), fault.TokenNotFound)
			_, err = h.seats.Activate(t.Context(), key, c)
			h.must(err)
			wantFault(t, second(h.seats.Deactivate(t.Context(), key, c)), fault.CannotDeactivate) // an end user's deed
			h.agree(key, 1)
			h.change(key, order.Input{Enabled: ptr(false)})
			for _, err := range []error{
				second(h.seats.Activate(t.Context(), key, c)), second(h.seats.Validate(t.Context(), key, c)), second(h.seats.Deactivate(t.Context(), key, c)),
			} {
				wantFault(t, err, fault.LicenseRevoked)
			}
		}
	})
}

// TestWhatApplicationsAreRefused, by name, and that nothing is taken by it.
func TestWhatApplicationsAreRefused(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		key := h.order(2)
		net := h.order(2, func(in *order.Input) { in.LicenseType = ptr("network") })
		for _, c := range []struct {
			key, machine string
			want         fault.Code
		}{
			{key, "ETHERNET=nonsense", fault.HostIDInvalid}, {key, "USERNAME=ada", fault.HostIDMissing},
			{net, host, fault.WrongLicensingMode}, {"none", host, fault.LicenseKeyNotFound}, {strings.ToLower(key), host, fault.LicenseKeyNotFound},
		} {
			wantFault(t, second(h.activate(c.key, c.machine, "")), c.want)
		}
		_, err := h.generate(key, host)
		h.must(err)
		wantFault(t, second(h.seats.Validate(t.Context(), key, seat.Client{MachineID: host})), fault.TokenNotFound) // it may fail yet
		h.make(1)
		valid, err := h.seats.Validate(t.Context(), key, seat.Client{MachineID: host})
		h.must(err)
		has(t, h.stated(valid.License.Document), "HardwareKey")
		if _, err := h.seats.Request(t.Context(), net, seat.Client{MachineID: host}); err != nil {
			t.Errorf("a lease of a network order: %v", err)
		}
		h.license(net, host)
		h.agree(net, 1)
		h.agree(key, 1)
	})
}

// TestATermDoesNotBeginAnew: whoever deactivates, changes the order or comes
// through another door.
func TestATermDoesNotBeginAnew(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		key := h.order(1, func(in *order.Input) {
			in.DeactivationsAllowed, in.Features = whole(9), &[]order.FeatureInput{feature("Term", "days_from_activation")}
		})
		ends := func(document string) {
			t.Helper()
			has(t, h.stated(document), `"expireDate":"2026-05-30T23:59:59Z"`)
		}
		g, err := h.activate(key, host, "")
		h.must(err)
		ends(g.License.Document)
		for range 3 {
			h.clock.Advance(24 * time.Hour)
			_, err = h.seats.Deactivate(t.Context(), key, seat.Client{MachineID: host})
			h.must(err)
			if f := h.license(key, host); f.Expiration.Date() != "2026-05-30" {
				t.Errorf("the file ends on %s", f.Expiration)
			}
			h.change(key, order.Input{Terms: order.Terms{Description: ptr("changed")}})
			g, err := h.activate(key, host, "")
			h.must(err)
			ends(g.License.Document)
			v, err := h.seats.Validate(t.Context(), key, seat.Client{MachineID: "USERNAME=Ada," + strings.Split(host, ",")[0]})
			h.must(err)
			ends(v.License.Document)
		}
		h.agree(key, 1)
	})
}

// TestTracesOfOrders: both doors write one for each that is done.
func TestTracesOfOrders(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		key := h.order(3, func(in *order.Input) { in.DeactivationsAllowed = whole(9) })
		h.exec(`UPDATE licenses SET trace = TRUE WHERE user_key = ?`, key)
		h.license(key, host)
		h.license(key, host)
		_, err := h.seats.Activate(t.Context(), key, seat.Client{MachineID: "own", ClientID: "c", Address: "::1"})
		h.must(err)
		h.must(h.Deactivate(t.Context(), key, ids(t, host)))
		var traces []entity.LicenseTrace
		h.must(h.store.Read().NewSelect().Model(&traces).Order("id").Scan(t.Context()))
		if len(traces) != 3 || traces[0].MachineID != "ETHERNET=482c6a1e593d,USERNAME=ada" || traces[1].MachineID != "own" ||
			traces[1].ClientID != "c" || traces[2].Action != entity.TraceDeactivate {
			t.Errorf("traced: %+v", traces)
		}
	})
}

// TestATermEndsAtEachDoor: the machine whose days are over holds its slot still,
// but no license; another machine's days have not begun.
func TestATermEndsAtEachDoor(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		key := h.order(2, func(in *order.Input) {
			in.DeactivationsAllowed, in.Features = whole(9), &[]order.FeatureInput{feature("Term", "days_from_activation")}
		})
		g, err := h.activate(key, host, "")
		h.must(err)
		end := time.Date(2026, 5, 30, 23, 59, 59, 0, time.UTC)
		if !g.ExpireAt.Std().Equal(end) || !g.License.ExpireAt.Std().Equal(end) {
			t.Errorf("activated until %s, the license until %s", g.ExpireAt, g.License.ExpireAt)
		}
		me := seat.Client{MachineID: host}
		h.clock.Advance(end.Sub(testStart) - time.Second)
		v, err := h.seats.Validate(t.Context(), key, me)
		h.must(err)
		beat, err := h.seats.Heartbeat(t.Context(), g.Token, me)
		h.must(err)
		if !v.ExpireAt.Std().Equal(end) || !beat.ExpireAt.Std().Equal(end) {
			t.Errorf("valid until %s, active until %s", v.ExpireAt, beat.ExpireAt)
		}
		h.clock.Advance(time.Second)
		_, err = h.seats.Validate(t.Context(), key, me)
		wantFault(t, err, fault.LicenseExpired)
		wantFault(t, second(h.seats.Heartbeat(t.Context(), g.Token, me)), fault.LicenseExpired)
		wantFault(t, second(h.seats.Release(t.Context(), g.Token, me)), fault.NotReleasable)
		_, err = h.activate(key, host, "")
		wantFault(t, err, fault.LicenseExpired)
		h.agree(key, 1)
		_, err = h.seats.Deactivate(t.Context(), key, me)
		h.must(err)
		_, err = h.activate(key, host, "")
		wantFault(t, err, fault.LicenseExpired)
		_, err = h.generate(key, host)
		wantFault(t, err, fault.LicenseExpired)
		h.agree(key, 0)
		h.license(key, machine(7))
		_, err = h.activate(key, machine(8), "")
		h.must(err)
	})
}
