package mail_test

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
	"time"

	"github.com/licet/licet/internal/mail"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// part is a decoded piece of a mail.
type part struct{ kind, disposition, body string }

// read parses a mail as a mail program does.
func read(t testing.TB, data []byte) (netmail.Header, []part) {
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
		return m.Header, []part{{m.Header.Get("Content-Type"), "", decoded(t, m.Header.Get("Content-Transfer-Encoding"), m.Body)}}
	}
	var all []part
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return m.Header, all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, part{p.Header.Get("Content-Type"), p.Header.Get("Content-Disposition"), decoded(t, p.Header.Get("Content-Transfer-Encoding"), p)})
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

func words(t testing.TB, s string) string {
	t.Helper()
	out, err := new(mime.WordDecoder).DecodeHeader(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAMailArrivesAsItWasWritten(t *testing.T) {
	t.Parallel()
	server := serve(t, &mailServer{}, open)
	h := newHouse(t, storetest.URL(t, store.SQLite), server.settings())
	file := bytes.Repeat([]byte{0, 1, 0xff, '\n', '.'}, 1000)
	m := mail.Message{
		To:      []mail.Address{{Name: "Zoë, the \"Great\"", Email: "zoe@customer.example"}, {Email: "ops@customer.example"}, {Email: "OPS@customer.example"}},
		Subject: "Überraschung für dich: " + strings.Repeat("ä", 120), IsHTML: true,
		Body: "<p>Grüße</p>\r\n.\r\n" + strings.Repeat("long ", 500) + "\r\n\x07",
		Attachments: []mail.Attachment{
			{FileName: "Lizenz „Ä“.pdf", ContentType: "application/pdf", Content: base64.StdEncoding.EncodeToString(file)},
			{FileName: `we"ird;name.txt`, ContentType: "text/plain; charset=utf-8; name=other", Content: base64.StdEncoding.EncodeToString([]byte("hi"))},
			{FileName: "empty"},
		},
	}
	h.send(m)
	h.clock.Advance(time.Hour)
	h.deliver(1)
	got := server.got()
	if len(got) != 1 || got[0].from != "shop@vendor.example" || strings.Join(got[0].to, " ") != "zoe@customer.example ops@customer.example" {
		t.Fatalf("received %+v", got)
	}
	for _, line := range strings.Split(string(got[0].data), "\r\n") {
		if len(line) > 998 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	head, parts := read(t, got[0].data)
	from, err := head.AddressList("From")
	if err != nil || len(from) != 1 || from[0].Name != "Grüße von uns" || from[0].Address != "shop@vendor.example" {
		t.Errorf("From: %v, %v", from, err)
	}
	to, err := head.AddressList("To")
	if err != nil || len(to) != 2 || to[0].Name != m.To[0].Name || to[0].Address != "zoe@customer.example" {
		t.Errorf("To: %v, %v", to, err)
	}
	if s := words(t, head.Get("Subject")); s != m.Subject {
		t.Errorf("Subject: %q", s)
	}
	if date, err := head.Date(); err != nil || !date.Equal(testStart) {
		t.Errorf("Date: %v, %v", date, err)
	}
	if id := head.Get("Message-Id"); id != "<"+h.only().MessageID+">" || !strings.HasSuffix(id, "@vendor.example>") {
		t.Errorf("Message-ID: %q", id)
	}
	if len(parts) != 4 || !strings.HasPrefix(parts[0].kind, "text/html; charset=UTF-8") || parts[0].body != m.Body {
		t.Fatalf("%d parts, the first %+v", len(parts), parts[0])
	}
	for i, want := range []part{{"application/pdf", m.Attachments[0].FileName, string(file)}, {"text/plain; charset=utf-8", m.Attachments[1].FileName, "hi"},
		{"application/octet-stream", "empty", ""}} {
		disposition, params, err := mime.ParseMediaType(parts[i+1].disposition)
		if err != nil || disposition != "attachment" || params["filename"] != want.disposition || parts[i+1].kind != want.kind || parts[i+1].body != want.body {
			t.Errorf("attachment %d: %s, %s, %d bytes, %v", i, parts[i+1].kind, parts[i+1].disposition, len(parts[i+1].body), err)
		}
	}
}

func TestAPlainMailIsPlain(t *testing.T) {
	t.Parallel()
	server := serve(t, &mailServer{}, open)
	h := newHouse(t, storetest.URL(t, store.SQLite), server.settings())
	for _, body := range []string{"", "Grüße <b>{UserKey}</b>\r\n.\r\nFrom me\r\n"} {
		m := letter("a@customer.example")
		m.Body = body
		h.send(m)
	}
	h.deliver(2)
	for i, want := range []string{"", "Grüße <b>{UserKey}</b>\r\n.\r\nFrom me\r\n"} {
		_, parts := read(t, server.got()[i].data)
		if len(parts) != 1 || !strings.HasPrefix(parts[0].kind, "text/plain") || strings.TrimRight(parts[0].body, "\r\n") != strings.TrimRight(want, "\r\n") {
			t.Errorf("%+v", parts)
		}
	}
	if server.sessions != 1 {
		t.Errorf("%d connections for one round", server.sessions)
	}
}
