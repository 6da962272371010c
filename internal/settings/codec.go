package settings

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/licet/licet/internal/keyformat"
)

// codec is how values of a Go type are read and written, and which are allowed.
type codec[T any] struct {
	typ   Type
	parse func(string) (T, error)
	text  func(T) string
}

func truth() codec[bool] {
	return codec[bool]{typ: Bool, text: strconv.FormatBool, parse: func(s string) (bool, error) {
		switch {
		case strings.EqualFold(s, "true"):
			return true, nil
		case strings.EqualFold(s, "false"):
			return false, nil
		}
		return false, fmt.Errorf("expected true or false, got %.40q", s)
	}}
}

func whole(least, most int) codec[int] {
	return codec[int]{typ: Int, text: strconv.Itoa, parse: func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		if err != nil || n < least || n > most {
			return 0, fmt.Errorf("expected a whole number from %d to %d, got %.40q", least, most, s)
		}
		return n, nil
	}}
}

func span[T ~int64](least, most time.Duration) codec[T] {
	return codec[T]{
		typ: Duration, text: func(v T) string { return TimeSpan(time.Duration(v)) },
		parse: func(s string) (T, error) {
			d, err := ParseTimeSpan(s)
			if err == nil && (d < least || d > most) {
				err = fmt.Errorf("must be from %s to %s", TimeSpan(least), TimeSpan(most))
			}
			return T(d), err
		},
	}
}

// maxLine is how many characters a text has at most.
const maxLine = 256

// line is text that goes into a header or a command of another protocol.
func line() codec[string] {
	return codec[string]{typ: String, text: func(s string) string { return s }, parse: func(s string) (string, error) {
		if n := utf8.RuneCountInString(s); n > maxLine {
			return "", fmt.Errorf("has %d characters, %d is the most", n, maxLine)
		}
		if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
			return "", fmt.Errorf("must be text without control characters")
		}
		return s, nil
	}}
}

// word is a line without white space.
func word() codec[string] {
	c, parse := line(), line().parse
	c.parse = func(s string) (string, error) {
		if strings.ContainsFunc(s, unicode.IsSpace) {
			return "", fmt.Errorf("must be text without white space")
		}
		return parse(s)
	}
	return c
}

// webAddress is an absolute HTTP address without a slash at its end, or nothing.
func webAddress() codec[string] {
	c, parse := word(), word().parse
	c.parse = func(s string) (string, error) {
		s, err := parse(s)
		if err != nil || s == "" {
			return "", err
		}
		u, err := url.Parse(s)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
			return "", fmt.Errorf("%.40q is not an address such as https://licenses.example.com", s)
		}
		return strings.TrimRight(s, "/"), nil
	}
	return c
}

// secret is a line that is never shown.
func secret() codec[string] {
	c := line()
	c.typ = Secret
	return c
}

func choice(names ...string) codec[string] {
	return codec[string]{typ: String, text: func(s string) string { return s }, parse: func(s string) (string, error) {
		i := slices.IndexFunc(names, func(name string) bool { return strings.EqualFold(name, s) })
		if i < 0 {
			return "", fmt.Errorf("expected one of %s, got %.40q", strings.Join(names, ", "), s)
		}
		return names[i], nil
	}}
}

func format() codec[keyformat.Format] {
	return codec[keyformat.Format]{typ: String, text: keyformat.Format.String, parse: keyformat.Parse}
}
