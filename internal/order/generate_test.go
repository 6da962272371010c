package order_test

import (
	"errors"
	"testing"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/hostid"
	"github.com/licet/licet/internal/order"
)

const host = "ETHERNET=48-2C-6A-1E-59-3D,USERNAME=Ada"

// TestFromKeyToLicense: the whole way of an end user.
func TestFromKeyToLicense(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		key := h.order(2, func(in *order.Input) { in.DeactivationsAllowed = whole(1) })
		wantFault(t, second(h.Generated(t.Context(), key, ids(t, host))), fault.LicenseMissing)
		// HOSTNAME has no rule, and is passed over.
		g, err := h.generate(key, "HOSTNAME=box,"+host)
		h.must(err)
		if g.State != order.InProgress || hostid.Text(g.HostIDs) != "ETHERNET=482c6a1e593d,USERNAME=ada" || g.Key != key || !g.Requested.Std().Equal(testStart) {
			t.Fatalf("asked for: %+v", g)
		}
		h.agree(key, 1)
		if list, err := h.Activations(t.Context(), order.ActivationFilter{}); err != nil || len(list) != 0 {
			t.Errorf("listed before it is made: %v, %v", list, err)
		}
		wantFault(t, h.Deactivate(t.Context(), key, ids(t, host)), fault.CannotDeactivate)
		h.make(1)
		h.make(0)
		made, err := h.Generated(t.Context(), key, g.HostIDs)
		h.must(err)
		if made.State != order.Success || made.ID != g.ID || made.Filename != "license_2026_03_01-12_00.lic" || made.Expiration.Date() != "2026-05-30" {
			t.Errorf("made: %+v", made)
		}
		has(t, made.Content, "# Activation Key: "+key, "# Generation Time: 2026-03-01 12:00:00 GMT", "END=2026-05-30", "VERSION=2.5",
			"ISSUED=2026-03-01", `LICENSEE="Ada"`, "CLIENT_HOSTID=ETHERNET=482c6a1e593d,USERNAME=ada", "HOSTID_MATCH_RATE=50")
		if stated := h.verified(made.Content); len(stated.Features) != 2 || stated.Features[0].Count != 0 || stated.Features[0].End != "" {
			t.Errorf("stated: %+v", stated)
		}
		h.license(key, machine(2))
		wantFault(t, second(h.generate(key, machine(3))), fault.ActivationsExhausted)
		h.must(h.Deactivate(t.Context(), key, ids(t, host)))
		h.agree(key, 1)
		wantFault(t, h.Deactivate(t.Context(), key, ids(t, host)), fault.LicenseMissing)
		wantFault(t, h.Deactivate(t.Context(), key, ids(t, machine(2))), fault.CannotDeactivate) // only one was allowed

		// The term goes on from the first activation, and the text is made now.
		h.clock.Advance(80 * 24 * time.Hour)
		again := h.license(key, host)
		has(t, again.Content, "END=2026-05-30", "ISSUED=2026-05-20")
		if other := h.order(1); h.license(other, host).Expiration.Date() != "2026-08-18" {
			t.Error("the first activation under another order counts")
		}
	})
}

func second[T any](_ T, err error) error { return err }

// TestRefusals: what is refused takes nothing.
func TestRefusals(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		key := h.order(1)
		flexnet := h.order(1, func(in *order.Input) {
			in.TemplateID, in.HostIDs = whole(h.product("flexnet")), &[]order.HostIDInput{{ptr("Ethernet"), whole(1), whole(1)}}
		})
		ended := h.order(1, func(in *order.Input) {
			f := feature("F", "fixed")
			f.ExpirationDate = ptr("2026-02-28")
			in.Features = &[]order.FeatureInput{f}
		})
		for _, c := range []struct {
			key, host string
			want      fault.Code
		}{
			{"AAAAA-AAAAA-AAAAA-AAAAA", host, fault.ActivationKeyInvalid},
			{key, "USERNAME=ada", fault.HostIDMissing},
			{flexnet, "ETHERNET=482c6a1e593d", fault.NoGenerator},
			{ended, host, fault.LicenseExpired},
		} {
			wantFault(t, second(h.generate(c.key, c.host)), c.want)
		}
		h.license(key, host)
		h.change(key, order.Input{Enabled: ptr(false)})
		for _, err := range []error{
			second(h.Open(t.Context(), key)), second(h.generate(key, host)), second(h.Generated(t.Context(), key, ids(t, host))),
			second(h.InState(t.Context(), key, []order.State{order.Success})), h.Deactivate(t.Context(), key, ids(t, host)),
		} {
			wantFault(t, err, fault.OrderDisabled)
		}
		for _, c := range []struct {
			key  string
			held int64
		}{{key, 1}, {flexnet, 0}, {ended, 0}} {
			h.agree(c.key, c.held)
		}
		if n := h.number(`SELECT COUNT(*) FROM first_activations`); n != 1 {
			t.Errorf("%d first activations of one", n)
		}
	})
}

