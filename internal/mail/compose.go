package mail

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime"
	netmail "net/mail"

	gomail "github.com/wneessen/go-mail"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/settings"
)

// compose writes a mail as it goes over the wire. Date and Message-ID are those
// of the queue, so that every attempt sends the same mail.
func compose(set settings.Email, c *claimed) ([]byte, error) {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(&netmail.Address{Name: set.FromName, Address: set.FromAddress})
	for _, r := range c.Recipients {
		address := &netmail.Address{Name: r.Name, Address: r.Email}
		switch r.Kind {
		case entity.RecipientTo:
			m.AddToMailAddress(address)
		case entity.RecipientCc:
			m.AddCcMailAddress(address)
		}
	}
	m.Subject(c.Subject)
	m.SetDateWithValue(c.CreatedAt.Std())
	m.SetMessageIDWithValue(c.MessageID)
	kind := gomail.TypeTextPlain
	if c.IsHTML {
		kind = gomail.TypeTextHTML
	}
	m.SetBodyString(kind, c.Body)
	for i := range c.Attachments {
		if err := attach(m, &c.Attachments[i]); err != nil {
			return nil, fmt.Errorf("attach file %d: %w", i+1, err)
		}
	}
	var wire bytes.Buffer
	if _, err := m.WriteTo(&wire); err != nil {
		return nil, fmt.Errorf("write the mail: %w", err)
	}
	return wire.Bytes(), nil
}

func attach(m *gomail.Msg, a *Attachment) error {
	data, err := base64.StdEncoding.DecodeString(a.Content)
	if err != nil {
		return err
	}
	kind, err := mediaType(a.ContentType)
	if err != nil {
		return err
	}
	return m.AttachReader(a.FileName, bytes.NewReader(data), func(f *gomail.File) {
		// The library would put an encoded word between quotes, which RFC 2047
		// forbids; this is RFC 2231.
		f.Header.Set("Content-Type", kind)
		f.Header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": a.FileName}))
	})
}
