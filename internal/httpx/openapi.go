package httpx

import (
	"bytes"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/licet/licet/internal/entity"
)

// The members of an OpenAPI 3.1 document that we write.
type (
	apiDocument struct {
		OpenAPI    string                              `json:"openapi"`
		Info       apiInfo                             `json:"info"`
		Tags       []apiTag                            `json:"tags"`
		Paths      map[string]map[string]*apiOperation `json:"paths"`
		Components apiComponents                       `json:"components"`
	}
	apiInfo struct {
		Title   string `json:"title"`
		Version string `json:"version"`
	}
	apiTag struct {
		Name string `json:"name"`
	}
	apiComponents struct {
		Schemas         map[string]*jsonschema.Schema `json:"schemas"`
		SecuritySchemes map[string]apiSecurityScheme  `json:"securitySchemes"`
	}
	apiSecurityScheme struct {
		Type        string `json:"type"`
		Name        string `json:"name,omitempty"`
		In          string `json:"in,omitempty"`
		Scheme      string `json:"scheme,omitempty"`
		Description string `json:"description"`
	}
	apiOperation struct {
		OperationID string                `json:"operationId"`
		Summary     string                `json:"summary"`
		Description string                `json:"description,omitempty"`
		Tags        []string              `json:"tags"`
		Parameters  []apiParameter        `json:"parameters,omitempty"`
		RequestBody *apiBody              `json:"requestBody,omitempty"`
		Responses   map[string]apiBody    `json:"responses"`
		Security    []map[string][]string `json:"security"`
	}
	apiParameter struct {
		Name        string             `json:"name"`
		In          string             `json:"in"`
		Description string             `json:"description,omitempty"`
		Required    bool               `json:"required,omitempty"`
		Schema      *jsonschema.Schema `json:"schema"`
	}
	apiBody struct {
		Description string               `json:"description,omitempty"`
		Headers     map[string]apiHeader `json:"headers,omitempty"`
		Content     map[string]apiMedia  `json:"content,omitempty"` // none: there is no body
	}
	apiHeader struct {
		Description string             `json:"description"`
		Schema      *jsonschema.Schema `json:"schema"`
	}
	apiMedia struct {
		Schema *jsonschema.Schema `json:"schema,omitempty"`
	}
)

const (
	schemeKey    = "apiKey"
	schemeBearer = "bearer"
)