// TestTheKeptSetIsFrozen: other spellings, and other rules, find the same
// activation.
func TestTheKeptSetIsFrozen(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		key := h.order(5)
		first := h.license(key, host)
		for _, same := range []string{"username=ADA,ethernet=482C6A1E593D", "USERNAME=bob," + host} {
			if g := h.license(key, same); g.ID != first.ID || g.Content != first.Content {
				t.Errorf("%s: %+v", same, g)
			}
		}
		h.change(key, order.Input{Terms: order.Terms{HostIDs: &[]order.HostIDInput{{ptr("Username"), whole(1), whole(1)}}}})
		if g, err := h.generate(key, host); err != nil || g.ID != first.ID || g.Content != first.Content {
			t.Errorf("after the rules have changed: %+v, %v", g, err)
		}
		if g, err := h.generate(key, "USERNAME=zoe"); err != nil || g.ID == first.ID || hostid.Text(g.HostIDs) != "USERNAME=zoe" {
			t.Errorf("by the new rules: %+v, %v", g, err)
		}
		h.agree(key, 2)
	})
}

// TestInState lists by state.
func TestInState(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		key := h.order(5)
		h.license(key, machine(1))
		_, err := h.generate(key, machine(2))
		h.must(err)
		h.exec(`INSERT INTO order_failures (license_id, digest, sent_digest, asked_at, message, created_at)
			SELECT id, 'd', 'd', 0, 'bad', 0 FROM licenses WHERE user_key = ?`, key)
		for _, c := range []struct {
			states []order.State
			want   int
		}{
			{[]order.State{order.Success}, 1}, {[]order.State{order.InProgress}, 1}, {[]order.State{order.Failed}, 1},
			{[]order.State{order.Failed, order.InProgress, order.Success}, 3}, {nil, 0},
		} {
			list, err := h.InState(t.Context(), key, c.states)
			h.must(err)
			if len(list) != c.want || c.want == 1 && list[0].State != c.states[0] {
				t.Errorf("%v: %+v", c.states, list)
			}
		}
	})
}

// TestRemoval: asked for, confirmed once, and the slot is free.
func TestRemoval(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		key := h.order(2)
		asked := func(want bool) {
			t.Helper()
			if got, err := h.RemovalAsked(t.Context(), key, ids(t, host)); err != nil || got != want {
				t.Fatalf("asked: %v, %v", got, err)
			}
		}
		wantFault(t, second(h.RemovalAsked(t.Context(), key, ids(t, host))), fault.LicenseMissing)
		h.license(key, host)
		h.license(key, machine(2))
		asked(false)
		wantFault(t, h.ConfirmRemoval(t.Context(), key, ids(t, host)), fault.RemovalNotAsked)
		h.change(key, order.Input{Removal: ptr(true), Enabled: ptr(false)})
		wantFault(t, second(h.RemovalAsked(t.Context(), key, ids(t, host))), fault.OrderDisabled)
		wantFault(t, h.ConfirmRemoval(t.Context(), key, ids(t, host)), fault.OrderDisabled)
		h.agree(key, 2)
		h.change(key, order.Input{Enabled: ptr(true)})
		asked(true)
		h.must(h.ConfirmRemoval(t.Context(), key, ids(t, host)))
		wantFault(t, h.ConfirmRemoval(t.Context(), key, ids(t, machine(2))), fault.RemovalNotAsked)
		o, err := h.Get(t.Context(), key)
		h.must(err)
		if o.Removal || !o.RemovalConfirmationTime.Std().Equal(testStart) || o.DeactivationsUsed != 0 {
			t.Errorf("confirmed: %+v", o)
		}
		h.agree(key, 1)
	})
}

