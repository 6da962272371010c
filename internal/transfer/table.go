package transfer

import (
	"slices"
	"strings"
)

// kind is what a column holds.
type kind uint8

const (
	text   kind = iota // a string
	number             // int64
	real               // float64
	truth              // bool
	moment             // microseconds since 1970 UTC
	blob               // bytes
	sealed             // bytes under the server key
)

// column is one declared column.
type column struct {
	name   string
	kind   kind
	null   bool
	refers string // the table whose first key column it names; "": none
}

// table is one declared table.
type table struct {
	name    string
	key     []int // places of the key's columns
	columns []column
	// leaves are rows that stay, by their key; nil: none.
	leaves []string
}

// declare reads a declaration. Columns are NAME[:KIND][?][>TABLE]: without a
// kind it is text; ? may be null; > names the table that it refers to.
func declare(name, key, columns string) table {
	t := table{name: name}
	for _, word := range strings.Fields(columns) {
		word, refers, _ := strings.Cut(word, ">")
		word, null := strings.CutSuffix(word, "?")
		column, kind := column{refers: refers, null: null}, ""
		column.name, kind, _ = strings.Cut(word, ":")
		column.kind = kinds()[kind]
		t.columns = append(t.columns, column)
	}
	for _, k := range strings.Fields(key) {
		t.key = append(t.key, t.place(k))
	}
	return t
}

func kinds() map[string]kind {
	return map[string]kind{"": text, "int": number, "real": real, "bool": truth, "time": moment, "blob": blob, "sealed": sealed}
}

func (t table) without(keys ...string) table { t.leaves = keys; return t }
func (t *table) place(name string) int {
	return slices.IndexFunc(t.columns, func(c column) bool { return c.name == name })
}
func (t *table) isLeft(key string) bool   { return slices.Contains(t.leaves, key) }
func (t *table) keyOf(values []any) []any { return pick(t.key, values) }
func pick(places []int, values []any) (few []any) {
	for _, i := range places {
		few = append(few, values[i])
	}
	return few
}

// names lists the columns for SQL.
func (t *table) names() string {
	var list []string
	for _, c := range t.columns {
		list = append(list, quoted(c.name))
	}
	return strings.Join(list, ", ")
}

func (t *table) keyNames() []string {
	var list []string
	for _, i := range t.key {
		list = append(list, quoted(t.columns[i].name))
	}
	return list
}

// quoted writes an identifier of ours; none has a quote in it.
func quoted(name string) string { return `"` + name + `"` }
