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

// Again writes a value of a kind as JSON and reads it.
func Again(kind string, v any) (text string, again any, err error) {
	c := column{name: "c", kind: kinds()[kind]}
	b, err := c.append(nil, v)
	if err != nil {
		return "", nil, err
	}
	again, err = c.parse(b)
	return string(b), again, err
}

// Line reads the row of a line and writes it again.
func Line(line string) (kind, again, wrong string) {
	r := reader{tables: map[string]*table{}, header: Header{ServerKeyCheck: "x"}}
	for _, t := range tables() {
		r.tables[t.name] = &t
	}
	found, end := r.parse([]byte(line))
	if end || found.wrong != "" {
		return found.kind, "", found.wrong
	}
	b, err := found.table.appendLine(nil, found.values)
	if err != nil {
		return found.kind, "", err.Error()
	}
	return found.kind, string(b), ""
}

// Members are the members of an object that is valid JSON.
func Members(object string) (names []string, values []string, err error) {
	err = eachMember([]byte(object), func(name string, value []byte) error {
		names, values = append(names, name), append(values, string(value))
		return nil
	})
	return names, values, err
}
