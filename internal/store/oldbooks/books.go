package oldbooks

import (
	"bytes"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

//go:embed books
var frozen embed.FS

// Books are the rows of a whole database, in an order in which they can be
// inserted.
type Books struct {
	Schema int64 `json:"schema"`
	// Migrations are the SHA-256 of the migrations that made the schema, by engine.
	Migrations map[string]string `json:"migrations"`
	Tables     []*Table          `json:"-"`
}

// Table is a table with its rows. A value is nil, an int64, a float64, a string
// or bytes.
type Table struct {
	Name    string   `json:"table"`
	Columns []string `json:"columns"`
	Key     []string `json:"key"`
	Rows    [][]any  `json:"-"`
}

// Versions are the schemas whose books are frozen, in order.
func Versions() ([]int64, error) {
	entries, err := frozen.ReadDir("books")
	if err != nil {
		return nil, err
	}
	var all []int64
	for _, e := range entries {
		v, err := strconv.ParseInt(strings.TrimSuffix(e.Name(), ".jsonl"), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("books/%s: %w", e.Name(), err)
		}
		all = append(all, v)
	}
	return all, nil
}

// file is where the books of a schema are.
func file(version int64) string { return path.Join("books", fmt.Sprintf("%05d.jsonl", version)) }

// Read reads the frozen books of a schema.
func Read(version int64) (*Books, error) {
	text, err := frozen.ReadFile(file(version))
	if err != nil {
		return nil, err
	}
	b, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file(version), err)
	}
	return b, nil
}

// Table returns a table by name, nil if it is not there.
func (b *Books) Table(name string) *Table {
	for _, t := range b.Tables {
		if t.Name == name {
			return t
		}
	}
	return nil
}

func parse(text []byte) (*Books, error) {
	lines := json.NewDecoder(bytes.NewReader(text))
	lines.UseNumber()
	b := &Books{}
	if err := lines.Decode(b); err != nil {
		return nil, err
	}
	var table *Table
	for {
		var line json.RawMessage
		if err := lines.Decode(&line); err == io.EOF {
			return b, nil
		} else if err != nil {
			return nil, err
		}
		if line[0] == '{' {
			table = &Table{}
			if err := json.Unmarshal(line, table); err != nil {
				return nil, err
			}
			b.Tables = append(b.Tables, table)
			continue
		}
		row, err := parseRow(line)
		if err != nil || table == nil || len(row) != len(table.Columns) {
			return nil, fmt.Errorf("a bad row: %s: %w", line, err)
		}
		table.Rows = append(table.Rows, row)
	}
}

func parseRow(line []byte) ([]any, error) {
	values := json.NewDecoder(bytes.NewReader(line))
	values.UseNumber()
	var row []any
	if err := values.Decode(&row); err != nil {
		return nil, err
	}
	for i, v := range row {
		var err error
		switch v := v.(type) {
		case json.Number:
			if row[i], err = v.Int64(); err != nil {
				row[i], err = v.Float64()
			}
		case map[string]any:
			row[i], err = hex.DecodeString(fmt.Sprint(v["hex"]))
		}
		if err != nil {
			return nil, err
		}
	}
	return row, nil
}

// text is what parse reads.
func (b *Books) text() ([]byte, error) {
	var out bytes.Buffer
	lines := json.NewEncoder(&out)
	lines.SetEscapeHTML(false)
	if err := lines.Encode(b); err != nil {
		return nil, err
	}
	for _, t := range b.Tables {
		if err := lines.Encode(t); err != nil {
			return nil, err
		}
		for _, row := range t.Rows {
			written := make([]any, len(row))
			for i, v := range row {
				if bytes, is := v.([]byte); is {
					v = map[string]string{"hex": hex.EncodeToString(bytes)}
				}
				written[i] = v
			}
			if err := lines.Encode(written); err != nil {
				return nil, err
			}
		}
	}
	return out.Bytes(), nil
}
