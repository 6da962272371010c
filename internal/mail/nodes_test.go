package mail_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/mail"
	"github.com/licet/licet/internal/mail/mailtest"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// TestAWorkerThatDiesBetweenSendingAndNoting: the server has taken the mail, the
// books are gone before that can be written down. The mail is sent once more,
// under the same Message-ID, by who comes after: on SQLite the next start, on
// PostgreSQL any node once the lease is over, and not before.
func TestAWorkerThatDiesBetweenSendingAndNoting(t *testing.T) {
	eachEngine(t, func(t *testing.T, url string) {
		var dying *store.Store
		server := mailtest.Serve(t, &mailtest.Server{OnData: func(mailtest.Received) error {
			if dying != nil {
				return dying.Close()
			}
			return nil
		}}, mailtest.Open)
		st, err := store.Open(t.Context(), store.Options{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		first := newHouseOn(t, st, clock.NewFake(testStart), server.Settings())
		first.send(letter("a@customer.example"))
		dying = st
		if _, err := first.mail.Deliver(t.Context()); err == nil {
			t.Fatal("the outcome was noted in closed books")
		}
		dying = nil
		h := newHouse(t, url, server.Settings())
		if row := h.only(); row.State != entity.MailQueued || len(server.Got()) != 1 {
			t.Fatalf("%+v", row)
		}
		h.deliver(0)
		if h.store.Engine() == store.SQLite {
			h.must(h.mail.Recover(t.Context()))
		} else {
			h.must(h.mail.Recover(t.Context()))
			h.deliver(0)
			h.clock.Advance(10 * time.Minute)
		}
		h.deliver(1)
		got := server.Got()
		if len(got) != 2 || id(t, got[0]) != id(t, got[1]) || h.only().State != entity.MailSent || h.only().Attempts != 2 {
			t.Errorf("received %d, %+v", len(got), h.only())
		}
	})
}

// TestAWorkerThatIsHeldUp for longer than its lease comes back when another one
// has had its turn: what that one noted stands, unless the mail has left now.
func TestAWorkerThatIsHeldUp(t *testing.T) {
	for name, c := range map[string]heldUp{
		"late failure, sent":    {mailtest.Reply(550), nil, entity.MailSent, "1 sent, 0 failed"},
		"late failure, waiting": {mailtest.Reply(550), mailtest.Reply(450), entity.MailQueued, "0 sent, 0 failed"},
		"late success, sent":    {nil, nil, entity.MailSent, "1 sent, 0 failed"},
		"late success, waiting": {nil, mailtest.Reply(450), entity.MailSent, "1 sent, 0 failed"},
	} {
		t.Run(name, func(t *testing.T) { eachEngine(t, c.test) })
	}
}

// heldUp is what the server says to the late worker and to the other one, and
// what the books say in the end.
type heldUp struct {
	late, meanwhile error
	state           entity.MailState
	counted         string
}

func (c heldUp) test(t *testing.T, url string) {
	var second atomic.Bool
	held, release := make(chan struct{}), make(chan struct{})
	server := mailtest.Serve(t, &mailtest.Server{OnData: func(mailtest.Received) error {
		if second.Swap(true) {
			return c.meanwhile
		}
		close(held)
		<-release
		return c.late
	}}, mailtest.Open)
	registry := prometheus.NewRegistry()
	h := newHouse(t, url, server.Settings(), func(o *mail.Options) { o.Registry = registry })
	h.send(letter("a@customer.example"))
	late := make(chan error)
	go func() {
		_, err := h.mail.Deliver(context.Background())
		late <- err
	}()
	<-held
	if err := h.mail.Delete(t.Context(), h.only().ID); !fault.IsKind(err, fault.Conflict) {
		t.Errorf("deleted while being sent: %v", err)
	}
	h.deliver(0)
	h.clock.Advance(10 * time.Minute)
	h.deliver(1)
	before := h.only()
	h.clock.Advance(time.Second)
	close(release)
	h.must(<-late)
	row := h.only()
	if row.State != c.state || row.Attempts != 2 || before.State == row.State && !cmp.Equal(before, row) {
		t.Errorf("%+v, before %+v", row, before)
	}
	counts := counters(t, registry)
	if got := fmt.Sprintf("%v sent, %v failed", counts["licet_mail_sent_total"], counts["licet_mail_failed_total"]); got != c.counted || counts["licet_mail_queued_total"] != 1 {
		t.Errorf("counted %v", counts)
	}
}

// counters are the values of a registry.
func counters(t testing.TB, r *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		all[f.GetName()] = f.GetMetric()[0].GetCounter().GetValue()
	}
	return all
}

// TestNodesShareAQueue: several nodes, real clocks, one database; each mail is
// sent by one of them.
func TestNodesShareAQueue(t *testing.T) {
	t.Parallel()
	const mails, nodes = 60, 4
	url := storetest.URL(t, store.Postgres)
	server := mailtest.Serve(t, &mailtest.Server{}, mailtest.Open)
	set := server.Settings()
	var services []*mail.Service
	for range nodes {
		services = append(services, mail.New(storetest.Open(t, url), func() settings.Email { return set }, clock.NewSystem(), mail.Options{}))
	}
	for i := range mails {
		if err := services[i%nodes].Send(t.Context(), letter(fmt.Sprintf("a%d@customer.example", i))); err != nil {
			t.Fatal(err)
		}
	}
	var all sync.WaitGroup
	for _, s := range services {
		all.Go(func() {
			for range 3 {
				if _, err := s.Deliver(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	var ids []string
	for _, r := range server.Got() {
		ids = append(ids, id(t, r))
	}
	slices.Sort(ids)
	if n := len(slices.Compact(slices.Clone(ids))); n != mails || len(ids) != mails {
		t.Errorf("%d mails arrived, %d of them different, want %d", len(ids), n, mails)
	}
}

// TestAStopLetsTheMailBeSent that is on its way, and no other.
func TestAStopLetsTheMailBeSent(t *testing.T) {
	eachEngine(t, func(t *testing.T, url string) {
		sending, release := make(chan struct{}), make(chan struct{})
		server := mailtest.Serve(t, &mailtest.Server{OnData: func(mailtest.Received) error {
			close(sending)
			<-release
			return nil
		}}, mailtest.Open)
		h := newHouse(t, url, server.Settings())
		h.send(letter("a@customer.example"))
		ctx, stop := context.WithCancel(t.Context())
		ended := keep(t, h, ctx)
		<-sending
		h.send(letter("b@customer.example"))
		stop()
		close(release)
		<-ended
		rows := h.rows()
		if rows[0].State != entity.MailSent || rows[1].State != entity.MailQueued || rows[1].Attempts != 0 {
			t.Errorf("%+v", rows)
		}
	})
}

// TestAStopDoesNotWaitForever: what cannot be sent in time stays queued, and is
// nobody's fault.
func TestAStopDoesNotWaitForever(t *testing.T) {
	eachEngine(t, func(t *testing.T, url string) {
		sending, release := make(chan struct{}), make(chan struct{})
		server := mailtest.Serve(t, &mailtest.Server{OnData: func(mailtest.Received) error {
			close(sending)
			<-release
			return mailtest.Reply(450)
		}}, mailtest.Open)
		h := newHouse(t, url, server.Settings(), func(o *mail.Options) { o.Grace = time.Millisecond })
		h.send(letter("a@customer.example"))
		ctx, stop := context.WithCancel(t.Context())
		ended := keep(t, h, ctx)
		<-sending
		stop()
		<-ended
		close(release)
		if row := h.only(); row.State != entity.MailQueued || !row.ClaimedUntil.IsZero() || !row.NextAt.Std().Equal(testStart) {
			t.Errorf("%+v", row)
		}
	})
}

// keep runs the worker; the channel is closed when it has ended.
func keep(t *testing.T, h *house, ctx context.Context) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		h.mail.Keep(ctx, func(err error) { t.Errorf("reported: %v", err) })
	}()
	return ended
}

// TestTheWorkerIsWoken: a mail leaves when it is queued, without waiting for
// the next look.
func TestTheWorkerIsWoken(t *testing.T) {
	t.Parallel()
	left := make(chan struct{}, 3)
	server := mailtest.Serve(t, &mailtest.Server{OnQuit: func() { left <- struct{}{} }}, mailtest.Open)
	h := newHouse(t, storetest.URL(t, store.SQLite), server.Settings(), func(o *mail.Options) { o.Look = time.Hour })
	ctx, stop := context.WithCancel(t.Context())
	ended := keep(t, h, ctx)
	for range 3 { // the first may have been there when the worker began
		h.send(letter("a@customer.example"))
		<-left
	}
	stop()
	<-ended
	if n := len(server.Got()); n != 3 {
		t.Errorf("%d arrived", n)
	}
}
