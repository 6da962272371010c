package org_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// TestWhatAParentCanGive: each refusal has its own code and changes nothing.
func TestWhatAParentCanGive(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		parent := h.org("parent", nil)
		h.set(parent, sub("a", 30), lic("b", entity.OrgNone, 0), lic("c", entity.OrgFree, 0), ed("ab", 60), lim("x", 10))
		child := h.org("child", parent)
		before := []any{sub("a", 10), lim("x", 3)}
		h.set(child, before...)
		for name, c := range map[string]struct {
			part  any
			code  fault.Code
			field string
		}{
			"unknown license":      {sub("nothing", 1), fault.OrgUnknownDefinition, "customLicenses[1].licenseDef"},
			"unknown edition":      {ed("a", 1), fault.OrgUnknownDefinition, "assignedEditions[0].edition"},
			"unknown limit":        {lim("ab", 1), fault.OrgUnknownDefinition, "customLimits[1].limitDefinition"},
			"license twice":        {sub("c", 1), fault.OrgDuplicate, "customLicenses[1].licenseDef"},
			"limit twice":          {lim("y", 1), fault.OrgDuplicate, "customLimits[1].limitDefinition"},
			"no end":               {sub("a", 0), fault.OrgExpiryMissing, "customLicenses[1].expirationDate"},
			"trial without end":    {lic("a", entity.OrgTrial, 0), fault.OrgExpiryMissing, "customLicenses[1].expirationDate"},
			"edition without end":  {ed("ab", 0), fault.OrgExpiryMissing, "assignedEditions[0].expirationDate"},
			"license taken away":   {sub("b", 1), fault.OrgParentLacksLicense, "customLicenses[1].licenseDef"},
			"license never had":    {sub("bundle", 1), fault.OrgParentLacksLicense, "customLicenses[1].licenseDef"},
			"longer license":       {sub("a", 31), fault.OrgExpiryBeyondParent, "customLicenses[1].expirationDate"},
			"endless license":      {lic("a", entity.OrgFree, 0), fault.OrgExpiryBeyondParent, "customLicenses[1].expirationDate"},
			"longer edition":       {ed("ab", 61), fault.OrgExpiryBeyondParent, "assignedEditions[0].expirationDate"},
			"limit never had":      {lim("y", 0), fault.OrgParentLacksLimit, "customLimits[1].limitDefinition"},
			"larger limit":         {lim("x", 11), fault.OrgLimitBeyondParent, "customLimits[1].value"},
			"no maximum":           {lim("x", -1), fault.OrgLimitBeyondParent, "customLimits[1].value"},
			"negative limit":       {lim("x", -2), "", "customLimits[1].value"},
			"huge limit":           {lim("x", 1<<53), "", "customLimits[1].value"},
			"limit without value":  {entity.OrgLimit{LimitDefinition: "x"}, "", "customLimits[1].value"},
			"license without name": {sub("", 1), "", "customLicenses[1].licenseDef"},
			"type NON":             {lic("a", "NON", 1), "", "customLicenses[1].licenseType"},
		} {
			first := []any{lic("c", entity.OrgFree, 0), lim("x", 1)}
			if c.code == fault.OrgDuplicate {
				first[1] = lim("y", 1)
			} else if l, ok := c.part.(entity.OrgLimit); ok && l.LimitDefinition == "x" {
				first[1] = lim("y", 1) // found out before the parent is asked
				if c.code != "" {
					first = []any{lic("c", entity.OrgFree, 0)}
					c.field = "customLimits[0].value"
				}
			}
			err := h.SetRights(t.Context(), child.ID, h.rights(append(first, c.part)...))
			if f := fault.Of(err); f == nil || f.Kind != fault.Invalid || f.Code != c.code || f.Field != c.field {
				t.Errorf("%s: %v", name, err)
			}
			h.has(child, before...)
		}
		all := []any{
			sub("a", 30), lic("b", entity.OrgNone, 0), lic("c", entity.OrgFree, 0), ed("ab", 60), lim("x", 10),
		}
		h.set(child, all...)
		h.has(child, all...)
		h.set(child)
		h.has(child)
	})
}

