package throttle

import (
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/licet/licet/internal/clock"
)

// Limits say how many failures a key may have.
type Limits struct {
	Burst int           // failures at once; at least 1
	Every time.Duration // one more is forgiven after each; more than 0
	Keys  int           // failing keys remembered, about; at least 2
}

// Throttle counts failures by key. It is safe for concurrent use. Make it with
// New.
type Throttle struct {
	limits Limits
	clock  clock.Clock

	mu sync.Mutex
	// Buckets age in two generations. A bucket that has not failed during the
	// whole life of the young one is dropped with the old one: it is full
	// again, or more keys fail than are remembered.
	young, old map[string]*rate.Limiter
	since      time.Time // when young was begun
}

// rounding is how much of a try may be missing because tokens are floats: who
// waits as long as told is let in.
const rounding = 1e-6

// New makes a throttle that counts lease time, which no step of the wall clock
// can hold up. Limits below what their fields allow are raised to it.
func New(c clock.Clock, limits Limits) *Throttle {
	limits.Burst = max(limits.Burst, 1)
	limits.Every = max(limits.Every, time.Microsecond)
	limits.Keys = max(limits.Keys, 2)
	return &Throttle{limits: limits, clock: c, young: make(map[string]*rate.Limiter), since: c.Read().Lease}
}

// Allow says whether key may try now and, if not, how long it must wait. It
// takes nothing: tries that succeed are free.
func (t *Throttle) Allow(key string) (retryAfter time.Duration, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	bucket := t.find(key)
	if bucket == nil {
		return 0, true
	}
	missing := 1 - bucket.TokensAt(t.clock.Read().Lease)
	if missing <= rounding {
		return 0, true
	}
	return time.Duration(math.Ceil(missing * float64(t.limits.Every))), false
}

// Fail counts a failed try of key. Failures of tries that were allowed side by
// side are all counted, down to one burst of debt, so that guessing in parallel
// gains nothing.
func (t *Throttle) Fail(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock.Read().Lease
	t.age(now)
	bucket := t.find(key)
	if bucket == nil {
		bucket = rate.NewLimiter(rate.Every(t.limits.Every), t.limits.Burst)
	}
	delete(t.old, key)
	t.young[key] = bucket
	if bucket.TokensAt(now)-1 >= -float64(t.limits.Burst) {
		bucket.ReserveN(now, 1)
	}
}

func (t *Throttle) find(key string) *rate.Limiter {
	if bucket, ok := t.young[key]; ok {
		return bucket
	}
	return t.old[key]
}

// age begins a new generation when the young one holds its share of keys, or
// has lived so long that every bucket of the old one must be full.
func (t *Throttle) age(now time.Time) {
	refill := 2 * time.Duration(t.limits.Burst) * t.limits.Every
	if len(t.young) < t.limits.Keys/2 && now.Sub(t.since) < refill {
		return
	}
	t.old, t.young, t.since = t.young, make(map[string]*rate.Limiter), now
}
