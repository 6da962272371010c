package instance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
)

// Epoch is a moment as a caller sent it, in milliseconds since 1970 UTC. Null is
// sent too: it is no moment.
type Epoch struct {
	Sent bool
	At   entity.Time
}

// UnmarshalJSON reads a whole number or null.
func (e *Epoch) UnmarshalJSON(b []byte) error {
	*e = Epoch{Sent: true}
	if bytes.Equal(b, []byte("null")) {
		return nil
	}
	var ms int64
	if err := json.Unmarshal(b, &ms); err != nil {
		return fmt.Errorf("expected milliseconds since 1970 UTC, a whole number, got %.40s", b)
	}
	const most = 253_402_300_799_999 // the end of year 9999
	if ms < 0 || ms > most {
		return errors.New("must be from 0 to " + strconv.Itoa(most) + ", milliseconds since 1970 UTC")
	}
	e.At = entity.TimeOfMicros(ms * 1000)
	return nil
}

// put sets a member where it was sent.
func put[T any](into *T, sent *T) {
	if sent != nil {
		*into = *sent
	}
}

// need refuses a new row without a member; names and values in pairs.
func need(isNew bool, members ...member) error {
	for _, m := range members {
		if isNew && !m.sent {
			return fault.Bad(m.name, "is missing")
		}
	}
	return nil
}

// member is a member of a body, and whether it was sent.
type member struct {
	name string
	sent bool
}

// fixed sets what a new row has for ever: later it may be sent as it is, and
// nothing else.
func fixed(into *int64, sent *int64, name string, isNew bool) error {
	switch {
	case sent == nil || *sent == *into:
	case !isNew:
		return fault.Bad(name, "cannot be changed")
	default:
		*into = *sent
	}
	return nil
}

func item(list string, i int, member string) string { return fmt.Sprintf("%s[%d].%s", list, i, member) }