// TestEndedForTheParent: what has ended for the parent can be given with an end
// no later than that, so that what was read can be sent back; it grants nothing.
func TestEndedForTheParent(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		parent := h.org("parent", nil)
		h.set(parent, sub("a", 5), lim("x", -1))
		child := h.org("child", parent)
		h.clock.Step(6 * 24 * time.Hour)
		h.has(child, sub("a", 5), lim("x", -1))
		h.set(child, sub("a", 5), lim("x", -1))
		h.uses(child, lim("x", -1))
		wantFault(t, h.SetRights(t.Context(), child.ID, h.rights(sub("a", 7))), fault.OrgExpiryBeyondParent, fault.Invalid)
	})
}

func TestDatesAreWholeSeconds(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		o := h.org("o", nil)
		l := sub("a", 1)
		l.ExpirationDate = entity.TimeOf(l.ExpirationDate.Std().Add(999999 * time.Microsecond))
		h.set(o, l)
		h.has(o, sub("a", 1))
	})
}

// TestInForce: what an organisation may use is worked out when it is asked for.
func TestInForce(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		parent := h.org("parent", nil)
		h.set(parent, sub("a", 30), sub("c", 30), sub("bundle", 30), ed("ab", 60), lim("x", 10))
		child := h.org("child", parent)
		inherited := []any{sub("a", 30), sub("c", 30), ed("ab", 60), lim("x", 10)}
		h.has(child, inherited...) // but not the bundle
		h.uses(child, append(inherited, sub("b", 60))...)

		// A parent that loses something takes it from those below.
		h.set(parent, sub("a", 20), ed("ab", 50), lim("x", 4))
		h.has(child, inherited...)
		h.uses(child, sub("a", 20), sub("b", 50), ed("ab", 50), lim("x", 4))
		// A custom license stands before an edition, whatever it says.
		h.set(parent, lic("a", entity.OrgNone, 0), ed("ab", 50))
		h.uses(parent, sub("b", 50), ed("ab", 50))
		h.uses(child, sub("b", 50), ed("ab", 50))
		h.set(parent, sub("a", 1), ed("ab", 50))
		h.clock.Step(24 * time.Hour) // at its end it is over
		h.uses(parent, sub("b", 50), ed("ab", 50))
		h.uses(child, sub("b", 50), ed("ab", 50))
		h.clock.Step(-time.Second)
		h.uses(child, sub("a", 1), sub("b", 50), ed("ab", 50))

		h.must(h.SetDisabled(t.Context(), parent.ID, true))
		h.uses(parent)
		h.uses(child)
		h.must(h.SetDisabled(t.Context(), parent.ID, false))
		h.must(h.SetDisabled(t.Context(), child.ID, true))
		h.uses(child)
		h.must(h.SetDisabled(t.Context(), child.ID, false))
		h.uses(child, sub("a", 1), sub("b", 50), ed("ab", 50))
	})
}

func TestSynchronisation(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		parent := h.org("parent", nil)
		h.set(parent, sub("a", 30), sub("bundle", 30), lim("x", 10))
		child, disabled := h.org("child", parent), h.org("disabled", parent)
		h.set(child, sub("a", 5))
		h.must(h.SetDisabled(t.Context(), disabled.ID, true))

		h.must(h.Synchronise(t.Context(), parent.ID, true))
		h.has(child, sub("a", 30), lim("x", 10))
		wantFault(t, h.SetRights(t.Context(), child.ID, h.rights(sub("a", 1))), fault.OrgLicensesSynchronised, fault.Conflict)
		wantFault(t, h.DisableLicense(t.Context(), child.ID, h.ids["a"]), fault.OrgLicensesSynchronised, fault.Conflict)
		h.set(parent, sub("c", 7), sub("bundle", 30))
		h.has(child, sub("c", 7))
		h.has(h.org("new", parent), sub("c", 7))
		h.has(disabled) // it lost its settings
		h.must(h.SetDisabled(t.Context(), disabled.ID, false))
		h.has(disabled, sub("c", 7)) // and has the parent's again
		h.must(h.SetDisabled(t.Context(), disabled.ID, true))

		h.must(h.Synchronise(t.Context(), parent.ID, false))
		h.set(parent, sub("c", 9), lim("x", 1))
		h.has(child, sub("c", 7))
		h.has(disabled)
		h.set(child, sub("c", 8))
	})
}

