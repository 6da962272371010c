package transfer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/licet/licet/internal/store"
)

// row is a line of a file that is a row. Where wrong says something, the line
// cannot be taken and kind, id and values are what could be read.
type row struct {
	line   int64
	size   int
	kind   string
	table  *table
	id     string
	values []any
	wrong  string
}

// reader reads a file from its header to its last line.
type reader struct {
	*lines
	header Header
	footer Footer
	digest string // of all lines but the last, when that was read
	tables map[string]*table
	counts map[string]int64
}

// anyLine is any line but the first.
type anyLine struct {
	Kind *string         `json:"kind"`
	Row  json.RawMessage `json:"row"`
	Footer
}

// openFile reads the header.
func openFile(in io.Reader) (*reader, error) {
	r := &reader{lines: newLines(in), tables: map[string]*table{}, counts: map[string]int64{}}
	for _, t := range tables() {
		r.tables[t.name] = &t
	}
	line, err := r.lines.next()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty")
	}
	if err != nil {
		return nil, err
	}
	if err := strictly(line, &r.header); err != nil || r.header.Licet != fileKind {
		return nil, fmt.Errorf(`line 1: this is no file of licet export: it begins with {"licet":"books",…}`)
	}
	return r, r.header.check()
}

func (h *Header) check() error {
	if h.Format != formatVersion {
		return fmt.Errorf("line 1: the file has format %d, this program knows %d", h.Format, formatVersion)
	}
	schema, err := store.SchemaVersion()
	if err != nil {
		return err
	}
	if h.Schema != schema {
		return fmt.Errorf("line 1: the file has the books of schema version %d (licet %.40q), this program's is %d: export and import with the same version, after the older server was started once with the newer program", h.Schema, h.Program, schema)
	}
	if h.At.IsZero() {
		return errors.New("line 1: at: must be the time of the export")
	}
	return nil
}

// next returns the next row; io.EOF after the last line, which is good then.
func (r *reader) next() (row, error) {
	line, err := r.lines.next()
	if errors.Is(err, io.EOF) {
		return row{}, fmt.Errorf("the file is cut off behind line %d: its last line is not there", r.no)
	}
	if err != nil {
		return row{}, err
	}
	found, end := r.parse(line)
	if end {
		return row{}, r.end()
	}
	found.line, found.size = r.no, len(line)
	r.counts[found.kind]++
	return found, nil
}

// parse reads a line; end says that it is the last one.
func (r *reader) parse(line []byte) (found row, end bool) {
	var l anyLine
	if !utf8.Valid(line) {
		return row{wrong: "is not valid UTF-8"}, false
	}
	if err := strictly(line, &l); err != nil {
		return row{wrong: "is not a row as JSON: " + err.Error()}, false
	}
	if l.End && l.Kind == nil && l.Row == nil {
		r.footer = l.Footer
		return row{}, true
	}
	if l.Kind == nil || l.Row == nil || l.Rows != nil || l.End || l.SHA256 != "" {
		return row{wrong: `must have the members "kind" and "row" and no others`}, false
	}
	found.kind = *l.Kind
	if found.table = r.tables[found.kind]; found.table == nil {
		return row{wrong: fmt.Sprintf("%.40q is no kind of row", found.kind)}, false
	}
	if err := found.read(l.Row); err != nil {
		found.wrong = err.Error()
		return found, false
	}
	found.id = found.table.id(found.values)
	found.wrong = r.forbidden(&found)
	return found, false
}

// forbidden says what keeps a well-formed row out.
func (r *reader) forbidden(found *row) string {
	t := found.table
	if key, is := found.values[t.key[0]].(string); is && t.isLeft(key) {
		return "is the server's own and not to be brought in"
	}
	for i, c := range t.columns {
		if c.kind == sealed && found.values[i] != nil && r.header.ServerKeyCheck == "" {
			return c.name + ": is sealed, and the first line has no serverKeyCheck to say under which key"
		}
	}
	return ""
}

// read takes the members of a row, which is valid JSON: all columns, once each.
func (w *row) read(object []byte) error {
	if object[0] != '{' {
		return errors.New("row: must be an object")
	}
	t := w.table
	values, seen, next := make([]any, len(t.columns)), make([]bool, len(t.columns)), 0
	err := eachMember(object, func(name string, raw []byte) (err error) {
		i := next
		if i >= len(t.columns) || t.columns[i].name != name {
			i = t.place(name)
		}
		if i < 0 {
			return fmt.Errorf("%.40q is no column of %s", name, t.name)
		}
		if seen[i] {
			return fmt.Errorf("%s: is there twice", name)
		}
		seen[i], next = true, i+1
		values[i], err = t.columns[i].parse(raw)
		return err
	})
	if err != nil {
		return err
	}
	for i, there := range seen {
		if !there {
			return fmt.Errorf("%s: is missing", t.columns[i].name)
		}
	}
	w.values = values
	return nil
}

// end judges the last line.
func (r *reader) end() error {
	r.digest = r.hex()
	for kind, n := range r.counts {
		if r.footer.Rows[kind] != n {
			return fmt.Errorf("the file has %d rows of %q, its last line says %d", n, kind, r.footer.Rows[kind])
		}
	}
	for kind, n := range r.footer.Rows {
		if r.counts[kind] != n {
			return fmt.Errorf("the file has %d rows of %.40q, its last line says %d", r.counts[kind], kind, n)
		}
	}
	if r.footer.SHA256 != "" && r.footer.SHA256 != r.digest {
		return errors.New("the file was changed or damaged: it is not what the sha256 in its last line is of (leave sha256 out of the last line of a file that you changed yourself)")
	}
	no := r.no
	if _, err := r.lines.next(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("there is something behind the last line, line %d", no)
	}
	return io.EOF
}

// strictly reads one JSON value without members that v does not have.
func strictly(line []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if dec.InputOffset() != int64(len(line)) {
		return errors.New("there is something behind it")
	}
	return nil
}
