package transfer

// Declared is a declared table, for tests.
type Declared struct {
	Name    string
	Key     []string
	Columns []DeclaredColumn
}

// DeclaredColumn is a declared column; Kind as in declarations, "" for text.
type DeclaredColumn struct {
	Name, Kind string
	Null       bool
	Refers     string
}

// Tables are the declarations.
func Tables() (all []Declared) {
	names := map[kind]string{}
	for name, k := range kinds() {
		names[k] = name
	}
	for _, t := range tables() {
		d := Declared{Name: t.name}
		for _, k := range t.key {
			d.Key = append(d.Key, t.columns[k].name)
		}
		for _, c := range t.columns {
			d.Columns = append(d.Columns, DeclaredColumn{c.name, names[c.kind], c.null, c.refers})
		}
		all = append(all, d)
	}
	return all
}

// LeftOut is what stays.
var LeftOut = leftOut

// BatchRows is how many rows a batch has.
const BatchRows = batchRows