func TestOneLicenseOfOneChild(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		parent := h.org("parent", nil)
		h.set(parent, sub("c", 30), ed("ab", 60))
		child, other := h.org("child", parent), h.org("other", parent)
		h.must(h.DisableLicense(t.Context(), child.ID, h.ids["c"]))
		h.must(h.DisableLicense(t.Context(), child.ID, h.ids["a"]))
		h.has(child, lic("a", entity.OrgNone, 0), ed("ab", 60))
		h.has(other, sub("c", 30), ed("ab", 60))
		h.set(parent, sub("c", 20), ed("ab", 60))
		h.must(h.EnableLicense(t.Context(), child.ID, h.ids["c"]))
		h.must(h.EnableLicense(t.Context(), child.ID, h.ids["a"]))
		h.has(child, sub("c", 20), ed("ab", 60))
		h.set(child)
		h.must(h.EnableLicense(t.Context(), child.ID, h.ids["a"]))
		h.has(child, sub("a", 60)) // the parent's comes with an edition
		wantFault(t, h.EnableLicense(t.Context(), child.ID, h.ids["bundle"]), fault.OrgParentLacksLicense, fault.Invalid)
		wantFault(t, h.EnableLicense(t.Context(), child.ID, "nothing"), fault.OrgUnknownDefinition, fault.NotFound)
		wantFault(t, h.DisableLicense(t.Context(), parent.ID, h.ids["c"]), fault.OrgHierarchy, fault.Conflict)
	})
}

// TestWhoMayWhat is the matrix of members against what they ask for.
func TestWhoMayWhat(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		parent, stranger := h.org("parent", nil), h.org("stranger", nil)
		h.set(parent, sub("a", 30))
		child, sibling := h.org("child", parent), h.org("sibling", parent)
		deleted := h.org("deleted", parent)
		_, err := h.Change(t.Context(), deleted.ID, func(o *entity.Organisation) error { o.Status = entity.OrgDeleted; return nil })
		h.must(err)
		for who, member := range map[string]struct {
			of   *entity.Organisation
			role entity.OrgRole
		}{
			"parent's admin": {parent, entity.OrgAdmin}, "parent's viewer": {parent, entity.OrgViewer},
			"child's admin": {child, entity.OrgAdmin}, "child's viewer": {child, entity.OrgViewer},
			"sibling's admin": {sibling, entity.OrgAdmin}, "stranger's admin": {stranger, entity.OrgAdmin},
			"deleted's admin": {deleted, entity.OrgAdmin},
		} {
			h.member(member.of, h.user(who), member.role)
		}
		const ok = fault.Code("")
		for _, c := range []struct {
			who      string
			of       *entity.Organisation
			get, put fault.Code
		}{
			{"parent's admin", parent, ok, fault.OrgNotAllowed},
			{"parent's admin", child, ok, ok},
			{"parent's admin", stranger, fault.OrgNotFound, fault.OrgNotFound},
			{"parent's admin", deleted, fault.OrgNotFound, fault.OrgNotFound},
			{"parent's viewer", parent, ok, fault.OrgNotAllowed},
			{"parent's viewer", child, ok, fault.OrgNotAllowed},
			{"child's admin", child, ok, fault.OrgNotAllowed},
			{"child's viewer", child, ok, fault.OrgNotAllowed},
			{"child's admin", parent, fault.OrgNotFound, fault.OrgNotFound},
			{"sibling's admin", child, fault.OrgNotFound, fault.OrgNotFound},
			{"stranger's admin", child, fault.OrgNotFound, fault.OrgNotFound},
			{"deleted's admin", deleted, fault.OrgNotFound, fault.OrgNotFound},
			{"nobody", child, fault.OrgNotFound, fault.OrgNotFound},
		} {
			_, err := h.License(t.Context(), c.who, c.of.PublicID)
			h.judged(c.who+" GET "+c.of.Name, err, c.get, c.of.PublicID)
			err = h.SetLicense(t.Context(), c.who, c.of.PublicID, h.rights(sub("a", 1)))
			h.judged(c.who+" PUT "+c.of.Name, err, c.put, c.of.PublicID)
		}
		// An administrator of a parent that is disabled administers nothing.
		h.must(h.SetDisabled(t.Context(), parent.ID, true))
		wantFault(t, h.SetLicense(t.Context(), "parent's admin", child.PublicID, h.rights()), fault.OrgNotAllowed, fault.Forbidden)
	})
}

