package query

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/licet/licet/internal/entity"
)

type tokenKind int

const (
	tokenEnd tokenKind = iota
	tokenName
	tokenNumber // without a sign
	tokenText
	tokenSign // an operator or a bracket
)

// token is a word of the language. text is what was written, but for a text
// what it means.
type token struct {
	kind tokenKind
	at   int // where it starts, in bytes
	text string
}

// String names the token in a message.
func (t token) String() string {
	switch t.kind {
	case tokenEnd:
		return "the end"
	case tokenText:
		return "a text"
	case tokenNumber:
		return fmt.Sprintf("the number %.40s", t.text)
	}
	return fmt.Sprintf("%.40q", t.text)
}

// is says whether the token is one of these signs, or of these words in
// whatever case.
func (t token) is(words ...string) bool {
	if t.kind != tokenSign && t.kind != tokenName {
		return false
	}
	for _, word := range words {
		if entity.Fold(t.text) == word {
			return true
		}
	}
	return false
}

// tokens cuts a text into its words. The last one is the end.
func (s source) tokens() ([]token, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	var found []token
	for at := 0; ; {
		at += len(s.text[at:]) - len(strings.TrimLeftFunc(s.text[at:], unicode.IsSpace))
		if at == len(s.text) {
			return append(found, token{kind: tokenEnd, at: at}), nil
		}
		t, next, err := s.token(at)
		if err != nil {
			return nil, err
		}
		found, at = append(found, t), next
	}
}

// token reads the word at a byte and returns where the rest begins.
func (s source) token(at int) (t token, next int, err error) {
	first, _ := utf8.DecodeRuneInString(s.text[at:])
	switch {
	case isNameStart(first):
		next = at + prefix(s.text[at:], isNamePart)
		return token{tokenName, at, s.text[at:next]}, next, nil
	case isDigit(first):
		return s.number(at)
	case (first == '"' || first == '\'') && s.sql:
		return s.sqlText(at)
	case first == '"' || first == '\'':
		return s.quoted(at)
	}
	for _, sign := range [...]string{"==", "!=", "<>", "<=", ">=", "&&", "||", "=", "<", ">", "!", "(", ")", ",", ".", "-"} {
		if strings.HasPrefix(s.text[at:], sign) {
			return token{tokenSign, at, sign}, at + len(sign), nil
		}
	}
	return token{}, 0, s.fail(at, "expected a member, a value or an operator, found %q", string(first))
}

// number reads digits, with a fraction and an exponent where they follow.
func (s source) number(at int) (token, int, error) {
	next := at + prefix(s.text[at:], isDigit)
	if rest := s.text[next:]; len(rest) > 1 && rest[0] == '.' && isDigit(rune(rest[1])) {
		next += 1 + prefix(rest[1:], isDigit)
	}
	if rest := s.text[next:]; rest != "" && (rest[0] == 'e' || rest[0] == 'E') {
		sign := 1
		if len(rest) > 1 && (rest[1] == '-' || rest[1] == '+') {
			sign = 2
		}
		if digits := prefix(rest[sign:], isDigit); digits > 0 {
			next += sign + digits
		}
	}
	if r, _ := utf8.DecodeRuneInString(s.text[next:]); isNamePart(r) {
		return token{}, 0, s.fail(next, "expected the end of the number, found %q", string(r))
	}
	return token{tokenNumber, at, s.text[at:next]}, next, nil
}

// prefix is how many bytes at the start of text are such characters.
func prefix(text string, is func(rune) bool) int {
	return len(text) - len(strings.TrimLeftFunc(text, is))
}

func isDigit(r rune) bool     { return '0' <= r && r <= '9' }
func isNameStart(r rune) bool { return r == '_' || unicode.IsLetter(r) }
func isNamePart(r rune) bool  { return isNameStart(r) || isDigit(r) || unicode.IsMark(r) }
