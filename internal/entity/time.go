package entity

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Time is a moment in UTC with microsecond precision, or none. The zero value
// is "none": null in JSON, NULL in the books. Year 1 on the wire is "none" too,
// because the clients of the published APIs send it for an unset date.
type Time struct{ t time.Time }

// TimeOf rounds t down to microseconds, the precision of the books.
func TimeOf(t time.Time) Time {
	if t.IsZero() {
		return Time{}
	}
	return Time{t.UTC().Truncate(time.Microsecond)}
}

// TimeOfMicros is the moment µs microseconds after 1970-01-01 UTC.
func TimeOfMicros(µs int64) Time { return Time{time.UnixMicro(µs).UTC()} }

// Std returns the moment as a time.Time in UTC; zero when there is none.
func (t Time) Std() time.Time { return t.t }

// IsZero says whether there is no moment.
func (t Time) IsZero() bool { return t.t.IsZero() }

// Micros is the moment in microseconds since 1970 UTC; 0 when there is none.
func (t Time) Micros() int64 {
	if t.t.IsZero() {
		return 0
	}
	return t.t.UnixMicro()
}

// Reached says whether the moment exists and is not after now.
func (t Time) Reached(now time.Time) bool { return !t.IsZero() && !t.t.After(now) }

// Next is when a change is made that follows one made at t: now, or just after t
// where the clock has not moved on. Two states never have one time.
func (t Time) Next(now time.Time) Time {
	if next := TimeOf(now); next.t.After(t.t) {
		return next
	}
	return TimeOf(t.t.Add(time.Microsecond))
}

// Equal compares moments; two absent moments are equal.
func (t Time) Equal(u Time) bool { return t.t.Equal(u.t) }

// String is RFC 3339 in UTC, or "" when there is none.
func (t Time) String() string {
	if t.IsZero() {
		return ""
	}
	return t.t.Format(time.RFC3339Nano)
}

// MarshalJSON writes RFC 3339 in UTC, or null.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + t.String() + `"`), nil
}

// UnmarshalJSON reads RFC 3339 with or without a zone (without: UTC), a bare
// date, null, the empty string and year 1 (all three: none).
func (t *Time) UnmarshalJSON(b []byte) error {
	if bytes.Equal(b, []byte("null")) {
		*t = Time{}
		return nil
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("a date is a string such as 2026-01-31T12:00:00Z")
	}
	parsed, err := ParseTime(s)
	if err != nil {
		return err
	}
	*t = parsed
	return nil
}

// ParseTime reads what UnmarshalJSON reads, without the quotes.
func ParseTime(s string) (Time, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return Time{}, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02"} {
		parsed, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		if parsed = parsed.UTC(); parsed.Year() <= 1 {
			return Time{}, nil
		}
		if parsed.Year() > 9999 {
			break
		}
		return TimeOf(parsed), nil
	}
	return Time{}, fmt.Errorf("%.40q is not a date such as 2026-01-31T12:00:00Z", s)
}

// Value stores microseconds since 1970 UTC, or NULL.
func (t Time) Value() (driver.Value, error) {
	if t.IsZero() {
		return nil, nil
	}
	return t.t.UnixMicro(), nil
}

// Scan reads what Value stored.
func (t *Time) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*t = Time{}
	case int64:
		*t = TimeOfMicros(v)
	default:
		return fmt.Errorf("scan a time from %T", src)
	}
	return nil
}
