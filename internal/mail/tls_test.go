package mail_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"strings"
	"testing"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/mail"
	"github.com/licet/licet/internal/mail/mailtest"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// TestProtectionOfTheConnection: who gets the password and the mail, by what the
// server offers and what the settings ask for.
func TestProtectionOfTheConnection(t *testing.T) {
	t.Parallel()
	good, pool := mailtest.Certificate(t, net.IPv4(127, 0, 0, 1))
	other, otherPool := mailtest.Certificate(t, net.IPv4(127, 0, 0, 2))
	for name, c := range map[string]struct {
		offers mailtest.Secured
		cert   tls.Certificate
		trust  *x509.CertPool
		mode   string
		user   string // wanted by the server
		as     string // in the settings; "": none
		fails  string // a part of the error; "": it is sent
	}{
		"starttls":                         {offers: mailtest.StartTLS, cert: good, trust: pool, mode: settings.StartTLS, user: "shop", as: "shop"},
		"starttls by default":              {offers: mailtest.StartTLS, cert: good, trust: pool, mode: "", user: "shop", as: "shop"},
		"implicit":                         {offers: mailtest.Implicit, cert: good, trust: pool, mode: settings.TLS, user: "shop", as: "shop"},
		"implicit without authentication":  {offers: mailtest.Implicit, cert: good, trust: pool, mode: settings.TLS},
		"open, asked for":                  {offers: mailtest.Open, mode: settings.NoTLS, user: "shop", as: "shop"},
		"open, with TLS on offer":          {offers: mailtest.StartTLS, cert: good, mode: settings.NoTLS},
		"starttls stripped":                {offers: mailtest.Open, trust: pool, mode: settings.StartTLS, user: "shop", as: "shop", fails: "STARTTLS"},
		"starttls, unknown authority":      {offers: mailtest.StartTLS, cert: good, trust: x509.NewCertPool(), mode: settings.StartTLS, user: "shop", as: "shop", fails: "certificate"},
		"implicit, unknown authority":      {offers: mailtest.Implicit, cert: good, trust: otherPool, mode: settings.TLS, user: "shop", as: "shop", fails: "certificate"},
		"starttls, certificate of another": {offers: mailtest.StartTLS, cert: other, trust: otherPool, mode: settings.StartTLS, user: "shop", as: "shop", fails: "certificate"},
		"implicit, certificate of another": {offers: mailtest.Implicit, cert: other, trust: otherPool, mode: settings.TLS, user: "shop", as: "shop", fails: "certificate"},
		"implicit to a server without":     {offers: mailtest.Open, trust: pool, mode: settings.TLS, user: "shop", as: "shop", fails: "tls"},
		"wrong password":                   {offers: mailtest.Implicit, cert: good, trust: pool, mode: settings.TLS, user: "shop", as: "somebody", fails: "535"},
		"authentication not on offer":      {offers: mailtest.Implicit, cert: good, trust: pool, mode: settings.TLS, as: "shop", fails: "AUTH"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var certs []tls.Certificate
			if c.offers != mailtest.Open {
				certs = []tls.Certificate{c.cert}
			}
			server := mailtest.Serve(t, &mailtest.Server{User: c.user}, c.offers, certs...)
			set := server.Settings()
			set.TLS, set.Username = c.mode, c.as
			if c.as != "" {
				set.Password = mailtest.Password
			}
			h := newHouse(t, storetest.URL(t, store.SQLite), set, func(o *mail.Options) { o.RootCAs = c.trust })
			h.send(letter("a@customer.example"))
			h.deliver(1)
			row := h.only()
			if c.fails == "" {
				if row.State != entity.MailSent || len(server.Got()) != 1 {
					t.Errorf("%+v", row)
				}
				return
			}
			// The settings can be put right, so the mail waits for it.
			if row.State != entity.MailQueued || !strings.Contains(row.LastError, c.fails) || len(server.Got()) != 0 {
				t.Errorf("%+v", row)
			}
			if server.Plain() {
				t.Error("the password went over an open connection")
			}
			if strings.Contains(row.LastError, mailtest.Password) {
				t.Errorf("the error shows the password: %s", row.LastError)
			}
		})
	}
}
