package query

import (
	"strings"
	"unicode/utf8"

	"github.com/licet/licet/internal/fault"
)

// maxText is how long a text in the language may be, in bytes.
const maxText = 4096

// source is a text in the language and the parameter that it came in.
type source struct {
	field, text string
	sql         bool // texts are quoted as in SQL, not as in C#
}

// check refuses what no text may be.
func (s source) check() error {
	if len(s.text) > maxText {
		return fault.Bad(s.field, "must have at most %d bytes, not %d", maxText, len(s.text))
	}
	for at, r := range s.text {
		if r == utf8.RuneError && !strings.HasPrefix(s.text[at:], string(utf8.RuneError)) {
			return s.fail(at, "not UTF-8")
		}
		if r == 0 {
			return s.fail(at, "a null character")
		}
	}
	return nil
}

// fail makes the fault of what stands at a byte of the text. People count
// characters from 1.
func (s source) fail(at int, format string, args ...any) error {
	args = append([]any{utf8.RuneCountInString(s.text[:at]) + 1}, args...)
	return fault.Bad(s.field, "character %d: "+format, args...)
}
