package seat_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/store"
)

const lease = 15 * time.Minute

func TestFloatingLifecycle(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		lic := h.license(entity.Floating, sites(2))
		a := h.mustRequest(lic, "a")
		if a.Token == "" || a.Active != 1 || a.Max != 2 || !a.ExpireAt.Std().Equal(testStart.Add(lease)) || a.License.Document != "document" {
			t.Fatalf("first grant: %+v", a)
		}
		h.clock.Advance(time.Minute)
		again := h.mustRequest(lic, "a")
		if again.Token != a.Token || again.Active != 1 || !again.ExpireAt.Std().Equal(testStart.Add(lease+time.Minute)) {
			t.Fatalf("same identity: %+v", again)
		}
		h.mustRequest(lic, "b")
		_, err := h.request(lic, "c")
		wantFault(t, err, fault.NoSeatAvailable)
		if f := fault.Of(err); f.Seats == nil || f.Seats.Active != 2 || f.Seats.Max != 2 || f.Retry != 5*time.Minute {
			t.Fatalf("denial tells %+v", f)
		}
		h.clock.Advance(time.Minute)
		beat, err := h.Heartbeat(t.Context(), a.Token, client("a"))
		if err != nil || beat.Active != 2 || !beat.ExpireAt.Std().Equal(testStart.Add(lease+2*time.Minute)) {
			t.Fatalf("heartbeat: %+v, %v", beat, err)
		}
		left, err := h.Release(t.Context(), a.Token, client("a"))
		if err != nil || left.Active != 1 || left.LicenseID != lic.LicenseID {
			t.Fatalf("release: %+v, %v", left, err)
		}
		h.agree(lic, 1)
		_, err = h.Release(t.Context(), a.Token, client("a"))
		wantFault(t, err, fault.TokenNotFound)
		if c := h.mustRequest(lic, "c"); c.Token == a.Token {
			t.Fatal("a new seat has an old token")
		}
		h.agree(lic, 2)
	})
}

func TestLapsedLeaseIsReapedOnlyWhenThePoolIsFull(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		lic := h.license(entity.Floating, sites(2))
		a := h.mustRequest(lic, "a")
		h.clock.Advance(lease)
		_, err := h.Heartbeat(t.Context(), a.Token, client("a"))
		wantFault(t, err, fault.TokenExpired)
		_, err = h.Release(t.Context(), a.Token, client("a"))
		wantFault(t, err, fault.TokenExpired)
		_, err = h.Validate(t.Context(), lic.UserKey, client("a"))
		wantFault(t, err, fault.TokenExpired)
		h.mustRequest(lic, "b")
		h.agree(lic, 2) // the lapsed row still counts
		h.mustRequest(lic, "c")
		h.agree(lic, 2) // and went when its place was needed
		_, err = h.Heartbeat(t.Context(), a.Token, client("a"))
		wantFault(t, err, fault.TokenNotFound)
	})
}

func TestLapsedIdentityTakesItsRowUpAgain(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		lic := h.license(entity.Floating, sites(1))
		a := h.mustRequest(lic, "a")
		h.clock.Advance(lease)
		b := h.mustRequest(lic, "a")
		if b.Token == a.Token || b.Active != 1 {
			t.Fatalf("after the lapse: %+v", b)
		}
		h.agree(lic, 1)
	})
}

// A limit lowered below what is held evicts nobody, lets the living renew, and
// gives a lapsed seat to nobody, its old holder included.
func TestLoweredLimit(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		lic := h.license(entity.Floating, sites(3))
		a, b := h.mustRequest(lic, "a"), h.mustRequest(lic, "b")
		h.clock.Advance(lease / 2)
		c := h.mustRequest(lic, "c")
		h.change(lic, func(l *entity.License) { l.MaxAllowedSites = sites(1) })
		if g := h.mustRequest(lic, "a"); g.Token != a.Token || g.Max != 1 {
			t.Fatalf("renewal over the limit: %+v", g)
		}
		if _, err := h.Heartbeat(t.Context(), b.Token, client("b")); err != nil {
			t.Fatal(err)
		}
		_, err := h.request(lic, "d")
		wantFault(t, err, fault.NoSeatAvailable)
		h.clock.Advance(lease / 2)
		if _, err := h.Heartbeat(t.Context(), c.Token, client("c")); err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(lease / 2) // a and b have lapsed, c lives and fills the limit
		for _, who := range []string{"a", "b", "d"} {
			_, err := h.request(lic, who)
			wantFault(t, err, fault.NoSeatAvailable)
		}
		info, err := h.Info(t.Context(), lic.UserKey, seat.Client{})
		if live := holders(t, info, err); len(live) != 1 || live[0].Token != c.Token {
			t.Fatalf("info lists %+v", live)
		}
		if _, err := h.Release(t.Context(), c.Token, client("c")); err != nil {
			t.Fatal(err)
		}
		h.mustRequest(lic, "d")
	})
}

func TestUnlimitedAndNone(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		open := h.license(entity.Floating, nil)
		for i := range 5 {
			if g := h.mustRequest(open, fmt.Sprint(i)); g.Max != seat.Unlimited || g.Active != int64(i+1) {
				t.Fatalf("grant %d: %+v", i, g)
			}
		}
		shut := h.license(entity.Floating, sites(0))
		_, err := h.request(shut, "a")
		wantFault(t, err, fault.NoSeatAvailable)
	})
}

