package org_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// days are the days that the model knows: something ends at the beginning of one
// of them, or lasts beyond the last. A set of them is all that it knows of time.
type days [7]bool

func until(end int) (d days) { // 0: for ever
	for i := range d {
		d[i] = end == 0 || i < end
	}
	return d
}

func (d days) and(e days) days {
	for i := range d {
		d[i] = d[i] && e[i]
	}
	return d
}

func (d days) within(e days) bool { return d.and(e) == d }

// table is what an organisation was given, in the plainest form.
type table struct {
	custom  map[string]days // no days at all: NONE
	edition *days           // ab
	limits  map[string]int64
}

// member is an organisation of the model.
type member struct {
	*entity.Organisation
	above    *member
	sync     bool
	disabled bool
	table    table
}

func carried(def string) bool { return def == "a" || def == "b" }

// editionDays and uses ignore the statuses; parent is nil at the top.
func (t table) editionDays(parent *table) (d days) {
	if t.edition != nil {
		d = *t.edition
	}
	if parent != nil {
		d = d.and(parent.editionDays(nil))
	}
	return d
}

func (t table) uses(def string, parent *table) days {
	d, ok := t.custom[def]
	if !ok && carried(def) {
		d = t.editionDays(parent)
	}
	if parent != nil {
		d = d.and(parent.uses(def, nil))
	}
	return d
}

func (t table) limit(name string, parent *table) (int64, bool) {
	v, ok := t.limits[name]
	if !ok || parent == nil {
		return v, ok
	}
	most, ok := parent.limit(name, nil)
	if most != -1 && (v == -1 || v > most) {
		v = most
	}
	return v, ok
}

func defs() []string { return []string{"a", "b", "c", "bundle"} }

// cut is what is kept of a table by who is below the parent, for good.
func (t table) cut(parent table) table {
	next := table{custom: map[string]days{}, limits: map[string]int64{}}
	if t.edition != nil && parent.edition != nil {
		d := t.editionDays(&parent)
		next.edition = &d
	}
	for _, def := range defs() {
		own, ok := t.custom[def]
		uses := t.uses(def, &parent)
		switch {
		case ok && own == days{}, ok && uses != days{}:
			next.custom[def] = uses
		case carried(def) && next.edition != nil && uses != *next.edition:
			next.custom[def] = uses
		}
	}
	for name := range t.limits {
		if v, ok := t.limit(name, &parent); ok {
			next.limits[name] = v
		}
	}
	return next
}

func (t table) inherited() table {
	next := t
	next.custom = maps.Clone(t.custom)
	delete(next.custom, "bundle")
	return next
}

// held is the table of a member and the one above it.
func (m *member) held() (own table, parent *table) {
	if m.above == nil {
		return m.table, nil
	}
	if !m.above.sync {
		return m.table, &m.above.table
	}
	if m.disabled {
		return table{}, &m.above.table
	}
	return m.above.table.inherited(), &m.above.table
}

// given says what the model makes of rights, and whether a parent can give them.
func given(r drawn, parent *table) (t table, ok bool) {
	t = table{custom: map[string]days{}, limits: map[string]int64{}}
	ok = true
	for def, end := range r.custom {
		t.custom[def] = days{}
		if end >= 0 {
			t.custom[def] = until(end)
			ok = ok && (parent == nil || t.custom[def].within(parent.uses(def, nil)))
		}
	}
	if r.edition > 0 {
		d := until(r.edition)
		t.edition = &d
		ok = ok && (parent == nil || d.within(parent.editionDays(nil)))
	}
	for name, v := range r.limits {
		t.limits[name] = v
		if parent != nil {
			most, has := parent.limit(name, nil)
			ok = ok && has && (most == -1 || v != -1 && v <= most)
		}
	}
	return t, ok
}

// drawn are rights at random: ends of licenses in days, -1 for NONE, 0 for FREE
// without an end.
type drawn struct {
	custom  map[string]int
	edition int // 0: without
	limits  map[string]int64
}

