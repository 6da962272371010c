package query

import "strings"

// maxKeys is how many members a list can be sorted by.
const maxKeys = 8

// Key is a member that a list is sorted by.
type Key struct {
	*Member
	Descending bool
}

// Member is a value of a row: a member of its own, or of what it refers to.
type Member struct {
	through []*Relation
	field   *Field
}

// MemberOf is a member of the row itself.
func MemberOf(f *Field) *Member { return &Member{field: f} }

// ParseSort reads keys with commas between, each a member, or a path to one
// through relations, and asc or desc: "CreatedAt desc, Customer.Company". The
// error is a *fault.Error, Invalid, of the field "sort".
func ParseSort(s *Schema, text string) ([]Key, error) {
	l, err := newList("sort", text)
	if err != nil {
		return nil, err
	}
	var keys []Key
	for {
		if len(keys) == maxKeys {
			return nil, l.fail(l.here().at, "expected at most %d members", maxKeys)
		}
		k, err := l.key(s)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
		if l.here().kind == tokenEnd {
			return keys, nil
		}
		if !l.here().is(",") {
			return nil, l.expected("a comma, asc or desc")
		}
		l.next()
	}
}

func (l *list) key(s *Schema) (k Key, err error) {
	path, err := l.names("a member")
	if err != nil {
		return k, err
	}
	if k.Member, err = l.member(s, path); err != nil {
		return k, err
	}
	switch here := l.here(); {
	case here.is("desc", "descending"):
		k.Descending = true
		l.next()
	case here.is("asc", "ascending"):
		l.next()
	}
	return k, nil
}

// Same says whether two members are the same one.
func (m *Member) Same(o *Member) bool {
	if m.field != o.field || len(m.through) != len(o.through) {
		return false
	}
	for i := range m.through {
		if m.through[i] != o.through[i] {
			return false
		}
	}
	return true
}

// Nullable says whether the value may be null: as the member itself, or because
// a relation on the way is not there.
func (m *Member) Nullable() bool { return m.field.Nullable || m.field.JSON != "" || len(m.through) > 0 }

// SQL writes the value as an expression that sorts the same on both engines:
// texts by their bytes. alias names the entity's own table.
func (m *Member) SQL(d Dialect, alias string) string {
	var b strings.Builder
	m.write(&b, d, alias, m.through)
	if d == Postgres && m.field.Kind == Text {
		return "(" + b.String() + ` COLLATE "C")`
	}
	return b.String()
}

// write goes through one relation by a subquery for its row, which is one or
// none.
func (m *Member) write(b *strings.Builder, d Dialect, alias string, through []*Relation) {
	if len(through) == 0 {
		m.writeField(b, d, alias)
		return
	}
	r := through[0]
	if r.Table == "" { // an object in this row
		m.write(b, d, alias, through[1:])
		return
	}
	// Its length makes the alias another one than that of every outer table.
	next := "by" + strings.Repeat("_", len(through)) + r.Table
	b.WriteString("(SELECT ")
	m.write(b, d, next, through[1:])
	b.WriteString(" FROM " + quoteName(r.Table) + " AS " + quoteName(next) + " WHERE " +
		quoteName(next) + "." + quoteName(r.Join) + " = " + quoteName(alias) + "." + quoteName(r.Column) + ")")
}

func (m *Member) writeField(b *strings.Builder, d Dialect, alias string) {
	column := quoteName(alias) + "." + quoteName(m.field.Column)
	switch {
	case m.field.JSON == "":
		b.WriteString(column)
	case d == Postgres:
		b.WriteString("(" + column + "::json ->> '" + m.field.JSON + "')")
	default:
		b.WriteString("(" + column + " ->> '$." + m.field.JSON + "')")
	}
}

// quoteName quotes an identifier of a schema.
func quoteName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
