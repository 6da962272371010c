package httpxtest

import (
	"bytes"
	"fmt"
	"mime"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// documentURL is what references in the document resolve against.
const documentURL = "memory:///openapi.json"

// Document is an OpenAPI document that answers are judged by. Make it with Load.
type Document struct {
	tree     map[string]any
	compiler *jsonschema.Compiler
}

// ValidateDocument fails the test unless doc is a valid OpenAPI 3.1 document.
func ValidateDocument(t testing.TB, doc []byte) {
	t.Helper()
	parsed, err := openapi3.NewLoader().LoadFromData(doc)
	if err != nil {
		t.Fatalf("load the OpenAPI document: %v", err)
	}
	if !parsed.IsOpenAPI31OrLater() {
		t.Fatalf("the document says OpenAPI %s", parsed.OpenAPI)
	}
	if err := parsed.Validate(t.Context()); err != nil {
		t.Fatalf("the OpenAPI document is not valid: %v", err)
	}
}

// Load reads a document once for many answers.
func Load(t testing.TB, doc []byte) *Document {
	t.Helper()
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	if err != nil {
		t.Fatalf("read the OpenAPI document: %v", err)
	}
	tree, ok := parsed.(map[string]any)
	if !ok {
		t.Fatal("the OpenAPI document is not an object")
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource(documentURL, tree); err != nil {
		t.Fatalf("take the OpenAPI document for schemas: %v", err)
	}
	return &Document{tree: tree, compiler: c}
}

// Answer fails the test unless body is what the document promises for the
// operation and status. The pattern is the operation's Path; contentType may
// be "" to judge by the only media type that is documented.
func (d *Document) Answer(t testing.TB, method, pattern string, status int, contentType string, body []byte) {
	t.Helper()
	if err := d.judge(method, pattern, status, contentType, body); err != nil {
		t.Errorf("%s %s answered %d with %.2000s\n%v", method, pattern, status, body, err)
	}
}

// ValidateAnswer is Load and Answer for a single answer.
func ValidateAnswer(t testing.TB, doc []byte, method, pattern string, status int, body []byte) {
	t.Helper()
	Load(t, doc).Answer(t, method, pattern, status, "", body)
}

func (d *Document) judge(method, pattern string, status int, contentType string, body []byte) error {
	path := strings.TrimSuffix(strings.ReplaceAll(pattern, "...}", "}"), "{$}")
	at := []string{"paths", path, strings.ToLower(method), "responses"}
	responses, err := d.object(at)
	if err != nil {
		return err
	}
	key := strconv.Itoa(status)
	if _, listed := responses[key]; !listed {
		if status < 300 {
			return fmt.Errorf("status %d is not documented", status)
		}
		key = "default"
	}
	if answer, err := d.object(append(at, key)); err == nil && answer["content"] == nil {
		if len(body) > 0 {
			return fmt.Errorf("a body is not documented for status %d", status)
		}
		return nil
	}
	at = append(at, key, "content")
	content, err := d.object(at)
	if err != nil {
		return err
	}
	media, err := mediaOf(content, contentType)
	if err != nil {
		return err
	}
	described, err := d.object(append(at, media))
	if err != nil || described["schema"] == nil {
		return err // not JSON: there is nothing more to hold it to
	}
	return d.conform(append(at, media, "schema"), body)
}

func (d *Document) conform(at []string, body []byte) error {
	schema, err := d.compiler.Compile(documentURL + "#" + pointer(at))
	if err != nil {
		return fmt.Errorf("compile the schema: %w", err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("the body is not JSON: %w", err)
	}
	return schema.Validate(value)
}

func (d *Document) object(at []string) (map[string]any, error) {
	node := d.tree
	for _, key := range at {
		next, ok := node[key].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("the document has no %s", strings.Join(at, " > "))
		}
		node = next
	}
	return node, nil
}

func mediaOf(content map[string]any, contentType string) (string, error) {
	if contentType == "" && len(content) == 1 {
		for media := range content {
			return media, nil
		}
	}
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return "", fmt.Errorf("content type %q: %w", contentType, err)
	}
	if content[media] == nil {
		return "", fmt.Errorf("the content type %s is not documented", media)
	}
	return media, nil
}

// pointer is an RFC 6901 pointer in a URI fragment.
func pointer(at []string) string {
	var b strings.Builder
	for _, key := range at {
		b.WriteByte('/')
		key = strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
		for _, c := range []byte(key) {
			if c == '{' || c == '}' || c == '%' || c == ' ' {
				fmt.Fprintf(&b, "%%%02X", c)
				continue
			}
			b.WriteByte(c)
		}
	}
	return b.String()
}
