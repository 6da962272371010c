package books

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// house is books with some rows in them, and what is done to the rows.
type house struct {
	*Service
	t     testing.TB
	clock *clock.Fake
}

func newHouse(t testing.TB, url string) *house {
	c := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	st := storetest.Open(t, url)
	return &house{Service: New(st, seat.New(st, nil, settings.DefaultLicensing, c), nil, nil, c), t: t, clock: c}
}

func (h *house) write(query string, args ...any) {
	h.t.Helper()
	err := h.store.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.NewRaw(query, args...).Exec(ctx)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

const (
	insertLicense = `INSERT INTO licenses (license_id, format, licensing_mode, user_key, revoked, trace, expire_date) VALUES (?, 4, ?, ?, ?, ?, ?)`
	insertCopy    = `INSERT INTO licenses (license_id, format, licensing_mode, revoked, trace, parent_id)
		SELECT license_id, format, licensing_mode, revoked, trace, id FROM licenses WHERE license_id = ? AND parent_id IS NULL`
	insertToken = `INSERT INTO license_tokens (kind, token, machine_id, issue_date, expire_at, license_id)
		SELECT ?, ?, ?, 0, ?, id FROM licenses WHERE license_id = ? AND parent_id IS NULL`
)

// recount counts the licenses row by row.
func (h *house) recount() (f LicenseFigures) {
	h.t.Helper()
	var rows []entity.License
	if err := h.store.Read().NewSelect().Model(&rows).Where("parent_id IS NULL").Scan(context.Background()); err != nil {
		h.t.Fatal(err)
	}
	for _, l := range rows {
		f.Total++
		if l.Revoked {
			f.Revoked++
		}
		if l.Trace {
			f.Traced++
		}
		switch l.LicensingMode {
		case entity.Activation:
			f.Activation++
		case entity.Floating:
			f.Floating++
		case entity.File:
			f.File++
		}
	}
	return f
}

func (h *house) figures() Figures {
	h.t.Helper()
	f, err := h.Figures(context.Background())
	if err != nil {
		h.t.Fatal(err)
	}
	return *f
}

// operations are what may happen to licenses, by whatever hand. Names come from
// few, so that most operations find a row.
func (h *house) operations(t *rapid.T) map[string]func() {
	name := func() string { return fmt.Sprint("lic", rapid.IntRange(0, 9).Draw(t, "license")) }
	mode := func() int { return rapid.IntRange(0, 2).Draw(t, "mode") }
	truth := func() bool { return rapid.Bool().Draw(t, "set") }
	return map[string]func(){
		"insert": func() {
			n := name()
			h.write(insertLicense+` ON CONFLICT DO NOTHING`, n, mode(), n, truth(), truth(), nil)
		},
		"copy":    func() { h.write(insertCopy, name()) },
		"revoke":  func() { h.write(`UPDATE licenses SET revoked = ? WHERE license_id = ?`, truth(), name()) },
		"trace":   func() { h.write(`UPDATE licenses SET trace = ? WHERE license_id = ?`, truth(), name()) },
		"mode":    func() { h.write(`UPDATE licenses SET licensing_mode = ? WHERE license_id = ?`, mode(), name()) },
		"rewrite": func() { h.write(`UPDATE licenses SET revoked = revoked, description = 'x'`) },
		"all":     func() { h.write(`UPDATE licenses SET licensing_mode = ?, trace = ?`, mode(), truth()) },
		"own": func() { // a copy becomes a license of its own, and back
			h.write(`UPDATE licenses SET parent_id = NULL, license_id = 'own', user_key = 'own' WHERE id = (SELECT MIN(id) FROM licenses WHERE parent_id IS NOT NULL)
				AND NOT EXISTS (SELECT 1 FROM licenses WHERE license_id = 'own')`)
			h.write(`UPDATE licenses SET parent_id = id, user_key = NULL WHERE license_id = 'own' AND ?`, truth())
		},
		"delete": func() {
			n := name()
			h.write(`DELETE FROM licenses WHERE license_id = ? AND parent_id IS NOT NULL`, n)
			h.write(`DELETE FROM licenses WHERE license_id = ?`, n)
		},
		"undo": func() {
			_ = h.store.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
				if _, err := tx.NewRaw(insertLicense, "undone", 1, "undone", true, true, nil).Exec(ctx); err != nil {
					return err
				}
				return context.Canceled
			})
		},
		"fold": func() {
			if err := h.foldFigures(context.Background(), 2); err != nil {
				t.Fatal(err)
			}
		},
	}
}

// TestFiguresOfLicensesEqualARecount after whatever happened to the rows.
func TestFiguresOfLicensesEqualARecount(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		h := newHouse(t, url)
		rapid.Check(t, func(rt *rapid.T) {
			ops := h.operations(rt)
			for _, name := range rapid.SliceOfN(rapid.SampledFrom(slices.Sorted(maps.Keys(ops))), 1, 8).Draw(rt, "operations") {
				ops[name]()
			}
			if got, want := h.figures().Licenses, h.recount(); got != want {
				rt.Fatalf("figures %+v, counted %+v", got, want)
			}
		})
	})
}