func TestIdentityIsMachineAndClient(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		lic := h.license(entity.Floating, sites(4))
		seen := map[string]bool{}
		for _, c := range []seat.Client{{MachineID: "m"}, {ClientID: "m"}, {MachineID: "m", ClientID: "c"}, {MachineID: "M", ClientID: "c"}} {
			g, err := h.Request(t.Context(), lic.UserKey, c)
			if err != nil || seen[g.Token] {
				t.Fatalf("%+v: %+v, %v", c, g, err)
			}
			seen[g.Token] = true
			for _, other := range []seat.Client{{}, {MachineID: c.MachineID + "x", ClientID: c.ClientID}, {MachineID: c.MachineID, ClientID: c.ClientID + "x"}} {
				_, err := h.Heartbeat(t.Context(), g.Token, other)
				wantFault(t, err, fault.TokenNotFound)
				_, err = h.Release(t.Context(), g.Token, other)
				wantFault(t, err, fault.TokenNotFound)
			}
		}
		h.agree(lic, 4)
	})
}

func TestLeaseEndsWithTheLicense(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		end := testStart.Add(10 * time.Minute)
		lic := h.license(entity.Floating, sites(1), func(l *entity.License) { l.ExpireDate = entity.TimeOf(end) })
		g := h.mustRequest(lic, "a")
		if !g.ExpireAt.Std().Equal(end) {
			t.Fatalf("lease ends %s, license %s", g.ExpireAt, end)
		}
		h.clock.Advance(10 * time.Minute)
		_, err := h.Heartbeat(t.Context(), g.Token, client("a"))
		wantFault(t, err, fault.LicenseExpired)
		_, err = h.request(lic, "a")
		wantFault(t, err, fault.LicenseExpired)
		h.change(lic, func(l *entity.License) { l.ExpireDate = entity.TimeOf(end.Add(time.Hour)) })
		h.mustRequest(lic, "a")
	})
}

// The wall clock may step on a running server: leases follow the lease clock,
// license dates the wall clock.
func TestWallClockSteps(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		lic := h.license(entity.Floating, sites(1), func(l *entity.License) { l.ExpireDate = entity.TimeOf(testStart.Add(48 * time.Hour)) })
		a := h.mustRequest(lic, "a")
		h.clock.Step(time.Hour)
		if h.store.Engine() == store.SQLite { // clients see the wall clock, so they are told the end by it
			if g := h.mustRequest(lic, "a"); !g.ExpireAt.Std().Equal(testStart.Add(time.Hour+lease)) || g.Lease != lease {
				t.Fatalf("after a step: %+v", g)
			}
		}
		_, err := h.request(lic, "b")
		wantFault(t, err, fault.NoSeatAvailable)
		h.clock.Step(-3 * time.Hour)
		if _, err := h.Heartbeat(t.Context(), a.Token, client("a")); err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(lease)
		h.mustRequest(lic, "b")
		h.clock.Step(100 * time.Hour)
		_, err = h.request(lic, "b")
		wantFault(t, err, fault.LicenseExpired)
	})
}

func TestRevokedLicense(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		lic := h.license(entity.Floating, sites(2))
		g := h.mustRequest(lic, "a")
		h.change(lic, func(l *entity.License) { l.Revoked = true })
		_, err := h.request(lic, "a")
		wantFault(t, err, fault.LicenseRevoked)
		_, err = h.Heartbeat(t.Context(), g.Token, client("a"))
		wantFault(t, err, fault.LicenseRevoked)
		_, err = h.Validate(t.Context(), lic.UserKey, client("a"))
		wantFault(t, err, fault.LicenseRevoked)
		info, err := h.Info(t.Context(), lic.UserKey, seat.Client{})
		if live := holders(t, info, err); !info.Revoked || len(live) != 1 {
			t.Fatalf("info: %+v, %+v", info, live)
		}
		if _, err := h.Release(t.Context(), g.Token, client("a")); err != nil {
			t.Fatalf("release on a revoked license: %v", err)
		}
	})
}

func TestTokensAreUniqueInATightFormat(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.set.FloatingToken = mustFormat(t, "t{HEX:1}")
		lic := h.license(entity.Floating, nil)
		for i := range 16 {
			h.mustRequest(lic, fmt.Sprint(i))
		}
		_, err := h.request(lic, "one more")
		if !fault.IsKind(err, fault.Conflict) {
			t.Fatalf("all tokens used: %v", err)
		}
		h.agree(lic, 16)
	})
}

func TestSweepRemovesLapsedLeases(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		one, many := h.license(entity.Floating, nil), h.license(entity.Floating, nil)
		h.mustRequest(one, "a")
		for i := range 7 {
			h.mustRequest(many, fmt.Sprint(i))
		}
		h.clock.Advance(lease / 2)
		h.mustRequest(many, "3")
		h.clock.Advance(lease / 2)
		n, err := h.Sweep(t.Context())
		if err != nil || n != 7 {
			t.Fatalf("swept %d, %v; want 7", n, err)
		}
		h.agree(one, 0)
		h.agree(many, 1)
	})
}

// When more rows have lapsed than the lowered limit allows, the old holder gets
// its own row back and the others are reaped around it.
func TestLapsedIdentityOverTheLimit(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		lic := h.license(entity.Floating, sites(3))
		old := h.mustRequest(lic, "a")
		h.mustRequest(lic, "b")
		h.mustRequest(lic, "c")
		h.clock.Advance(lease)
		h.change(lic, func(l *entity.License) { l.MaxAllowedSites = sites(1) })
		if g := h.mustRequest(lic, "a"); g.Active != 1 || g.Token == old.Token {
			t.Fatalf("after the lapse: %+v", g)
		}
		h.agree(lic, 1)
		_, err := h.request(lic, "b")
		wantFault(t, err, fault.NoSeatAvailable)
	})
}
