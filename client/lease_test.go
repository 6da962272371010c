package client

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestLeaseOf(t *testing.T) {
	t.Parallel()
	asked := time.Now()
	server := asked.Add(1000 * time.Hour).UTC() // its clock is another
	tests := []struct {
		name             string
		said             term
		length, wantBeat time.Duration // length 0: without end
	}{
		{"as usual", term{15 * time.Minute, server, server.Add(15 * time.Minute), 5 * time.Minute}, 15 * time.Minute, 5 * time.Minute},
		{"Date ahead", term{15 * time.Minute, server.Add(time.Hour), server.Add(15 * time.Minute), 5 * time.Minute}, 15 * time.Minute, 5 * time.Minute},
		{"Date behind", term{15 * time.Minute, server.Add(-time.Hour), server.Add(15 * time.Minute), 5 * time.Minute}, 15 * time.Minute, 5 * time.Minute},
		{"about to end", term{time.Second, server, server.Add(time.Second), 5 * time.Minute}, time.Second, time.Second},
		{"a lease and no interval", term{15 * time.Minute, server, server.Add(15 * time.Minute), 0}, 15 * time.Minute, 5 * time.Minute},
		{"no lease", term{0, server, server.Add(15*time.Minute + time.Second), 5 * time.Minute}, 15 * time.Minute, 5 * time.Minute},
		{"no end", term{0, server, time.Time{}, 5 * time.Minute}, 0, 5 * time.Minute},
		{"neither", term{0, server, time.Time{}, 0}, 0, fallbackInterval},
		{"no interval", term{0, server, server.Add(15*time.Minute + time.Second), 0}, 15 * time.Minute, 5 * time.Minute},
		{"no Date", term{0, time.Time{}, asked.Add(15 * time.Minute), 5 * time.Minute}, 15 * time.Minute, 5 * time.Minute},
		{"the license ends soon", term{0, server, server.Add(2*time.Minute + time.Second), 5 * time.Minute}, 2 * time.Minute, 2 * time.Minute},
		{"over already, says the clock", term{0, server, server.Add(-time.Hour), 5 * time.Minute}, 30 * time.Second, 30 * time.Second},
		{"hasty", term{time.Hour, server, server.Add(time.Hour), 1}, time.Hour, minInterval},
	}
	for _, tt := range tests {
		l := leaseOf(asked, tt.said)
		left, ends := l.left(asked)
		if ends != (tt.length > 0) || ends && left != tt.length || l.interval != tt.wantBeat {
			t.Errorf("%s: %v left (%t), beats every %v; want %v, %v", tt.name, left, ends, l.interval, tt.length, tt.wantBeat)
		}
	}
}

// Whatever a server says, heartbeats are paced and end with the lease.
func TestLeasePacing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		duration := func(name string) time.Duration {
			return time.Duration(rapid.Int64Range(-1e15, 1e18).Draw(t, name))
		}
		asked := time.Unix(1700000000, 0)
		l := leaseOf(asked, term{max(0, duration("lease")), asked.Add(duration("skew")), asked.Add(duration("expires")), duration("interval")})
		left, ends := l.left(asked)
		if l.interval < minInterval || ends && left < l.interval {
			t.Fatalf("beats every %v of a lease of %v", l.interval, left)
		}
		if d := l.nextBeat(asked); d > l.interval || d < l.interval/5*4-1 {
			t.Fatalf("heartbeat after %v of %v", d, l.interval)
		}
		failures := rapid.IntRange(1, 1000).Draw(t, "failures")
		err := &Error{RetryAfter: max(0, duration("retryAfter"))}
		if d := l.nextTry(asked, failures, err); d < min(minInterval, left) && ends || ends && d > left {
			t.Fatalf("try after %v with %v left", d, left)
		}
	})
}

func TestJitterStaysBelow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		base := time.Duration(rapid.Int64Range(1, 1e12).Draw(t, "base"))
		limit := base + time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "more"))
		attempt := rapid.IntRange(1, 1000).Draw(t, "attempt")
		d := jitter(base, limit, attempt)
		if d < 0 || d > limit || attempt == 1 && d > base {
			t.Fatalf("jitter(%v, %v, %d) = %v", base, limit, attempt, d)
		}
	})
}
