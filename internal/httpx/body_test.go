package httpx_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx"
)

// Every misfit is a 400 whose message begins with the member's wire path.
func TestMisfitsNameTheMember(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	item := func(member string) string { return `{"license":{` + member + `}}` }
	for _, c := range []struct{ method, path, body, want string }{
		{"POST", "/v1/licenses", item(`"maxAllowedSites":"3"`), "license.maxAllowedSites: expected a whole number, got a string"},
		{"POST", "/v1/licenses", item(`"maxAllowedSites":1.5`), "license.maxAllowedSites: expected a whole number, got 1.5"},
		{"POST", "/v1/licenses", item(`"maxAllowedSites":1e2`), "license.maxAllowedSites: expected a whole number, got 1e2"},
		{"POST", "/v1/licenses", item(`"MAXALLOWEDSITES":9223372036854775808`), "license.maxAllowedSites: the number 9223372036854775808 is out of range"},
		{"POST", "/v1/licenses", item(`"format":"JWS"`), "license.format: expected a whole number, got a string"},
		{"POST", "/v1/licenses", item(`"expireDate":"soon"`), `license.expireDate: "soon" is not a date such as 2026-01-31T12:00:00Z`},
		{"POST", "/v1/licenses", item(`"expireDate":5`), "license.expireDate: a date is a string such as 2026-01-31T12:00:00Z"},
		{"POST", "/v1/licenses", item(`"revoked":"yes"`), "license.revoked: expected true or false, got a string"},
		{"POST", "/v1/licenses", item(`"userKey":7`), "license.userKey: expected a string, got a number"},
		{"POST", "/v1/licenses", item(`"features":[{"name":"a"},{"expireDate":"x"}]`), `license.features[1].expireDate: "x" is not a date such as 2026-01-31T12:00:00Z`},
		{"POST", "/v1/licenses", item(`"features":{}`), "license.features: expected a list, got an object"},
		{"POST", "/v1/licenses", item(`"components":[1]`), "license.components[0]: expected a string, got a number"},
		{"POST", "/v1/licenses", item(`"product":[]`), "license.product: expected an object, got a list"},
		{"POST", "/v1/licenses", item(`"restrictions":[{"properties":{"a":1}}]`), "license.restrictions[0].properties.a: expected a string, got a number"},
		{"POST", "/v1/licenses", `{"LICENSE":[]}`, "license: expected an object, got a list"},
		{"POST", "/v1/licenses", `[]`, "expected an object, got a list"},
		{"POST", "/v1/licenses", `"x"`, "expected an object, got a string"},
		{"PUT", "/v1/books/1", `{"name":{}}`, "name: expected a string, got an object"},
		{"PUT", "/v1/books/1", `{"pages":true}`, "pages: expected a whole number, got true or false"},
		{"PUT", "/v1/books/1", `{"inner":{"price":"1"}}`, "inner.price: expected a number, got a string"},
		{"PUT", "/v1/books/1", `{"inner":{"price":1e999}}`, "inner.price: the number 1e999 is out of range"},
		{"PUT", "/v1/books/1", `{"inner":{"small":300}}`, "inner.small: the number 300 is out of range"},
		{"PUT", "/v1/books/1", `{"inner":{"maybe":0}}`, "inner.maybe: expected true or false, got a number"},
		{"PUT", "/v1/books/1", `{"inner":{"blob":"%%"}}`, "inner.blob: expected base64 text"},
		{"PUT", "/v1/books/1", `{"inner":{"sizes":{"L":"big"}}}`, "inner.sizes.L: expected a number, got a string"},
		{"PUT", "/v1/books/1", `{"inner":{"when":{}}}`, "inner.when: a date is a string such as 2026-01-31T12:00:00Z"},
		{"PUT", "/v1/books/1", `{"inner":{"own":{"size":"L"}}}`, "inner.own.size: expected a whole number, got a string"},
		{"PUT", "/v1/books/1", `{"inner":{"own":{"size":1.5}}}`, "inner.own.size: expected a whole number, got a number"},
		{"PUT", "/v1/books/1", `{"inner":{"own":[]}}`, "inner.own: expected an object, got a list"},
		{"PUT", "/v1/books/1", `{"inner":{"own":true}}`, "inner.own: expected an object, got true or false"},
		{"PUT", "/v1/books/1", `{"inner":{"own":"fault"}}`, "inner.own.size: too small"},
		{"PUT", "/v1/books/1", `{"inner":{"own":"plain"}}`, "inner.own: no such size"},
		{"PUT", "/v1/books/1", `{"inner":{"sizes":[]}}`, "inner.sizes: expected an object, got a list"},
		{"PUT", "/v1/books/1", `7`, "expected an object, got a number"},
		{"PUT", "/v1/books/1", `{"name":"a","NAME":"b"}`, `the body cannot be taken: the member "NAME" is given twice at byte 12`},
		{"PUT", "/v1/books/1", `{"name":`, "the body is not valid JSON: it ends early at byte 8"},
		{"PUT", "/v1/books/x", `{}`, `bookId: expected a whole number, got "x"`},
	} {
		t.Run(c.body, func(t *testing.T) {
			t.Parallel()
			w := h.call(c.method, c.path, "admin", c.body)
			if got := decode[bookError](t, w); w.Code != 400 || got.Message != c.want {
				t.Errorf("%d %q, want 400 %q", w.Code, got.Message, c.want)
			}
		})
	}
}

