package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"pgregory.net/rapid"
)

func TestTemplateIsARequest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64Range(0, 1000*fillSpace).Draw(t, "n")
		userKey := rapid.SampledFrom([]string{"", "AAAAA-BBBBB"}).Draw(t, "key")
		tpl := newTemplate(heartbeat, "api_x", userKey)
		tpl.setMachine(n)
		if userKey == "" {
			tpl.setFilled(n)
		}
		req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(tpl.bytes)))
		if err != nil {
			t.Fatal(err)
		}
		var body bareRequest
		if err := json.NewDecoder(req.Body).Decode(&body); err != nil {
			t.Fatal(err)
		}
		if rest, _ := io.ReadAll(req.Body); len(rest) > 0 || body.UserKey != userKey || len(body.MachineID) != 1+digits {
			t.Fatalf("%+v and %q", body, rest)
		}
		if userKey == "" && body.LicenseToken[5:] != body.MachineID[1:] {
			t.Fatalf("token %s of machine %s", body.LicenseToken, body.MachineID)
		}
	})
}

// TestScatterIsOneToOne: seats of different numbers must not share a token.
func TestScatterIsOneToOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := uint64(1000 * fillSpace)
		a, b := rapid.Uint64Max(limit).Draw(t, "a"), rapid.Uint64Max(limit).Draw(t, "b")
		if a != b && scatter(a) == scatter(b) {
			t.Fatalf("%d and %d are both %d", a, b, scatter(a))
		}
	})
}

func TestTokenIn(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"granted":true,"licenseToken":"fltk_abcdefghijkl","x":1}`: "fltk_abcdefghijkl",
		`{"licenseToken":"short"}`:                                  "",
		`{"active":true}`:                                           "",
	} {
		if got := string(tokenIn([]byte(body))); got != want {
			t.Errorf("%s: %q", body, got)
		}
	}
}

func FuzzParseHead(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n"))
	f.Add([]byte("HTTP/1.1 404 Not Found\r\n"))
	f.Add([]byte("\r\n"))
	f.Fuzz(func(t *testing.T, head []byte) {
		_, length, err := parseHead(head)
		if err == nil && length < 0 {
			t.Fatalf("length %d", length)
		}
	})
}
