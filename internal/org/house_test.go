package org_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licet/licet/internal/books"
	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/org"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var testStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// house is the service on fresh books, with a clock that stands still and
// definitions that every test knows by their names: the licenses a, b, c, the
// bundle, the edition ab of a and b, the limits x and y.
type house struct {
	*org.Service
	t     testing.TB
	url   string
	store *store.Store
	clock *clock.Fake
	books *books.Service
	ids   map[string]string // public ids of definitions, by name
	names map[string]string // and back
}

func newHouse(t testing.TB, url string) *house {
	t.Helper()
	h := &house{t: t, url: url, store: storetest.Open(t, url), clock: clock.NewFake(testStart), ids: map[string]string{}, names: map[string]string{}}
	h.Service = org.New(h.store, h.clock)
	h.books = books.New(h.store, seat.New(h.store, nil, settings.DefaultLicensing, h.clock), nil, settings.DefaultLicensing, h.clock)
	for _, name := range []string{"a", "b", "c", "bundle"} {
		d := entity.LicenseDefinition{Name: name}
		if name == "bundle" {
			d.Category = entity.CategoryBundle
		}
		made, err := h.books.InsertLicenseDefinition(t.Context(), entity.Sent[entity.LicenseDefinition]{Value: d})
		h.must(err)
		h.name(name, made.PublicID)
	}
	e, err := h.books.InsertEdition(t.Context(), entity.Sent[entity.Edition]{
		Value: entity.Edition{Name: "ab", LicenseDefs: []string{h.ids["a"], h.ids["b"]}}, Members: entity.Members{"licensedefs": true},
	})
	h.must(err)
	h.name("ab", e.PublicID)
	for _, name := range []string{"x", "y"} {
		l, err := h.books.InsertLimitDefinition(t.Context(), entity.Sent[entity.LimitDefinition]{Value: entity.LimitDefinition{Name: name}})
		h.must(err)
		h.name(name, l.PublicID)
	}
	return h
}

func (h *house) name(name, publicID string) { h.ids[name], h.names[publicID] = publicID, name }

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func eachEngine(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) { test(t, newHouse(t, url)) })
}

// org makes an organisation; below is nil for one that stands alone.
func (h *house) org(name string, below *entity.Organisation) *entity.Organisation {
	h.t.Helper()
	o := entity.Organisation{Name: name}
	if below != nil {
		o.ParentID = &below.ID
	}
	made, err := h.Create(context.Background(), o)
	h.must(err)
	return made
}

func (h *house) user(name string) string {
	h.t.Helper()
	h.must(h.store.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.NewInsert().Model(&entity.User{ID: name, UserName: name, NameKey: name}).Exec(ctx)
		return err
	}))
	return name
}

func (h *house) member(o *entity.Organisation, user string, role entity.OrgRole) {
	h.t.Helper()
	h.must(h.SetMember(context.Background(), o.ID, user, role))
}

// rights are made of lic, ed and lim.
func (h *house) rights(parts ...any) entity.OrgRights {
	r := entity.OrgRights{CustomLicenses: []entity.OrgLicense{}, AssignedEditions: []entity.OrgEdition{}, CustomLimits: []entity.OrgLimit{}}
	for _, p := range parts {
		switch p := p.(type) {
		case entity.OrgLicense:
			p.LicenseDef = h.id(p.LicenseDef)
			r.CustomLicenses = append(r.CustomLicenses, p)
		case entity.OrgEdition:
			p.Edition = h.id(p.Edition)
			r.AssignedEditions = append(r.AssignedEditions, p)
		case entity.OrgLimit:
			p.LimitDefinition = h.id(p.LimitDefinition)
			r.CustomLimits = append(r.CustomLimits, p)
		default:
			panic(fmt.Sprintf("%T", p))
		}
	}
	return r
}

// id is the public id of a definition; any other text is one that nothing has.
func (h *house) id(name string) string {
	if id, ok := h.ids[name]; ok {
		return id
	}
	return name
}

// day is a date in so many days from the start of the test; 0 is none.
func day(n int) entity.Time {
	if n == 0 {
		return entity.Time{}
	}
	return entity.TimeOf(testStart.AddDate(0, 0, n))
}

func lic(def string, typ entity.OrgLicenseType, days int) entity.OrgLicense {
	return entity.OrgLicense{LicenseDef: def, LicenseType: typ, ExpirationDate: day(days)}
}

func sub(def string, days int) entity.OrgLicense { return lic(def, entity.OrgSubscription, days) }

func ed(name string, days int) entity.OrgEdition {
	return entity.OrgEdition{Edition: name, ExpirationDate: day(days)}
}

func lim(name string, value int64) entity.OrgLimit {
	return entity.OrgLimit{LimitDefinition: name, Value: &value}
}

func (h *house) set(o *entity.Organisation, parts ...any) {
	h.t.Helper()
	h.must(h.SetRights(context.Background(), o.ID, h.rights(parts...)))
}

// has fails unless these are the stored rights.
func (h *house) has(o *entity.Organisation, parts ...any) {
	h.t.Helper()
	got, err := h.Rights(context.Background(), o.ID)
	h.must(err)
	h.equal(o.Name+" stored", got, parts)
}

// uses fails unless these are the rights in force.
func (h *house) uses(o *entity.Organisation, parts ...any) {
	h.t.Helper()
	got, err := h.EffectiveRights(context.Background(), o.ID)
	h.must(err)
	h.equal(o.Name+" in force", got, parts)
}

func (h *house) equal(what string, got *entity.OrgRights, parts []any) {
	h.t.Helper()
	want := h.rights(parts...)
	want.ID, want.ParentOrg = got.ID, got.ParentOrg
	if diff := cmp.Diff(h.text(&want), h.text(got)); diff != "" {
		h.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// text is rights as people read them.
func (h *house) text(r *entity.OrgRights) (lines []string) {
	for _, l := range r.CustomLicenses {
		lines = append(lines, fmt.Sprintf("license %s %s %s", h.names[l.LicenseDef], l.LicenseType, l.ExpirationDate))
	}
	for _, e := range r.AssignedEditions {
		lines = append(lines, fmt.Sprintf("edition %s %s", h.names[e.Edition], e.ExpirationDate))
	}
	for _, l := range r.CustomLimits {
		lines = append(lines, fmt.Sprintf("limit %s %d", h.names[l.LimitDefinition], *l.Value))
	}
	return lines
}

func wantFault(t testing.TB, err error, code fault.Code, kind fault.Kind) {
	t.Helper()
	if f := fault.Of(err); f == nil || f.Code != code || f.Kind != kind {
		t.Errorf("got %v (%+v), want %s", err, fault.Of(err), code)
	}
}
