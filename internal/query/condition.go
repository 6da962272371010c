package query

import (
	"cmp"
	"slices"
	"strings"
)

// condition holds for a row or does not; there is no third answer. In SQL it is
// written so that it is true, or so that its opposite is: the opposite is always
// pushed down to here, where null is known.
type condition interface {
	holds(row Row) bool
	where(w *writer, want bool)
}

// joined is and, or or.
type joined struct {
	all   bool // and
	parts []condition
}

func (j joined) holds(row Row) bool {
	if j.all {
		return !slices.ContainsFunc(j.parts, func(c condition) bool { return !c.holds(row) })
	}
	return slices.ContainsFunc(j.parts, func(c condition) bool { return c.holds(row) })
}

// opposite is not.
type opposite struct{ of condition }

func (o opposite) holds(row Row) bool { return !o.of.holds(row) }

// truth is a member that is true or false; null is not true.
type truth struct{ of value }

func (t truth) holds(row Row) bool { return t.of.of(row) == true }

// missing is == null.
type missing struct{ of value }

func (m missing) holds(row Row) bool { return m.of.of(row) == nil }

// comparison compares two values of one kind. Two nulls are equal; null is
// neither less nor greater than anything.
type comparison struct {
	sign string // = < <= > >=
	a, b value
}

func (c comparison) holds(row Row) bool {
	a, b := c.a.of(row), c.b.of(row)
	if a == nil || b == nil {
		return c.sign == "=" && a == nil && b == nil
	}
	order, ok := compare(a, b)
	if !ok {
		return false
	}
	switch c.sign {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	}
	return order == 0
}

// compare orders two values of one kind, texts by their bytes.
func compare(a, b any) (order int, ok bool) {
	switch a := a.(type) {
	case string:
		b, ok := b.(string)
		return strings.Compare(a, b), ok
	case int64:
		b, ok := b.(int64)
		return cmp.Compare(a, b), ok
	case float64:
		b, ok := b.(float64)
		return cmp.Compare(a, b), ok
	case bool:
		b, ok := b.(bool)
		if a == b {
			return 0, ok
		}
		return 1, ok
	}
	return 0, false
}

// listed is in: the value is one of the items, all of its kind.
type listed struct {
	of    value
	items []literal
}

func (l listed) holds(row Row) bool {
	v := l.of.of(row)
	return v != nil && slices.ContainsFunc(l.items, func(item literal) bool {
		order, ok := compare(v, item.value)
		return ok && order == 0
	})
}

// search looks for a part in a text, case by case. Null holds nothing and is in
// nothing.
type search struct {
	how        place
	text, part value
}

type place int

const (
	anywhere place = iota
	atStart
	atEnd
)

func (s search) holds(row Row) bool {
	text, ok := s.text.of(row).(string)
	part, too := s.part.of(row).(string)
	if !ok || !too {
		return false
	}
	switch s.how {
	case atStart:
		return strings.HasPrefix(text, part)
	case atEnd:
		return strings.HasSuffix(text, part)
	}
	return strings.Contains(text, part)
}
