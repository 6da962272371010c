package report_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/report"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var testStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

type house struct {
	*report.Service
	t     *testing.T
	store *store.Store
	clock *clock.Fake
}

// eachEngine runs a test over fresh books with three licenses: GOOD, REVOKED and
// EXPIRED are their user keys.
func eachEngine(t *testing.T, test func(t *testing.T, h *house)) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		h := &house{t: t, store: storetest.Open(t, url), clock: clock.NewFake(testStart)}
		h.Service = report.New(h.store, h.clock)
		err := h.store.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			for _, l := range []entity.License{
				{UserKey: "GOOD"}, {UserKey: "REVOKED", Revoked: true}, {UserKey: "EXPIRED", ExpireDate: entity.TimeOf(testStart.Add(-time.Hour))},
			} {
				l.LicenseID, l.Revision = "lic"+l.UserKey, 1
				if _, err := tx.NewInsert().Model(&l).Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		test(t, h)
	})
}

// send sends a license report of the machine m.
func (h *house) send(r entity.Report) *entity.Report {
	h.t.Helper()
	kept, err := h.Send(h.t.Context(), r, "192.0.2.1")
	if err != nil {
		h.t.Fatal(err)
	}
	return kept
}

func (h *house) all(page entity.Page) []entity.Report {
	h.t.Helper()
	l, err := h.List(h.t.Context(), page)
	if err != nil {
		h.t.Fatal(err)
	}
	var all []entity.Report
	for r, err := range l.Items {
		if err != nil {
			h.t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

func counters(content string) entity.Report {
	return entity.Report{Name: entity.LicenseReport, UserKey: "GOOD", MachineID: "m", ClientID: "c", ContentType: "application/json", Content: content}
}

// sameJSON says whether two texts are the same JSON.
func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return a == b
	}
	return cmp.Equal(x, y)
}

func TestMerging(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		for i, c := range []struct{ first, second, want string }{
			{`{"features":{"X":3,"Y":1},"fields":{"A":1}}`, `{"features":{"X":2,"Z":1},"restrictions":{"Trial":4}}`,
				`{"features":{"X":5,"Y":1,"Z":1},"fields":{"A":1},"restrictions":{"Trial":4}}`},
			{`{"a":{"b":{"c":1}}}`, `{"a":{"b":{"c":1,"d":1}}}`, `{"a":{"b":{"c":2,"d":1}}}`},
			{`{"os":"mac","n":[1]}`, `{"os":"linux","n":[2]}`, `{"os":"linux","n":[2]}`},
			{`{"n":1.5}`, `{"n":1}`, `{"n":1}`},
			{`{"n":1}`, `{"n":1.5}`, `{"n":1.5}`},
			{`{"n":-1}`, `{"n":1}`, `{"n":1}`},
			{`{"n":1}`, `{"n":-5}`, `{"n":-5}`},
			{`{"n":1}`, `{"n":"1"}`, `{"n":"1"}`},
			{`{"n":1}`, `{"n":{"x":1}}`, `{"n":{"x":1}}`},
			{`{"n":1}`, `{"n":null}`, `{"n":null}`},
			{`{"n":9007199254740991}`, `{"n":9007199254740991}`, `{"n":9007199254740991}`},
			{`{"n":9223372036854775808}`, `{"n":1}`, `{"n":1}`},
			{`{"n":1e400}`, `{"m":1}`, `{"m":1,"n":1e400}`},
			{`{}`, `{"<":1}`, `{"<":1}`},
			{` {"n":1} `, `{"N":1}`, `{"n":1,"N":1}`},
			{strings.Repeat(`{"a":`, 40) + `1` + strings.Repeat(`}`, 40), strings.Repeat(`{"a":`, 40) + `1` + strings.Repeat(`}`, 40),
				strings.Repeat(`{"a":`, 40) + `1` + strings.Repeat(`}`, 40)}, // deeper than counters are looked for
		} {
			r, s := counters(c.first), counters(c.second)
			r.Version, s.Version = fmt.Sprint(i), fmt.Sprint(i)
			first, second := h.send(r), h.send(s)
			if first.ID != second.ID || !sameJSON(t, second.Content, c.want) {
				t.Errorf("%s and %s: rows %d and %d, %s; want %s", c.first, c.second, first.ID, second.ID, second.Content, c.want)
			}
		}
	})
}

