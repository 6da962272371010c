package clock

import (
	"sync"
	"time"
)

// Reading is one look at the clock, taken once for a request.
type Reading struct {
	Lease time.Time // counts leases; never steps
	Wall  time.Time // judges license dates; steps with the machine's clock
}

// Clock tells the time.
type Clock interface {
	Read() Reading
}

// System is the machine's clock. Make it with NewSystem.
type System struct{ start time.Time }

// NewSystem starts the lease time at the wall clock's present value.
func NewSystem() *System { return &System{start: time.Now()} }

// Read looks at the machine's clock.
func (s *System) Read() Reading {
	now := time.Now()
	return Reading{
		// Both operands carry the monotonic clock, so Sub is free of wall steps.
		Lease: s.start.Round(0).Add(now.Sub(s.start)).UTC().Truncate(time.Microsecond),
		Wall:  now.Round(0).UTC().Truncate(time.Microsecond),
	}
}

// Fake is a clock that moves only when told. Make it with NewFake.
type Fake struct {
	mu  sync.Mutex
	now Reading
}

// NewFake stands still at t.
func NewFake(t time.Time) *Fake {
	t = t.UTC().Truncate(time.Microsecond)
	return &Fake{now: Reading{Lease: t, Wall: t}}
}

// Read returns where the clock stands.
func (f *Fake) Read() Reading {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// Advance lets d pass, on both times.
func (f *Fake) Advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = Reading{Lease: f.now.Lease.Add(d), Wall: f.now.Wall.Add(d)}
}

// Step moves the wall clock alone, as an administrator or NTP would.
func (f *Fake) Step(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now.Wall = f.now.Wall.Add(d)
}
