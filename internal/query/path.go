package query

import (
	"slices"
	"strings"

	"github.com/licet/licet/internal/entity"
)

// list reads what sort, select and include are made of: names with dots, and
// commas between. tokens ends with the end.
type list struct {
	source
	tokens []token
}

func newList(field, text string) (*list, error) {
	s := source{field: field, text: text}
	tokens, err := s.tokens()
	if err != nil {
		return nil, err
	}
	return &list{s, tokens}, nil
}

func (l *list) here() token { return l.tokens[0] }

// next goes on behind the token that it returns.
func (l *list) next() token {
	t := l.tokens[0]
	if t.kind != tokenEnd {
		l.tokens = l.tokens[1:]
	}
	return t
}

func (l *list) expected(what string) error {
	return l.fail(l.here().at, "expected %s, found %s", what, l.here())
}

// names reads a path as it is written.
func (l *list) names(what string) ([]token, error) {
	l.skipIt()
	var names []token
	for {
		if l.here().kind != tokenName {
			return nil, l.expected(what)
		}
		names = append(names, l.next())
		if !l.here().is(".") {
			return names, nil
		}
		l.next()
	}
}

// skipIt passes over "it.", the item itself.
func (l *list) skipIt() {
	if l.here().is("it") && l.tokens[1].is(".") {
		l.tokens = l.tokens[2:]
	}
}

// relation finds the relation that a name means.
func (l *list) relation(s *Schema, name token) (*Relation, error) {
	if r := s.Relations[entity.Fold(name.text)]; r != nil {
		return r, nil
	}
	return nil, l.fail(name.at, "%s has no relation %s; expected %s", s.Name, name, oneOf(spelledRelations(s)))
}

// member finds the member with a value that a path leads to, through relations
// to one.
func (l *list) member(s *Schema, path []token) (m member, err error) {
	if len(path) > maxHops+1 {
		return m, l.fail(path[maxHops+1].at, "expected at most %d relations in a path", maxHops)
	}
	for _, name := range path[:len(path)-1] {
		r, err := l.relation(s, name)
		if err != nil {
			return m, err
		}
		if r.Many {
			return m, l.fail(name.at, "%s is a list and has no single value", r.Name)
		}
		m.way = append(m.way, r)
		s = r.Target()
	}
	last := path[len(path)-1]
	f := s.Fields[entity.Fold(last.text)]
	switch {
	case f != nil && f.Kind != 0:
		m.field = f
		return m, nil
	case f != nil || s.Relations[entity.Fold(last.text)] != nil:
		return m, l.fail(last.at, "%s has no single value", last)
	}
	return m, l.fail(last.at, "%s has no member %s; expected %s", s.Name, last, oneOf(spelledFields(s, Field.hasValue)))
}

func (f Field) hasValue() bool { return f.Kind != 0 }

func spelledFields(s *Schema, which func(Field) bool) []string {
	var names []string
	for _, f := range s.Fields {
		if which(*f) {
			names = append(names, f.Name)
		}
	}
	return slices.Sorted(slices.Values(names))
}

func spelledRelations(s *Schema) []string {
	var names []string
	for _, r := range s.Relations {
		if r.Table != "" {
			names = append(names, r.Name)
		}
	}
	return slices.Sorted(slices.Values(names))
}

func oneOf(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return "one of " + strings.Join(names, ", ")
}
