package mail_test

import (
	"bytes"
	"encoding/base64"
	"mime"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/internal/mail"
	"github.com/licet/licet/internal/mail/mailtest"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

func TestAMailArrivesAsItWasWritten(t *testing.T) {
	t.Parallel()
	server := mailtest.Serve(t, &mailtest.Server{}, mailtest.Open)
	h := newHouse(t, storetest.URL(t, store.SQLite), server.Settings())
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
	got := server.Got()
	if len(got) != 1 || got[0].From != "shop@vendor.example" || strings.Join(got[0].To, " ") != "zoe@customer.example ops@customer.example" {
		t.Fatalf("received %+v", got)
	}
	for _, line := range strings.Split(string(got[0].Data), "\r\n") {
		if len(line) > 998 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	head, parts := mailtest.Read(t, got[0].Data)
	from, err := head.AddressList("From")
	if err != nil || len(from) != 1 || from[0].Name != "Grüße von uns" || from[0].Address != "shop@vendor.example" {
		t.Errorf("From: %v, %v", from, err)
	}
	to, err := head.AddressList("To")
	if err != nil || len(to) != 2 || to[0].Name != m.To[0].Name || to[0].Address != "zoe@customer.example" {
		t.Errorf("To: %v, %v", to, err)
	}
	if s := mailtest.Words(t, head.Get("Subject")); s != m.Subject {
		t.Errorf("Subject: %q", s)
	}
	if date, err := head.Date(); err != nil || !date.Equal(testStart) {
		t.Errorf("Date: %v, %v", date, err)
	}
	if id := head.Get("Message-Id"); id != "<"+h.only().MessageID+">" || !strings.HasSuffix(id, "@vendor.example>") {
		t.Errorf("Message-ID: %q", id)
	}
	if len(parts) != 4 || !strings.HasPrefix(parts[0].Kind, "text/html; charset=UTF-8") || parts[0].Body != m.Body {
		t.Fatalf("%d parts, the first %+v", len(parts), parts[0])
	}
	for i, want := range []mailtest.Part{
		{Kind: "application/pdf", Disposition: m.Attachments[0].FileName, Body: string(file)},
		{Kind: "text/plain; charset=utf-8", Disposition: m.Attachments[1].FileName, Body: "hi"},
		{Kind: "application/octet-stream", Disposition: "empty"},
	} {
		disposition, params, err := mime.ParseMediaType(parts[i+1].Disposition)
		if err != nil || disposition != "attachment" || params["filename"] != want.Disposition || parts[i+1].Kind != want.Kind || parts[i+1].Body != want.Body {
			t.Errorf("attachment %d: %s, %s, %d bytes, %v", i, parts[i+1].Kind, parts[i+1].Disposition, len(parts[i+1].Body), err)
		}
	}
}

func TestAPlainMailIsPlain(t *testing.T) {
	t.Parallel()
	server := mailtest.Serve(t, &mailtest.Server{}, mailtest.Open)
	h := newHouse(t, storetest.URL(t, store.SQLite), server.Settings())
	for _, body := range []string{"", "Grüße <b>{UserKey}</b>\r\n.\r\nFrom me\r\n"} {
		m := letter("a@customer.example")
		m.Body = body
		h.send(m)
	}
	h.deliver(2)
	for i, want := range []string{"", "Grüße <b>{UserKey}</b>\r\n.\r\nFrom me\r\n"} {
		_, parts := mailtest.Read(t, server.Got()[i].Data)
		if len(parts) != 1 || !strings.HasPrefix(parts[0].Kind, "text/plain") || strings.TrimRight(parts[0].Body, "\r\n") != strings.TrimRight(want, "\r\n") {
			t.Errorf("%+v", parts)
		}
	}
	if server.Sessions() != 1 {
		t.Errorf("%d connections for one round", server.Sessions())
	}
}

// header is the lines of a mail up to the first empty one.
func header(data []byte) string {
	head, _, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	return strings.ToLower(string(head))
}
