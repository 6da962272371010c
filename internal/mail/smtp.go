package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"slices"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/settings"
)

// session is an open connection to the mail server.
type session struct {
	set     settings.Email
	client  *smtp.Client
	conn    net.Conn // beneath TLS: closing it ends everything at once
	release func() bool
	timeout time.Duration
}

// dial connects, protects and authenticates the connection as the settings say.
// The end of ctx cuts the session, now and later.
func (s *Service) dial(ctx context.Context, set settings.Email) (*session, error) {
	out := &session{set: set, timeout: s.opt.Timeout, release: func() bool { return true }}
	config := &tls.Config{ServerName: set.Host, RootCAs: s.opt.RootCAs, MinVersion: tls.VersionTLS12}
	connect := func(dialing context.Context, network, _ string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(dialing, network, address(set))
		if err != nil {
			return nil, err
		}
		out.conn = conn
		out.release = context.AfterFunc(ctx, func() { _ = conn.Close() })
		if set.TLS != settings.TLS {
			return conn, nil
		}
		secure := tls.Client(conn, config)
		return secure, secure.HandshakeContext(dialing)
	}
	options := append(authOptions(set), gomail.WithTimeout(s.opt.Timeout), gomail.WithTLSConfig(config), gomail.WithDialContextFunc(connect))
	switch set.TLS {
	case settings.TLS:
		options = append(options, gomail.WithSSL())
	case settings.NoTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if set.LocalDomain != "" {
		options = append(options, gomail.WithHELO(set.LocalDomain))
	}
	c, err := gomail.NewClient(set.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("prepare the connection: %w", err)
	}
	if out.client, err = c.DialToSMTPClientWithContext(ctx); err != nil {
		out.cut()
		return nil, fmt.Errorf("connect to %s: %w", address(set), err)
	}
	return out, nil
}

// authOptions prefers what does not show the password. Over an open connection
// it is shown only because the settings ask for such a connection.
func authOptions(set settings.Email) []gomail.Option {
	if set.Username == "" {
		return nil
	}
	order := []gomail.SMTPAuthType{
		gomail.SMTPAuthSCRAMSHA256PLUS, gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1PLUS, gomail.SMTPAuthSCRAMSHA1,
		gomail.SMTPAuthPlain, gomail.SMTPAuthLogin,
	}
	if set.TLS == settings.NoTLS {
		order = []gomail.SMTPAuthType{
			gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthLoginNoEnc,
		}
	}
	return []gomail.Option{
		gomail.WithOpportunisticSMTPAuth(order...), gomail.WithUsername(set.Username), gomail.WithPassword(set.Password),
	}
}

// cut ends the connection without a word.
func (s *session) cut() {
	s.release()
	if s.conn != nil {
		_ = s.conn.Close()
	}
	s.conn = nil
}

// quitTime is how long the mail server may take to say goodbye.
const quitTime = 5 * time.Second

// close ends the session politely.
func (s *session) close() {
	if s.conn == nil {
		return
	}
	if s.client.UpdateDeadline(quitTime) == nil {
		_ = s.client.Quit() // the mails are settled, whatever it answers
	}
	s.cut()
}

// send gives a mail to the mail server for all who still wait for it. Those
// that the server refuses for good do not keep it from the others. A session
// that is out of step afterwards is cut.
func (s *session) send(c *claimed, wire []byte) result {
	r := result{recipients: slices.Clone(c.Recipients)}
	if err := s.client.UpdateDeadline(s.timeout); err != nil {
		return s.broken(r, err)
	}
	if err := s.client.Mail("<" + s.set.FromAddress + ">"); err != nil {
		return s.refused(r, fmt.Errorf("MAIL FROM: %w", err))
	}
	var accepted []int
	for i := range r.recipients {
		to := &r.recipients[i]
		if to.State != entity.RecipientWaiting {
			continue
		}
		err := s.client.Rcpt("<" + to.Email + ">")
		switch code := replyCode(err); {
		case err == nil:
			accepted = append(accepted, i)
			continue
		case code == 0:
			return s.broken(result{recipients: c.Recipients}, fmt.Errorf("RCPT TO: %w", err))
		case code >= permanent:
			to.State = entity.RecipientFailed
		}
		if r.err == nil {
			r.err = fmt.Errorf("%s: %w", to.Email, err)
		}
	}
	if len(accepted) == 0 {
		s.reset()
		return r
	}
	if err := s.data(wire); err != nil {
		return s.refused(r, err)
	}
	for _, i := range accepted {
		r.recipients[i].State = entity.RecipientTaken
	}
	r.left = true
	return r
}

func (s *session) data(wire []byte) error {
	w, err := s.client.Data()
	if err != nil {
		return fmt.Errorf("DATA: %w", err)
	}
	if _, err := w.Write(wire); err != nil {
		s.cut() // an end of the mail would make a half of it look whole
		return fmt.Errorf("DATA: %w", err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("DATA: %w", err)
	}
	return nil
}

// refused is the outcome of a mail that the server did not take.
func (s *session) refused(r result, err error) result {
	code := replyCode(err)
	if code == 0 {
		return s.broken(r, err)
	}
	r.err, r.final = err, code >= permanent
	s.reset()
	return r
}

// broken is the outcome when the connection failed.
func (s *session) broken(r result, err error) result {
	r.err = err
	s.cut()
	return r
}

// reset makes the session ready for another mail.
func (s *session) reset() {
	if s.conn != nil && s.client.Reset() != nil {
		s.cut()
	}
}

// permanent is the first reply code that says: never.
const permanent = 500

// replyCode is what the mail server answered; 0: it did not, the connection failed.
func replyCode(err error) int {
	var reply *textproto.Error
	if errors.As(err, &reply) {
		return reply.Code
	}
	return 0
}
