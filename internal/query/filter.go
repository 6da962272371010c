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
	w := &writer{dialect: d, alias: alias}
	f.root.where(w, true)
	return w.text.String(), w.args
}

// Match says whether the filter holds for a row.
func (f *Filter) Match(row Row) bool { return f.root.holds(row) }
