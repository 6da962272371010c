package eventlog

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"time"

	"github.com/licet/licet/internal/entity"
)

const (
	maxProperty   = 1 << 10 // bytes of one value
	maxProperties = 64
)

// properties collects what a line says beside its message.
type properties struct {
	request    bool
	values     map[string]any
	err, stack string
}

func newProperties(request bool) *properties {
	return &properties{request: request, values: make(map[string]any, 16)}
}

// add takes an attribute, those of a group by their whole names.
func (p *properties) add(group string, a slog.Attr) {
	value := a.Value.Resolve()
	if value.Kind() == slog.KindGroup {
		if a.Key != "" {
			group += a.Key + "."
		}
		for _, inner := range value.Group() {
			p.add(group, inner)
		}
		return
	}
	name := group + a.Key
	switch {
	case name == "" || len(p.values) >= maxProperties:
	case secret(a.Key):
		p.values[name] = "****"
	case name == attrError:
		p.err = value.String()
	case name == attrStack:
		p.stack = value.String()
	default:
		p.values[p.name(name)] = plain(value)
	}
}

// name is how a property is called: those of requests as other servers of this
// kind call them, others as the line does.
func (p *properties) name(attr string) string {
	if p.request {
		switch attr {
		case attrOperation:
			return "EndpointName"
		case attrSurface:
			return "Surface"
		case attrStatus:
			return "StatusCode"
		case "method":
			return "Method"
		case "protocol":
			return "Protocol"
		case "route":
			return "Route"
		case "latency_ms":
			return "Elapsed"
		case "bytes":
			return "ResponseBytes"
		case "request_id":
			return "RequestId"
		case "address":
			return "ClientAddress"
		case "user":
			return "UserId"
		case "key_id":
			return "ApiKeyId"
		case "license":
			return "LicenseId"
		case "code":
			return "Outcome"
		}
	}
	return clean(attr, maxProperty)
}

// secret says whether an attribute's name promises what nobody may read here.
// Ours have no such names; this is for those to come.
func secret(name string) bool {
	name = strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == '.' {
			return -1
		}
		return entity.FoldRune(r)
	}, name)
	for _, word := range []string{"password", "secret", "token", "apikey", "userkey", "licensekey", "credential", "authorization", "cookie"} {
		if strings.Contains(name, word) && !strings.HasSuffix(name, "id") {
			return true
		}
	}
	return name == "key"
}

// plain makes a value that JSON has.
func plain(v slog.Value) any {
	switch v.Kind() {
	case slog.KindBool, slog.KindInt64, slog.KindUint64:
		return v.Any()
	case slog.KindFloat64:
		if f := v.Float64(); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f
		}
	case slog.KindTime:
		return v.Time().UTC().Format(time.RFC3339Nano)
	}
	return clean(v.String(), maxProperty)
}

func (p *properties) status() int64 {
	n, _ := p.values["StatusCode"].(int64)
	return n
}

func (p *properties) exception() string {
	if p.stack == "" {
		return p.err
	}
	return p.err + "\n" + p.stack
}

// json is an object of the values, in the order of their names.
func (p *properties) json() string {
	b, err := json.Marshal(p.values)
	if err != nil { // no value that plain makes does that
		return fmt.Sprintf(`{"Error":%q}`, err)
	}
	return string(b)
}
