package seat_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/keyformat"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var testStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// house is a seat service on fresh books, with a clock that stands still.
type house struct {
	*seat.Service
	t     testing.TB
	store *store.Store
	clock *clock.Fake
	set   settings.Licensing
	made  atomic.Int64
}

func newHouse(t testing.TB, url string) *house {
	t.Helper()
	h := &house{t: t, store: storetest.Open(t, url), clock: clock.NewFake(testStart), set: settings.DefaultLicensing()}
	h.Service = seat.New(h.store, signer{h.store}, func() settings.Licensing { return h.set }, h.clock)
	return h
}

// signer stands in for issuing: its document says what was signed.
type signer struct{ store *store.Store }

func (s signer) NodeLock(ctx context.Context, id int64, machine string) (*entity.License, error) {
	var lic entity.License
	if err := s.store.Read().NewSelect().Model(&lic).Where("id = ?", id).Scan(ctx); err != nil {
		return nil, err
	}
	lic.LicenseKey = fmt.Sprintf("locked %s r%d %s", lic.LicenseID, lic.Revision, machine)
	lic.Hash = "h"
	return &lic, nil
}

// license puts a license of that mode into the books; sites nil is unlimited.
func (h *house) license(mode entity.LicensingMode, sites *int64, change ...func(*entity.License)) *entity.License {
	h.t.Helper()
	n := h.made.Add(1)
	lic := &entity.License{
		LicenseID: fmt.Sprintf("lic%04d", n), UserKey: fmt.Sprintf("KEY-%04d", n), LicensingMode: mode, MaxAllowedSites: sites,
		Format: entity.FormatJWS, LicenseKey: "document", Revision: 1, IssueDate: entity.TimeOf(testStart),
	}
	for _, c := range change {
		c(lic)
	}
	h.write(func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.NewInsert().Model(lic).Exec(ctx); err != nil {
			return err
		}
		return seat.SetPool(ctx, tx, lic)
	})
	return lic
}

// change rewrites a license as an administrator would.
func (h *house) change(lic *entity.License, change func(*entity.License)) {
	h.t.Helper()
	change(lic)
	lic.Revision++
	h.write(func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.NewUpdate().Model(lic).WherePK().Exec(ctx); err != nil {
			return err
		}
		return seat.SetPool(ctx, tx, lic)
	})
}

func (h *house) write(fn func(ctx context.Context, tx *store.Tx) error) {
	h.t.Helper()
	if err := h.store.Write(context.Background(), fn); err != nil {
		h.t.Fatal(err)
	}
}

// books counts what the tables hold: token rows and the pool's own figure.
func (h *house) books(lic *entity.License) (rows, held int64) {
	h.t.Helper()
	err := h.store.Read().NewRaw(`SELECT (SELECT COUNT(*) FROM license_tokens WHERE license_id = ?0),
		COALESCE((SELECT held FROM seat_pools WHERE license_id = ?0), 0)`, lic.ID).Scan(context.Background(), &rows, &held)
	if err != nil {
		h.t.Fatal(err)
	}
	return rows, held
}

// agree fails unless the pool says what the token rows say, and that is want.
func (h *house) agree(lic *entity.License, want int64) {
	h.t.Helper()
	if rows, held := h.books(lic); rows != held || held != want {
		h.t.Fatalf("%s: %d token rows, pool says %d, want %d", lic.LicenseID, rows, held, want)
	}
}

func (h *house) request(lic *entity.License, who string) (*seat.Grant, error) {
	return h.Request(context.Background(), lic.UserKey, seat.Client{MachineID: who, ClientID: "app"})
}

func (h *house) activate(lic *entity.License, who string) (*seat.Grant, error) {
	return h.Activate(context.Background(), lic.UserKey, seat.Client{MachineID: who, ClientID: "app"})
}

func (h *house) mustRequest(lic *entity.License, who string) *seat.Grant {
	h.t.Helper()
	g, err := h.request(lic, who)
	if err != nil {
		h.t.Fatalf("request by %s: %v", who, err)
	}
	return g
}

func (h *house) mustActivate(lic *entity.License, who string) *seat.Grant {
	h.t.Helper()
	g, err := h.activate(lic, who)
	if err != nil {
		h.t.Fatalf("activate %s: %v", who, err)
	}
	return g
}

func client(who string) seat.Client { return seat.Client{MachineID: who, ClientID: "app"} }

func sites(n int64) *int64 { return &n }

func wantFault(t testing.TB, err error, code fault.Code) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Fatalf("got %v, want %s", err, code)
	}
}

// eachEngine runs a test on fresh books of both engines.
func eachEngine(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) { test(t, newHouse(t, url)) })
}

func mustFormat(t *testing.T, text string) keyformat.Format {
	t.Helper()
	f, err := keyformat.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// holders reads those whom info lists.
func holders(t testing.TB, info *seat.Info, err error) []entity.LicenseToken {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var live []entity.LicenseToken
	for token, err := range info.Tokens {
		if err != nil {
			t.Fatal(err)
		}
		live = append(live, token)
	}
	return live
}
