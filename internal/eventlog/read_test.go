package eventlog_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/eventlog"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
)

func at(d time.Duration) entity.Time { return entity.TimeOf(testStart.Add(d)) }

// minutes inserts an entry for each minute from the start on, with its number as
// the message; every third is a warning.
func (h *house) minutes(n int) {
	h.t.Helper()
	var rows []entity.LogEntry
	for i := range n {
		level := entity.LogInformation
		if i%3 == 0 {
			level = entity.LogWarning
		}
		rows = append(rows, entity.LogEntry{Message: fmt.Sprint(i), Level: level, TimeStamp: at(time.Duration(i) * time.Minute), Properties: "{}"})
	}
	h.insert(rows...)
}

func (h *house) messages() string {
	var all []string
	for _, e := range h.entries() {
		all = append(all, e.Message)
	}
	return strings.Join(all, " ")
}

func TestList(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.minutes(5)
		h.clock.Advance(time.Hour)
		h.slog.Info("waits")
		for _, c := range []struct {
			from, to entity.Time
			page     entity.Page
			want     string
		}{
			{want: "0 1 2 3 4 waits"}, // a reader sees what came before
			{from: at(time.Minute), to: at(3 * time.Minute), want: "1 2 3"},
			{from: at(time.Minute + 1), want: "1 2 3 4 waits"}, // the books count in microseconds
			{from: at(time.Minute + time.Microsecond), want: "2 3 4 waits"},
			{to: at(-1), want: ""},
			{to: at(time.Hour), page: entity.Page{Filter: `Level="Warning"`, Sort: "TimeStamp desc"}, want: "3 0"},
		} {
			l, err := h.log.List(t.Context(), eventlog.Range{From: c.from, To: c.to}, c.page)
			h.must(err)
			var got []string
			for e, err := range l.Items {
				h.must(err)
				got = append(got, e.Message)
			}
			if s := strings.Join(got, " "); s != c.want || l.Total != int64(len(got)) {
				t.Errorf("%v to %v, %q: %q, want %q", c.from, c.to, c.page.Filter, s, c.want)
			}
		}
		_, err := h.log.List(t.Context(), eventlog.Range{From: at(1 * time.Second), To: at(0)}, entity.Page{})
		if !fault.IsKind(err, fault.Invalid) {
			t.Errorf("an end before its start: %v", err)
		}
	})
}

func TestDelete(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.minutes(10)
		id := func(n int64) *int64 { return &n }
		for _, c := range []struct {
			d    eventlog.Deletion
			n    int64
			kind fault.Kind
			left string
		}{
			{d: eventlog.Deletion{}, kind: fault.Invalid, left: "0 1 2 3 4 5 6 7 8 9"},
			{d: eventlog.Deletion{Filter: "Level="}, kind: fault.Invalid, left: "0 1 2 3 4 5 6 7 8 9"},
			{d: eventlog.Deletion{Filter: `Shoe="43"`, All: true}, kind: fault.Invalid, left: "0 1 2 3 4 5 6 7 8 9"},
			{d: eventlog.Deletion{ID: id(99)}, kind: fault.NotFound, left: "0 1 2 3 4 5 6 7 8 9"},
			{d: eventlog.Deletion{ID: id(0), All: true}, kind: fault.NotFound, left: "0 1 2 3 4 5 6 7 8 9"},
			{d: eventlog.Deletion{ID: id(2)}, n: 1, left: "0 2 3 4 5 6 7 8 9"},
			{d: eventlog.Deletion{ID: id(2)}, kind: fault.NotFound, left: "0 2 3 4 5 6 7 8 9"},
			{d: eventlog.Deletion{Filter: `Level="Warning"`, Range: eventlog.Range{From: at(time.Minute), To: at(6 * time.Minute)}, All: true}, n: 2, left: "0 2 4 5 7 8 9"},
			{d: eventlog.Deletion{Range: eventlog.Range{To: at(4 * time.Minute)}}, n: 3, left: "5 7 8 9"},
			{d: eventlog.Deletion{Filter: `Message="x"`}, n: 0, left: "5 7 8 9"},
			{d: eventlog.Deletion{All: true}, n: 4, left: ""},
			{d: eventlog.Deletion{All: true}, n: 0, left: ""},
		} {
			n, err := h.log.Delete(t.Context(), c.d)
			if n != c.n || c.kind == 0 && err != nil || c.kind != 0 && !fault.IsKind(err, c.kind) || h.messages() != c.left {
				t.Errorf("%+v: %d, %v; left %q, want %q", c.d, n, err, h.messages(), c.left)
			}
		}
		var audited []string
		h.must(h.store.Read().NewRaw(`SELECT entity || ' ' || entity_id || ' ' || details FROM audit_entries ORDER BY id`).Scan(t.Context(), &audited))
		want := []string{
			"log 2 entries: 1", "log several entries: 2; by a filter; from 2026-03-01T12:01:00Z; to 2026-03-01T12:06:00Z",
			"log several entries: 3; to 2026-03-01T12:04:00Z", "log several entries: 4",
		}
		if diff := cmp.Diff(want, audited); diff != "" {
			t.Errorf("the audit: %s", diff)
		}
	})
}

