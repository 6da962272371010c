package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// instant is a time on the wire: {"seconds","nanos"} since 1970 UTC, or null.
type instant struct{ time.Time }

// The first and last second that a four-digit year can write: years 1 and 9999.
const (
	firstInstant = -62135596800
	lastInstant  = 253402300799
)

type pair struct {
	Seconds int64 `json:"seconds"`
	Nanos   int64 `json:"nanos"`
}

// UnmarshalJSON reads the pair; null is the zero time.
func (t *instant) UnmarshalJSON(b []byte) error {
	t.Time = time.Time{}
	if string(b) == "null" {
		return nil
	}
	var p pair
	if err := json.Unmarshal(b, &p); err != nil {
		return fmt.Errorf("read a time: %w", err)
	}
	if p.Seconds < firstInstant || p.Seconds > lastInstant || p.Nanos < 0 || p.Nanos >= 1e9 {
		return fmt.Errorf("a time of %d s %d ns is out of range", p.Seconds, p.Nanos)
	}
	t.Time = time.Unix(p.Seconds, p.Nanos).UTC()
	return nil
}

// span is a duration on the wire: {"seconds","nanos"}, never negative, or null.
type span time.Duration

// UnmarshalJSON reads the pair; null is 0.
func (d *span) UnmarshalJSON(b []byte) error {
	*d = 0
	if string(b) == "null" {
		return nil
	}
	var p pair
	if err := json.Unmarshal(b, &p); err != nil {
		return fmt.Errorf("read a duration: %w", err)
	}
	const limit = math.MaxInt64/int64(time.Second) - 1
	if p.Seconds < 0 || p.Seconds > limit || p.Nanos < 0 || p.Nanos >= 1e9 {
		return fmt.Errorf("a duration of %d s %d ns is out of range", p.Seconds, p.Nanos)
	}
	*d = span(time.Duration(p.Seconds)*time.Second + time.Duration(p.Nanos))
	return nil
}

// octets are bytes as an array of numbers, which is how documents travel.
type octets []byte

// UnmarshalJSON reads the array; null is nil.
func (o *octets) UnmarshalJSON(b []byte) error {
	*o = nil
	if string(b) == "null" {
		return nil
	}
	if !bytes.HasPrefix(b, []byte("[")) {
		return errors.New("a license document must be an array of numbers")
	}
	var wide []uint16 // uint8 would make encoding/json expect base64
	if err := json.Unmarshal(b, &wide); err != nil {
		return fmt.Errorf("read a license document: %w", err)
	}
	narrow := make([]byte, len(wide))
	for i, n := range wide {
		if n > math.MaxUint8 {
			return fmt.Errorf("a license document holds %d, which is no byte", n)
		}
		narrow[i] = byte(n)
	}
	*o = narrow
	return nil
}

// headerSeconds reads Retry-After as seconds or as a date; 0 when it is neither.
func headerSeconds(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if n, err := strconv.ParseUint(value, 10, 32); err == nil {
		return seconds(float64(n))
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}

// headerLease reads X-Licet-Lease; 0 when it is absent or no length of time.
func headerLease(h http.Header) time.Duration {
	n, err := strconv.ParseFloat(h.Get(headerOfLease), 64)
	if err != nil || !(n > 0) || math.IsInf(n, 0) { // NaN is not above 0 either
		return 0
	}
	return seconds(n)
}

// seconds is a number from the wire as a duration, bounded so that an absurd
// one cannot overflow.
func seconds(n float64) time.Duration {
	return time.Duration(min(n, float64(math.MaxInt32)) * float64(time.Second))
}