func TestMergedRow(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		r := counters(`{"n":1}`)
		r.ClientName, r.Properties = "Mac", []entity.ReportProperty{{Name: "os", Value: "mac"}, {Name: "cmdline"}}
		first := h.send(r)
		h.clock.Advance(time.Hour)
		h.send(counters(`{"n":1}`)) // without properties: they stay
		r.Properties, r.Date, r.ClientName = []entity.ReportProperty{{Name: "os", Value: "linux"}}, entity.TimeOf(testStart), "Linux"
		if kept, err := h.Send(t.Context(), r, "192.0.2.9"); err != nil || kept.ID != first.ID {
			t.Fatalf("%+v, %v", kept, err)
		}
		all := h.all(entity.Page{Include: "properties"})
		if len(all) != 1 {
			t.Fatalf("%d rows", len(all))
		}
		got := all[0]
		if got.UID != first.UID || got.Content != `{"n":3}` || !got.Date.Equal(entity.TimeOf(testStart.Add(time.Hour))) || got.ClientName != "Linux" ||
			got.Address != "192.0.2.9" || len(got.Properties) != 1 || got.Properties[0].Value != "linux" {
			t.Errorf("%+v", got)
		}
	})
}

func TestWhatIsNotMerged(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		vary := func(f func(*entity.Report)) entity.Report {
			r := counters(`{"n":1}`)
			f(&r)
			return r
		}
		for _, r := range []entity.Report{
			counters(`{"n":1}`),
			vary(func(r *entity.Report) { r.MachineID = "M" }), vary(func(r *entity.Report) { r.ClientID = "C" }),
			vary(func(r *entity.Report) { r.Version = "2" }), vary(func(r *entity.Report) { r.UserKey = "EXPIRED" }),
		} {
			h.send(r)
		}
		for _, r := range []entity.Report{
			vary(func(r *entity.Report) { r.Name = "ExceptionReport" }), vary(func(r *entity.Report) { r.Name = "licensereport" }),
			vary(func(r *entity.Report) { r.ContentType = "text/plain" }), vary(func(r *entity.Report) { r.ContentType = "application/json; x" }),
			counters(`[1]`), counters(`7`), counters(`null`), counters(``), counters(`{"n":1}}`), counters(`{"n":1} {}`), counters(`{"n":`),
		} {
			for range 2 {
				if kept := h.send(r); kept.Content != r.Content {
					t.Errorf("%s became %s", r.Content, kept.Content)
				}
			}
		}
		if n := len(h.all(entity.Page{})); n != 5+2*11 {
			t.Errorf("%d rows", n)
		}
		for _, same := range []string{"", "text/json", "application/json; charset=utf-8"} {
			h.send(vary(func(r *entity.Report) { r.ContentType = same }))
		}
		if n := len(h.all(entity.Page{})); n != 5+2*11 {
			t.Errorf("with other names for JSON: %d rows", n)
		}
	})
}

// TestNoCountIsLost: many report at once, also the very first time.
func TestNoCountIsLost(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		var all sync.WaitGroup
		start := make(chan struct{})
		for i := range 50 {
			all.Go(func() {
				<-start
				r := counters(fmt.Sprintf(`{"features":{"X":2,"only%d":1}}`, i))
				r.Properties = []entity.ReportProperty{{Name: "n", Value: fmt.Sprint(i)}}
				if _, err := h.Send(context.Background(), r, ""); err != nil {
					t.Error(err)
				}
			})
		}
		close(start)
		all.Wait()
		rows := h.all(entity.Page{Include: "properties"})
		if len(rows) != 1 {
			t.Fatalf("%d rows", len(rows))
		}
		var got struct{ Features map[string]int64 }
		if err := json.Unmarshal([]byte(rows[0].Content), &got); err != nil {
			t.Fatal(err)
		}
		if got.Features["X"] != 100 || len(got.Features) != 51 || len(rows[0].Properties) != 1 {
			t.Errorf("X %d, %d features, properties %v", got.Features["X"], len(got.Features), rows[0].Properties)
		}
	})
}

