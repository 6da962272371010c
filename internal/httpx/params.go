package httpx

import (
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
)

// bindParams fills the parameters of req. It is only called when there are any.
func (p *plan) bindParams(r *http.Request, req any) error {
	v := reflect.ValueOf(req).Elem()
	for i := range p.path {
		param := &p.path[i]
		value := r.PathValue(param.name)
		if value == "" {
			return fault.Bad(param.name, "a value is needed in the path")
		}
		if err := param.set(v, value); err != nil {
			return err
		}
	}
	if len(p.query) == 0 {
		return nil
	}
	return p.bindQuery(r.URL.RawQuery, v)
}

// bindQuery reads the query by itself: url.ParseQuery drops what it cannot
// read, and a filter half read is worse than one refused. Names compare like
// JSON members, without regard to case; unknown ones are ignored.
func (p *plan) bindQuery(raw string, v reflect.Value) error {
	var seen uint64
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		key, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(key)
		if err != nil {
			return fault.New(fault.Invalid, "the query is not well escaped")
		}
		i := p.queryIndex(name)
		if i < 0 {
			continue
		}
		param := &p.query[i]
		if value, err = url.QueryUnescape(value); err != nil {
			return fault.Bad(param.name, "the value is not well escaped")
		}
		repeated := seen&(1<<i) != 0
		seen |= 1 << i
		if repeated && param.typ.Kind() != reflect.Slice {
			return fault.Bad(param.name, "the parameter is given more than once")
		}
		if err := param.set(v, value); err != nil {
			return err
		}
	}
	return nil
}

func (p *plan) queryIndex(name string) int {
	for i := range p.query {
		if strings.EqualFold(p.query[i].name, name) {
			return i
		}
	}
	return -1
}

// set parses s into the parameter's field. An empty value of anything but a
// string counts as absent.
func (p *param) set(v reflect.Value, s string) error {
	if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		return fault.Bad(p.name, "the value is not text: it has invalid UTF-8 or a NUL")
	}
	field := v.FieldByIndex(p.index)
	if field.Kind() == reflect.Slice {
		one := reflect.New(field.Type().Elem()).Elem()
		if err := p.parse(one, s); err != nil {
			return err
		}
		field.Set(reflect.Append(field, one))
		return nil
	}
	base := p.typ
	if base.Kind() == reflect.Pointer {
		base = base.Elem()
	}
	if s == "" && base.Kind() != reflect.String {
		return nil
	}
	if p.typ.Kind() == reflect.Pointer {
		field.Set(reflect.New(base))
		field = field.Elem()
	}
	return p.parse(field, s)
}

func (p *param) parse(field reflect.Value, s string) error {
	switch field.Kind() {
	case reflect.String:
		field.SetString(s)
	case reflect.Bool:
		switch {
		case strings.EqualFold(s, "true"), s == "1":
			field.SetBool(true)
		case strings.EqualFold(s, "false"), s == "0":
			field.SetBool(false)
		default:
			return fault.Bad(p.name, "expected true or false, got %.40q", s)
		}
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(s, 10, 64)
		if errors.Is(err, strconv.ErrRange) {
			return fault.Bad(p.name, "the number %.40s is out of range", s)
		}
		if err != nil {
			return fault.Bad(p.name, "expected a whole number, got %.40q", s)
		}
		field.SetInt(n)
	default: // entity.Time: Op lets nothing else through
		t, err := entity.ParseTime(s)
		if err != nil {
			return fault.Bad(p.name, "%s", err.Error())
		}
		field.Set(reflect.ValueOf(t))
	}
	return nil
}