func draw(rt *rapid.T) drawn {
	return drawn{
		custom:  rapid.MapOfN(rapid.SampledFrom(defs()), rapid.SampledFrom([]int{-1, 0, 1, 3, 5}), 0, 4).Draw(rt, "licenses"),
		edition: rapid.SampledFrom([]int{0, 2, 4, 6}).Draw(rt, "edition"),
		limits:  rapid.MapOfN(rapid.SampledFrom([]string{"x", "y"}), rapid.SampledFrom([]int64{-1, 0, 2, 5}), 0, 2).Draw(rt, "limits"),
	}
}

func (h *house) drawn(d drawn) entity.OrgRights {
	var parts []any
	for def, end := range d.custom {
		switch end {
		case -1:
			parts = append(parts, lic(def, entity.OrgNone, 0))
		case 0:
			parts = append(parts, lic(def, entity.OrgFree, 0))
		default:
			parts = append(parts, sub(def, end))
		}
	}
	if d.edition > 0 {
		parts = append(parts, ed("ab", d.edition))
	}
	for name, v := range d.limits {
		parts = append(parts, lim(name, v))
	}
	return h.rights(parts...)
}

// TestNoChildHasMoreThanItsParent: whatever the sequence of changes and of moves
// of the clock, what an organisation may use is what the model says, and never
// more, or longer, than its parent may.
func TestNoChildHasMoreThanItsParent(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		runs := 0
		rapid.Check(t, func(rt *rapid.T) {
			if runs++; h.store.Engine() == store.Postgres && runs > 12 {
				return // each step is a round trip and a commit
			}
			w := &world{house: h, rt: rt}
			h.clock.Step(testStart.Sub(h.clock.Read().Wall))
			for range 3 {
				w.create()
			}
			actions := []func(){w.create, w.put, w.put, w.put, w.link, w.link, w.unlink, w.synchronise, w.disable, w.pass}
			for range rapid.IntRange(1, 25).Draw(rt, "steps") {
				rapid.SampledFrom(actions).Draw(rt, "action")()
				w.judge()
			}
		})
	})
}

// world is one run of the model beside the service.
type world struct {
	*house
	rt      *rapid.T
	members []*member
	today   int
}

func (w *world) any(label string) *member { return rapid.SampledFrom(w.members).Draw(w.rt, label) }

func (w *world) agree(what string, ok bool, err error) {
	if ok != (err == nil) || err != nil && fault.Of(err) == nil {
		w.rt.Fatalf("%s: %v, the model says %t", what, err, ok)
	}
}

func (w *world) create() {
	if len(w.members) == 6 {
		return
	}
	m := &member{table: table{custom: map[string]days{}}}
	in := entity.Organisation{Name: fmt.Sprint("o", len(w.members))}
	if len(w.members) > 0 && rapid.Bool().Draw(w.rt, "below") {
		m.above = w.any("parent")
		in.ParentID = &m.above.ID
	}
	made, err := w.Create(context.Background(), in)
	w.agree("create", m.above == nil || m.above.above == nil, err)
	if err != nil {
		return
	}
	m.Organisation = made
	if m.above != nil && !m.above.sync {
		m.table = m.above.table.inherited()
	}
	w.members = append(w.members, m)
}

func (w *world) put() {
	m, d := w.any("who"), draw(w.rt)
	var parent *table
	if m.above != nil {
		parent = &m.above.table
	}
	next, ok := given(d, parent)
	ok = ok && (m.above == nil || !m.above.sync)
	w.agree(fmt.Sprintf("put %+v", d), ok, w.SetRights(context.Background(), m.ID, w.drawn(d)))
	if ok {
		m.table = next
	}
}

func (w *world) below(m *member) bool {
	return slices.ContainsFunc(w.members, func(c *member) bool { return c.above == m })
}

func (w *world) link() {
	m, parent := w.any("who"), w.any("parent")
	ok := m != parent && m.above == nil && parent.above == nil && !w.below(m)
	w.agree("link", ok, w.Link(context.Background(), m.ID, parent.ID))
	if ok {
		m.table = m.table.cut(parent.table)
		m.above, m.sync = parent, false
	}
}

func (w *world) unlink() {
	m := w.any("who")
	w.agree("unlink", m.above != nil, w.Unlink(context.Background(), m.ID))
	if m.above != nil {
		own, parent := m.held()
		m.table, m.above = own.cut(*parent), nil
	}
}