// TestDeletingWhileMerging: the row of an application is deleted again and again
// while it reports; every report finds or makes one.
func TestDeletingWhileMerging(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		var senders sync.WaitGroup
		for range 4 {
			senders.Go(func() {
				for range 25 {
					if _, err := h.Send(context.Background(), counters(`{"n":1}`), ""); err != nil {
						t.Error(err)
					}
				}
			})
		}
		over := make(chan struct{})
		go func() {
			defer close(over)
			senders.Wait()
		}()
		for {
			select {
			case <-over:
				if n := len(h.all(entity.Page{})); n > 1 {
					t.Errorf("%d rows", n)
				}
				return
			default:
			}
			for _, r := range h.all(entity.Page{}) {
				if err := h.Delete(context.Background(), r.ID); err != nil && !fault.IsKind(err, fault.NotFound) {
					t.Error(err)
				}
			}
		}
	})
}

func TestWhoMayReport(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		for key, code := range map[string]fault.Code{"NOBODY": fault.LicenseKeyNotFound, "good": fault.LicenseKeyNotFound, "REVOKED": fault.LicenseRevoked} {
			if _, err := h.Send(t.Context(), entity.Report{Name: "x", UserKey: key}, ""); !fault.Is(err, code) {
				t.Errorf("%s: %v, want %s", key, err, code)
			}
		}
		h.send(entity.Report{Name: "x", UserKey: "EXPIRED"})
		if n := len(h.all(entity.Page{})); n != 1 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestDates(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		now := entity.TimeOf(testStart)
		for _, c := range []struct{ sent, want entity.Time }{
			{entity.Time{}, now}, {entity.TimeOf(testStart.Add(-time.Hour)), entity.TimeOf(testStart.Add(-time.Hour))},
			{entity.TimeOf(testStart.Add(time.Second)), now}, {now, now},
		} {
			if got := h.send(entity.Report{Name: "x", UserKey: "GOOD", Date: c.sent}); !got.Date.Equal(c.want) {
				t.Errorf("sent %v, kept %v", c.sent, got.Date)
			}
		}
	})
}

func TestContentStopsGrowing(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		big := func(name string) entity.Report {
			return counters(`{"` + name + `":"` + strings.Repeat("x", 200<<10) + `"}`)
		}
		first := h.send(big("a"))
		if _, err := h.Send(t.Context(), big("b"), ""); !fault.IsKind(err, fault.TooLarge) {
			t.Errorf("%v", err)
		}
		if all := h.all(entity.Page{}); len(all) != 1 || all[0].Content != first.Content {
			t.Errorf("changed by a refused report")
		}
	})
}

func TestDelete(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		r := h.send(entity.Report{Name: "x", UserKey: "GOOD", Properties: []entity.ReportProperty{{Name: "a"}, {Name: "b"}}})
		if err := h.Delete(t.Context(), r.ID); err != nil {
			t.Fatal(err)
		}
		if err := h.Delete(t.Context(), r.ID); !fault.IsKind(err, fault.NotFound) {
			t.Errorf("%v", err)
		}
		var left, audited int
		err := h.store.Read().NewRaw(`SELECT (SELECT COUNT(*) FROM report_properties), (SELECT COUNT(*) FROM audit_entries)`).Scan(t.Context(), &left, &audited)
		if err != nil || left != 0 || audited != 1 {
			t.Errorf("%d properties left, %d audit entries, %v", left, audited, err)
		}
	})
}

func TestOneLicenseCannotFillTheBooks(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		merging := entity.Report{Name: entity.LicenseReport, UserKey: "GOOD", Content: `{"n":1}`}
		kept := h.send(merging)
		err := h.store.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.NewRaw(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
				INSERT INTO reports (uid, name, user_key, date) SELECT 'u' || i, 'x', 'GOOD', 0 FROM n`).Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Send(t.Context(), entity.Report{Name: "ExceptionReport", UserKey: "GOOD"}, ""); !fault.IsKind(err, fault.Conflict) {
			t.Errorf("one too many: %v", err)
		}
		if again := h.send(merging); again.ID != kept.ID {
			t.Errorf("what merges needs no place: %d, then %d", kept.ID, again.ID)
		}
		if _, err := h.Send(t.Context(), entity.Report{Name: "ExceptionReport", UserKey: "EXPIRED"}, ""); err != nil {
			t.Errorf("another license: %v", err)
		}
	})
}
