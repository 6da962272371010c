package query

import "strings"

// Rows whose relation has a value are looked for from the other end: first what
// has the value, by an index where there is one, then the rows that belong to
// it. To follow the relation of each row instead costs a look at all rows. But a
// few rows that are judged need no list of all that has the value.

// led is the member of a relation that a comparison asks to be equal to a value,
// and the value; nil: it is something else.
func (c comparison) led() (*member, value) {
	of, by := c.a, c.b
	if isLiteral(of) {
		of, by = by, of
	}
	if c.sign != "=" || !isLiteral(by) {
		return nil, nil
	}
	return ledTo(of), by
}

// ledTo is a member that relations to other tables lead to; nil: it is not.
func ledTo(v value) *member {
	if m, ok := v.(member); ok && len(hops(m.way)) > 0 {
		return &m
	}
	return nil
}

// hops are the steps of a way that lead to another table.
func hops(way []*Relation) (found []*Relation) {
	for _, r := range way {
		if r.Table != "" {
			found = append(found, r)
		}
	}
	return found
}

// there writes the condition that a way leads to a row of which then, given the
// member as the row's own, writes a condition.
func (w *writer) there(m *member, then func(own member)) {
	alias, used := w.alias, w.used
	steps := hops(m.way)
	for _, r := range steps {
		w.put("(")
		w.column(w.alias, r.Column, "")
		w.alias += "_1"
		w.used = nil // which are columns of the row itself
		w.put(" IN (SELECT ", name(w.alias), ".", name(r.Join), " FROM ", name(r.Table), " AS ", name(w.alias), " WHERE ")
	}
	then(member{field: m.field})
	w.put(strings.Repeat("))", len(steps)))
	w.alias, w.used = alias, used
}
