package httpx

import (
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/licet/licet/internal/fault"
)

// maxDepth is how deep arrays and objects may nest; the deepest documented
// body nests 5 deep.
const maxDepth = 64

// CheckJSON accepts exactly one JSON value that means the same to every reader.
// Beyond the grammar it refuses invalid UTF-8, NUL, lone surrogate escapes,
// members of one object whose names are equal without regard to case (readers
// differ in which one counts), and nesting deeper than 64. The error is an
// Invalid fault.
func CheckJSON(b []byte) error {
	s := scanner{src: b}
	s.names.text, s.names.ends = s.textSpace[:0], s.endSpace[:0]
	s.space()
	if s.value(0) {
		s.space()
		if s.pos == len(s.src) {
			return nil
		}
		s.syntax("something follows the JSON value")
	}
	return s.err
}

// scanner reads JSON once, from left to right. Its methods return false after
// they set err.
type scanner struct {
	src   []byte
	pos   int
	err   *fault.Error
	names nameStack

	// The first room for names: a small body costs the scanner and no more.
	textSpace [512]byte
	endSpace  [manyNames]int
}

func (s *scanner) syntax(what string) bool {
	s.err = fault.New(fault.Invalid, "the body is not valid JSON: %s at byte %d", what, s.pos)
	return false
}

func (s *scanner) rule(what string) bool {
	s.err = fault.New(fault.Invalid, "the body cannot be taken: %s at byte %d", what, s.pos)
	return false
}

// peek returns the byte at hand; 0 at the end, which begins nothing valid.
func (s *scanner) peek() byte {
	if s.pos < len(s.src) {
		return s.src[s.pos]
	}
	return 0
}

func (s *scanner) space() {
	for s.pos < len(s.src) {
		switch s.src[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

func (s *scanner) value(depth int) bool {
	switch c := s.peek(); {
	case c == '{' || c == '[':
		if depth == maxDepth {
			return s.rule("it is nested deeper than " + strconv.Itoa(maxDepth))
		}
		if c == '{' {
			return s.object(depth + 1)
		}
		return s.array(depth + 1)
	case c == '"':
		return s.str(false)
	case c == '-' || '0' <= c && c <= '9':
		return s.number()
	case c == 't':
		return s.word("true")
	case c == 'f':
		return s.word("false")
	case c == 'n':
		return s.word("null")
	case s.pos >= len(s.src):
		return s.syntax("it ends early")
	}
	return s.syntax("expected a value")
}

func (s *scanner) object(depth int) bool {
	s.pos++
	open := s.names.push()
	s.space()
	for more := s.peek() != '}'; more; {
		if s.peek() != '"' {
			return s.syntax("expected a member name")
		}
		at := s.pos
		s.names.begin()
		if !s.str(true) {
			return false
		}
		if !s.names.end() {
			s.pos = at
			return s.rule("the member " + strconv.QuoteToASCII(clip(s.src[at+1:], 40)) + " is given twice")
		}
		s.space()
		if s.peek() != ':' {
			return s.syntax("expected a colon")
		}
		s.pos++
		s.space()
		if !s.value(depth) {
			return false
		}
		s.space()
		if more = s.peek() == ','; more {
			s.pos++
			s.space()
		}
	}
	if s.peek() != '}' {
		return s.syntax("expected a comma or the end of the object")
	}
	s.pos++
	s.names.pop(open)
	return true
}

// clip returns the source text of a name up to its closing quote, or its first
// n bytes.
func clip(src []byte, n int) string {
	for i := 0; i < len(src) && i < n; i++ {
		switch src[i] {
		case '"':
			return string(src[:i])
		case '\\':
			i++
		}
	}
	return string(src[:min(n, len(src))]) + "…"
}

func (s *scanner) array(depth int) bool {
	s.pos++
	s.space()
	for more := s.peek() != ']'; more; {
		if !s.value(depth) {
			return false
		}
		s.space()
		if more = s.peek() == ','; more {
			s.pos++
			s.space()
		}
	}
	if s.peek() != ']' {
		return s.syntax("expected a comma or the end of the list")
	}
	s.pos++
	return true
}

func (s *scanner) word(w string) bool {
	if s.pos+len(w) > len(s.src) || string(s.src[s.pos:s.pos+len(w)]) != w {
		return s.syntax("expected a value")
	}
	s.pos += len(w)
	return true
}

func (s *scanner) number() bool {
	if s.peek() == '-' {
		s.pos++
	}
	if s.peek() == '0' {
		s.pos++
	} else if !s.digits() {
		return false
	}
	if s.peek() == '.' {
		s.pos++
		if !s.digits() {
			return false
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.pos++
		if c := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		return s.digits()
	}
	return true
}

func (s *scanner) digits() bool {
	from := s.pos
	for c := s.peek(); '0' <= c && c <= '9'; c = s.peek() {
		s.pos++
	}
	if s.pos == from {
		return s.syntax("expected a digit")
	}
	return true
}

// str reads a string; the decoded runes of a name are kept for comparison.
func (s *scanner) str(isName bool) bool {
	s.pos++
	for s.pos < len(s.src) {
		c := s.src[s.pos]
		r := rune(c)
		switch {
		case c == '"':
			s.pos++
			return true
		case c == '\\':
			var ok bool
			if r, ok = s.escape(); !ok {
				return false
			}
		case c == 0:
			return s.rule("there is a NUL")
		case c < ' ':
			return s.syntax("a control character in a string must be escaped")
		case c < utf8.RuneSelf:
			s.pos++
		default:
			var size int
			if r, size = utf8.DecodeRune(s.src[s.pos:]); r == utf8.RuneError && size == 1 {
				return s.rule("the text is not UTF-8")
			}
			s.pos += size
		}
		if isName {
			s.names.add(r)
		}
	}
	return s.syntax("a string has no end")
}

// escape reads what follows a backslash.
func (s *scanner) escape() (rune, bool) {
	s.pos++
	c := s.peek()
	s.pos++
	switch c {
	case '"', '\\', '/':
		return rune(c), true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	case 'u':
		return s.unicode()
	}
	s.pos--
	return 0, s.syntax("an unknown escape")
}

func (s *scanner) unicode() (rune, bool) {
	r, ok := s.hex4()
	if !ok {
		return 0, false
	}
	if r == 0 {
		return 0, s.rule("there is a NUL")
	}
	if !utf16.IsSurrogate(r) {
		return r, true
	}
	if s.pos+1 < len(s.src) && s.src[s.pos] == '\\' && s.src[s.pos+1] == 'u' {
		s.pos += 2
		low, ok := s.hex4()
		if !ok {
			return 0, false
		}
		if r = utf16.DecodeRune(r, low); r != unicode.ReplacementChar {
			return r, true
		}
	}
	return 0, s.rule("half a surrogate pair")
}

func (s *scanner) hex4() (rune, bool) {
	var r rune
	for range 4 {
		c := s.peek()
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, s.syntax("expected four hexadecimal digits")
		}
		r = r<<4 | rune(c)
		s.pos++
	}
	return r, true
}
