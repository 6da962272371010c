package httpx

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strings"
)

// Operation is one row of a surface's table. Make it with Op.
type Operation struct {
	Method      string // upper case
	Path        string // a ServeMux pattern without its method
	Summary     string
	Description string // longer than the summary; may be empty
	ID          string // names the operation in metrics, logs and OpenAPI
	Access      Access
	Surface     string // the name of its surface; set by NewRouter
	Added       bool   // an addition of ours to the published API

	plan     *plan
	call     func(context.Context, *http.Request, *Operation, *decoder) (any, error)
	response reflect.Type
	item     string   // the member that holds an ItemOf body
	asks     Object   // declared members of the request; nil: the type says it
	answers  Object   // declared members of the response; nil: the type says it
	perhaps  []string // those of them that are not always there
}

// errNoAnswer is a defect of an operation, answered as any unknown error.
var errNoAnswer = errors.New("the operation returned neither an answer nor an error")

// Op declares an operation. Req and Resp are its wire structs:
//
// Exported fields of Req tagged `path:"licenseId"` or `query:"take"` are
// parameters (int, int64, bool, string, types of these kinds, entity.Time,
// pointers to those; []string in a query; a `doc` tag describes them).
// `path:"1"` is the first wildcard of the path whatever its name, for requests
// shared by a table of operations; `path:"*"` on a []int64 is all of them, in
// their order, be there any or none. The body is the field tagged `body:""`, or
// else Req itself when a field of it has a json name or when it decodes
// itself. Beside such fields a parameter is tagged `json:"-"`.
//
// Resp is answered as JSON with status 200, unless *Resp is a Streamer or Raw.
// A *Resp that is Headed adds headers to its JSON.
//
// Op panics on a Req that breaks these rules: the table is wrong, not a request.
func Op[Req, Resp any](method, path, summary string, access Access, fn func(context.Context, *Req) (*Resp, error)) Operation {
	method = strings.ToUpper(method)
	if access.Permission == 0 && !access.Public {
		access.Permission = permissionOf(method)
	}
	p := planOf(reflect.TypeFor[Req](), path)
	return Operation{
		Method: method, Path: path, Summary: summary, Access: access, ID: operationID(method, path),
		plan: p, response: reflect.TypeFor[Resp](),
		call: func(ctx context.Context, r *http.Request, op *Operation, d *decoder) (any, error) {
			req := new(Req)
			if err := d.bind(r, p, req, op.item); err != nil {
				return nil, err
			}
			resp, err := fn(ctx, req)
			if err != nil {
				return nil, err
			}
			if resp == nil {
				return nil, errNoAnswer
			}
			return resp, nil
		},
	}
}

// WithID replaces the derived id, where two would be equal or one reads badly.
func (o Operation) WithID(id string) Operation {
	o.ID = id
	return o
}

// WithDescription adds a longer text for the OpenAPI document.
func (o Operation) WithDescription(text string) Operation {
	o.Description = text
	return o
}

// AsAddition marks an operation that is not on the published API pages.
func (o Operation) AsAddition() Operation {
	o.Added = true
	return o
}

// WithItem names the member that holds the value of an ItemOf body.
func (o Operation) WithItem(name string) Operation {
	o.item = name
	return o
}

// WithRequestSchema declares the members of the body by example values, for
// bodies whose names the Go type does not carry.
func (o Operation) WithRequestSchema(members Object) Operation {
	o.asks = members
	return o
}

// WithResponseSchema declares the members of the answer by example values, for
// an Object or a ListOf. All of them are documented as always there.
func (o Operation) WithResponseSchema(members Object) Operation {
	o.answers = members
	return o
}

// WithPerhaps names declared members of the answer that are not always there.
func (o Operation) WithPerhaps(names ...string) Operation {
	o.perhaps = names
	return o
}

// operationID is the literal segments of the path without a leading version,
// and a verb where the path does not end in one: "POST /v1/license/activate" is
// license-activate, "POST /v1/licenses" licenses-create, "GET /v1/licenses"
// licenses-read and "GET /v1/licenses/{id}" licenses-read-one.
func operationID(method, path string) string {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	if len(segments) > 1 && segments[0] == "v1" {
		segments = segments[1:]
	}
	var parts []string
	for _, s := range segments {
		if s != "" && !strings.HasPrefix(s, "{") {
			parts = append(parts, s)
		}
	}
	switch method {
	case http.MethodPost:
		if n := len(parts); n > 0 && strings.HasSuffix(parts[n-1], "s") { // a collection
			parts = append(parts, "create")
		}
	case http.MethodPut:
		parts = append(parts, "update")
	case http.MethodGet:
		parts = append(parts, "read")
		if strings.HasSuffix(path, "}") {
			parts = append(parts, "one")
		}
	default:
		parts = append(parts, strings.ToLower(method))
	}
	return strings.Join(parts, "-")
}
