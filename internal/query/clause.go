package query

// clause is a condition as SQL has it: beside true and false it may be unknown,
// which it is where it compares null. It makes the condition that holds where
// the clause is true, or the one that holds where it is false; where it is
// unknown neither does. A not is carried down to the comparisons by this, where
// null is known.
type clause func(want bool) condition

// joint is and, or or.
func joint(all bool, parts []clause) clause {
	return func(want bool) condition {
		j := joined{all: all == want}
		for _, part := range parts {
			j.parts = append(j.parts, part(want))
		}
		return j
	}
}

func (c clause) not() clause { return func(want bool) condition { return c(!want) } }

// isNull is IS NULL, which is never unknown.
func isNull(v value) clause {
	return func(want bool) condition {
		if want {
			return missing{v}
		}
		return opposite{missing{v}}
	}
}

// unlessNull is a condition that is unknown where one of the values is null. It
// must not hold there by itself.
func unlessNull(c condition, values ...value) clause {
	return func(want bool) condition {
		if want {
			return c
		}
		return known(opposite{c}, values...)
	}
}

// known narrows a condition to where none of the values is null.
func known(c condition, values ...value) condition {
	j := joined{all: true, parts: []condition{c}}
	for _, v := range values {
		if mayBeNull(v) {
			j.parts = append(j.parts, opposite{missing{v}})
		}
	}
	if len(j.parts) == 1 {
		return c
	}
	return j
}

func mayBeNull(v value) bool {
	switch v := v.(type) {
	case literal:
		return false
	case member:
		return v.field.Nullable || len(v.way) > 0
	case decimal:
		return mayBeNull(v.integer)
	}
	return true
}

// compares is a comparison of two values of one kind, as SQL judges null.
func (c comparison) clause() clause {
	if c.sign == "=" {
		// Two nulls are equal to a comparison, and unknown to SQL.
		return unlessNull(known(c, bothNull(c)...), c.a, c.b)
	}
	return unlessNull(c, c.a, c.b)
}

// bothNull is what must not be null lest the two sides be equal by it.
func bothNull(c comparison) []value {
	if mayBeNull(c.a) && mayBeNull(c.b) {
		return []value{c.a}
	}
	return nil
}
