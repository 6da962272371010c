// Package hostid knows what ties a license to a machine: the types of HostID,
// their values, and what an order asks of them. It is pure: no clock, no I/O.
//
//	a path segment, a machine id ─> Parse ─> []HostID ─┐
//	[]Rule ─> CheckRules ──────────────────────────────┴─> Select ─> the kept set
//	the kept set ─> Text (frozen in the books), Digest (the machine's id),
//	                Format (a path segment), Matches (at use)
//
// A HostID is in its one form from the moment that it is made: letters in lower
// case, an Ethernet address as twelve digits, an IP address as RFC 5952 writes
// it. So two that mean the same are equal, and a list of them has one canonical
// text: sorted by type and value, each once, TYPE=value joined by commas. No
// value holds a comma, so the text says one thing only.
//
// # Not Locked
//
// Not Locked (Any, of the other generators) is a type that ties to nothing. An
// order whose rule it is demands no HostID. What the caller sends is still kept,
// of any type and up to the rule's max: it tells the machines of the order's
// activations apart, one slot each, though the license names none of them.
//
// It must never let a spelling, an order or a repetition make two machines of
// one, nor keep more than a rule's max.
package hostid
