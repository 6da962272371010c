package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// Retry says how outages are tried again: after a random time between nothing
// and Base doubled per attempt, at most Max. Where the server asks for a wait
// (Retry-After), that comes first; if it asks for more than Max, the call fails
// at once and the error says how long.
type Retry struct {
	Attempts int // in all; 1: no retries
	Base     time.Duration
	Max      time.Duration
}

// DefaultRetry is what a Client does unless told otherwise.
func DefaultRetry() Retry {
	return Retry{Attempts: 4, Base: 200 * time.Millisecond, Max: 5 * time.Second}
}

func (r Retry) validate() error {
	if r.Attempts < 1 {
		return fmt.Errorf("%d attempts are too few", r.Attempts)
	}
	if r.Attempts > 1 && (r.Base <= 0 || r.Max < r.Base) {
		return fmt.Errorf("retries need 0 < Base <= Max, not %v and %v", r.Base, r.Max)
	}
	return nil
}

// wait is how long to pause after the given failed attempt (1 is the first);
// false when there is to be no other.
func (r Retry) wait(attempt int, err error) (time.Duration, bool) {
	if attempt >= r.Attempts || !IsOutage(err) {
		return 0, false
	}
	asked := retryAfter(err)
	if asked > r.Max {
		return 0, false
	}
	return asked + jitter(r.Base, r.Max, attempt), true
}

// jitter is random below base doubled per attempt, and below limit.
func jitter(base, limit time.Duration, attempt int) time.Duration {
	top := base
	for i := 1; i < attempt && top < limit; i++ {
		top *= 2
	}
	return time.Duration(rand.Int64N(int64(min(top, limit)) + 1))
}

func retryAfter(err error) time.Duration {
	var e *Error
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}

// pause waits, unless the context ends before the wait would: then it reports
// at once that there is no use in waiting.
func pause(ctx context.Context, d time.Duration) error {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= d {
		return context.DeadlineExceeded
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