func (w *world) synchronise() {
	m, on := w.any("who"), rapid.Bool().Draw(w.rt, "on")
	w.agree("synchronise", m.above == nil, w.Synchronise(context.Background(), m.ID, on))
	if m.above != nil {
		return
	}
	for _, c := range w.members {
		if c.above == m && m.sync && !on {
			c.table, _ = c.held()
		}
	}
	m.sync = on
}

func (w *world) disable() {
	m, disabled := w.any("who"), rapid.Bool().Draw(w.rt, "disabled")
	w.agree("disable", true, w.SetDisabled(context.Background(), m.ID, disabled))
	m.disabled = disabled
}

func (w *world) pass() {
	next := rapid.IntRange(0, len(days{})-1).Draw(w.rt, "day") // forward or back
	w.clock.Step(time.Duration(next-w.today) * 24 * time.Hour)
	w.today = next
}

// judge compares what may be used with the model, and with the parent.
func (w *world) judge() {
	all := map[*member]*entity.OrgRights{}
	for _, m := range w.members {
		got, err := w.EffectiveRights(context.Background(), m.ID)
		if err != nil {
			w.rt.Fatal(err)
		}
		all[m] = got
		if want := w.text(w.expected(m)); !slices.Equal(want, uses(w, got)) {
			w.rt.Fatalf("day %d: %s uses %q, the model says %q", w.today, m.Name, w.house.text(got), want)
		}
	}
	for m, got := range all {
		if m.above != nil {
			w.withinParent(m, got, all[m.above])
		}
	}
}

// expected is what a member uses today.
func (w *world) expected(m *member) map[string]int64 {
	uses := map[string]int64{}
	if m.disabled || m.above != nil && m.above.disabled {
		return uses
	}
	own, parent := m.held()
	for _, def := range defs() {
		if own.uses(def, parent)[w.today] {
			uses["license "+def] = 0
		}
	}
	if own.editionDays(parent)[w.today] {
		uses["edition ab"] = 0
	}
	for name := range own.limits {
		if v, ok := own.limit(name, parent); ok {
			uses["limit "+name] = v
		}
	}
	return uses
}

func (w *world) text(uses map[string]int64) (lines []string) {
	for name, v := range uses {
		lines = append(lines, fmt.Sprint(name, " ", v))
	}
	slices.Sort(lines)
	return lines
}

func uses(w *world, r *entity.OrgRights) []string {
	got := map[string]int64{}
	for _, l := range r.CustomLicenses {
		got["license "+w.names[l.LicenseDef]] = 0
	}
	for _, e := range r.AssignedEditions {
		got["edition "+w.names[e.Edition]] = 0
	}
	for _, l := range r.CustomLimits {
		got["limit "+w.names[l.LimitDefinition]] = *l.Value
	}
	return w.text(got)
}

// withinParent needs no model: nothing is more, or longer.
func (w *world) withinParent(m *member, got, parent *entity.OrgRights) {
	ends := map[string]entity.Time{}
	for _, l := range parent.CustomLicenses {
		ends[l.LicenseDef] = l.ExpirationDate
	}
	for _, e := range parent.AssignedEditions {
		ends[e.Edition] = e.ExpirationDate
	}
	limits := map[string]int64{}
	for _, l := range parent.CustomLimits {
		limits[l.LimitDefinition] = *l.Value
	}
	longer := func(id string, end entity.Time) bool {
		most, ok := ends[id]
		return !ok || !most.IsZero() && (end.IsZero() || end.Std().After(most.Std()))
	}
	for _, l := range got.CustomLicenses {
		if longer(l.LicenseDef, l.ExpirationDate) {
			w.rt.Fatalf("%s has %+v, its parent %+v", m.Name, l, parent.CustomLicenses)
		}
	}
	for _, e := range got.AssignedEditions {
		if longer(e.Edition, e.ExpirationDate) {
			w.rt.Fatalf("%s has %+v, its parent %+v", m.Name, e, parent.AssignedEditions)
		}
	}
	for _, l := range got.CustomLimits {
		if most, ok := limits[l.LimitDefinition]; !ok || most != -1 && (*l.Value == -1 || *l.Value > most) {
			w.rt.Fatalf("%s has %+v, its parent %+v", m.Name, l, parent.CustomLimits)
		}
	}
}
