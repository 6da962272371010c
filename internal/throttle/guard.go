package throttle

import (
	"net/netip"

	"github.com/licet/licet/internal/fault"
)

// Guard runs a look-up by key unless the address has guessed too often, which is
// a Throttled fault. A guess is a look-up that fails with miss.
func (t *Throttle) Guard(address string, miss fault.Code, lookUp func() error) error {
	from := source(address)
	if wait, ok := t.Allow(from); !ok {
		f := fault.New(fault.Throttled, "too many unknown keys from this address")
		f.Retry = wait
		return f
	}
	err := lookUp()
	if fault.Is(err, miss) {
		t.Fail(from)
	}
	return err
}

// source is whose guesses count together: an IPv6 network of 64 bits is one
// customer's, who could otherwise guess from a fresh address each time.
func source(address string) string {
	addr, err := netip.ParseAddr(address)
	if err != nil || !addr.Is6() {
		return address
	}
	network, err := addr.Prefix(64)
	if err != nil {
		return address
	}
	return network.String()
}
