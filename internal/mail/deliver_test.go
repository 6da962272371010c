package mail_test

import (
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/mail"
	"github.com/licet/licet/internal/mail/mailtest"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

func TestASettledMailForgetsWhatItSaid(t *testing.T) {
	eachEngine(t, func(t *testing.T, url string) {
		server := mailtest.Serve(t, &mailtest.Server{}, mailtest.Open)
		h := newHouse(t, url, server.Settings())
		h.send(letter("a@customer.example"))
		if row := h.only(); row.State != entity.MailQueued || row.Attempts != 0 || h.contents() != 1 {
			t.Fatalf("%+v", row)
		}
		h.deliver(1)
		row := h.only()
		if row.State != entity.MailSent || row.Attempts != 1 || !row.NextAt.IsZero() || row.LastError != "" ||
			!row.SettledAt.Equal(entity.TimeOf(testStart)) || row.Recipients[0].State != entity.RecipientTaken || h.contents() != 0 {
			t.Errorf("%+v", row)
		}
		h.deliver(0)
		if n := len(server.Got()); n != 1 {
			t.Errorf("sent %d times", n)
		}
	})
}

// refusal is a place where a server refuses.
type refusal struct {
	name   string
	server func(code int) *mailtest.Server
}

func refusals() []refusal {
	return []refusal{
		{"MAIL", func(code int) *mailtest.Server {
			return &mailtest.Server{OnMail: func(string) error { return mailtest.Reply(code) }}
		}},
		{"RCPT", func(code int) *mailtest.Server {
			return &mailtest.Server{OnRcpt: func(string) error { return mailtest.Reply(code) }}
		}},
		{"DATA", func(code int) *mailtest.Server {
			return &mailtest.Server{OnData: func(mailtest.Received) error { return mailtest.Reply(code) }}
		}},
	}
}

func TestAPermanentRefusalFailsAtOnce(t *testing.T) {
	t.Parallel()
	for _, r := range refusals() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			server := mailtest.Serve(t, r.server(550), mailtest.Open)
			h := newHouse(t, storetest.URL(t, store.SQLite), server.Settings())
			h.send(letter("a@customer.example"))
			h.deliver(1)
			row := h.only()
			if row.State != entity.MailFailed || !strings.Contains(row.LastError, "550") || !strings.Contains(row.LastError, "because") ||
				row.Recipients[0].State != entity.RecipientFailed || h.contents() != 0 {
				t.Errorf("%+v", row)
			}
			h.clock.Advance(24 * time.Hour)
			h.deliver(0)
		})
	}
}

// TestATemporaryRefusalIsTriedAgain: after 1, 2, 4, … 60, 60 minutes, for three
// days.
func TestATemporaryRefusalIsTriedAgain(t *testing.T) {
	t.Parallel()
	for _, r := range refusals() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			server := mailtest.Serve(t, r.server(450), mailtest.Open)
			h := newHouse(t, storetest.URL(t, store.SQLite), server.Settings())
			h.send(letter("a@customer.example"))
			pause := time.Minute
			for attempt := int64(1); ; attempt++ {
				h.deliver(1)
				row := h.only()
				if h.clock.Read().Wall.Sub(testStart) >= 72*time.Hour {
					if row.State != entity.MailFailed || row.Attempts != attempt || !strings.Contains(row.LastError, "450") || h.contents() != 0 {
						t.Errorf("given up: %+v", row)
					}
					break
				}
				if row.State != entity.MailQueued || row.Attempts != attempt || !strings.Contains(row.LastError, "450") || h.contents() != 1 {
					t.Fatalf("attempt %d: %+v", attempt, row)
				}
				h.clock.Advance(pause - time.Second)
				h.deliver(0)
				h.clock.Advance(time.Second)
				pause = min(2*pause, time.Hour)
			}
			if n := h.only().Attempts; n < 70 || n > 80 {
				t.Errorf("%d attempts", n)
			}
		})
	}
}

