package mailtest

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"testing"
)

// Part is a decoded piece of a mail.
type Part struct{ Kind, Disposition, Body string }

// Read parses a mail as a mail program does.
func Read(t testing.TB, data []byte) (netmail.Header, []Part) {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(kind, "multipart/") {
		return m.Header, []Part{{m.Header.Get("Content-Type"), "", decoded(t, m.Header.Get("Content-Transfer-Encoding"), m.Body)}}
	}
	var all []Part
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return m.Header, all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, Part{p.Header.Get("Content-Type"), p.Header.Get("Content-Disposition"), decoded(t, p.Header.Get("Content-Transfer-Encoding"), p)})
	}
}

func decoded(t testing.TB, encoding string, r io.Reader) string {
	t.Helper()
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Words decodes the text of a header.
func Words(t testing.TB, s string) string {
	t.Helper()
	out, err := new(mime.WordDecoder).DecodeHeader(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
