package mail

import (
	"encoding/json"
	"fmt"
	netmail "net/mail"
	"strings"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
)

// resourceType is the type of the resources that are e-mail templates.
const resourceType = "email"

// template is a resource read as an e-mail template.
type template struct {
	body        string
	isHTML      bool
	subject     string
	cc, bcc     []Address
	enabled     bool
	attachFiles bool // the license document, of file licenses
}

// meta is what a template's meta holds, as text.
type meta struct {
	EnableSend string `json:"enable_send"`
	Subject    string `json:"email_subject"`
	Cc         string `json:"email_cc"`
	Bcc        string `json:"email_bcc"`
	AttachFile string `json:"attach_license_file"`
}

// templateOf reads a resource. Faults name the resourceId: it is what a request
// says.
func templateOf(r *entity.Resource) (*template, error) {
	bad := func(format string, args ...any) error {
		return fault.Bad("resourceId", "resource %d "+format, append([]any{r.ID}, args...)...)
	}
	if !strings.EqualFold(r.Type, resourceType) {
		return nil, bad("is of type %q; an e-mail template is of type %q", r.Type, resourceType)
	}
	t := &template{body: r.Data}
	switch {
	case strings.EqualFold(r.DataFormat, "html"):
		t.isHTML = true
	case !strings.EqualFold(r.DataFormat, "text"):
		return nil, bad(`has the data format %q; an e-mail template has "html" or "text"`, r.DataFormat)
	}
	var m meta
	if r.Meta != "" {
		if err := json.Unmarshal([]byte(r.Meta), &m); err != nil {
			return nil, bad("has a meta that is not an object of texts, such as %s", `{"email_subject":"Your license"}`)
		}
	}
	var err error
	if t.enabled, err = truth(m.EnableSend, true); err != nil {
		return nil, bad("has an enable_send that %s", err)
	}
	if t.attachFiles, err = truth(m.AttachFile, false); err != nil {
		return nil, bad("has an attach_license_file that %s", err)
	}
	if t.cc, err = addressList(m.Cc); err != nil {
		return nil, bad("has an email_cc that %s", err)
	}
	if t.bcc, err = addressList(m.Bcc); err != nil {
		return nil, bad("has an email_bcc that %s", err)
	}
	if t.subject = oneLine(m.Subject); t.subject == "" {
		return nil, bad("has no email_subject in its meta")
	}
	if !t.enabled {
		return nil, fault.New(fault.Conflict, `resource %d is switched off: its enable_send is "false"`, r.ID)
	}
	return t, nil
}

func truth(text string, absent bool) (bool, error) {
	switch {
	case text == "":
		return absent, nil
	case strings.EqualFold(text, "true"):
		return true, nil
	case strings.EqualFold(text, "false"):
		return false, nil
	}
	return false, fmt.Errorf(`is neither "true" nor "false"`)
}

// addressList reads addresses with or without names, between commas or
// semicolons.
func addressList(text string) ([]Address, error) {
	text = strings.Trim(strings.TrimSpace(text), ",;")
	if text == "" {
		return nil, nil
	}
	parsed, err := netmail.ParseAddressList(text)
	if err != nil {
		parsed, err = netmail.ParseAddressList(strings.ReplaceAll(text, ";", ","))
	}
	if err != nil {
		return nil, fmt.Errorf("is not a list of e-mail addresses")
	}
	var all []Address
	for _, p := range parsed {
		a := Address{Name: oneLine(p.Name), Email: p.Address}
		if err := a.validate("it"); err != nil {
			return nil, fmt.Errorf("names an address that cannot be: %w", err)
		}
		all = append(all, a)
	}
	return all, nil
}
