package query

// Every condition is written in parentheses. Where it is to be true it may be
// NULL instead of false, which lets the engines use their indexes; its opposite
// is true where it is NULL.

func (j joined) where(w *writer, want bool) {
	word := " OR "
	if j.all == want {
		word = " AND "
	}
	w.put("(")
	for i, part := range j.parts {
		if i > 0 {
			w.put(word)
		}
		part.where(w, want)
	}
	w.put(")")
}

func (o opposite) where(w *writer, want bool) { o.of.where(w, !want) }

// SQLite uses an index for a comparison, not for a column alone.
func (t truth) where(w *writer, want bool) { w.holds(want, t.of, w.pick(" = 1", "")) }

func (m missing) where(w *writer, want bool) {
	test := " IS NOT NULL)"
	if want {
		test = " IS NULL)"
	}
	w.put("(", m.of, test)
}

func (c comparison) where(w *writer, want bool) {
	if c.sign != "=" {
		collate := ""
		if c.a.kind() == Text {
			collate = w.pick("", ` COLLATE "C"`)
		}
		w.holds(want, c.a, collate, " "+c.sign+" ", c.b)
		return
	}
	if m, by := c.led(); m != nil && want && !w.judging {
		w.there(m, func(own member) { comparison{"=", own, by}.where(w, true) })
		return
	}
	sign := " IS DISTINCT FROM "
	switch {
	case want && (isLiteral(c.a) || isLiteral(c.b)): // which are not null
		sign = " = "
	case want:
		sign = " IS NOT DISTINCT FROM "
	}
	w.put("(", c.a, sign, c.b, ")")
}

func (l listed) where(w *writer, want bool) {
	if m := ledTo(l.of); m != nil && want && !w.judging {
		w.there(m, func(own member) { listed{own, l.items}.where(w, true) })
		return
	}
	parts := []any{l.of, " IN ("}
	for i, item := range l.items {
		if i > 0 {
			parts = append(parts, ", ")
		}
		parts = append(parts, item)
	}
	w.holds(want, append(parts, ")")...)
}

// A part is cut out by its length and compared, because LIKE has wildcards and
// on SQLite no case.
func (s search) where(w *writer, want bool) {
	switch {
	case s.how == anywhere:
		w.holds(want, w.pick("instr(", "strpos("), s.text, ", ", s.part, ") > 0")
	case s.how == atStart && w.dialect == Postgres:
		w.holds(want, "left(", s.text, ", length(", s.part, ")) = ", s.part)
	case s.how == atStart:
		w.holds(want, "substr(", s.text, ", 1, length(", s.part, ")) = ", s.part)
	case w.dialect == Postgres:
		w.holds(want, "right(", s.text, ", length(", s.part, ")) = ", s.part)
	default:
		w.holds(want, "substr(", s.text, ", length(", s.text, ") - length(", s.part, ") + 1) = ", s.part)
	}
}

// holds writes what is true, false or NULL, or its opposite.
func (w *writer) holds(want bool, parts ...any) {
	if want {
		w.put("(")
		w.put(parts...)
		w.put(")")
		return
	}
	w.put("((")
	w.put(parts...)
	w.put(") IS NOT TRUE)")
}
