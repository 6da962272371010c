package mail

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
)

// Options tune a Service; the zero value is what a server runs with.
type Options struct {
	Registry prometheus.Registerer // gets the metrics; nil: none are kept
	RootCAs  *x509.CertPool        // who vouches for the mail server; nil: the system's
	// Timeout is how long connecting may take (greeting, TLS and
	// authentication included), and how long one mail may take after it.
	Timeout time.Duration // 0: two minutes
	// Grace is how long a mail that is being sent gets after a stop was asked for.
	Grace time.Duration // 0: ten seconds
	// Look is how often Keep looks for mails whose time has come, and for those
	// that other nodes have queued. Its own node's it is told of.
	Look time.Duration // 0: 15 seconds
}

const (
	defaultTimeout = 2 * time.Minute
	defaultGrace   = 10 * time.Second
	defaultLook    = 15 * time.Second
)

// Service queues e-mail and sends it. Make it with New; it is safe for
// concurrent use.
type Service struct {
	store    *store.Store
	settings func() settings.Email
	clock    clock.Clock
	opt      Options
	wake     chan struct{} // tells the worker that there is something new

	queued, sent, failed prometheus.Counter
}

// New keeps the queue in st and sends by the settings that are in force at
// each attempt.
func New(st *store.Store, current func() settings.Email, c clock.Clock, o Options) *Service {
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	o.Timeout, o.Grace = cmp.Or(o.Timeout, defaultTimeout), cmp.Or(o.Grace, defaultGrace)
	o.Look = cmp.Or(o.Look, defaultLook)
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	s := &Service{
		store: st, settings: current, clock: c, opt: o, wake: make(chan struct{}, 1),
		queued: counter("licet_mail_queued_total", "E-mails put into the queue."),
		sent:   counter("licet_mail_sent_total", "E-mails that the mail server took, for some of their recipients at least."),
		failed: counter("licet_mail_failed_total", "E-mails given up, for some of their recipients at least."),
	}
	o.Registry.MustRegister(s.queued, s.sent, s.failed)
	return s
}

// Send queues a message. Its error is the request's: a message that breaks a
// rule is Invalid, e-mail that is not set up a Conflict.
func (s *Service) Send(ctx context.Context, m Message) error {
	set := s.settings()
	if err := ready(set); err != nil {
		return err
	}
	if err := m.Validate(); err != nil {
		return err
	}
	return s.enqueue(ctx, set, outgoing{Message: m, recipients: recipients(nil, entity.RecipientTo, m.To...)})
}

// outgoing is a message with all its recipients, ready for the queue.
type outgoing struct {
	Message
	recipients []entity.Recipient
	about      string // for the audit; "": nothing but the recipients
}

// content is what a mail says, as the books keep it until it is settled.
type content struct {
	bun.BaseModel `bun:"table:mail_contents"`

	MailID      int64        `bun:"mail_id,pk"`
	Body        string       `bun:"body"`
	IsHTML      bool         `bun:"is_html"`
	Attachments []Attachment `bun:"attachments,type:text"`
}

// enqueue puts a mail into the books, with its audit entry, and wakes the worker.
func (s *Service) enqueue(ctx context.Context, set settings.Email, o outgoing) error {
	id, err := uuid.NewRandom()
	if err != nil {
		return fmt.Errorf("make a message id: %w", err)
	}
	_, domain, _ := strings.Cut(set.FromAddress, "@")
	err = journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		now, err := s.now(ctx, tx)
		if err != nil {
			return journal.Entry{}, err
		}
		row := &entity.Mail{
			MessageID: id.String() + "@" + domain, State: entity.MailQueued, Subject: o.Subject,
			Recipients: o.recipients, CreatedAt: entity.TimeOf(now), NextAt: entity.TimeOf(now),
		}
		if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("queue a mail: %w", err)
		}
		says := &content{MailID: row.ID, Body: o.Body, IsHTML: o.IsHTML, Attachments: o.Attachments}
		if _, err := tx.NewInsert().Model(says).Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("queue what a mail says: %w", err)
		}
		return s.entry(journal.Insert, row.ID, strings.TrimSpace(o.about+" to "+addresses(o.recipients))), nil
	})
	if err != nil {
		return err
	}
	s.queued.Inc()
	select {
	case s.wake <- struct{}{}:
	default: // it has been told already
	}
	return nil
}

// now is the time by which mails are claimed and tried again. Nodes that share
// a PostgreSQL must agree on it, so there it is the database's; a clock that is
// not the system's (a test's) is used on both.
func (s *Service) now(ctx context.Context, db bun.IDB) (time.Time, error) {
	if _, system := s.clock.(*clock.System); !system || s.store.Engine() != store.Postgres {
		return s.clock.Read().Wall, nil
	}
	var µs int64
	if err := db.NewRaw("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint").Scan(ctx, &µs); err != nil {
		return time.Time{}, fmt.Errorf("read the clock of the books: %w", store.Normalise(err))
	}
	return time.UnixMicro(µs), nil
}

func (s *Service) entry(a journal.Action, id int64, details string) journal.Entry {
	return journal.Entry{At: s.clock.Read().Wall, Action: a, Entity: "email", EntityID: journal.ID(id), Details: details}
}

func addresses(list []entity.Recipient) string {
	all := make([]string, len(list))
	for i, r := range list {
		all[i] = r.Email
	}
	return strings.Join(all, ", ")
}

// List lists the queue and what became of the mails of the last days. What
// they say is not in it.
func (s *Service) List(ctx context.Context, page entity.Page) (*entity.List[entity.Mail], error) {
	return store.ReadList(ctx, s.store, store.Listing[entity.Mail]{}, page)
}

// Delete takes a mail out of the queue, or forgets one that is settled. One
// that is just being sent is a Conflict: it may have left.
func (s *Service) Delete(ctx context.Context, id int64) error {
	return journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		row, err := store.Lock[entity.Mail](ctx, tx, id)
		if err != nil {
			return journal.Entry{}, store.Missing(err, "e-mail", id)
		}
		now, err := s.now(ctx, tx)
		if err != nil {
			return journal.Entry{}, err
		}
		if row.State == entity.MailQueued && !row.ClaimedUntil.IsZero() && !row.ClaimedUntil.Reached(now) {
			return journal.Entry{}, fault.New(fault.Conflict, "e-mail %d is just being sent", id)
		}
		if _, err := tx.NewDelete().Model(row).WherePK().Exec(ctx); err != nil {
			return journal.Entry{}, fmt.Errorf("delete mail %d: %w", id, err)
		}
		return s.entry(journal.Delete, id, string(row.State)+", to "+addresses(row.Recipients)), nil
	})
}
