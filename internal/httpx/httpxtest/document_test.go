package httpxtest

import (
	"strings"
	"testing"
)

const small = `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a/{x}":{"get":{"responses":{
	"200":{"description":"OK","content":{"application/json":{"schema":{"$ref":"#/components/schemas/A","required":["n"]}}}},
	"202":{"description":"nothing"},
	"default":{"description":"no","content":{"application/problem+json":{"schema":{"type":"object","required":["title"]}}}}},
	"parameters":[{"name":"x","in":"path","required":true,"schema":{"type":"string"}}]}},
	"/f":{"get":{"responses":{"200":{"description":"OK","content":{"text/plain":{}}}}}}},
	"components":{"schemas":{"A":{"type":"object","properties":{"n":{"type":["integer","null"]},"t":{"type":"string","format":"date-time"}}}}}}`

func TestJudge(t *testing.T) {
	t.Parallel()
	ValidateDocument(t, []byte(small))
	d := Load(t, []byte(small))
	for _, c := range []struct {
		name, method, pattern string
		status                int
		contentType, body     string
		wrong                 string
	}{
		{"fits", "GET", "/a/{x}", 200, "application/json; charset=utf-8", `{"n":null,"t":"2026-01-31T00:00:00Z"}`, ""},
		{"only media type", "GET", "/a/{x...}", 200, "", `{"n":1}`, ""},
		{"error", "GET", "/a/{x}", 404, "application/problem+json", `{"title":"x"}`, ""},
		{"no schema", "GET", "/f", 200, "text/plain", `anything`, ""},
		{"no body", "GET", "/a/{x}", 202, "", ``, ""},
		{"a body where none is documented", "GET", "/a/{x}", 202, "", `{}`, "not documented"},
		{"wrong type", "GET", "/a/{x}", 200, "", `{"n":"1"}`, "/n"},
		{"missing member", "GET", "/a/{x}", 200, "", `{}`, "missing"},
		{"wrong format", "GET", "/a/{x}", 200, "", `{"n":1,"t":"yesterday"}`, "date-time"},
		{"half", "GET", "/a/{x}", 200, "", `{"n":1`, "not JSON"},
		{"wrong media type", "GET", "/a/{x}", 200, "text/html", `{"n":1}`, "not documented"},
		{"no media type", "GET", "/a/{x}", 200, ";", `{"n":1}`, "content type"},
		{"error without its member", "GET", "/a/{x}", 500, "", `{}`, "missing"},
		{"undocumented success", "GET", "/a/{x}", 204, "", ``, "204 is not documented"},
		{"unknown path", "GET", "/b", 200, "", `{}`, "has no"},
		{"unknown method", "PUT", "/a/{x}", 200, "", `{}`, "has no"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := d.judge(c.method, c.pattern, c.status, c.contentType, []byte(c.body))
			if c.wrong == "" && err != nil || c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
				t.Errorf("got %v, want %q", err, c.wrong)
			}
		})
	}
}
