package httpx

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/licet/licet/internal/entity"
)

// plan says how a request becomes a Req. It is made once, by Op.
type plan struct {
	path, query []param
	body        []int // index of the body's field; empty: Req itself
	bodyType    reflect.Type
	hasBody     bool
}

// param is one parameter and where it goes.
type param struct {
	name  string // on the wire
	doc   string
	index []int
	typ   reflect.Type
}

// allWildcards is the tag of a field that takes every wildcard of the path.
const allWildcards = "*"

func planOf(t reflect.Type, path string) *plan {
	p := &plan{}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) || t.Kind() != reflect.Struct {
		p.hasBody, p.bodyType = true, t
		return p
	}
	wildcards := wildcardsOf(path)
	var loose string // a parameter that the body could overwrite
	for _, f := range reflect.VisibleFields(t) {
		if !f.IsExported() || f.Anonymous && isPlainStruct(f.Type) {
			continue
		}
		isParam := true
		if name, ok := f.Tag.Lookup("path"); ok && name == allWildcards {
			if f.Type != reflect.TypeFor[[]int64]() {
				panic(fmt.Sprintf("httpx: %s.%s: all wildcards together are a []int64", t, f.Name))
			}
			for _, w := range wildcards {
				p.path = append(p.path, param{w, f.Tag.Get("doc"), f.Index, f.Type.Elem()})
			}
			continue
		} else if ok {
			p.path = append(p.path, param{wildcardName(t, f, name, wildcards), f.Tag.Get("doc"), f.Index, f.Type})
		} else if name, ok := f.Tag.Lookup("query"); ok {
			p.query = append(p.query, param{name, f.Tag.Get("doc"), f.Index, f.Type})
		} else {
			isParam = false
		}
		tag := f.Tag.Get("json")
		if isParam {
			mustBindable(t, f)
			if tag != "-" {
				loose = f.Name
			}
			continue
		}
		if _, ok := f.Tag.Lookup("body"); ok {
			p.hasBody, p.bodyType, p.body = true, f.Type, f.Index
		} else if tag != "" && tag != "-" && len(p.body) == 0 {
			p.hasBody, p.bodyType = true, t
		}
	}
	if p.hasBody && len(p.body) == 0 && loose != "" {
		panic(fmt.Sprintf("httpx: %s.%s: a parameter beside json members needs json:\"-\"", t, loose))
	}
	return p
}

func isPlainStruct(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && !reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]())
}

// wildcardsOf lists the names in a ServeMux pattern's path.
func wildcardsOf(path string) []string {
	var names []string
	for _, s := range strings.Split(path, "/") {
		if name, ok := strings.CutPrefix(s, "{"); ok && s != "{$}" {
			names = append(names, strings.TrimSuffix(strings.TrimSuffix(name, "}"), "..."))
		}
	}
	return names
}

func wildcardName(t reflect.Type, f reflect.StructField, name string, wildcards []string) string {
	if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= len(wildcards) {
		return wildcards[n-1]
	}
	for _, w := range wildcards {
		if w == name {
			return name
		}
	}
	panic(fmt.Sprintf("httpx: %s.%s: the path has no wildcard %q", t, f.Name, name))
}

func mustBindable(t reflect.Type, f reflect.StructField) {
	if _, err := reflect.New(t).Elem().FieldByIndexErr(f.Index); err != nil {
		panic(fmt.Sprintf("httpx: %s.%s: a parameter cannot be in an embedded pointer", t, f.Name))
	}
	base := f.Type
	if base == reflect.TypeFor[[]string]() && f.Tag.Get("path") == "" {
		return
	}
	if base.Kind() == reflect.Pointer {
		base = base.Elem()
	}
	switch base.Kind() {
	case reflect.Int, reflect.Int64, reflect.Bool, reflect.String:
		return
	}
	if base != reflect.TypeFor[entity.Time]() {
		panic(fmt.Sprintf("httpx: %s.%s: a parameter cannot be a %s", t, f.Name, f.Type))
	}
}

// wantsItem says whether the body is an ItemOf.
func (p *plan) wantsItem() bool {
	return p.hasBody && reflect.PointerTo(p.bodyType).Implements(reflect.TypeFor[named]())
}
