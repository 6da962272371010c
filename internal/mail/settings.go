package mail

import (
	"net"
	"strconv"

	"github.com/licet/licet/internal/fault"
)

// TLSMode says how the connection to the mail server is protected.
type TLSMode string

// The modes.
const (
	// STARTTLS begins in the clear and must be answered with TLS before anything
	// is said: a server without it gets neither password nor mail.
	STARTTLS TLSMode = "starttls"
	// ImplicitTLS is TLS from the first byte (port 465).
	ImplicitTLS TLSMode = "tls"
	// NoTLS leaves the connection open, password included: for a server on the
	// same machine or network.
	NoTLS TLSMode = "none"
)

const (
	submissionPort  = 587
	submissionsPort = 465
)

// Settings say through which mail server, and as whom, e-mail goes out. The
// zero value is e-mail that is not set up.
type Settings struct {
	Enabled     bool
	Host        string
	Port        int     // 0: 465 with ImplicitTLS, else 587
	TLS         TLSMode // "": STARTTLS
	LocalDomain string  // said in EHLO; "": the machine's name
	Username    string  // "": no authentication
	Password    string
	FromName    string
	FromAddress string
}

// Validate refuses settings that could not work. Those of e-mail that is
// switched off are judged too; what is empty is not.
func (s Settings) Validate() error {
	if hasControl(s.Host) || hasSpace(s.Host) {
		return fault.Bad("Host", "is not a host name")
	}
	if s.Port < 0 || s.Port > 65535 {
		return fault.Bad("Port", "must be from 1 to 65535; 0 takes the usual one")
	}
	switch s.TLS {
	case "", STARTTLS, ImplicitTLS, NoTLS:
	default:
		return fault.Bad("TLS", "must be %s, %s or %s", STARTTLS, ImplicitTLS, NoTLS)
	}
	if hasControl(s.LocalDomain) || hasSpace(s.LocalDomain) {
		return fault.Bad("LocalDomain", "is not a host name")
	}
	if hasControl(s.FromName) {
		return fault.Bad("FromName", "may not hold control characters")
	}
	if s.FromAddress == "" {
		return nil
	}
	return checkAddress("FromAddress", s.FromAddress)
}

// ready is nil when e-mail can be sent, or the Conflict that says why not.
func (s Settings) ready() error {
	switch {
	case !s.Enabled:
		return fault.New(fault.Conflict, "e-mail is not set up: it is switched off")
	case s.Host == "":
		return fault.New(fault.Conflict, "e-mail is not set up: there is no mail server")
	case s.FromAddress == "":
		return fault.New(fault.Conflict, "e-mail is not set up: there is no sender address")
	}
	if err := s.Validate(); err != nil {
		return fault.New(fault.Conflict, "e-mail is not set up: %s", err)
	}
	return nil
}

func (s Settings) port() int {
	switch {
	case s.Port != 0:
		return s.Port
	case s.TLS == ImplicitTLS:
		return submissionsPort
	}
	return submissionPort
}

func (s Settings) address() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.port())) }