// judged compares a refusal; what is not seen is refused as what is not there.
func (h *house) judged(what string, err error, want fault.Code, publicID string) {
	h.t.Helper()
	switch f := fault.Of(err); {
	case want == "":
		if err != nil {
			h.t.Errorf("%s: %v", what, err)
		}
	case f == nil || f.Code != want:
		h.t.Errorf("%s: %v, want %s", what, err, want)
	case want == fault.OrgNotFound:
		const unknown = "0000000000000000000000"
		_, none := h.License(h.t.Context(), "nobody", unknown)
		same := *fault.Of(none)
		same.Message = `there is no organization "` + publicID + `"`
		if diff := cmp.Diff(&same, f); diff != "" {
			h.t.Errorf("%s can be told from an unknown one:\n%s", what, diff)
		}
	}
}

func TestTheIDInTheBody(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		parent := h.org("parent", nil)
		h.set(parent, sub("a", 30), lim("x", 5))
		child := h.org("child", parent)
		h.member(parent, h.user("admin"), entity.OrgAdmin)
		got, err := h.License(t.Context(), "admin", child.PublicID)
		h.must(err)
		if got.ID != child.PublicID || *got.ParentOrg != parent.PublicID {
			t.Errorf("%+v", got)
		}
		h.must(h.SetLicense(t.Context(), "admin", child.PublicID, *got)) // as it was read
		again, err := h.License(t.Context(), "admin", child.PublicID)
		h.must(err)
		if diff := cmp.Diff(h.text(got), h.text(again)); diff != "" {
			t.Error(diff)
		}
		got.ID = parent.PublicID
		wantFault(t, h.SetLicense(t.Context(), "admin", child.PublicID, *got), "", fault.Invalid)
	})
}

// TestNoEditionHandsABundleDown: what is not inherited is not so by an edition
// either, whether it is copied or synchronised; it can be given later.
func TestNoEditionHandsABundleDown(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		e, err := h.books.InsertEdition(t.Context(), entity.Sent[entity.Edition]{
			Value: entity.Edition{Name: "big", LicenseDefs: []string{h.ids["c"], h.ids["bundle"]}}, Members: entity.Members{"licensedefs": true},
		})
		h.must(err)
		h.name("big", e.PublicID)
		parent := h.org("parent", nil)
		h.set(parent, ed("big", 60))
		h.uses(parent, sub("c", 60), sub("bundle", 60), ed("big", 60))
		child := h.org("child", parent)
		h.has(child, lic("bundle", entity.OrgNone, 0), ed("big", 60))
		h.uses(child, sub("c", 60), ed("big", 60))
		h.set(child, ed("big", 60))
		h.uses(child, sub("c", 60), sub("bundle", 60), ed("big", 60))
		h.must(h.Synchronise(t.Context(), parent.ID, true))
		h.uses(child, sub("c", 60), ed("big", 60))
		h.set(parent, sub("bundle", 30), ed("big", 60))
		h.uses(child, sub("c", 60), ed("big", 60))
		h.must(h.Synchronise(t.Context(), parent.ID, false))
		h.has(child, lic("bundle", entity.OrgNone, 0), ed("big", 60))
	})
}

// TestStrangersWaitForNobody: who may not set rights is told so without the
// locks of the rows, so that nobody learns by the time who is at work on them,
// and nobody stands in the way of others.
func TestStrangersWaitForNobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.URL(t, store.Postgres))
	parent := h.org("parent", nil)
	child := h.org("child", parent)
	h.member(parent, h.user("viewer"), entity.OrgViewer)
	h.user("stranger")
	holder, err := h.store.Pool().Begin(t.Context())
	h.must(err)
	_, err = holder.Exec(t.Context(), "SELECT id FROM organisations FOR UPDATE")
	h.must(err)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	wantFault(t, h.SetLicense(ctx, "stranger", child.PublicID, h.rights()), fault.OrgNotFound, fault.NotFound)
	wantFault(t, h.SetLicense(ctx, "viewer", child.PublicID, h.rights()), fault.OrgNotAllowed, fault.Forbidden)
	h.must(holder.Rollback(t.Context()))
}