func TestATemporaryRefusalThatEnds(t *testing.T) {
	eachEngine(t, func(t *testing.T, url string) {
		full := true
		server := mailtest.Serve(t, &mailtest.Server{OnData: func(mailtest.Received) error {
			if full {
				return mailtest.Reply(452)
			}
			return nil
		}}, mailtest.Open)
		h := newHouse(t, url, server.Settings())
		h.send(letter("a@customer.example"))
		h.deliver(1)
		full = false
		h.clock.Advance(time.Minute)
		h.deliver(1)
		if row := h.only(); row.State != entity.MailSent || row.LastError != "" || row.Attempts != 2 || len(server.Got()) != 1 {
			t.Errorf("%+v", row)
		}
	})
}

// TestRecipientsAreSettledEachForThemselves: one taken, one refused for good,
// one that is only taken later.
func TestRecipientsAreSettledEachForThemselves(t *testing.T) {
	eachEngine(t, func(t *testing.T, url string) {
		busy := true
		server := mailtest.Serve(t, &mailtest.Server{OnRcpt: func(to string) error {
			switch {
			case strings.HasPrefix(to, "gone"):
				return mailtest.Reply(550)
			case strings.HasPrefix(to, "busy") && busy:
				return mailtest.Reply(450)
			}
			return nil
		}}, mailtest.Open)
		h := newHouse(t, url, server.Settings())
		h.send(letter("a@customer.example", "gone@customer.example", "busy@customer.example"))
		h.deliver(1)
		states := func() (all []entity.RecipientState) {
			for _, r := range h.only().Recipients {
				all = append(all, r.State)
			}
			return all
		}
		if row := h.only(); row.State != entity.MailQueued || !strings.Contains(row.LastError, "gone@customer.example") ||
			!slices.Equal(states(), []entity.RecipientState{entity.RecipientTaken, entity.RecipientFailed, entity.RecipientWaiting}) {
			t.Fatalf("%+v", row)
		}
		busy = false
		h.clock.Advance(time.Minute)
		h.deliver(1)
		if row := h.only(); row.State != entity.MailPartial ||
			!slices.Equal(states(), []entity.RecipientState{entity.RecipientTaken, entity.RecipientFailed, entity.RecipientTaken}) {
			t.Errorf("%+v", row)
		}
		got := server.Got()
		if len(got) != 2 || !slices.Equal(got[0].To, []string{"a@customer.example"}) || !slices.Equal(got[1].To, []string{"busy@customer.example"}) ||
			header(got[0].Data) == "" || id(t, got[0]) != id(t, got[1]) {
			t.Errorf("received %+v", got)
		}
	})
}

func id(t testing.TB, r mailtest.Received) string {
	t.Helper()
	head, _ := mailtest.Read(t, r.Data)
	return head.Get("Message-Id")
}

// TestAServerThatIsNotThere: nobody listens, or nobody answers. Only one mail
// of a round pays for it; the others are as due as before.
func TestAServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := &mailtest.Server{Addr: closed.Addr().(*net.TCPAddr)}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	for name, server := range map[string]*mailtest.Server{"closed": nobody, "silent": mailtest.Silent(t)} {
		for _, how := range []string{settings.NoTLS, settings.StartTLS, settings.TLS} {
			t.Run(name+" "+string(how), func(t *testing.T) {
				t.Parallel()
				set := server.Settings()
				set.TLS = how
				h := newHouse(t, storetest.URL(t, store.SQLite), set, func(o *mail.Options) { o.Timeout = 50 * time.Millisecond })
				h.send(letter("a@customer.example"))
				h.send(letter("b@customer.example"))
				h.deliver(1)
				rows := h.rows()
				if rows[0].State != entity.MailQueued || rows[0].LastError == "" || !rows[0].NextAt.Std().Equal(testStart.Add(time.Minute)) ||
					rows[1].Attempts != 0 {
					t.Errorf("%+v", rows)
				}
			})
		}
	}
}

