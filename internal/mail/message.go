package mail

import (
	"encoding/base64"
	"fmt"
	"mime"
	netmail "net/mail"
	"strings"
	"unicode"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
)

// What a message may hold at most.
const (
	maxRecipients  = 100
	maxAttachments = 20
	maxSubject     = 998     // bytes, as RFC 5322 has it for a line
	maxBody        = 4 << 20 // bytes of a template's text with the values in it
	maxAddress     = 254     // bytes, RFC 5321
	maxNameBytes   = 256     // of a person or a file
)

// Address is somebody with an e-mail address.
type Address struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

// Attachment is a file that goes with a message.
type Attachment struct {
	FileName    string `json:"fileName"`
	Content     string `json:"content"`     // base64
	ContentType string `json:"contentType"` // a media type; "": application/octet-stream
}

// Message is an e-mail as a caller writes it.
type Message struct {
	To          []Address    `json:"to"`
	Subject     string       `json:"subject"`
	Body        string       `json:"body"`
	IsHTML      bool         `json:"isHtml"`
	Attachments []Attachment `json:"attachments"`
}

// Validate judges a message. Faults name the member as on the wire.
func (m *Message) Validate() error {
	if len(m.To) == 0 {
		return fault.Bad("to", "is missing")
	}
	if len(m.To) > maxRecipients {
		return fault.Bad("to", "has %d recipients, %d is the most", len(m.To), maxRecipients)
	}
	for i, to := range m.To {
		if err := to.validate(fmt.Sprintf("to[%d]", i)); err != nil {
			return err
		}
	}
	if err := checkSubject("subject", m.Subject); err != nil {
		return err
	}
	if len(m.Attachments) > maxAttachments {
		return fault.Bad("attachments", "has %d files, %d is the most", len(m.Attachments), maxAttachments)
	}
	for i := range m.Attachments {
		if err := m.Attachments[i].validate(fmt.Sprintf("attachments[%d]", i)); err != nil {
			return err
		}
	}
	return nil
}

func (a Address) validate(at string) error {
	if len(a.Name) > maxNameBytes {
		return fault.Bad(at+".name", "has %d bytes, %d is the most", len(a.Name), maxNameBytes)
	}
	if hasControl(a.Name) {
		return fault.Bad(at+".name", "may not hold control characters")
	}
	return checkAddress(at+".email", a.Email)
}

// checkAddress judges a bare address. Quoted local parts are legal and refused:
// nobody has one but who wants to confuse a mail server.
func checkAddress(field, address string) error {
	if address == "" {
		return fault.Bad(field, "is missing")
	}
	if len(address) > maxAddress {
		return fault.Bad(field, "has %d bytes, %d is the most", len(address), maxAddress)
	}
	parsed, err := netmail.ParseAddress(address)
	if err != nil || parsed.Address != address || hasControl(address) || hasSpace(address) {
		return fault.Bad(field, "%.80q is not an e-mail address", address)
	}
	return nil
}

func checkSubject(field, subject string) error {
	if strings.TrimSpace(subject) == "" {
		return fault.Bad(field, "is missing")
	}
	if len(subject) > maxSubject {
		return fault.Bad(field, "has %d bytes, %d is the most", len(subject), maxSubject)
	}
	if hasControl(subject) {
		return fault.Bad(field, "may not hold line breaks or other control characters")
	}
	return nil
}

func (a *Attachment) validate(at string) error {
	if err := checkFileName(at+".fileName", a.FileName); err != nil {
		return err
	}
	if _, err := base64.StdEncoding.DecodeString(a.Content); err != nil {
		return fault.Bad(at+".content", "is not base64")
	}
	if _, err := mediaType(a.ContentType); err != nil {
		return fault.Bad(at+".contentType", "%s", err)
	}
	return nil
}

func checkFileName(field, name string) error {
	switch {
	case name == "":
		return fault.Bad(field, "is missing")
	case len(name) > maxNameBytes:
		return fault.Bad(field, "has %d bytes, %d is the most", len(name), maxNameBytes)
	case hasControl(name), strings.ContainsAny(name, `/\`), name == ".", name == "..":
		return fault.Bad(field, "must be a plain file name")
	}
	return nil
}

// mediaType is a content type in its plain form, without a name: that is the
// attachment's own.
func mediaType(contentType string) (string, error) {
	if contentType == "" {
		return "application/octet-stream", nil
	}
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || !strings.Contains(kind, "/") {
		return "", fmt.Errorf("%.80q is not a media type such as application/pdf", contentType)
	}
	if strings.HasPrefix(kind, "multipart/") || strings.HasPrefix(kind, "message/") {
		return "", fmt.Errorf("an attachment cannot be of type %s", kind)
	}
	delete(params, "name")
	plain := mime.FormatMediaType(kind, params)
	if plain == "" || hasControl(plain) {
		return "", fmt.Errorf("%.80q is not a media type such as application/pdf", contentType)
	}
	return plain, nil
}

// recipients adds those of a kind to a list that names each address once.
func recipients(list []entity.Recipient, kind entity.RecipientKind, add ...Address) []entity.Recipient {
	for _, a := range add {
		known := false
		for _, r := range list {
			known = known || strings.EqualFold(r.Email, a.Email)
		}
		if !known {
			list = append(list, entity.Recipient{Kind: kind, Name: a.Name, Email: a.Email, State: entity.RecipientWaiting})
		}
	}
	return list
}

func hasControl(s string) bool { return strings.ContainsFunc(s, isControl) }

func hasSpace(s string) bool { return strings.ContainsFunc(s, unicode.IsSpace) }

// isControl takes for control characters also what breaks a line or turns the
// direction of text: in a header it could pretend to be something else.
func isControl(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r)
}

// oneLine makes a value fit for a header: control characters become spaces.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if isControl(r) {
			return ' '
		}
		return r
	}, s))
}
