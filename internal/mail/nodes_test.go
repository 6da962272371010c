package mail_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/mail"
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
		server := serve(t, &mailServer{onData: func(received) error {
			if dying != nil {
				return dying.Close()
			}
			return nil
		}}, open)
		st, err := store.Open(t.Context(), store.Options{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		first := newHouseOn(t, st, clock.NewFake(testStart), server.settings())
		first.send(letter("a@customer.example"))
		dying = st
		if _, err := first.mail.Deliver(t.Context()); err == nil {
			t.Fatal("the outcome was noted in closed books")
		}
		dying = nil
		h := newHouse(t, url, server.settings())
		if row := h.only(); row.State != entity.MailQueued || len(server.got()) != 1 {
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
		got := server.got()
		if len(got) != 2 || id(t, got[0]) != id(t, got[1]) || h.only().State != entity.MailSent || h.only().Attempts != 2 {
			t.Errorf("received %d, %+v", len(got), h.only())
		}
	})
}

// TestALateFailureDoesNotUndoASuccess: a worker that was held up for longer
// than its lease fails when another has already sent the mail.
func TestALateFailureDoesNotUndoASuccess(t *testing.T) {
	eachEngine(t, func(t *testing.T, url string) {
		var later atomic.Bool
		held, release := make(chan struct{}), make(chan struct{})
		server := serve(t, &mailServer{onData: func(received) error {
			if later.Swap(true) {
				return nil
			}
			close(held)
			<-release
			return reply(550)
		}}, open)
		h := newHouse(t, url, server.settings())
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
		close(release)
		h.must(<-late)
		if row := h.only(); row.State != entity.MailSent || row.LastError != "" || row.Attempts != 2 {
			t.Errorf("%+v", row)
		}
	})
}

// TestNodesShareAQueue: several nodes, real clocks, one database; each mail is
// sent by one of them.
func TestNodesShareAQueue(t *testing.T) {
	t.Parallel()
	const mails, nodes = 60, 4
	url := storetest.URL(t, store.Postgres)
	server := serve(t, &mailServer{}, open)
	set := server.settings()
	var services []*mail.Service
	for range nodes {
		services = append(services, mail.New(storetest.Open(t, url), func() mail.Settings { return set }, clock.NewSystem(), mail.Options{}))
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
	for _, r := range server.got() {
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
		server := serve(t, &mailServer{onData: func(received) error {
			close(sending)
			<-release
			return nil
		}}, open)
		h := newHouse(t, url, server.settings())
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
		server := serve(t, &mailServer{onData: func(received) error {
			close(sending)
			<-release
			return reply(450)
		}}, open)
		h := newHouse(t, url, server.settings(), func(o *mail.Options) { o.Grace = time.Millisecond })
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
	arrived := make(chan struct{}, 2)
	server := serve(t, &mailServer{onData: func(received) error { arrived <- struct{}{}; return nil }}, open)
	h := newHouse(t, storetest.URL(t, store.SQLite), server.settings())
	ctx, stop := context.WithCancel(t.Context())
	ended := keep(t, h, ctx)
	for range 2 {
		h.send(letter("a@customer.example"))
		<-arrived
	}
	stop()
	<-ended
}
