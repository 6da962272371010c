package mail_test

import (
	"bytes"
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
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/licet/licet/internal/settings"
)

// received is a mail that the server took.
type received struct {
	from string
	to   []string
	data []byte
}

// mailServer is a real SMTP server in this process, which does as a test says.
type mailServer struct {
	addr *net.TCPAddr

	mu       sync.Mutex
	mails    []received
	sessions int
	plain    bool // somebody logged in over an open connection

	// What it answers; nil: yes. data is asked when the mail is there, and
	// what it says nil to counts as taken.
	onMail func(from string) error
	onRcpt func(to string) error
	onData func(r received) error
	// before runs when DATA begins, with the connection.
	before func(c net.Conn)
	onQuit func()
	user   string // "": no authentication is wanted
}

// got is what was taken so far.
func (m *mailServer) got() []received {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]received(nil), m.mails...)
}

type secured int

const (
	open secured = iota
	starttls
	implicit
)

// serve starts the server on a free port of the loopback address.
func serve(t testing.TB, m *mailServer, how secured, cert ...tls.Certificate) *mailServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, m, listener, how, cert...)
}

func serveOn(t testing.TB, m *mailServer, listener net.Listener, how secured, cert ...tls.Certificate) *mailServer {
	t.Helper()
	m.addr = listener.Addr().(*net.TCPAddr)
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		m.mu.Lock()
		m.sessions++
		m.mu.Unlock()
		return &visit{server: m, conn: c}, nil
	}))
	s.Domain, s.AllowInsecureAuth, s.EnableSMTPUTF8 = "mail.test", true, true
	s.ErrorLog = log.New(io.Discard, "", 0)
	if how != open {
		s.TLSConfig = &tls.Config{Certificates: cert}
	}
	if how == implicit {
		listener = tls.NewListener(listener, s.TLSConfig)
	}
	go func() { _ = s.Serve(listener) }()
	t.Cleanup(func() { _ = s.Close() })
	return m
}

// visit is one connection.
type visit struct {
	server *mailServer
	conn   *smtp.Conn
	known  bool
	mail   received
}

func (v *visit) AuthMechanisms() []string {
	if v.server.user == "" {
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
		if user != v.server.user || password != "pass word" {
			return smtp.ErrAuthFailed
		}
		v.known = true
		return nil
	}), nil
}

func (v *visit) Mail(from string, _ *smtp.MailOptions) error {
	if v.server.user != "" && !v.known {
		return smtp.ErrAuthRequired
	}
	v.mail = received{from: from}
	if v.server.onMail != nil {
		return v.server.onMail(from)
	}
	return nil
}

func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	if v.server.onRcpt != nil {
		if err := v.server.onRcpt(to); err != nil {
			return err
		}
	}
	v.mail.to = append(v.mail.to, to)
	return nil
}

func (v *visit) Data(r io.Reader) error {
	if v.server.before != nil {
		v.server.before(v.conn.Conn())
	}
	var err error
	if v.mail.data, err = io.ReadAll(r); err != nil {
		return err
	}
	if v.server.onData != nil {
		if err := v.server.onData(v.mail); err != nil {
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
	if v.server.onQuit != nil {
		v.server.onQuit()
	}
	return nil
}

// reply is an answer of the server.
func reply(code int) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 0, 0}, Message: "because"}
}

// settings lead to the server.
func (m *mailServer) settings() settings.Email {
	return settings.Email{
		Enabled: true, Host: "127.0.0.1", Port: m.addr.Port, TLS: settings.NoTLS, LocalDomain: "licet.test",
		FromName: "Grüße von uns", FromAddress: "shop@vendor.example",
	}
}

// certificate makes a self-signed one for a host, and a pool that trusts it.
func certificate(t testing.TB, ip net.IP) (tls.Certificate, *x509.CertPool) {
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

// silent accepts connections and never says anything.
func silent(t testing.TB) *mailServer {
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
	return &mailServer{addr: listener.Addr().(*net.TCPAddr)}
}

// header is the lines of a mail up to the first empty one.
func header(data []byte) string {
	head, _, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	return strings.ToLower(string(head))
}