// TestDeleteInSeveralTransactions: more rows than one transaction takes, while new
// ones come in; those stay.
func TestDeleteInSeveralTransactions(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		for range 4 {
			h.minutes(400)
		}
		if n, err := h.log.Delete(t.Context(), eventlog.Deletion{Filter: `Level="Warning"`}); n != 4*134 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		if n, err := h.log.Delete(t.Context(), eventlog.Deletion{All: true}); n != 4*266 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		var entries int
		h.must(h.store.Read().NewRaw(`SELECT COUNT(*) FROM audit_entries`).Scan(t.Context(), &entries))
		if entries != 2 || len(h.entries()) != 0 {
			t.Errorf("%d audit entries, %d left", entries, len(h.entries()))
		}
	})
}

func TestSweep(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.minutes(600)
		h.set = settings.Log{ToDatabase: true, Retention: time.Hour}
		for _, c := range []struct {
			to    time.Duration
			swept int64
		}{
			{599 * time.Minute, 539}, {599 * time.Minute, 0}, // an entry as old as the retention is kept
			{600 * time.Minute, 1}, {24 * time.Hour, 60},
		} {
			h.clock.Advance(testStart.Add(c.to).Sub(h.clock.Read().Wall))
			if n, err := h.log.Sweep(t.Context()); n != c.swept || err != nil {
				t.Errorf("after %v: %d swept, %v; want %d", c.to, n, err, c.swept)
			}
		}
	})
}

func TestSweepKeepsSoManyEntries(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.minutes(20)
		if n, err := h.log.Sweep(t.Context()); n != 13 || err != nil || h.messages() != "13 14 15 16 17 18 19" {
			t.Errorf("%d swept, %v; left %q", n, err, h.messages())
		}
	}, func(o *eventlog.Options) { o.MaxEntries = 7 })
}

func TestLevels(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		if got, err := h.log.Levels(t.Context(), eventlog.Range{}, nil); err != nil || got.Total != 0 || got.Levels == nil || len(got.Levels) != 0 || got.Unit != eventlog.Second {
			t.Errorf("an empty log: %+v, %v", got, err)
		}
		h.insert(
			entity.LogEntry{Level: "Warning", TimeStamp: at(0)}, entity.LogEntry{Level: "Information", TimeStamp: at(59 * time.Second)},
			entity.LogEntry{Level: "Information", TimeStamp: at(time.Minute)}, entity.LogEntry{Level: "Fatal", TimeStamp: at(90 * time.Second)},
			entity.LogEntry{Level: "Information", TimeStamp: at(90 * time.Second)}, entity.LogEntry{Level: "Error", TimeStamp: at(40 * 24 * time.Hour)},
		)
		h.clock.Advance(45 * 24 * time.Hour)
		n := func(n int64) *int64 { return &n }
		for _, c := range []struct {
			from, to  time.Duration
			intervals *int64
			want      string
		}{
			{0, 90 * time.Second, n(2), "Minute 5: 03-01T12:00 Information 1, 03-01T12:00 Warning 1, 03-01T12:01 Information 2, 03-01T12:01 Fatal 1"},
			{0, 90 * time.Second, n(1), "Minute 5: 03-01T12:00 Information 1, 03-01T12:00 Warning 1, 03-01T12:01 Information 2, 03-01T12:01 Fatal 1"},
			{0, time.Hour, nil, "Hour 5: 03-01T12:00 Information 3, 03-01T12:00 Warning 1, 03-01T12:00 Fatal 1"},
			{time.Second, time.Hour, nil, "Hour 4: 03-01T12:00 Information 3, 03-01T12:00 Fatal 1"},
			{0, 30 * 24 * time.Hour, n(30), "Day 5: 03-01T00:00 Information 3, 03-01T00:00 Warning 1, 03-01T00:00 Fatal 1"},
			{-1, -1, nil, "Month 6: 03-01T00:00 Information 3, 03-01T00:00 Warning 1, 03-01T00:00 Fatal 1, 04-01T00:00 Error 1"}, // open: all there is
			{-1, -1, n(45), "Day 6: 03-01T00:00 Information 3, 03-01T00:00 Warning 1, 03-01T00:00 Fatal 1, 04-10T00:00 Error 1"},
			{-50 * 365 * 24 * time.Hour, 0, n(1), "Year 1: 01-01T00:00 Warning 1"},
		} {
			r := eventlog.Range{From: at(c.from), To: at(c.to)}
			if c.from == -1 {
				r = eventlog.Range{}
			}
			h1, err := h.log.Levels(t.Context(), r, c.intervals)
			h.must(err)
			var all []string
			for _, l := range h1.Levels {
				all = append(all, fmt.Sprintf("%s %s %d", l.Date.Std().Format("01-02T15:04"), l.Level, l.Count))
			}
			if got := fmt.Sprintf("%s %d: %s", h1.Unit, h1.Total, strings.Join(all, ", ")); got != c.want {
				t.Errorf("%v to %v: %s, want %s", c.from, c.to, got, c.want)
			}
		}
		for _, bad := range []int64{0, -1, 1001, 1 << 62} {
			if _, err := h.log.Levels(t.Context(), eventlog.Range{}, &bad); !fault.IsKind(err, fault.Invalid) {
				t.Errorf("%d intervals: %v", bad, err)
			}
		}
	})
}