// TestFiguresUnderConcurrentChanges: many hands change licenses and fold the
// figures at once; nothing is counted twice or lost, and no sum in between is
// of half a change.
func TestFiguresUnderConcurrentChanges(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		h := newHouse(t, url)
		const hands, each = 4, 20
		stop := make(chan struct{})
		var writers, others sync.WaitGroup
		for range 2 {
			others.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					if err := h.foldFigures(t.Context(), 2); err != nil {
						t.Error(err)
					}
					if f := h.figures().Licenses; f.Total != f.Activation+f.Floating+f.File || f.Revoked > f.Total || f.Total < 0 {
						t.Errorf("half a change shows: %+v", f)
					}
				}
			})
		}
		for w := range hands {
			writers.Go(func() {
				for i := range each {
					name := fmt.Sprint("lic", w, "-", i)
					h.write(insertLicense, name, i%3, name, i%2 == 0, i%5 == 0, nil)
					h.write(insertCopy, name)
					h.write(`UPDATE licenses SET licensing_mode = ?, revoked = ? WHERE license_id = ?`, (i+1)%3, i%2 != 0, name)
					if i%4 == 0 {
						h.write(`DELETE FROM licenses WHERE license_id = ? AND parent_id IS NOT NULL`, name)
						h.write(`DELETE FROM licenses WHERE license_id = ?`, name)
					}
				}
			})
		}
		writers.Wait()
		close(stop)
		others.Wait()
		got, want := h.figures().Licenses, h.recount()
		if got != want || want.Total != hands*each*3/4 {
			t.Errorf("figures %+v, counted %+v", got, want)
		}
	})
}

// TestManyLicensesFoldIntoFewRows: what is added up for an answer stays small.
func TestManyLicensesFoldIntoFewRows(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		h := newHouse(t, url)
		h.write(`INSERT INTO licenses (license_id, format, licensing_mode, user_key)
			WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT 'l' || i, 4, 1, 'k' || i FROM n`, 100)
		before := h.figures().Licenses
		if err := h.foldFigures(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		var rows int
		if err := h.store.Read().NewRaw(`SELECT COUNT(*) FROM license_figures`).Scan(t.Context(), &rows); err != nil || rows != 1 {
			t.Errorf("%d rows, %v", rows, err)
		}
		if after := h.figures().Licenses; after != before || after.Activation != 100 {
			t.Errorf("%+v, before %+v", after, before)
		}
	})
}

// TestFiguresOfTokens: few are counted as of now; of many the last count is
// told, which Keep renews.
func TestFiguresOfTokens(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		h := newHouse(t, url)
		h.tokens.chunk = 7
		now := h.clock.Read().Wall
		soon, later := entity.TimeOf(now.Add(time.Minute)), entity.TimeOf(now.Add(time.Hour))
		h.write(insertLicense, "ends", 1, "ends", false, false, soon)
		h.write(insertLicense, "stays", 1, "stays", false, false, nil)
		h.write(insertLicense, "floats", 2, "floats", false, false, nil)
		for i := range 2 {
			h.write(insertToken, 1, fmt.Sprint("e", i), fmt.Sprint(i), nil, "ends")
			h.write(insertToken, 1, fmt.Sprint("s", i), fmt.Sprint(i), nil, "stays")
		}
		h.write(insertToken, 2, "f", "0", soon, "floats")
		h.write(insertToken, 2, "g", "1", later, "floats")
		want := func(activation, floating, expired int64) {
			t.Helper()
			got := h.figures().Tokens
			if got.CountedAt = (entity.Time{}); got != (TokenFigures{Activation: activation, Floating: floating, Expired: expired}) {
				t.Errorf("%+v, want %d, %d and %d", got, activation, floating, expired)
			}
		}
		want(4, 2, 0)
		h.clock.Advance(time.Minute)
		want(2, 1, 3)
		for i := range 20 { // as many as three chunks
			h.write(insertToken, 2, fmt.Sprint("h", i), fmt.Sprint("h", i), later, "floats")
		}
		want(0, 0, 0) // not counted yet
		if _, err := h.tokens.countAll(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		want(2, 21, 3)
		h.clock.Advance(time.Hour)
		want(2, 21, 3) // the last count
		if _, err := h.tokens.countAll(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		want(2, 0, 24)
		h.write(`DELETE FROM license_tokens WHERE kind = 2`)
		if _, err := h.tokens.countAll(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		want(2, 0, 2)
		h.write(`DELETE FROM license_tokens`)
		want(0, 0, 0) // few again: as of now
	})
}

// TestAskingForFiguresNeverCountsMany: until the first count has ended, a server
// tells that there is none, and after a restart the last one.
func TestAskingForFiguresNeverCountsMany(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		h := newHouse(t, url)
		h.tokens.chunk = 7
		h.write(insertLicense, "floats", 2, "floats", false, false, nil)
		at := entity.TimeOf(h.clock.Read().Wall)
		for i := range 20 {
			h.write(insertToken, 2, fmt.Sprint(i), fmt.Sprint(i), entity.TimeOf(at.Std().Add(time.Hour)), "floats")
		}
		if got := h.figures().Tokens; got != (TokenFigures{}) {
			t.Errorf("before the first count: %+v", got)
		}
		if _, err := h.tokens.countAll(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		again := &house{Service: New(h.store, h.seats, nil, nil, h.clock), t: t, clock: h.clock}
		again.tokens.chunk = 7
		h.clock.Advance(2 * time.Hour) // all have lapsed, which only another count can tell
		if got := again.figures().Tokens; got != (TokenFigures{Floating: 20, CountedAt: at}) {
			t.Errorf("after a restart: %+v", got)
		}
		if _, err := again.tokens.countAll(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		if got := again.figures().Tokens; got != (TokenFigures{Expired: 20, CountedAt: entity.TimeOf(h.clock.Read().Wall)}) {
			t.Errorf("after its first count: %+v", got)
		}
	})
}
