package eventlog_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/eventlog"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var testStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// house is a log over fresh books.
type house struct {
	t        testing.TB
	store    *store.Store
	clock    *clock.Fake
	set      settings.Log
	log      *eventlog.Log
	slog     *slog.Logger
	registry *prometheus.Registry
}

func newHouse(t testing.TB, url string, tune ...func(*eventlog.Options)) *house {
	t.Helper()
	h := &house{t: t, store: storetest.Open(t, url), clock: clock.NewFake(testStart), registry: prometheus.NewRegistry()}
	h.set = settings.Log{ToDatabase: true, Retention: time.Hour}
	o := eventlog.Options{
		Store: h.store, Settings: func() settings.Log { return h.set }, Clock: h.clock,
		Console: slog.DiscardHandler, Quiet: []string{"quiet"}, Registry: h.registry,
	}
	for _, f := range tune {
		f(&o)
	}
	log, err := eventlog.New(o)
	h.must(err)
	h.log, h.slog = log, slog.New(log.Handler())
	return h
}

func eachEngine(t *testing.T, test func(t *testing.T, h *house), tune ...func(*eventlog.Options)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) { test(t, newHouse(t, url, tune...)) })
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// entries reads the books, without writing what waits.
func (h *house) entries() []entity.LogEntry {
	h.t.Helper()
	var all []entity.LogEntry
	h.must(h.store.Read().NewSelect().Model(&all).Order("id").Scan(h.t.Context()))
	return all
}

// flushed writes what waits and reads the books.
func (h *house) flushed() []entity.LogEntry {
	h.t.Helper()
	h.must(h.log.Flush(h.t.Context()))
	return h.entries()
}

func (h *house) insert(rows ...entity.LogEntry) {
	h.t.Helper()
	if len(rows) == 0 {
		return
	}
	h.must(h.store.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.NewInsert().Model(&rows).Returning("NULL").Exec(ctx)
		return err
	}))
}

func properties(t testing.TB, e entity.LogEntry) map[string]any {
	t.Helper()
	var p map[string]any
	if err := json.Unmarshal([]byte(e.Properties), &p); err != nil {
		t.Fatalf("properties %q: %v", e.Properties, err)
	}
	return p
}
