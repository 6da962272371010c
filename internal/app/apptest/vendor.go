package apptest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/licet/licet/client"
)

// AdminKey is the administrator's API key of servers made by tests.
const AdminKey = "api_test_0123456789abcdefghij"

// Vendor speaks the management API of a server with a key.
type Vendor struct {
	URL    string
	Key    string // an API key; "" sends none
	Bearer string // a login token; "" sends none
	// Session is one of the organizations surface; "" sends none.
	Session string
	HTTP    *http.Client // nil: the default one
}

// Answer is what the server said.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	JSON   map[string]any // nil where the body is no JSON object
}

// Do sends body, any JSON value, a string of JSON or nil.
func (v Vendor) Do(t testing.TB, method, path string, body any) Answer {
	t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		r = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, v.URL+path, r)
	if err != nil {
		t.Fatal(err)
	}
	if r != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if v.Key != "" {
		req.Header.Set("x-api-key", v.Key)
	}
	if v.Bearer != "" {
		req.Header.Set("Authorization", "Bearer "+v.Bearer)
	}
	if v.Session != "" {
		req.Header.Set("INFA-SESSION-ID", v.Session)
	}
	hc := v.HTTP
	if hc == nil {
		hc = http.DefaultClient
	}
	resp, err := hc.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	a := Answer{Status: resp.StatusCode, Header: resp.Header}
	if a.Body, err = io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	_ = json.Unmarshal(a.Body, &a.JSON)
	return a
}

// Must is Do that fails the test unless the answer is 200.
func (v Vendor) Must(t testing.TB, method, path string, body any) map[string]any {
	t.Helper()
	a := v.Do(t, method, path, body)
	if a.Status != http.StatusOK || a.JSON == nil {
		t.Fatalf("%s %s: %d %s", method, path, a.Status, a.Body)
	}
	return a.JSON
}

// License is an issued license.
type License struct {
	ID       int64
	KeyID    string // the lic… string
	UserKey  string
	Document string
}

// Issue inserts a license from its members.
func (v Vendor) Issue(t testing.TB, members map[string]any) License {
	t.Helper()
	a := v.Must(t, "POST", "/v1/licenses", map[string]any{"license": members})
	return License{
		ID: int64(a["licenseId"].(float64)), KeyID: a["licenseKeyId"].(string),
		UserKey: a["userKey"].(string), Document: a["licenseKey"].(string),
	}
}

// Client is the Go SDK for the same server and key, without retries, so that
// tests see what the server says.
func (v Vendor) Client(t testing.TB) *client.Client {
	t.Helper()
	opts := []client.Option{client.WithoutRetry()}
	if v.Key != "" {
		opts = append(opts, client.WithAPIKey(v.Key))
	}
	if v.HTTP != nil {
		opts = append(opts, client.WithHTTPClient(v.HTTP))
	}
	c, err := client.New(v.URL, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