// TestAServerThatDiesMidway takes the beginning of a mail and is gone. The mail
// is sent whole later, by a new connection.
func TestAServerThatDiesMidway(t *testing.T) {
	eachEngine(t, func(t *testing.T, url string) {
		var lives atomic.Bool
		server := mailtest.Serve(t, &mailtest.Server{Before: func(c net.Conn) {
			if !lives.Load() {
				_ = c.Close()
			}
		}}, mailtest.Open)
		h := newHouse(t, url, server.Settings())
		m := letter("a@customer.example")
		m.Body = strings.Repeat("much to say\r\n", 50_000)
		h.send(m)
		h.deliver(1)
		if row := h.only(); row.State != entity.MailQueued || row.LastError == "" || len(server.Got()) != 0 {
			t.Fatalf("%+v", row)
		}
		lives.Store(true)
		h.clock.Advance(time.Minute)
		h.deliver(1)
		if _, parts := mailtest.Read(t, server.Got()[0].Data); h.only().State != entity.MailSent || parts[0].Body != m.Body {
			t.Errorf("%+v", h.only())
		}
	})
}

// TestOneBadMailDoesNotStopTheOthers: a broken connection is replaced.
func TestOneBadMailDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	var once sync.Once
	server := mailtest.Serve(t, &mailtest.Server{Before: func(c net.Conn) { once.Do(func() { _ = c.Close() }) }, OnRcpt: func(to string) error {
		if to == "gone@customer.example" {
			return mailtest.Reply(550)
		}
		return nil
	}}, mailtest.Open)
	h := newHouse(t, storetest.URL(t, store.SQLite), server.Settings())
	for _, to := range []string{"first@customer.example", "gone@customer.example", "b@customer.example", "c@customer.example"} {
		h.send(letter(to))
	}
	h.deliver(4)
	var states []entity.MailState
	for _, row := range h.rows() {
		states = append(states, row.State)
	}
	if !slices.Equal(states, []entity.MailState{entity.MailQueued, entity.MailFailed, entity.MailSent, entity.MailSent}) {
		t.Errorf("%v", states)
	}
}

func TestQueuedMailWaitsWhileSwitchedOff(t *testing.T) {
	t.Parallel()
	server := mailtest.Serve(t, &mailtest.Server{}, mailtest.Open)
	h := newHouse(t, storetest.URL(t, store.SQLite), server.Settings())
	h.send(letter("a@customer.example"))
	h.set.Enabled = false
	h.deliver(0)
	if err := h.mail.Send(t.Context(), letter("b@customer.example")); !fault.IsKind(err, fault.Conflict) {
		t.Errorf("queued while switched off: %v", err)
	}
	h.clock.Advance(30 * 24 * time.Hour)
	h.set.Enabled = true
	h.deliver(1)
	if h.only().State != entity.MailSent {
		t.Errorf("%+v", h.only())
	}
}

func TestTheOutcomeIsForgottenAfterAMonth(t *testing.T) {
	eachEngine(t, func(t *testing.T, url string) {
		server := mailtest.Serve(t, &mailtest.Server{}, mailtest.Open)
		h := newHouse(t, url, server.Settings())
		for range 150 {
			h.send(letter("a@customer.example"))
		}
		h.deliver(150)
		sweep := func(want int64) {
			t.Helper()
			if n, err := h.mail.Sweep(t.Context()); err != nil || n != want {
				t.Errorf("swept %d, %v, want %d", n, err, want)
			}
		}
		h.send(letter("waiting@customer.example"))
		h.clock.Advance(30*24*time.Hour - time.Second)
		sweep(0)
		h.clock.Advance(time.Second)
		sweep(150)
		if h.only().State != entity.MailQueued {
			t.Errorf("%+v", h.only())
		}
	})
}
