package query

// Dialect is the SQL that a filter is written in.
type Dialect int

// The dialects.
const (
	SQLite Dialect = iota
	Postgres
)

// Row gives a filter the members of one row. The path is spelled as on the
// wire: Value("customer", "company"). The value is nil for null (also for all
// members of a relation that is not there), or a string, int64, float64, bool,
// and for a Moment an entity.Time or an int64 of microseconds since 1970 UTC.
// Asked for a relation itself, anything but nil says that it is there.
type Row interface {
	Value(path ...string) any
}

// Filter is a condition that was parsed and agrees with its schema. It is safe
// for concurrent use.
type Filter struct{ root condition }

// ParseFilter reads a condition in the language of docs/query-language.md. The
// error is a *fault.Error, Invalid, of the field "filter", whose message says at
// which character (the first is 1) something else was expected.
func ParseFilter(s *Schema, text string) (*Filter, error) {
	root, err := parse(s, text)
	if err != nil {
		return nil, err
	}
	return &Filter{root: root}, nil
}

// SQL writes the filter as an expression for WHERE, with a ? for each value and
// the values in order; alias names the entity's own table. The expression may be
// NULL where the filter does not hold, so it can be joined by AND and OR but must
// not be negated. It is in parentheses where it needs them.
func (f *Filter) SQL(d Dialect, alias string) (string, []any) {
	return f.sql(&writer{dialect: d, alias: alias})
}

// Judging is SQL for a few rows that are found by something else.
func (f *Filter) Judging(d Dialect, alias string) (string, []any) {
	return f.sql(&writer{dialect: d, alias: alias, judging: true})
}

func (f *Filter) sql(w *writer) (string, []any) {
	f.root.where(w, true)
	return w.text.String(), w.args
}

// Apart is Judging written so that SQLite looks for no rows by the filter, but
// for the parts that compare this column of the row itself with a value: it reads
// rows in some other order and judges each.
func (f *Filter) Apart(d Dialect, alias, column string) (string, []any) {
	w := &writer{dialect: d, alias: alias, judging: true}
	for i, part := range f.parts() {
		if i > 0 {
			w.put(" AND ")
		}
		if c, _ := columnOf(part); c != column {
			w.put("+")
		}
		part.where(w, true)
	}
	return w.text.String(), w.args
}

// Fixed are the columns of the row itself that have one value in all rows that
// the filter leaves.
func (f *Filter) Fixed() (columns []string) {
	for _, part := range f.parts() {
		if c, sign := columnOf(part); sign == "=" {
			columns = append(columns, c)
		}
	}
	return columns
}

// Columns are those of the row itself that the filter reads.
func (f *Filter) Columns() map[string]bool {
	w := &writer{used: map[string]bool{}}
	f.root.where(w, true)
	return w.used
}

// Compared are those that parts of the filter, which must all hold, compare with
// a value: an index of them finds the rows.
func (f *Filter) Compared() (columns []string) {
	for _, part := range f.parts() {
		if c, _ := columnOf(part); c != "" {
			columns = append(columns, c)
		}
	}
	return columns
}

// parts are conditions of which all must hold.
func (f *Filter) parts() []condition {
	if all, ok := f.root.(joined); ok && all.all {
		return all.parts
	}
	return []condition{f.root}
}

// columnOf is the column of the row itself that a condition compares with a
// value, and how; "": it is something else.
func columnOf(c condition) (column, sign string) {
	switch c := c.(type) {
	case truth:
		return comparison{"=", c.of, literal{Bool, true}}.column()
	case missing:
		return comparison{"=", c.of, literal{nothing, nil}}.column()
	case joined:
		if len(c.parts) == 1 {
			return columnOf(c.parts[0])
		}
	case listed:
		if m := ledTo(c.of); m != nil {
			return hops(m.way)[0].Column, "in"
		}
		return comparison{"in", c.of, c.items[0]}.column()
	case comparison:
		if m, _ := c.led(); m != nil {
			return hops(m.way)[0].Column, "in"
		}
		return c.column()
	}
	return "", ""
}

func (c comparison) column() (column, sign string) {
	of, by := c.a, c.b
	if isLiteral(of) {
		of, by = by, of
	}
	m, ok := of.(member)
	if !ok || !isLiteral(by) || len(m.way) > 0 || m.field.JSON != "" {
		return "", ""
	}
	return m.field.Column, c.sign
}

// Match says whether the filter holds for a row.
func (f *Filter) Match(row Row) bool { return f.root.holds(row) }
