package httpx

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
)

// misfit names the member on which decoding body into dst failed with cause.
// It walks the body beside the type: encoding/json knows the path for its own
// errors only, not for those of a type that decodes itself.
func misfit(body []byte, dst any, cause error) error {
	if n, ok := dst.(named); ok {
		return itemMisfit(body, n, cause)
	}
	w := walker{fields: map[reflect.Type]wireFields{}}
	if f := w.walk(body, reflect.TypeOf(dst).Elem(), ""); f != nil {
		return f
	}
	return asFault("", cause)
}

// unknownMember is a fault of the first member of body that the type of dst
// lacks, or nil. Body has been decoded into dst.
func unknownMember(body []byte, dst any) error {
	w := walker{fields: map[reflect.Type]wireFields{}, strict: true}
	if f := w.walk(body, reflect.TypeOf(dst).Elem(), ""); f != nil {
		return f
	}
	return nil
}

func itemMisfit(body []byte, n named, cause error) error {
	members, ok := objectOf(body)
	if !ok {
		return fault.Bad("", "expected an object, got %s", kindOf(body))
	}
	w := walker{fields: map[reflect.Type]wireFields{}}
	for _, m := range members {
		if strings.EqualFold(m.name, n.itemName()) {
			if f := w.walk(m.raw, reflect.TypeOf(n.item()).Elem(), n.itemName()); f != nil {
				return f
			}
		}
	}
	return asFault("", cause)
}

// transparent is a type that shows as another on the wire; entity.Sent is one.
type transparent interface{ JSONSchemaAlias() any }

// walker remembers the fields of the types that it met: a hostile body has
// 100,000 members or objects, and asking the type for each costs seconds.
type walker struct {
	fields map[reflect.Type]wireFields
	strict bool // members without a field are misfits
}

// walk returns the first misfit of raw with t, or nil when it finds none.
func (w walker) walk(raw []byte, t reflect.Type, path string) *fault.Error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if string(raw) == "null" {
		return nil
	}
	if a, ok := reflect.Zero(t).Interface().(transparent); ok {
		return w.walk(raw, reflect.TypeOf(a.JSONSchemaAlias()), path)
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		if err := json.Unmarshal(raw, reflect.New(t).Interface()); err != nil {
			return asFault(path, err)
		}
		return nil
	}
	switch t.Kind() {
	case reflect.Struct:
		return w.walkStruct(raw, t, path)
	case reflect.Map:
		return w.walkMap(raw, t, path)
	case reflect.Slice, reflect.Array:
		return w.walkList(raw, t, path)
	case reflect.Interface:
		return nil
	}
	if err := json.Unmarshal(raw, reflect.New(t).Interface()); err != nil {
		return fault.Bad(path, "%s", scalarMessage(raw, t))
	}
	return nil
}

func (w walker) walkStruct(raw []byte, t reflect.Type, path string) *fault.Error {
	members, ok := objectOf(raw)
	if !ok {
		return fault.Bad(path, "expected an object, got %s", kindOf(raw))
	}
	fields := w.fieldsOf(t)
	for _, m := range members {
		field, ok := fields[entity.Fold(m.name)]
		if !ok && w.strict {
			return fault.Bad(join(path, fmt.Sprintf("%.80s", m.name)), "is not a member of this")
		}
		if !ok {
			continue
		}
		if f := w.walk(m.raw, field.typ, join(path, field.name)); f != nil {
			return f
		}
	}
	return nil
}

func (w walker) walkMap(raw []byte, t reflect.Type, path string) *fault.Error {
	members, ok := objectOf(raw)
	if !ok {
		return fault.Bad(path, "expected an object, got %s", kindOf(raw))
	}
	for _, m := range members {
		if f := w.walk(m.raw, t.Elem(), join(path, m.name)); f != nil {
			return f
		}
	}
	return nil
}

func (w walker) walkList(raw []byte, t reflect.Type, path string) *fault.Error {
	if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 {
		if err := json.Unmarshal(raw, new([]byte)); err != nil {
			return fault.Bad(path, "expected base64 text")
		}
		return nil
	}
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return fault.Bad(path, "expected a list, got %s", kindOf(raw))
	}
	for i, item := range items {
		if f := w.walk(item, t.Elem(), path+"["+strconv.Itoa(i)+"]"); f != nil {
			return f
		}
	}
	return nil
}

// wireFields is what encoding/json would decode a struct's members into, by
// folded name.
type wireFields map[string]wireField

type wireField struct {
	name  string // as documented
	typ   reflect.Type
	depth int // of embedding
}

// fieldsOf lists the fields of t; of those of one name the outer counts, before
// promoted ones.
func (w walker) fieldsOf(t reflect.Type) wireFields {
	if known, ok := w.fields[t]; ok {
		return known
	}
	fields := wireFields{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || f.Tag.Get("json") == "-" || f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct {
			continue
		}
		if name == "" {
			name = f.Name
		}
		folded, depth := entity.Fold(name), len(f.Index)
		if outer, taken := fields[folded]; !taken || depth < outer.depth {
			fields[folded] = wireField{name, f.Type, depth}
		}
	}
	w.fields[t] = fields
	return fields
}

type rawMember struct {
	name string
	raw  json.RawMessage
}

// objectOf splits an object in the order of its members; false when raw is
// something else.
func objectOf(raw []byte) ([]rawMember, bool) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil, false
	}
	var members []rawMember
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, false
		}
		m := rawMember{name: fmt.Sprint(key)}
		if err := d.Decode(&m.raw); err != nil {
			return nil, false
		}
		members = append(members, m)
	}
	return members, true
}

// asFault gives an error that came from a type's own decoding its path.
func asFault(path string, err error) *fault.Error {
	if f := fault.Of(err); f != nil {
		at := *f
		at.Field = join(path, f.Field)
		return &at
	}
	if mismatch := (*json.UnmarshalTypeError)(nil); errors.As(err, &mismatch) {
		return fault.Bad(join(path, mismatch.Field), "%s", expected(mismatch.Type)+", got "+article(mismatch.Value))
	}
	return fault.Bad(path, "%s", strings.TrimPrefix(err.Error(), "json: "))
}

func scalarMessage(raw []byte, t reflect.Type) string {
	got := kindOf(raw)
	if got != "a number" {
		return expected(t) + ", got " + got
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool:
		return expected(t) + ", got a number"
	}
	if bytes.ContainsAny(raw, ".eE") && !isFloat(t) {
		return "expected a whole number, got " + shorten(raw)
	}
	return "the number " + shorten(raw) + " is out of range"
}

func isFloat(t reflect.Type) bool {
	return t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64
}

func expected(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.String:
		return "expected a string"
	case reflect.Bool:
		return "expected true or false"
	case reflect.Float32, reflect.Float64:
		return "expected a number"
	case reflect.Slice, reflect.Array:
		return "expected a list"
	case reflect.Struct, reflect.Map:
		return "expected an object"
	}
	return "expected a whole number"
}

// kindOf says what a valid JSON value is.
func kindOf(raw []byte) string {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	}
	return "a number"
}

// article puts encoding/json's name of a kind into words.
func article(kind string) string {
	switch {
	case kind == "object":
		return "an object"
	case kind == "array":
		return "a list"
	case kind == "bool":
		return "true or false"
	case strings.HasPrefix(kind, "number"):
		return "a number"
	}
	return "a " + kind
}

func shorten(raw []byte) string {
	if len(raw) > 40 {
		return string(raw[:40]) + "…"
	}
	return string(raw)
}

func join(path, name string) string {
	if path == "" || name == "" {
		return path + name
	}
	return path + "." + name
}
