package query

import (
	"slices"

	"github.com/licet/licet/internal/entity"
)

// Pick is what a caller wants to see of each row.
type Pick struct {
	Names     []string // as on the wire, in the order they were asked for, each once
	Fields    []*Field
	Relations []*Relation
}

// ParseSelect reads members with commas between, bare or as new(…): "Id,
// UserKey". The error is a *fault.Error, Invalid, of the field "select".
func ParseSelect(s *Schema, text string) (*Pick, error) {
	l, err := newList("select", text)
	if err != nil {
		return nil, err
	}
	wrapped := l.here().is("new") && len(l.tokens) > 1 && l.tokens[1].is("(")
	if wrapped {
		l.tokens = l.tokens[2:]
	}
	p := &Pick{}
	for {
		if err := l.pick(s, p); err != nil {
			return nil, err
		}
		if !l.here().is(",") {
			break
		}
		l.next()
	}
	if wrapped {
		if !l.here().is(")") {
			return nil, l.expected("a comma or )")
		}
		l.next()
	}
	if l.here().kind != tokenEnd {
		return nil, l.expected("a comma or the end")
	}
	return p, nil
}

// pick reads one member. The same once more changes nothing.
func (l *list) pick(s *Schema, p *Pick) error {
	l.skipIt()
	if l.here().kind != tokenName {
		return l.expected("a member")
	}
	name := l.next()
	switch {
	case l.here().is("."):
		return l.fail(l.here().at, "expected a member of %s itself; select %s as a whole", s.Name, name)
	case l.here().is("as", "="):
		return l.fail(l.here().at, "expected a comma or the end: members keep their names")
	}
	field, relation := s.Fields[entity.Fold(name.text)], s.Relations[entity.Fold(name.text)]
	switch {
	case field != nil && !slices.Contains(p.Names, field.Name):
		p.Names, p.Fields = append(p.Names, field.Name), append(p.Fields, field)
	case field != nil:
	case relation == nil || relation.Table == "":
		all := append(spelledFields(s, func(Field) bool { return true }), spelledRelations(s)...)
		slices.Sort(all)
		return l.fail(name.at, "%s has no member %s; expected %s", s.Name, name, oneOf(all))
	case !slices.Contains(p.Relations, relation):
		p.Names, p.Relations = append(p.Names, relation.Name), append(p.Relations, relation)
	}
	return nil
}
