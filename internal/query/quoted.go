package query

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// quoted reads a text between double or single quotes, with the escapes of C#
// and a quote doubled for a quote.
func (s source) quoted(at int) (token, int, error) {
	quote := s.text[at]
	var b strings.Builder
	for i := at + 1; i < len(s.text); {
		switch c := s.text[i]; {
		case c == quote && strings.HasPrefix(s.text[i+1:], string(quote)):
			b.WriteByte(quote)
			i += 2
		case c == quote:
			return token{tokenText, at, b.String()}, i + 1, nil
		case c == '\\':
			r, size, err := s.escape(i)
			if err != nil {
				return token{}, 0, err
			}
			b.WriteRune(r)
			i += size
		default:
			b.WriteByte(c)
			i++
		}
	}
	return token{}, 0, s.fail(len(s.text), "expected %c, the end of the text that starts at character %d", quote,
		utf8.RuneCountInString(s.text[:at])+1)
}

// escape reads the escape at a byte and returns how many bytes it has.
func (s source) escape(at int) (r rune, size int, err error) {
	rest := s.text[at+1:]
	if rest == "" {
		return 0, 0, s.fail(at, `expected an escape such as \" or \\, found the end`)
	}
	if plain := strings.IndexByte(`"'\abfnrtv`, rest[0]); plain >= 0 {
		return rune("\"'\\\a\b\f\n\r\t\v"[plain]), 2, nil
	}
	switch rest[0] {
	case 'u':
		r, size, err = s.unit(at, 4, 4)
	case 'U':
		r, size, err = s.unit(at, 8, 8)
	case 'x':
		r, size, err = s.unit(at, 1, 4)
	default:
		found, _ := utf8.DecodeRuneInString(rest)
		return 0, 0, s.fail(at, `expected an escape such as \" or \\ or \u0041, found %q`, `\`+string(found))
	}
	if err != nil {
		return 0, 0, err
	}
	if utf16.IsSurrogate(r) && strings.HasPrefix(s.text[at+size:], `\u`) {
		low, more, err := s.unit(at+size, 4, 4)
		if err != nil {
			return 0, 0, err
		}
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, size + more, nil
		}
	}
	if r == 0 || !utf8.ValidRune(r) {
		return 0, 0, s.fail(at, "expected a character, found %s", s.text[at:at+size])
	}
	return r, size, nil
}

// unit reads the hex digits of an escape, after its backslash and letter.
func (s source) unit(at, least, most int) (r rune, size int, err error) {
	digits := prefix(s.text[at+2:], isHex)
	digits = min(digits, most)
	if digits < least {
		return 0, 0, s.fail(at+2+digits, "expected %d hex digits", least)
	}
	size = 2 + digits
	n, err := strconv.ParseUint(s.text[at+2:at+size], 16, 32)
	if err != nil || n > utf8.MaxRune {
		return 0, 0, s.fail(at, "expected a character, found %s", s.text[at:at+size])
	}
	return rune(n), size, nil
}

func isHex(r rune) bool {
	return isDigit(r) || 'a' <= r && r <= 'f' || 'A' <= r && r <= 'F'
}
