package mailtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/licet/licet/internal/settings"
)

// Password is what it wants where it wants a User.
const Password = "pass word"

// Received is a mail that the server took.
type Received struct {
	From string
	To   []string
	Data []byte
}

// Server is a real SMTP server in this process, which does as a test says.
type Server struct {
	Addr *net.TCPAddr

	// What it answers; nil: yes. OnData is asked when the mail is there, and
	// what it says nil to counts as taken.
	OnMail func(from string) error
	OnRcpt func(to string) error
	OnData func(r Received) error
	// Before runs when DATA begins, with the connection.
	Before func(c net.Conn)
	OnQuit func()
	User   string // "": no authentication is wanted

	mu       sync.Mutex
	mails    []Received
	sessions int
	plain    bool
}

// Sessions is how many connections there were.
func (m *Server) Sessions() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sessions
}

// Plain says whether somebody logged in over an open connection.
func (m *Server) Plain() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.plain
}

// Got is what was taken so far.
func (m *Server) Got() []Received {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Received(nil), m.mails...)
}

// Secured says how the server speaks TLS.
type Secured int

// The ways.
const (
	Open Secured = iota // not at all
	StartTLS
	Implicit // from the first byte
)

// Serve starts the server on a free port of the loopback address.
func Serve(t testing.TB, m *Server, how Secured, cert ...tls.Certificate) *Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ServeOn(t, m, listener, how, cert...)
}

// ServeOn is Serve on a listener.
func ServeOn(t testing.TB, m *Server, listener net.Listener, how Secured, cert ...tls.Certificate) *Server {
	t.Helper()
	m.Addr = listener.Addr().(*net.TCPAddr)
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		m.mu.Lock()
		m.sessions++
		m.mu.Unlock()
		return &visit{server: m, conn: c}, nil
	}))
	s.Domain, s.AllowInsecureAuth, s.EnableSMTPUTF8 = "mail.test", true, true
	s.ErrorLog = log.New(io.Discard, "", 0)
	if how != Open {
		s.TLSConfig = &tls.Config{Certificates: cert}
	}
	if how == Implicit {
		listener = tls.NewListener(listener, s.TLSConfig)
	}
	go func() { _ = s.Serve(listener) }()
	t.Cleanup(func() { _ = s.Close() })
	return m
}

// visit is one connection.
type visit struct {
	server *Server
	conn   *smtp.Conn
	known  bool
	mail   Received
}

func (v *visit) AuthMechanisms() []string {
	if v.server.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (v *visit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if _, secure := v.conn.TLSConnectionState(); !secure {
			v.server.mu.Lock()
			v.server.plain = true
			v.server.mu.Unlock()
		}
		if user != v.server.User || password != Password {
			return smtp.ErrAuthFailed
		}
		v.known = true
		return nil
	}), nil
}

func (v *visit) Mail(from string, _ *smtp.MailOptions) error {
	if v.server.User != "" && !v.known {
		return smtp.ErrAuthRequired
	}
	v.mail = Received{From: from}
	if v.server.OnMail != nil {
		return v.server.OnMail(from)
	}
	return nil
}

func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	if v.server.OnRcpt != nil {
		if err := v.server.OnRcpt(to); err != nil {
			return err
		}
	}
	v.mail.To = append(v.mail.To, to)
	return nil
}

func (v *visit) Data(r io.Reader) error {
	if v.server.Before != nil {
		v.server.Before(v.conn.Conn())
	}
	var err error
	if v.mail.Data, err = io.ReadAll(r); err != nil {
		return err
	}
	if v.server.OnData != nil {
		if err := v.server.OnData(v.mail); err != nil {
			return err
		}
	}
	v.server.mu.Lock()
	defer v.server.mu.Unlock()
	v.server.mails = append(v.server.mails, v.mail)
	return nil
}

func (v *visit) Reset() {}
func (v *visit) Logout() error {
	if v.server.OnQuit != nil {
		v.server.OnQuit()
	}
	return nil
}

// Reply is an answer of the server.
func Reply(code int) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 0, 0}, Message: "because"}
}

// Settings lead to the server.
func (m *Server) Settings() settings.Email {
	return settings.Email{
		Enabled: true, Host: "127.0.0.1", Port: m.Addr.Port, TLS: settings.NoTLS, LocalDomain: "licet.test",
		FromName: "Grüße von uns", FromAddress: "shop@vendor.example",
	}
}

// Certificate makes a self-signed one for a host, and a pool that trusts it.
func Certificate(t testing.TB, ip net.IP) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.test"}, IPAddresses: []net.IP{ip},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// Silent accepts connections and never says anything.
func Silent(t testing.TB) *Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var held []net.Conn
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := listener.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			held = append(held, c)
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
		for _, c := range held {
			_ = c.Close()
		}
	})
	return &Server{Addr: listener.Addr().(*net.TCPAddr)}
}
