package document

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/licet/licet/internal/hostid"
)

// What Check finds wrong with a document whose signature holds.
var (
	ErrRevokedKey   = errors.New("license document signed by a revoked key")
	ErrExpired      = errors.New("expired license document")
	ErrWrongMachine = errors.New("license document that is not for this machine")
)

// Use is what a document shall be good for. What is left out is not asked.
type Use struct {
	At time.Time
	// MachineID is compared as it is; where a license order names HostIDs, it
	// lists those of the machine: TYPE=value,TYPE=value.
	MachineID string
	Revoked   []string // ids of keys that are no longer believed
}

// Check judges a document by what it states. A document that is tied to no
// machine is for none: otherwise the license's own document, which has no
// machine, would do on every one.
func (v *Verified) Check(u Use) error {
	if slices.Contains(u.Revoked, v.KeyID) {
		return fmt.Errorf("%w: key %s", ErrRevokedKey, v.KeyID)
	}
	if !u.At.IsZero() && v.Content.ExpireDate.Reached(u.At) {
		return fmt.Errorf("%w: it ended at %s", ErrExpired, v.Content.ExpireDate)
	}
	if u.MachineID == "" {
		return nil
	}
	if v.Order != nil && len(v.Order.HostIDs) > 0 {
		return v.Order.checkHostIDs(u.MachineID)
	}
	machines := v.Content.Machines()
	switch {
	case len(machines) == 0:
		return fmt.Errorf("%w: it is tied to no machine", ErrWrongMachine)
	case !slices.Contains(machines, u.MachineID):
		return fmt.Errorf("%w: it is for %s", ErrWrongMachine, strings.Join(machines, ", "))
	}
	return nil
}

// checkHostIDs wants as many of the HostIDs as the match rate says.
func (o *Order) checkHostIDs(machineID string) error {
	present, _, err := hostid.ParseMachineID("", machineID)
	if err != nil {
		return fmt.Errorf("%w: %v", ErrWrongMachine, err)
	}
	if hostid.Matches(o.HostIDs, present, o.MatchRate) {
		return nil
	}
	return fmt.Errorf("%w: it is for %s, of which %d %% must match and %d of %d do", ErrWrongMachine,
		hostid.Text(o.HostIDs), o.MatchRate, hostid.Matched(o.HostIDs, present), len(hostid.Canonical(o.HostIDs)))
}

// Machines are the ids of the machines that the document is tied to; any one of
// them will do.
func (c *Content) Machines() []string {
	var ids []string
	for _, r := range c.Restrictions {
		if id := r.Properties[hardwareKey]; r.Name == hardwareRestriction && id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}