// Whatever member of the largest entity has the wrong kind, it is the one named.
func TestEveryMemberIsNamed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	members := 0
	for _, f := range reflect.VisibleFields(reflect.TypeFor[entity.License]()) {
		name := f.Tag.Get("json")
		if name == "" || name == "-" {
			continue
		}
		members++
		wrong := `{"x":1}`
		if f.Type.Kind() == reflect.Pointer && f.Type.Elem().Kind() == reflect.Struct {
			wrong = `"x"`
		}
		w := h.call("POST", "/v1/licenses", "admin", `{"license":{"unknown":1,"`+name+`":`+wrong+`}}`)
		if got := decode[bookError](t, w).Message; w.Code != 400 || !strings.HasPrefix(got, "license."+name+": ") {
			t.Errorf("%s: %d %s", name, w.Code, got)
		}
	}
	if members < 30 {
		t.Errorf("only %d members", members)
	}
}

func TestBodiesThatFit(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, c := range []struct{ name, body, want string }{
		{"sent", `{"license":{"format":0,"maxAllowedSites":9007199254740993}}`, `{"licenseId":7,"given":true,"sites":9007199254740993,"sent":true}`},
		{"any case", `{"LICENSE":{"FORMAT":0,"maxallowedsites":0}}`, `{"licenseId":7,"given":true,"sites":0,"sent":true}`},
		{"unknown members", `{"x":1,"license":{"y":{"z":[]}}}`, `{"licenseId":7,"given":true,"sites":null,"sent":false}`},
		{"null member", `{"license":null}`, `{"licenseId":7,"given":false,"sites":null,"sent":false}`},
		{"null", `null`, `{"licenseId":7,"given":false,"sites":null,"sent":false}`},
		{"no body", ``, `{"licenseId":7,"given":false,"sites":null,"sent":false}`},
		{"blanks", " \r\n", `{"licenseId":7,"given":false,"sites":null,"sent":false}`},
		{"byte order mark", "\ufeff" + `{"license":{}}`, `{"licenseId":7,"given":true,"sites":null,"sent":false}`},
		{"year 1", `{"license":{"expireDate":"0001-01-01T00:00:00"}}`, `{"licenseId":7,"given":true,"sites":null,"sent":false}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if w := h.call("POST", "/v1/licenses", "admin", c.body); w.Code != 200 || w.Body.String() != c.want {
				t.Errorf("%d %s, want %s", w.Code, w.Body, c.want)
			}
		})
	}
}

func TestContentTypes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for header, want := range map[string]int{
		"":                               200,
		"Content-Type: application/json": 200,
		"Content-Type: Application/JSON": 200,
		"Content-Type: application/json; charset=UTF-8":          200,
		"Content-Type: application/json; charset=\"utf-8\"; q=1": 200,
		"Content-Type: text/json":                                200,
		"Content-Type: application/json-patch+json":              200,
		"Content-Type: application/vnd.api+json;charset=utf-8":   200,
		"Content-Type: application/json; charset=utf-16":         415,
		"Content-Type: application/json; charset=iso-8859-1":     415,
		"Content-Type: text/plain":                               415,
		"Content-Type: application/x-www-form-urlencoded":        415,
		"Content-Type: multipart/form-data; boundary=x":          415,
		"Content-Type: text/vnd.x+json":                          415,
		"Content-Type: ;;;":                                      415,
		"Content-Encoding: gzip":                                 415,
		"Content-Encoding: identity":                             200,
		"Accept: text/plain":                                     200,
		"Accept: application/xml;q=0.9, */*;q=0":                 200,
	} {
		t.Run(header, func(t *testing.T) {
			t.Parallel()
			var headers []string
			if header != "" {
				headers = []string{header}
			}
			w := h.call("POST", "/v1/license/activate", "app", `{"userKey":"k"}`, headers...)
			if w.Code != want {
				t.Fatalf("%d %s, want %d", w.Code, w.Body, want)
			}
			if want == 415 && w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("a 415 as %s", w.Header().Get("Content-Type"))
			}
			if want == 200 && w.Header().Get("Content-Type") != "application/json" {
				t.Errorf("answered as %s", w.Header().Get("Content-Type"))
			}
		})
	}
	if w := h.call("POST", "/v1/license/activate", "app", "", "Content-Type: text/plain"); w.Code != 200 {
		t.Errorf("a content type without a body: %d", w.Code)
	}
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	fill := func(n int) string { return `{"userKey":"` + strings.Repeat("x", n-len(`{"userKey":""}`)) + `"}` }
	if w := h.call("POST", "/v1/license/activate", "app", fill(1<<20)); w.Code != 200 {
		t.Errorf("a body of exactly the limit: %d", w.Code)
	}
	w := h.call("POST", "/v1/license/activate", "app", fill(1<<20+1))
	if w.Code != 413 || w.Header().Get("Connection") != "close" {
		t.Errorf("one byte more: %d %v", w.Code, w.Header())
	}
	if got := decode[seatProblem](t, w); got.Title != "the body is larger than 1048576 bytes" {
		t.Errorf("said %q", got.Title)
	}
}

// countingReader is an endless body that counts what was taken of it.
type countingReader struct{ n int }

func (r *countingReader) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	r.n += len(b)
	return len(b), nil
}

func TestTooLargeBodiesAreNotRead(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, length := range map[string]int64{"announced": 10 << 20, "chunked": -1} {
		body := &countingReader{}
		r := httptest.NewRequest("POST", "/v1/license/activate", body)
		r.ContentLength = length
		r.Header.Set("X-Api-Key", "app")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 413 || body.n > 2<<20 || length > 0 && body.n > 0 {
			t.Errorf("%s: %d after %d bytes", name, w.Code, body.n)
		}
	}
}

// Ten megabytes over a real connection: the client learns why, and the
// connection is not used again.
func TestTooLargeOverTheWire(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(newHouse(t))
	t.Cleanup(server.Close)
	r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+"/v1/license/activate", bytes.NewReader(make([]byte, 10<<20)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Api-Key", "app")
	resp, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); resp.StatusCode != 413 || !resp.Close || err != nil || !json.Valid(body) {
		t.Errorf("%d, close %v, %v, %s", resp.StatusCode, resp.Close, err, body)
	}
}

// A client that stops in the middle of its body is told, not counted as ours.
func TestBodyThatEndsEarly(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(newHouse(t))
	t.Cleanup(server.Close)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(conn, "POST /v1/license/activate HTTP/1.1\r\nHost: x\r\nX-Api-Key: app\r\nContent-Length: 100\r\n\r\n{\"userKey\"")
	_ = conn.(*net.TCPConn).CloseWrite()
	answer, err := io.ReadAll(conn)
	if err != nil || !bytes.Contains(answer, []byte("400 Bad Request")) || !bytes.Contains(answer, []byte("the body ended early")) {
		t.Errorf("%v %s", err, answer)
	}
}

// Whatever the body, the answer is an answer: never a 5xx, always JSON.
func FuzzBody(f *testing.F) {
	for _, s := range []string{
		`{"license":{"maxAllowedSites":"3"}}`, `{"license":{"features":[{"expireDate":"x"}]}}`, `{"license":{"restrictions":[{"properties":{"a":null}}]}}`,
		`[]`, `null`, `{"license":[]}`, "\ufeff{}", `{"license":{"id":1e400}}`, `{"inner":{"marks":[null],"blob":"AA=="}}`,
	} {
		f.Add([]byte(s))
	}
	h := newHouse(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, op := range [][2]string{{"POST", "/v1/licenses"}, {"PUT", "/v1/books/3"}, {"POST", "/v1/license/activate"}} {
			key := "admin"
			if op[1] == "/v1/license/activate" {
				key = "app"
			}
			w := h.call(op[0], op[1], key, string(body))
			if w.Code != 200 && w.Code != 400 && w.Code != 413 || !json.Valid(w.Body.Bytes()) {
				t.Fatalf("%v %q: %d %s", op, body, w.Code, w.Body)
			}
			text := bytes.TrimPrefix(body, []byte("\ufeff"))
			if w.Code == http.StatusOK && len(bytes.Trim(text, " \t\r\n")) > 0 && httpx.CheckJSON(text) != nil {
				t.Fatalf("%v %q was taken", op, body)
			}
		}
	})
}

// What is sent in one case arrives whole, whatever its text.
func TestTextSurvives(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rapid.Check(t, func(t *rapid.T) {
		name := strings.ReplaceAll(rapid.String().Draw(t, "name"), "\x00", "")
		body, err := json.Marshal(map[string]string{"userKey": name})
		if err != nil {
			t.Fatal(err)
		}
		w := h.call("POST", "/v1/license/activate", "app", string(body))
		var got seat
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.Token != "actk_"+name {
			t.Fatalf("%d %s: %v", w.Code, w.Body, err)
		}
	})
}
