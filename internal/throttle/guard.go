package throttle

import "github.com/licet/licet/internal/fault"

// Guard runs a look-up by key unless the network has guessed too often, which is
// a Throttled fault. A guess is a look-up that fails with miss.
func (t *Throttle) Guard(network string, miss fault.Code, lookUp func() error) error {
	if wait, ok := t.Allow(network); !ok {
		f := fault.New(fault.Throttled, "too many unknown keys from this address")
		f.Retry = wait
		return f
	}
	err := lookUp()
	if fault.Is(err, miss) {
		t.Fail(network)
	}
	return err
}
