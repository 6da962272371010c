package query

import (
	"strconv"
	"strings"
)

// writer writes SQL. Names in it come from a Schema; all else that a caller
// gave becomes a parameter.
type writer struct {
	dialect Dialect
	alias   string
	text    strings.Builder
	args    []any
	used    map[string]bool // columns of the row itself
	judging bool            // rows that are found already
}

// put writes texts as they are and values as SQL.
func (w *writer) put(parts ...any) {
	for _, part := range parts {
		switch part := part.(type) {
		case string:
			w.text.WriteString(part)
		case value:
			part.write(w)
		}
	}
}

// bind writes a mark for a parameter.
func (w *writer) bind(v any) {
	w.text.WriteByte('?')
	w.args = append(w.args, v)
}

func (w *writer) pick(sqlite, postgres string) string {
	if w.dialect == Postgres {
		return postgres
	}
	return sqlite
}

// reach writes a column of the row that a way leads to. Each step is a look-up
// by key of its own, NULL where there is no such row.
func (w *writer) reach(way []*Relation, column, json string) {
	if len(way) == 0 {
		w.column(w.alias, column, json)
		return
	}
	last, before := way[len(way)-1], way[:len(way)-1]
	if last.Table == "" {
		w.reach(before, column, json)
		return
	}
	alias := w.alias + "_" + strconv.Itoa(len(way))
	w.put("(SELECT ")
	w.column(alias, column, json)
	w.put(" FROM ", name(last.Table), " AS ", name(alias), " WHERE ", name(alias), ".", name(last.Join), " = ")
	w.reach(before, last.Column, "")
	w.put(")")
}

func (w *writer) column(alias, column, json string) {
	if alias == w.alias && w.used != nil {
		w.used[column] = true
	}
	at := name(alias) + "." + name(column)
	switch {
	case json == "":
		w.put(at)
	case w.dialect == Postgres:
		w.put("(", at, "::json ->> ", constant(json), ")")
	default:
		w.put("json_extract(", at, ", ", constant("$."+name(json)), ")")
	}
}

// name quotes an identifier.
func name(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// constant quotes a text of a Schema.
func constant(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func (l literal) write(w *writer) {
	switch l.is {
	case nothing:
		w.put("NULL")
	case Float:
		w.put("CAST(")
		w.bind(l.value)
		w.put(w.pick(" AS REAL)", " AS double precision)"))
	default:
		w.bind(l.value)
	}
}

func (m member) write(w *writer) {
	if m.field.Kind != Epoch {
		w.reach(m.way, m.field.Column, m.field.JSON)
		return
	}
	w.put("(")
	w.reach(m.way, m.field.Column, m.field.JSON)
	w.put(" / ", strconv.Itoa(microsPerMilli), ")")
}

func (r relative) write(w *writer) { w.reach(r.before(), r.last().Column, "") }

func (d decimal) write(w *writer) {
	w.put("CAST(", d.integer, w.pick(" AS REAL)", " AS double precision)"))
}

// Both engines change letters of ASCII only: SQLite always, PostgreSQL by the
// rules of "C".
func (r recased) write(w *writer) {
	function := "lower("
	if r.upper {
		function = "upper("
	}
	w.put(function, r.text, w.pick(")", ` COLLATE "C")`))
}

func (v verdict) write(w *writer) {
	w.put("(")
	v.where(w, true)
	w.put(" IS TRUE)")
}
