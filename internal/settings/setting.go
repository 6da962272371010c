package settings

import (
	"encoding/json"
	"fmt"
)

// Type is what a value is. It also says its JSON type: texts for all but Bool
// and Int.
type Type string

// The types.
const (
	Bool     Type = "bool"
	Int      Type = "int"
	String   Type = "string"
	Duration Type = "duration" // "[d.]hh:mm:ss"
	Secret   Type = "secret"   // text that is never shown
)

// Mask is shown in place of a secret that is set. Sent back it means: unchanged.
const Mask = "********"

// Setting is the declaration of one setting.
type Setting struct {
	Group, Name string
	Type        Type
	Flag        string // of the configuration, without dashes, which pins it; "": none
	Guards      string // the ID of a secret that goes where this says: who changes this sends that anew; "": none
	Meaning     string // for people
	read        func(*Values) string
	write       func(*Values, string) error
}

// declare makes a setting that is the member at of the values.
func declare[T any](group, name string, c codec[T], at func(*Values) *T, meaning string) Setting {
	return Setting{
		Group: group, Name: name, Type: c.typ, Meaning: meaning,
		read: func(v *Values) string { return c.text(*at(v)) },
		write: func(v *Values, text string) error {
			value, err := c.parse(text)
			if err != nil {
				return err
			}
			*at(v) = value
			return nil
		},
	}
}

func (s Setting) pinnedBy(flag string) Setting {
	s.Flag = flag
	return s
}

func (s Setting) guarding(secret string) Setting {
	s.Guards = secret
	return s
}

// ID names the setting: "Licensing.Lease".
func (s Setting) ID() string { return s.Group + "." + s.Name }

// Text is the setting's value in its one written form.
func (s Setting) Text(v Values) string { return s.read(&v) }

// Default is the text of a fresh server.
func (s Setting) Default() string { return s.Text(Defaults()) }

// Set puts the value that text says. Where it cannot be, v is unchanged.
func (s Setting) Set(v *Values, text string) error { return s.write(v, text) }

// Canonical is text in the one form that Text has.
func (s Setting) Canonical(text string) (string, error) {
	var v Values
	if err := s.Set(&v, text); err != nil {
		return "", err
	}
	return s.Text(v), nil
}

// Show is the value as JSON shows it: true, 587, "text"; a secret is Mask where
// it is set and nil where not.
func (s Setting) Show(v Values) any {
	text := s.Text(v)
	switch {
	case s.Type == Bool:
		return text == "true"
	case s.Type == Int:
		return json.Number(text)
	case s.Type == Secret && text == "":
		return nil
	case s.Type == Secret:
		return Mask
	}
	return text
}

// FromJSON reads a value that a caller sent: of the JSON type, or a string that
// says it. The text is canonical. The error never repeats a secret.
func (s Setting) FromJSON(raw json.RawMessage) (string, error) {
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		return "", fmt.Errorf("is not JSON")
	}
	switch v := value.(type) {
	case string:
		return s.Canonical(v)
	case bool:
		if s.Type == Bool {
			return s.Canonical(string(raw))
		}
	case float64:
		if s.Type == Int {
			return s.Canonical(string(raw)) // as sent: 1e3 and 1.0 are refused
		}
	}
	return "", fmt.Errorf("expected a value of type %s", s.Type)
}
