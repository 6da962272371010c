package order

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/hostid"
	"github.com/licet/licet/internal/seat"
)

// ident is which machine an end user speaks of, by the rules of an order.
type ident struct {
	digest  string // the machine id in the books, of what the rules keep; "" where they keep too little
	sent    string // the digest of all that was sent: finds an activation that was made by earlier rules
	hostids string // the canonical text of what is kept
	missing error  // what the rules want more
	machine string // the machine id that an application sent, as it is; "" at /rest
	client  string // and its client id, which tells nothing apart
}

// identOf is the machine that has the HostIDs.
func identOf(o *entity.LicenseOrder, sent []hostid.HostID) ident {
	id := ident{sent: hostid.Digest(sent)}
	kept, err := hostid.Select(Rules(o.HostIDs), int(o.MinHostIDs), sent)
	if err != nil {
		id.missing = err
		return id
	}
	id.digest, id.hostids = hostid.Digest(kept), hostid.Text(kept)
	return id
}

// identOfMachine is the machine that an application names: by HostIDs, or by a
// name of its own, which satisfies the rules whatever they are. No name is the
// text of HostIDs, so their digests never meet.
func identOfMachine(o *entity.LicenseOrder, c seat.Client) (ident, error) {
	sent, listed, err := hostid.ParseMachineID("machineId", c.MachineID)
	if err != nil {
		return ident{}, err
	}
	var id ident
	if listed {
		id = identOf(o, sent)
	} else {
		sum := sha256.Sum256([]byte(c.MachineID))
		id.digest = hex.EncodeToString(sum[:])
		id.sent = id.digest
	}
	id.machine, id.client = c.MachineID, c.ClientID
	return id, nil
}

// text is the machine for people.
func (id ident) text() string {
	if id.machine != "" {
		return id.machine
	}
	return id.hostids
}
