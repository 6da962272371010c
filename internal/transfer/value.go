package transfer

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Values have one form here, whatever the engine: nil, string, int64 (also for
// moments), float64, bool, []byte.

// plain gives what a driver has read that form.
func (c *column) plain(v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case int64:
		if c.kind == truth { // SQLite's
			return v != 0, nil
		}
		if c.kind == number || c.kind == moment {
			return v, nil
		}
	case float64:
		if c.kind == real {
			return v, nil
		}
	case bool:
		if c.kind == truth {
			return v, nil
		}
	case string:
		if c.kind == text {
			return v, nil
		}
	case []byte:
		if c.kind == blob || c.kind == sealed {
			return bytes.Clone(v), nil
		}
	}
	return nil, fmt.Errorf("%s: the books hold a %T there", c.name, v)
}

// momentForm shows microseconds always, so that moments sort as text.
const momentForm = "2006-01-02T15:04:05.000000Z"

// append writes a value as JSON. A moment beyond year 9999 is a number.
func (c *column) append(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case int64:
		if t := time.UnixMicro(v).UTC(); c.kind == moment && t.Year() > 0 && t.Year() <= 9999 {
			return t.AppendFormat(b, `"`+momentForm+`"`), nil
		}
		return strconv.AppendInt(b, v, 10), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%s: %g has no form in JSON", c.name, v)
		}
		return strconv.AppendFloat(b, v, 'g', -1, 64), nil
	case []byte:
		b = append(b, '"')
		return append(base64.StdEncoding.AppendEncode(b, v), '"'), nil
	case string:
		if !utf8.ValidString(v) {
			return nil, fmt.Errorf("%s: the text is not valid UTF-8", c.name)
		}
		return appendText(b, v), nil
	}
	return nil, fmt.Errorf("%s: %T has no form in JSON", c.name, v)
}

const hexDigits = "0123456789abcdef"

// appendText escapes what JSON wants escaped and leaves the rest readable.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch ch := s[i]; {
		case ch == '"' || ch == '\\':
			b = append(b, '\\', ch)
		case ch == '\n':
			b = append(b, `\n`...)
		case ch < 0x20 || ch == 0x7f:
			b = append(b, '\\', 'u', '0', '0', hexDigits[ch>>4], hexDigits[ch&15])
		default:
			b = append(b, ch)
		}
	}
	return append(b, '"')
}

// parse reads what append wrote. Errors never show the value.
func (c *column) parse(raw []byte) (any, error) {
	if string(raw) == "null" {
		if !c.null {
			return nil, fmt.Errorf("%s: must not be null", c.name)
		}
		return nil, nil
	}
	v, err := c.parseKind(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.name, err)
	}
	return v, nil
}

func (c *column) parseKind(raw []byte) (any, error) {
	switch c.kind {
	case number:
		return parseInt(raw)
	case real:
		v, err := strconv.ParseFloat(string(raw), 64)
		if err != nil || !startsNumber(raw) {
			return nil, errors.New("must be a number")
		}
		return v, nil
	case truth:
		if s := string(raw); s == "true" || s == "false" {
			return s == "true", nil
		}
		return nil, errors.New("must be true or false")
	case moment:
		if raw[0] != '"' {
			return parseInt(raw)
		}
	}
	if raw[0] != '"' {
		return nil, errors.New("must be a string")
	}
	s, err := unquote(raw)
	if err != nil {
		return nil, err
	}
	switch c.kind {
	case moment:
		return parseMoment(s)
	case blob, sealed:
		v, err := base64.StdEncoding.Strict().DecodeString(s)
		if err != nil {
			return nil, errors.New("must be base64")
		}
		return v, nil
	}
	return s, nil
}

func unquote(raw []byte) (s string, err error) {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1]), nil
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", errors.New("must be a string")
	}
	if strings.ContainsRune(s, 0) {
		return "", errors.New("has the character NUL, which databases do not take")
	}
	return s, nil
}

func startsNumber(raw []byte) bool { return raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9' }

func parseInt(raw []byte) (any, error) {
	v, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || !startsNumber(raw) {
		return nil, errors.New("must be an integer of 64 bits")
	}
	return v, nil
}

func parseMoment(s string) (any, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return nil, errors.New("must be a time such as 2026-01-31T12:00:00.000000Z")
	}
	if t.Nanosecond()%1000 != 0 {
		return nil, errors.New("is finer than a microsecond")
	}
	return t.UnixMicro(), nil
}

// same compares two values of one column.
func same(a, b any) bool {
	if x, is := a.([]byte); is {
		y, is := b.([]byte)
		return is && bytes.Equal(x, y)
	}
	if _, is := b.([]byte); is {
		return false
	}
	return a == b
}
