package query

import (
	"strings"
	"unicode/utf8"
)

// like is SQL's LIKE, case by case on both engines. A null text is like nothing.
type like struct {
	text    value
	pattern []wildcard
}

// wildcard is one part of a pattern: a character, any one, or any number.
type wildcard struct {
	char rune
	kind wildcardKind
}

type wildcardKind int

const (
	thisOne wildcardKind = iota
	anyOne               // _
	anyRun               // %
)

// patternOf reads a pattern; a backslash takes the next character as it is. False
// where nothing follows one.
func patternOf(text string) (pattern []wildcard, ok bool) {
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		text = text[size:]
		switch {
		case r == '%':
			// Several in a row are one, and must not cost more.
			if n := len(pattern); n == 0 || pattern[n-1].kind != anyRun {
				pattern = append(pattern, wildcard{kind: anyRun})
			}
			continue
		case r == '_':
			pattern = append(pattern, wildcard{kind: anyOne})
			continue
		case r == '\\' && text == "":
			return nil, false
		case r == '\\':
			r, size = utf8.DecodeRuneInString(text)
			text = text[size:]
		}
		pattern = append(pattern, wildcard{char: r})
	}
	return pattern, true
}

func (l like) holds(row Row) bool {
	text, ok := l.text.of(row).(string)
	return ok && matches([]rune(text), l.pattern)
}

// matches goes back to the last % only, which is enough: what stood before it
// matched, and % takes whatever an earlier one could have left.
func matches(text []rune, pattern []wildcard) bool {
	t, p, back, from := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p].kind == anyRun:
			back, from = p, t
			p++
		case p < len(pattern) && (pattern[p].kind == anyOne || pattern[p].char == text[t]):
			t, p = t+1, p+1
		case back >= 0:
			from++
			t, p = from, back+1
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p].kind == anyRun {
		p++
	}
	return p == len(pattern)
}

// LIKE has no case on SQLite, GLOB has: it is the same with other signs.
func (l like) where(w *writer, want bool) {
	one, run, escaped := "_", "%", map[rune]string{'%': `\%`, '_': `\_`, '\\': `\\`}
	if w.dialect == SQLite {
		one, run, escaped = "?", "*", map[rune]string{'*': "[*]", '?': "[?]", '[': "[[]"}
	}
	var pattern strings.Builder
	for _, part := range l.pattern {
		special, isSpecial := escaped[part.char]
		switch {
		case part.kind == anyOne:
			pattern.WriteString(one)
		case part.kind == anyRun:
			pattern.WriteString(run)
		case isSpecial:
			pattern.WriteString(special)
		default:
			pattern.WriteRune(part.char)
		}
	}
	w.holds(want, l.text, w.pick(" GLOB ", " LIKE "), literal{Text, pattern.String()})
}
