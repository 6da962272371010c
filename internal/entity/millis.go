package entity

import (
	"database/sql/driver"
	"strconv"
)

// Millis is a Time that shows as whole milliseconds since 1970 UTC. The books
// keep microseconds.
type Millis struct{ Time }

// MarshalJSON writes a number, or null.
func (m Millis) MarshalJSON() ([]byte, error) {
	if m.IsZero() {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, m.Std().UnixMilli(), 10), nil
}

// Value stores microseconds since 1970 UTC, or NULL.
func (m Millis) Value() (driver.Value, error) { return m.Time.Value() }

// Scan reads what Value stored.
func (m *Millis) Scan(src any) error { return m.Time.Scan(src) }