// describeAll describes the operations. The document tells what needs a
// credential as it is when the router is made.
func describeAll(info Info, surfaces []Surface, ops []Operation) (*apiDocument, error) {
	s := newSchemas()
	failures, media := map[string]apiBody{}, map[string]string{}
	doc := &apiDocument{
		OpenAPI: "3.1.0", Info: apiInfo(info), Tags: []apiTag{}, Paths: map[string]map[string]*apiOperation{},
		Components: apiComponents{SecuritySchemes: map[string]apiSecurityScheme{
			schemeKey:    {Type: "apiKey", Name: "x-api-key", In: "header", Description: "An API key; with x-client-secret beside it where the key asks for one."},
			schemeBearer: {Type: "http", Scheme: "bearer", Description: "A login token or an API key."},
		}},
	}
	schemes := map[string][]string{}
	for i := range surfaces {
		doc.Tags = append(doc.Tags, apiTag{surfaces[i].Name})
		failures[surfaces[i].Name], media[surfaces[i].Name] = s.failure(&surfaces[i]), jsonType(&surfaces[i])
		schemes[surfaces[i].Name] = []string{schemeKey, schemeBearer}
		if header := surfaces[i].Credential; header != "" {
			schemes[surfaces[i].Name] = []string{header}
			doc.Components.SecuritySchemes[header] = apiSecurityScheme{Type: "apiKey", Name: header, In: "header", Description: "The session of a login of this API."}
		}
	}
	for i := range ops {
		op := &ops[i]
		path := openAPIPath(op.Path)
		if doc.Paths[path] == nil {
			doc.Paths[path] = map[string]*apiOperation{}
		}
		doc.Paths[path][strings.ToLower(op.Method)] = &apiOperation{
			OperationID: op.ID, Summary: op.Summary, Description: describe(op), Tags: []string{op.Surface},
			Parameters: s.parameters(op.plan), RequestBody: s.request(op),
			Responses: s.responses(op, media[op.Surface], failures[op.Surface]),
			Security:  security(op.Access, schemes[op.Surface]),
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	doc.Components.Schemas = s.defs
	return doc, nil
}

// encode is the document's only writer. It panics where a type of the tables has
// what JSON has not; that shows in whatever test asks for the document.
func (d *apiDocument) encode() []byte {
	j := newJSONWriter()
	if err := j.value(d); err != nil {
		panic(fmt.Errorf("encode the OpenAPI document: %w", err))
	}
	return bytes.ReplaceAll(j.buf.Bytes(), []byte(`"$ref":"#/$defs/`), []byte(`"$ref":"#/components/schemas/`))
}

// openAPIPath drops the dots of a wildcard for the rest of a path.
func openAPIPath(pattern string) string {
	return strings.TrimSuffix(strings.ReplaceAll(pattern, "...}", "}"), "{$}")
}

func describe(op *Operation) string {
	var lines []string
	if op.Description != "" {
		lines = append(lines, op.Description)
	}
	if op.Added {
		lines = append(lines, "An addition of licet; the published API pages do not have it.")
	}
	switch a := op.Access; {
	case a.Public:
		lines = append(lines, "Open to everybody.")
	case a.Judged != "":
		lines = append(lines, "For "+a.Judged+". Permission: "+permissionNames(a.Permission)+".")
	case len(a.Roles) > 0:
		lines = append(lines, "Roles: "+joinRoles(a.Roles)+". Permission: "+permissionNames(a.Permission)+".")
	default:
		lines = append(lines, "Any caller. Permission: "+permissionNames(a.Permission)+".")
	}
	return strings.Join(lines, "\n\n")
}

func security(a Access, schemes []string) []map[string][]string {
	var either []map[string][]string
	for _, name := range schemes {
		either = append(either, map[string][]string{name: {}})
	}
	switch {
	case a.Public:
		return []map[string][]string{}
	case a.Keyless != nil && a.Keyless():
		return append([]map[string][]string{{}}, either...)
	}
	return either
}

func (s *schemas) parameters(p *plan) []apiParameter {
	var all []apiParameter
	for _, q := range p.path {
		all = append(all, apiParameter{Name: q.name, In: "path", Description: q.doc, Required: true, Schema: s.parameter(q.typ)})
	}
	for _, q := range p.query {
		all = append(all, apiParameter{Name: q.name, In: "query", Description: q.doc, Schema: s.parameter(q.typ)})
	}
	return all
}

// parameter is the schema of one parameter: in a URL there is no null.
func (s *schemas) parameter(t reflect.Type) *jsonschema.Schema {
	if t = deref(t); t == reflect.TypeFor[entity.Time]() {
		return &jsonschema.Schema{Type: "string", Format: "date-time"}
	}
	return s.of(t)
}

func (s *schemas) request(op *Operation) *apiBody {
	if !op.plan.hasBody {
		return nil
	}
	var schema *jsonschema.Schema
	switch {
	case op.asks != nil:
		schema = s.object(op.asks, false)
	case op.plan.wantsItem():
		item := reflect.New(op.plan.bodyType).Interface().(named).item()
		schema = &jsonschema.Schema{Type: "object", Properties: jsonschema.NewProperties()}
		schema.Properties.Set(op.item, s.of(reflect.TypeOf(item)))
	default:
		schema = s.of(op.plan.bodyType)
	}
	return &apiBody{Content: map[string]apiMedia{"application/json": {schema}}}
}

// responses are all answers of an operation, by status.
func (s *schemas) responses(op *Operation, media string, failure apiBody) map[string]apiBody {
	all := map[string]apiBody{"default": failure}
	for status, meaning := range op.bare {
		answer := apiBody{Description: meaning}
		if status == http.StatusAccepted || status == http.StatusSeeOther {
			answer.Headers = map[string]apiHeader{"Location": {Description: "Where to look next.", Schema: &jsonschema.Schema{Type: "string"}}}
		}
		all[strconv.Itoa(status)] = answer
	}
	if op.response != reflect.TypeFor[Bare]() {
		all["200"] = s.response(op, media)
	}
	return all
}

func (s *schemas) response(op *Operation, media string) apiBody {
	ok := apiBody{Description: http.StatusText(http.StatusOK)}
	if raw, isRaw := reflect.New(op.response).Interface().(Raw); isRaw {
		sent := raw.ContentType()
		if sent == "" {
			sent = "application/octet-stream"
		}
		ok.Content = map[string]apiMedia{sent: {}}
		return ok
	}
	schema := &jsonschema.Schema{Type: "object"}
	switch _, streams := reflect.New(op.response).Interface().(Streamer); {
	case op.answers != nil:
		schema = s.object(op.answers, true)
		schema.Required = slices.DeleteFunc(schema.Required, func(name string) bool { return slices.Contains(op.perhaps, name) })
	case !streams:
		schema = s.answer(op.response)
	}
	ok.Content = map[string]apiMedia{media: {schema}}
	return ok
}

func (s *schemas) failure(surface *Surface) apiBody {
	media, body := surface.ErrorContentType, surface.ErrorBody
	if media == "" {
		media = "application/json"
	}
	schema := &jsonschema.Schema{Type: "object"}
	if body != nil {
		schema = s.of(reflect.TypeOf(body))
	}
	said := strings.TrimSpace("An error, in the form of this API. " + surface.ErrorDoc)
	return apiBody{Description: said, Content: map[string]apiMedia{media: {schema}}}
}
