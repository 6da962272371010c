package entity

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
)

// Params is a JSON object of the caller's own, kept as it was sent but for white
// space. nil is {}.
type Params []byte

// paramsDepth bounds how deep a Params nests: an object that came as text was not
// judged with the body. As an object it is one deeper in a body, which nests 64
// deep at the most, and what was answered must be taken back.
const paramsDepth = 63

// UnmarshalJSON takes an object, or a text that is one.
func (p *Params) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSpace(b)
	if len(b) > 0 && b[0] == '"' {
		var text string
		if err := json.Unmarshal(b, &text); err != nil {
			return err
		}
		b = []byte(text)
		if err := checkObject(text); err != nil {
			return fmt.Errorf("expected an object, or a text that is one; the text is none: %w", err)
		}
	} else if len(b) == 0 || b[0] != '{' {
		return errors.New("expected an object, or a text that is one")
	}
	if len(b) > maxText {
		return fmt.Errorf("has %d bytes, %d is the most", len(b), maxText)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, b); err != nil {
		return err
	}
	*p = compact.Bytes()
	return nil
}

// checkObject judges a text as a body is judged: one object, each name once in
// each object, no NUL.
func checkObject(text string) error {
	if !strings.HasPrefix(strings.TrimSpace(text), "{") {
		return errors.New("it begins with no {")
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := checkValue(d, 0); err != nil {
		return err
	}
	if strings.TrimSpace(text[d.InputOffset():]) != "" {
		return errors.New("something follows the object")
	}
	if halfPair(text) {
		return errors.New("a text in it has half a surrogate pair")
	}
	return nil
}

// halfPair looks for a \u escape of half a character, in text that is JSON.
func halfPair(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		switch r := escaped(text[i:]); {
		case r < 0:
			i++ // another escape
		case utf16.IsSurrogate(r):
			if utf16.DecodeRune(r, escaped(text[i+6:])) == unicode.ReplacementChar {
				return true
			}
			i += 11
		default:
			i += 5
		}
	}
	return false
}

// escaped is what a \u escape at the beginning says; -1 where there is none.
func escaped(text string) rune {
	if len(text) < 6 || text[:2] != `\u` {
		return -1
	}
	n, err := strconv.ParseUint(text[2:6], 16, 16)
	if err != nil {
		return -1
	}
	return rune(n)
}

// checkValue reads one value.
func checkValue(d *json.Decoder, depth int) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	switch t := t.(type) {
	case string:
		return checkText(t)
	case json.Delim:
		if depth == paramsDepth {
			return fmt.Errorf("it nests deeper than %d", paramsDepth)
		}
		names := map[string]bool{}
		for d.More() {
			if t == '{' {
				if err := checkName(d, names); err != nil {
					return err
				}
			}
			if err := checkValue(d, depth+1); err != nil {
				return err
			}
		}
		_, err := d.Token()
		return err
	}
	return nil
}

func checkName(d *json.Decoder, names map[string]bool) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	name, _ := t.(string)
	if key := Fold(name); names[key] {
		return fmt.Errorf("the member %.80q is there twice", name)
	} else {
		names[key] = true
	}
	return checkText(name)
}

func checkText(text string) error {
	if strings.ContainsRune(text, 0) {
		return errors.New("a text in it has a NUL")
	}
	return nil
}

// MarshalJSON writes the object.
func (p Params) MarshalJSON() ([]byte, error) {
	if len(p) == 0 {
		return []byte("{}"), nil
	}
	return p, nil
}

// Value stores the object as text.
func (p Params) Value() (driver.Value, error) {
	if len(p) == 0 {
		return "{}", nil
	}
	return string(p), nil
}

// Scan reads what Value stored.
func (p *Params) Scan(src any) error {
	switch v := src.(type) {
	case string:
		*p = Params(v)
	case []byte:
		*p = bytes.Clone(v)
	default:
		return fmt.Errorf("scan an object from %T", src)
	}
	return nil
}
