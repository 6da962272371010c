package httpx

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/licet/licet/internal/entity"
)

// schemas collects the JSON Schemas of wire types as components. Components
// carry no `required`: the same type is an item of a list, of which a caller
// may select members, and a body, of which a caller may send some.
type schemas struct {
	reflector *jsonschema.Reflector
	types     map[string]reflect.Type
	defs      map[string]*jsonschema.Schema
	generics  *regexp.Regexp
	err       error
}

func newSchemas() *schemas {
	s := &schemas{
		types:    map[string]reflect.Type{},
		defs:     map[string]*jsonschema.Schema{},
		generics: regexp.MustCompile(`[\w./-]*\.(\w+)`),
	}
	s.reflector = &jsonschema.Reflector{
		Anonymous:                  true,
		AllowAdditionalProperties:  true,
		RequiredFromJSONSchemaTags: true,
		Mapper:                     mapScalar,
		Namer:                      s.name,
	}
	return s
}

// of returns the schema of t and keeps the components that it refers to.
func (s *schemas) of(t reflect.Type) *jsonschema.Schema {
	root := s.reflector.ReflectFromType(t)
	for name, def := range root.Definitions {
		if s.defs[name] != nil {
			continue
		}
		s.defs[name] = def
		s.refine(s.types[name], def)
	}
	root.Version, root.Definitions = "", nil
	if root.Ref == "" {
		s.refine(deref(t), root)
	}
	return root
}

// answer is the schema of a whole answer: members that are always written are
// required.
func (s *schemas) answer(t reflect.Type) *jsonschema.Schema {
	root := s.of(t)
	if def := s.defs[strings.TrimPrefix(root.Ref, "#/$defs/")]; def != nil && def.Type == "object" {
		root.Required = alwaysWritten(s.types[strings.TrimPrefix(root.Ref, "#/$defs/")])
	}
	return root
}

// object is the schema of members declared by example values.
func (s *schemas) object(o Object, required bool) *jsonschema.Schema {
	root := &jsonschema.Schema{Type: "object", Properties: jsonschema.NewProperties()}
	for _, m := range o {
		root.Properties.Set(m.Name, s.example(m.Value, required))
		if required {
			root.Required = append(root.Required, m.Name)
		}
	}
	return root
}

func (s *schemas) example(v any, required bool) *jsonschema.Schema {
	if nested, ok := v.(Object); ok {
		return s.object(nested, required)
	}
	if v == nil {
		return &jsonschema.Schema{}
	}
	t := reflect.TypeOf(v)
	if t.Kind() == reflect.Pointer {
		return orNull(s.of(t))
	}
	return s.of(t)
}

// name gives entities their own name and other types that of their package
// before it; it notes which type a name stands for.
func (s *schemas) name(t reflect.Type) string {
	name := t.Name()
	if name == "" || t.PkgPath() == "" {
		return name
	}
	if base, args, ok := strings.Cut(name, "["); ok {
		args = s.generics.ReplaceAllString(args, "$1")
		name = base + strings.NewReplacer("[", "", "]", "", ",", "").Replace(args)
	}
	name = strings.ToUpper(name[:1]) + name[1:]
	if t.PkgPath() != reflect.TypeFor[entity.Time]().PkgPath() {
		pkg := t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:]
		name = strings.ToUpper(pkg[:1]) + pkg[1:] + "." + name
	}
	if known, ok := s.types[name]; ok && known != t && s.err == nil {
		s.err = fmt.Errorf("%s and %s would both be the component %s", known, t, name)
	}
	s.types[name] = t
	return name
}

// mapScalar overrides the schemas of single types.
func mapScalar(t reflect.Type) *jsonschema.Schema {
	if t == reflect.TypeFor[entity.Time]() {
		return orNull(&jsonschema.Schema{Type: "string", Format: "date-time"})
	}
	if t == reflect.TypeFor[entity.Millis]() {
		return orNull(&jsonschema.Schema{Type: "integer", Format: "int64", Description: "Milliseconds since 1970 UTC."})
	}
	if t == reflect.TypeFor[Object]() || t == reflect.TypeFor[entity.Params]() {
		return &jsonschema.Schema{Type: "object"}
	}
	if t.Implements(reflect.TypeFor[json.Marshaler]()) {
		return nil
	}
	switch t.Kind() {
	case reflect.Int, reflect.Int64:
		return &jsonschema.Schema{Type: "integer", Format: "int64"}
	case reflect.Int32:
		return &jsonschema.Schema{Type: "integer", Format: "int32"}
	}
	return nil
}

// refine marks what encoding/json writes as null: nil pointers, slices and maps.
func (s *schemas) refine(t reflect.Type, schema *jsonschema.Schema) {
	if t == nil || schema.Ref != "" {
		return
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		if schema.Items != nil {
			s.refine(deref(t.Elem()), schema.Items)
		}
	case reflect.Map:
		if schema.AdditionalProperties != nil {
			s.refine(deref(t.Elem()), schema.AdditionalProperties)
		}
	case reflect.Struct:
		for _, f := range reflect.VisibleFields(t) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "" {
				name = f.Name
			}
			if schema.Properties == nil {
				return
			}
			property, ok := schema.Properties.Get(name)
			if !ok {
				continue
			}
			s.refine(deref(f.Type), property)
			if isNilable(f.Type) {
				schema.Properties.Set(name, orNull(property))
			}
		}
	}
}

func isNilable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer:
		return true
	case reflect.Slice, reflect.Map:
		return !t.Implements(reflect.TypeFor[json.Marshaler]())
	}
	return false
}

// orNull also allows null.
func orNull(s *jsonschema.Schema) *jsonschema.Schema {
	if s.Ref != "" {
		return &jsonschema.Schema{
			AnyOf:       []*jsonschema.Schema{{Ref: s.Ref}, {Type: "null"}},
			Description: s.Description,
		}
	}
	if s.Type == "" {
		return s
	}
	if s.Extras == nil {
		s.Extras = map[string]any{}
	}
	s.Extras["type"] = []string{s.Type, "null"}
	s.Type = ""
	if len(s.Enum) > 0 {
		s.Enum = append(s.Enum, nil)
	}
	return s
}

// alwaysWritten lists the members of t without omitempty or omitzero.
func alwaysWritten(t reflect.Type) []string {
	var names []string
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.IsExported() && name != "" && name != "-" && !strings.Contains(options, "omit") {
			names = append(names, name)
		}
	}
	return names
}

func deref(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}