// TestLevelsCountEverythingOnce compares histograms with the entries themselves.
func TestLevelsCountEverythingOnce(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		levels := []entity.LogLevel{"Debug", "Information", "Warning", "Error", "Fatal"}
		widths := map[eventlog.Unit]string{"Second": "2006-01-02T15:04:05", "Minute": "2006-01-02T15:04", "Hour": "2006-01-02T15", "Day": "2006-01-02", "Month": "2006-01", "Year": "2006"}
		rapid.Check(t, func(rt *rapid.T) {
			h.must(h.store.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.NewRaw(`DELETE FROM log_entries`).Exec(ctx)
				return err
			}))
			span := rapid.SampledFrom([]time.Duration{time.Minute, time.Hour, 24 * time.Hour, 40 * 24 * time.Hour, 800 * 24 * time.Hour}).Draw(rt, "span")
			moment := rapid.Map(rapid.Int64Range(0, int64(span/time.Microsecond)), func(us int64) time.Time { return testStart.Add(time.Duration(us) * time.Microsecond) })
			from, to := moment.Draw(rt, "from"), moment.Draw(rt, "to")
			if to.Before(from) {
				from, to = to, from
			}
			intervals := rapid.Int64Range(1, 100).Draw(rt, "intervals")
			var rows []entity.LogEntry
			want, total := map[string]int64{}, int64(0)
			for range rapid.IntRange(0, 30).Draw(rt, "entries") {
				e := entity.LogEntry{TimeStamp: entity.TimeOf(moment.Draw(rt, "at")), Level: rapid.SampledFrom(levels).Draw(rt, "level")}
				rows = append(rows, e)
			}
			h.insert(rows...)
			got, err := h.log.Levels(context.Background(), eventlog.Range{From: entity.TimeOf(from), To: entity.TimeOf(to)}, &intervals)
			h.must(err)
			for _, e := range rows {
				if at := e.TimeStamp.Std(); !at.Before(from) && !at.After(to) {
					want[at.Format(widths[got.Unit])+string(e.Level)]++
					total++
				}
			}
			buckets := map[string]int64{}
			for i, l := range got.Levels {
				buckets[l.Date.Std().Format(widths[got.Unit])+string(l.Level)] += l.Count
				if i > 0 && (l.Date.Std().Before(got.Levels[i-1].Date.Std()) ||
					l.Date.Equal(got.Levels[i-1].Date) && slices.Index(levels, l.Level) <= slices.Index(levels, got.Levels[i-1].Level)) {
					rt.Errorf("not in order: %+v", got.Levels)
				}
			}
			if diff := cmp.Diff(want, buckets); diff != "" || got.Total != total {
				rt.Errorf("%s, total %d of %d", diff, got.Total, total)
			}
		})
	})
}
