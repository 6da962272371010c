package mail_test

import (
	"context"
	"testing"
	"time"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/mail"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var testStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// house is a mail service over books, with a clock and settings of the test's.
type house struct {
	t     testing.TB
	store *store.Store
	clock *clock.Fake
	set   settings.Email
	mail  *mail.Service
}

func newHouse(t testing.TB, url string, set settings.Email, tune ...func(*mail.Options)) *house {
	t.Helper()
	return newHouseOn(t, storetest.Open(t, url), clock.NewFake(testStart), set, tune...)
}

// newHouseOn is another node on books that are open.
func newHouseOn(t testing.TB, st *store.Store, c *clock.Fake, set settings.Email, tune ...func(*mail.Options)) *house {
	t.Helper()
	h := &house{t: t, store: st, clock: c, set: set}
	opt := mail.Options{Timeout: 20 * time.Second}
	for _, f := range tune {
		f(&opt)
	}
	h.mail = mail.New(st, func() settings.Email { return h.set }, c, opt)
	return h
}

// eachEngine runs a test on fresh books of both engines.
func eachEngine(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, test)
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// letter is a plain message to some addresses.
func letter(to ...string) mail.Message {
	m := mail.Message{Subject: "Hello", Body: "body"}
	for _, a := range to {
		m.To = append(m.To, mail.Address{Name: "N", Email: a})
	}
	return m
}

func (h *house) send(m mail.Message) {
	h.t.Helper()
	h.must(h.mail.Send(h.t.Context(), m))
}

// deliver does one round, in which so many mails are tried.
func (h *house) deliver(want int) {
	h.t.Helper()
	n, err := h.mail.Deliver(h.t.Context())
	h.must(err)
	if n != want {
		h.t.Fatalf("tried %d mails, want %d", n, want)
	}
}

func (h *house) rows() []entity.Mail {
	h.t.Helper()
	list, err := h.mail.List(h.t.Context(), entity.Page{})
	h.must(err)
	var all []entity.Mail
	for row, err := range list.Items {
		h.must(err)
		all = append(all, row)
	}
	return all
}

// only is the one row there is.
func (h *house) only() entity.Mail {
	h.t.Helper()
	rows := h.rows()
	if len(rows) != 1 {
		h.t.Fatalf("%d rows, want one", len(rows))
	}
	return rows[0]
}

// contents is how many mails still have their text in the books.
func (h *house) contents() int {
	h.t.Helper()
	var n int
	h.must(h.store.Read().NewRaw("SELECT COUNT(*) FROM mail_contents").Scan(h.t.Context(), &n))
	return n
}

// write inserts rows for which there is no operation here.
func (h *house) write(rows ...any) {
	h.t.Helper()
	h.must(h.store.Write(h.t.Context(), func(ctx context.Context, tx *store.Tx) error {
		for _, row := range rows {
			if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	}))
}
