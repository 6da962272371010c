package entity

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/licet/licet/internal/fault"
)

// Sent is a T as a caller sent it, with the names of the members that were
// there: absent is not zero (mode 0 is File, format 0 XML, sites 0 none).
type Sent[T any] struct {
	Value   T
	Members Members
}

// Members is a set of member names, held as Fold makes them because names on
// the wire are case-insensitive. A member sent as null counts as absent.
type Members map[string]bool

// Has says whether the member was sent with a value other than null.
func (m Members) Has(name string) bool { return m[Fold(name)] }

// maxNames is more members than any entity has: what is beyond are a caller's
// inventions, which must not fill the audit.
const maxNames = 64

// Names lists the members in alphabetical order, at most maxNames of them.
func (m Members) Names() []string {
	names := slices.Sorted(maps.Keys(m))
	return names[:min(len(names), maxNames)]
}

// UnmarshalJSON decodes the value and notes its members.
func (s *Sent[T]) UnmarshalJSON(b []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return fmt.Errorf("expected an object")
	}
	s.Members = make(Members, len(raw))
	for name, value := range raw {
		if string(value) != "null" {
			s.Members[Fold(name)] = true
		}
	}
	return json.Unmarshal(b, &s.Value)
}

// OrNone takes an id of 0 for none: ids begin at 1, and clients of the published
// API send 0 for a reference that is not set.
func OrNone(id *int64) *int64 {
	if id != nil && *id == 0 {
		return nil
	}
	return id
}

// RefuseStale refuses an update made from an older state than the stored one:
// the caller sent the updatedAt that they had read, and somebody was faster. One
// that was not sent is not judged.
func RefuseStale(sent, stored Time) error {
	if sent.IsZero() || sent.Equal(stored) {
		return nil
	}
	return &fault.Error{Kind: fault.Conflict, Field: "updatedAt", Message: "is not that of the stored state: it was changed meanwhile; read it again"}
}

// JSONSchemaAlias is a T: on the wire the wrapper does not show.
func (Sent[T]) JSONSchemaAlias() any {
	var v T
	return v
}
