package settings

import (
	"fmt"
	"net/mail"
)

// How a connection to the mail server is protected.
const (
	StartTLS = "starttls" // plain at first, then TLS; refused where the server has none
	TLS      = "tls"      // from the first byte
	NoTLS    = "none"
)

// Email says by which server mail is sent, and from whom.
type Email struct {
	Enabled     bool
	Host        string
	Port        int
	TLS         string // StartTLS, TLS or NoTLS
	LocalDomain string // told to the mail server as ours; "": the machine's name
	Username    string // "": no sign-in
	Password    string // secret
	FromName    string
	FromAddress string
}

// Validate refuses mail that is switched on and cannot be sent.
func (e Email) Validate() error {
	if e.FromAddress != "" {
		if a, err := mail.ParseAddress(e.FromAddress); err != nil || a.Address != e.FromAddress {
			return fmt.Errorf("Email.FromAddress: %.80q is not an address such as licenses@example.com", e.FromAddress)
		}
	}
	if !e.Enabled {
		return nil
	}
	if e.Host == "" {
		return fmt.Errorf("Email.EnableSend: needs Email.Host")
	}
	if e.FromAddress == "" {
		return fmt.Errorf("Email.EnableSend: needs Email.FromAddress")
	}
	if e.Username != "" && e.Password == "" {
		return fmt.Errorf("Email.Username: needs Email.Password")
	}
	return nil
}
