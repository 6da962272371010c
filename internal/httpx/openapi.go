package httpx

import (
	"bytes"
	"fmt"
	"net/http"
	"reflect"
	"slices"
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
		Description string              `json:"description,omitempty"`
		Content     map[string]apiMedia `json:"content"`
	}
	apiMedia struct {
		Schema *jsonschema.Schema `json:"schema,omitempty"`
	}
)

const (
	schemeKey    = "apiKey"
	schemeBearer = "bearer"
)

// buildOpenAPI describes the operations. It is the only writer of the document,
// which tells what needs a credential as it is when the router is made.
func buildOpenAPI(info Info, surfaces []Surface, ops []Operation) ([]byte, error) {
	s := newSchemas()
	failures := map[string]apiBody{}
	doc := apiDocument{
		OpenAPI: "3.1.0", Info: apiInfo(info), Tags: []apiTag{}, Paths: map[string]map[string]*apiOperation{},
		Components: apiComponents{SecuritySchemes: map[string]apiSecurityScheme{
			schemeKey:    {Type: "apiKey", Name: "x-api-key", In: "header", Description: "An API key; with x-client-secret beside it where the key asks for one."},
			schemeBearer: {Type: "http", Scheme: "bearer", Description: "A login token or an API key."},
		}},
	}
	for i := range surfaces {
		doc.Tags = append(doc.Tags, apiTag{surfaces[i].Name})
		failures[surfaces[i].Name] = s.failure(&surfaces[i])
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
			Responses: map[string]apiBody{"200": s.response(op), "default": failures[op.Surface]},
			Security:  security(op.Access),
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	doc.Components.Schemas = s.defs
	j := newJSONWriter()
	if err := j.value(doc); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return bytes.ReplaceAll(j.buf.Bytes(), []byte(`"$ref":"#/$defs/`), []byte(`"$ref":"#/components/schemas/`)), nil
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

func security(a Access) []map[string][]string {
	either := []map[string][]string{{schemeKey: {}}, {schemeBearer: {}}}
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

func (s *schemas) response(op *Operation) apiBody {
	ok := apiBody{Description: http.StatusText(http.StatusOK)}
	if raw, isRaw := reflect.New(op.response).Interface().(Raw); isRaw {
		media := raw.ContentType()
		if media == "" {
			media = "application/octet-stream"
		}
		ok.Content = map[string]apiMedia{media: {}}
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
	ok.Content = map[string]apiMedia{"application/json": {schema}}
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
