package httpx

import (
	"reflect"
	"slices"
	"strings"
)

// picked are members of a struct that are shown, by their JSON names.
type picked []struct {
	name  string
	index []int
}

// pickMembers finds members of a struct type; nil when all are to be shown. A
// name that it does not have is left out.
func pickMembers(t reflect.Type, names []string) picked {
	if names == nil {
		return nil
	}
	p := picked{}
	fields := reflect.VisibleFields(t)
	for _, want := range names {
		i := slices.IndexFunc(fields, func(f reflect.StructField) bool {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			return name == want && name != "-"
		})
		if i >= 0 {
			p = append(p, struct {
				name  string
				index []int
			}{want, fields[i].Index})
		}
	}
	return p
}

// of is what is shown of a value. A member is there even where it is left out
// of a whole value because it is empty.
func (p picked) of(v any) any {
	if p == nil {
		return v
	}
	from := reflect.ValueOf(v)
	o := make(Object, len(p))
	for i, m := range p {
		o[i] = Member{m.name, from.FieldByIndex(m.index).Interface()}
	}
	return o
}
