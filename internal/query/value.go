package query

import (
	"strings"

	"github.com/licet/licet/internal/entity"
)

// Kinds that no member has.
const (
	nothing Kind = -1 // null, as it is written
	related Kind = -2 // a relation as a whole: null or there
)

// String names the kind in a message, with its article.
func (k Kind) String() string {
	switch k {
	case Text:
		return "a text"
	case Int:
		return "an integer"
	case Float:
		return "a decimal number"
	case Bool:
		return "true or false"
	case Moment:
		return "a date"
	case nothing:
		return "null"
	case related:
		return "a relation"
	}
	return "no kind"
}

// value is what can be compared. In Go null is nil, an Int and a Moment int64.
type value interface {
	kind() Kind
	of(row Row) any
	write(w *writer)
}

// literal is a value as it was written.
type literal struct {
	is    Kind
	value any
}

func (l literal) kind() Kind { return l.is }
func (l literal) of(Row) any { return l.value }

// member is a field of the row, or of what its relations lead to.
type member struct {
	field *Field
	way   []*Relation
}

func (m member) kind() Kind {
	if m.field.Kind == Epoch {
		return Int
	}
	return m.field.Kind
}

func (m member) of(row Row) any {
	v := row.Value(append(names(m.way), m.field.Name)...)
	if t, ok := v.(entity.Time); ok {
		if t.IsZero() {
			return nil
		}
		v = t.Micros()
	}
	if micros, ok := v.(int64); ok && m.field.Kind == Epoch {
		return micros / microsPerMilli
	}
	return v
}

// microsPerMilli brings the time that is kept to the one that is shown. Go and
// both engines leave out the rest of such a division.
const microsPerMilli = 1000

// relative is the relation at the end of a way.
type relative struct{ way []*Relation }

func (relative) kind() Kind            { return related }
func (r relative) of(row Row) any      { return row.Value(names(r.way)...) }
func (r relative) last() *Relation     { return r.way[len(r.way)-1] }
func (r relative) before() []*Relation { return r.way[:len(r.way)-1] }

func names(way []*Relation) []string {
	names := make([]string, len(way), len(way)+1)
	for i, r := range way {
		names[i] = r.Name
	}
	return names
}

// decimal is an Int beside a Float: the nearest one, as in C#.
type decimal struct{ integer value }

func (decimal) kind() Kind { return Float }

func (d decimal) of(row Row) any {
	n, ok := d.integer.of(row).(int64)
	if !ok {
		return nil
	}
	return float64(n)
}

// recased is a text with its letters of ASCII in one case; the others stay.
type recased struct {
	text  value
	upper bool
}

func (recased) kind() Kind { return Text }

func (r recased) of(row Row) any {
	text, ok := r.text.of(row).(string)
	if !ok {
		return nil
	}
	from, to, step := 'A', 'Z', rune('a'-'A')
	if r.upper {
		from, to, step = 'a', 'z', -step
	}
	return strings.Map(func(c rune) rune {
		if from <= c && c <= to {
			return c + step
		}
		return c
	}, text)
}

// verdict is a condition as a value: true or false, never null.
type verdict struct{ condition }

func (verdict) kind() Kind       { return Bool }
func (v verdict) of(row Row) any { return v.holds(row) }

// leastMoment is the start of year 1, which clients send for an unset date.
const leastMoment = -62_135_596_800_000_000

// unset says whether a value is a date that stands for none.
func unset(v value) bool {
	l, ok := v.(literal)
	return ok && l.is == Moment && l.value == int64(leastMoment)
}

func isLiteral(v value) bool {
	_, ok := v.(literal)
	return ok
}