// TestARemovalIsConfirmedWhileItIsWithdrawn: the vendor takes a request back in
// the moment in which it is confirmed. What was confirmed first stays.
func TestARemovalIsConfirmedWhileItIsWithdrawn(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		key := h.order(2)
		h.license(key, host)
		h.change(key, order.Input{Removal: ptr(true)})
		asked, err := h.Get(t.Context(), key)
		h.must(err)
		var confirmed error
		_, err = h.iss.UpdateOrder(t.Context(), asked.LicenseID, "", func(o *entity.LicenseOrder) error {
			if !o.Removal {
				return nil
			}
			confirmed = h.ConfirmRemoval(t.Context(), key, ids(t, host))
			o.Removal, o.RemovalRequestTime, o.RemovalConfirmationTime = false, entity.Time{}, entity.Time{}
			return nil
		})
		h.must(errors.Join(err, confirmed))
		o, err := h.Get(t.Context(), key)
		h.must(err)
		if o.Removal || !o.RemovalConfirmationTime.Std().Equal(testStart) || !o.RemovalRequestTime.Std().Equal(testStart) {
			t.Errorf("withdrawn: %+v", o)
		}
	})
}

// TestFormats: what the text is follows from the template, and a license that
// ties to nothing names nobody.
func TestFormats(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		jws := h.order(9)
		h.exec(`UPDATE license_templates SET order_terms = NULL`) // as one that was made elsewhere
		if text := h.license(jws, host).Content; text[0] != 'e' {
			t.Errorf("a template made elsewhere: %s", text)
		}
		free := h.order(9, func(in *order.Input) {
			in.HostIDs = &[]order.HostIDInput{{ptr("Not Locked"), whole(1), whole(2)}}
			in.Features = &[]order.FeatureInput{feature("F", "no_expiration"), feature("Off", "no_expiration")}
			(*in.Features)[1].Enabled = ptr(false)
		})
		h.exec(`UPDATE license_templates SET order_terms = '{}'`)
		g := h.license(free, host)
		if stated := h.verified(g.Content); len(stated.HostIDs) != 0 || len(stated.Features) != 1 || len(g.HostIDs) != 2 {
			t.Errorf("not locked: %s", g.Content)
		}
		if other := h.license(free, machine(4)); other.ID == g.ID {
			t.Error("two machines have one activation of an order that is not locked")
		}
		net := h.order(2, func(in *order.Input) { in.LicenseType = ptr("network") })
		if stated := h.verified(h.license(net, host).Content); stated.Features[0].Count != 3 {
			t.Errorf("network: %+v", stated)
		}
		h.agree(net, 1)
	})
}

// TestTheAccountsPool: each license that is generated counts, on the same machine
// too; one that could not be made does not.
func TestTheAccountsPool(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		key := h.order(5, func(in *order.Input) { in.DeactivationsAllowed = whole(9) })
		h.license(key, machine(9)) // before there was a pool
		h.account.Activations, h.account.SubscriptionActivations = 2, 1
		h.account.SubscriptionStart, h.account.SubscriptionEnd = "2026-01-01", "2026-12-31"
		left := func(subscription, single int64) {
			t.Helper()
			c, err := h.Counters(t.Context())
			h.must(err)
			if c.SubscriptionLeft != subscription || c.Left != single {
				t.Fatalf("%d and %d are left", c.SubscriptionLeft, c.Left)
			}
		}
		left(1, 2)
		for _, want := range []int64{2, 1, 0} {
			h.license(key, host)
			left(0, want)
			h.must(h.Deactivate(t.Context(), key, ids(t, host)))
		}
		wantFault(t, second(h.generate(key, host)), fault.AccountExhausted)
		wantFault(t, second(h.activate(key, host, "")), fault.AccountExhausted)
		h.license(key, machine(9)) // what is there costs nothing
		h.agree(key, 1)
		h.account.Activations = 3
		h.exec(`UPDATE licenses SET features = replace(features, 'Term', 'no name') WHERE user_key = ?`, key)
		_, err := h.generate(key, host)
		h.must(err)
		left(0, 0)
		h.make(1)
		if h.state(key, host) != order.Failed {
			t.Error("a feature without a name was stated")
		}
		left(0, 1)
		h.account.ActivationsExpire = "2026-02-28"
		wantFault(t, second(h.generate(key, machine(3))), fault.AccountExhausted)
	})
}

