package hostid_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/hostid"
)

func TestMatchRate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ matched, total, want int }{
		{1, 2, 50}, {1, 3, 33}, {2, 3, 66}, {1, 4, 25}, {2, 4, 50}, {3, 4, 75}, // published
		{0, 4, 0}, {4, 4, 100}, {199, 200, 99}, {0, 0, 100}, {3, 0, 100}, {-1, 4, 0}, {5, 4, 100}, {0, -1, 100},
	} {
		if got := hostid.MatchRate(c.matched, c.total); got != c.want {
			t.Errorf("%d of %d is %d, want %d", c.matched, c.total, got, c.want)
		}
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	three := "ETHERNET=482c6a1e593d,USERNAME=ada,IPADDRESS=::1"
	for _, c := range []struct {
		licensed, present string
		rate              int
		want              bool
	}{
		{three, "ethernet=48-2C-6A-1E-59-3D,IP Address=0::1,username=ADA,BIOS=1", 100, true},
		{three, "ETHERNET=482c6a1e593d,USERNAME=ada", 66, true},
		{three, "ETHERNET=482c6a1e593d,USERNAME=ada,USERNAME=Ada", 67, false},
		{three, "ETHERNET=482c6a1e593d,CUSTOM=ada", 34, false},
		{three, "", 0, true}, {three, "", 1, false},
		{"", "", 100, true}, {"", "BIOS=1", 100, true},
	} {
		if got := hostid.Matches(parsed(t, c.licensed), parsed(t, c.present), c.rate); got != c.want {
			t.Errorf("%s on %s at %d: %v", c.licensed, c.present, c.rate, got)
		}
	}
}

func TestMoreHostIDsNeverMatchLess(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		licensed, present, more := set(t, "licensed"), set(t, "present"), set(t, "more")
		rate := rapid.IntRange(0, 100).Draw(t, "rate")
		match := hostid.Matches(licensed, present, rate)
		if match && !hostid.Matches(licensed, append(present, more...), rate) || match != hostid.Matches(shuffled(t, licensed), shuffled(t, present), rate) {
			t.Fatalf("%v on %v at %d: %v, and not with %v", licensed, present, rate, match, more)
		}
		if !hostid.Matches(licensed, licensed, 100) {
			t.Fatalf("%v does not match itself", licensed)
		}
	})
}

func TestARepeatedHostIDWeighsNoMore(t *testing.T) {
	t.Parallel()
	a, b := parsed(t, "CUSTOM=a")[0], parsed(t, "CUSTOM=b")[0]
	licensed := []hostid.HostID{a, a, b, a}
	if n := hostid.Matched(licensed, []hostid.HostID{a, a}); n != 1 {
		t.Errorf("%d match, want 1", n)
	}
	if hostid.Matches(licensed, []hostid.HostID{a}, 51) || !hostid.Matches(licensed, []hostid.HostID{b}, 50) {
		t.Error("each of two is not one half")
	}
}
