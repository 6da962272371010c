package client

import (
	"math/rand/v2"
	"time"
)

// Bounds on what a server may make us do.
const (
	minInterval      = 100 * time.Millisecond // no busy loop
	fallbackInterval = 5 * time.Minute        // neither interval nor end given
)

// lease is how long a seat is ours without another word from the server.
//
// It is a length, counted by the monotonic clock from before the call was sent:
// stepping this machine's clock neither ends a lease nor prolongs it, and a slow
// answer cannot either. The server says the length in X-Licet-Lease.
//
// From a server that does not, there is an absolute end by a clock which need
// not agree with ours. It becomes a length against the Date header of the same
// answer (without one, against our clock). That is a guess: Date is in whole
// seconds, and comes from another clock of the server than the end does.
type lease struct {
	end      time.Time     // carries the monotonic clock; zero: none
	interval time.Duration // between heartbeats, at most
}

// term is what an answer says of a seat's time. Members that it leaves out are
// zero.
type term struct {
	lease      time.Duration
	serverTime time.Time
	expiresAt  time.Time
	interval   time.Duration
}

func (g *Grant) term() term { return term{g.Lease, g.ServerTime, g.ExpiresAt, g.HeartbeatInterval} }

func (b *Beat) term() term { return term{b.Lease, b.ServerTime, b.ExpiresAt, b.HeartbeatInterval} }

// byClocks is the length where the server does not say it.
func (t term) byClocks(asked time.Time) time.Duration {
	if t.serverTime.IsZero() {
		return t.expiresAt.Sub(asked.Round(0))
	}
	return t.expiresAt.Sub(t.serverTime.Add(time.Second)) // Date may be that much earlier than the answer
}

// leaseOf reads an answer to a call sent at asked, which must carry the
// monotonic clock.
//
// A length under the interval means that the license itself ends soon, or, where
// clocks were compared, that they do not agree. Both are answered by asking
// earlier; for clocks up to ten times as often, and the lease is not taken for
// over before that.
func leaseOf(asked time.Time, said term) lease {
	interval := said.interval
	if said.lease == 0 && said.expiresAt.IsZero() {
		if interval <= 0 {
			interval = fallbackInterval
		}
		return lease{interval: max(interval, minInterval)}
	}
	length := said.lease
	if length == 0 {
		length = said.byClocks(asked)
	}
	switch {
	case interval <= 0 && length > 0:
		interval = length / 3
	case interval <= 0:
		interval = fallbackInterval
	case length < interval && said.lease > 0:
		interval = length
	case length < interval:
		interval = max(length, interval/10)
	}
	interval = max(interval, minInterval)
	return lease{end: asked.Add(max(length, interval)), interval: interval}
}

// left is the time to the end; false when there is none.
func (l lease) left(now time.Time) (time.Duration, bool) {
	if l.end.IsZero() {
		return 0, false
	}
	return l.end.Sub(now), true
}

func (l lease) over(now time.Time) bool {
	left, ends := l.left(now)
	return ends && left <= 0
}

// nextBeat is when to send the next heartbeat: between 0.8 and 1.0 of the
// interval, so that copies started together drift apart, and not after the end.
func (l lease) nextBeat(now time.Time) time.Duration {
	d := l.interval - time.Duration(rand.Int64N(int64(l.interval)/5+1))
	return l.capped(now, d)
}

// nextTry is when to try again after so many failures in a row: soon at first,
// later several times an interval, so that an outage that ends before the lease
// does is noticed in time; not before the server's Retry-After, and not after
// the end.
func (l lease) nextTry(now time.Time, failures int, err error) time.Duration {
	limit := max(l.interval/5, minInterval)
	d := minInterval + jitter(min(time.Second, limit), limit, failures)
	return l.capped(now, max(d, retryAfter(err)))
}

func (l lease) capped(now time.Time, d time.Duration) time.Duration {
	if left, ends := l.left(now); ends {
		return min(d, max(left, 0))
	}
	return d
}