// TestADeletedTokenLeavesNothing: an administrator's deed, as often as he likes,
// while the license is being made too.
func TestADeletedTokenLeavesNothing(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		key := h.order(1)
		made := h.license(key, host)
		o, err := h.Get(t.Context(), key)
		h.must(err)
		h.must(h.books.DeleteToken(t.Context(), o.LicenseID, made.ID))
		h.agree(key, 0)
		g, err := h.generate(key, host)
		h.must(err)
		h.must(h.books.DeleteToken(t.Context(), o.LicenseID, g.ID))
		h.agree(key, 0)
		h.make(0)
		h.license(key, host)
		if err := h.iss.DeleteLicense(t.Context(), o.LicenseID); !fault.IsKind(err, fault.Conflict) {
			t.Errorf("an order with an activation was deleted: %v", err)
		}
		list, err := h.OrderActivations(t.Context(), key, 0)
		h.must(err)
		h.must(h.books.DeleteToken(t.Context(), o.LicenseID, list[0].ID))
		h.must(h.iss.DeleteLicense(t.Context(), o.LicenseID))
		for _, table := range []string{"order_activations", "order_jobs", "order_failures", "first_activations", "license_tokens", "licenses"} {
			if n := h.number("SELECT COUNT(*) FROM " + table); n != 0 {
				t.Errorf("%d rows are left in %s", n, table)
			}
		}
		wantFault(t, second(h.generate(key, host)), fault.ActivationKeyInvalid)
	})
}

// TestActivationsByExpiration: both ends count, and what never ends is not there.
func TestActivationsByExpiration(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		term, forever := h.order(5), h.order(5, func(in *order.Input) { in.Features = &[]order.FeatureInput{feature("F", "no_expiration")} })
		h.license(forever, machine(1))
		for n := range 3 {
			h.license(term, machine(n))
			h.clock.Advance(24 * time.Hour)
		}
		for _, c := range []struct {
			after, before string
			skip          int64
			want          int
		}{
			{"2026-05-30", "2026-06-01", 0, 3}, {"2026-05-31", "2026-05-31", 0, 1}, {"2026-05-30", "2026-06-01", 2, 1}, {"2026-06-02", "2099-01-01", 0, 0},
		} {
			list, err := h.Activations(t.Context(), order.ActivationFilter{ExpiresAfter: c.after, ExpiresBefore: c.before, Offset: c.skip})
			h.must(err)
			if len(list) != c.want {
				t.Errorf("%+v: %d", c, len(list))
			}
			for _, a := range list {
				if a.Expiration.IsZero() || a.Key != term || entity.Time(a.Time).IsZero() {
					t.Errorf("%+v", a)
				}
			}
		}
	})
}

// TestNoLicenseTiedToNothing: where the vendor leaves open by which HostID, it is
// one still; else one slot would serve all machines.
func TestNoLicenseTiedToNothing(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		key := h.order(1, func(in *order.Input) {
			in.MinHostIDs, in.HostIDs = whole(0), &[]order.HostIDInput{{ptr("Ethernet"), whole(0), whole(1)}, {ptr("Username"), whole(0), whole(1)}}
		})
		_, err := h.generate(key, "HOSTNAME=one")
		wantFault(t, err, fault.HostIDMissing)
		_, err = h.activate(key, "HOSTNAME=one", "")
		wantFault(t, err, fault.HostIDMissing)
		h.agree(key, 0)
		if g := h.license(key, "HOSTNAME=one,USERNAME=ada"); len(h.verified(g.Content).HostIDs) != 1 {
			t.Errorf("it is tied to %v", g.HostIDs)
		}
	})
}
