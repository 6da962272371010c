package bench

import (
	"fmt"
	"slices"
	"time"

	"github.com/licet/licet/internal/store"
)

// Options say what is measured, and for how long.
type Options struct {
	Licet []string // command that starts a server, to which flags are added
	Bare  []string // command that starts the bare handler, to which sizes are added

	Engines []store.Engine
	Clients []int         // closed loops at once
	Rounds  int           // medians are taken over them
	Phase   time.Duration // how long each phase lasts
	Seats   []int         // seats held on the licenses for claims at a size
	Holders int           // seats that send heartbeats and are validated
	Server  []string      // more flags for the server
	Dir     string        // where the books are; empty: a temporary folder
}

// sizeClients is how many clients claim at a size: the level of the aims.
const sizeClients = 64

// Validate refuses what cannot be measured.
func (o Options) Validate() error {
	switch {
	case len(o.Engines) == 0 || len(o.Clients) == 0:
		return fmt.Errorf("name at least one engine and one number of clients")
	case slices.Min(o.Clients) < 1 || slices.Max(o.Clients) > 4096:
		return fmt.Errorf("clients are 1 to 4096")
	case o.Rounds < 1 || o.Phase < 10*time.Millisecond:
		return fmt.Errorf("at least one round, and phases of 10ms or more")
	case o.Holders < 1 || len(o.Seats) > 0 && (slices.Min(o.Seats) < 1 || slices.Max(o.Seats) > maxSeats):
		return fmt.Errorf("seats are 1 to %d", maxSeats)
	}
	return nil
}

// maxSeats keeps the digits of a filled seat within their template.
const maxSeats = 100_000_000
