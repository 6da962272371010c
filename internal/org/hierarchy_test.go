package org_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/org"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

func TestLinkAndUnlink(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		parent, o := h.org("parent", nil), h.org("o", nil)
		h.set(parent, sub("a", 10), ed("ab", 40), lim("x", 5))
		h.set(o, lic("a", entity.OrgFree, 0), sub("c", 10), sub("bundle", 5), ed("ab", 50), lim("x", -1), lim("y", 1))
		h.must(h.Link(t.Context(), o.ID, parent.ID))
		cut := []any{lic("a", entity.OrgFree, 10), ed("ab", 40), lim("x", 5)}
		h.has(o, cut...)
		h.set(parent, sub("a", 3), lim("x", 2))
		h.has(o, cut...)
		h.must(h.Unlink(t.Context(), o.ID)) // it keeps what it had, not what it had been given
		h.has(o, lic("a", entity.OrgFree, 3), lim("x", 2))
		h.set(o, sub("c", 99))
		h.must(h.Synchronise(t.Context(), parent.ID, true))
		h.must(h.Link(t.Context(), o.ID, parent.ID))
		h.has(o, sub("a", 3), lim("x", 2))
		h.must(h.Unlink(t.Context(), o.ID))
		h.has(o, sub("a", 3), lim("x", 2))
	})
}

// TestAnEditionIsBoundWhenItIsCut: a parent may have less of a definition than
// its own edition says; who gets the edition from it does not have more.
func TestAnEditionIsBoundWhenItIsCut(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		parent, o := h.org("parent", nil), h.org("o", nil)
		h.set(parent, sub("a", 10), lic("b", entity.OrgNone, 0), ed("ab", 40))
		h.set(o, ed("ab", 40))
		h.must(h.Link(t.Context(), o.ID, parent.ID))
		h.must(h.Unlink(t.Context(), o.ID))
		h.uses(o, sub("a", 10), ed("ab", 40))
	})
}

func TestOneLevelDeep(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		parent := h.org("parent", nil)
		child, alone := h.org("child", parent), h.org("alone", nil)
		deleted := h.org("deleted", nil)
		_, err := h.Change(ctx, deleted.ID, func(o *entity.Organisation) error { o.Status = entity.OrgDeleted; return nil })
		h.must(err)
		for name, try := range map[string]func() error{
			"itself":                   func() error { return h.Link(ctx, alone.ID, alone.ID) },
			"a parent below another":   func() error { return h.Link(ctx, parent.ID, alone.ID) },
			"below one that is below":  func() error { return h.Link(ctx, alone.ID, child.ID) },
			"a circle":                 func() error { return h.Link(ctx, parent.ID, child.ID) },
			"to a second parent":       func() error { return h.Link(ctx, child.ID, alone.ID) },
			"to the same parent":       func() error { return h.Link(ctx, child.ID, parent.ID) },
			"unlink what stands alone": func() error { return h.Unlink(ctx, alone.ID) },
			"synchronise from below":   func() error { return h.Synchronise(ctx, child.ID, true) },
			"create two levels deep": func() error {
				_, err := h.Create(ctx, entity.Organisation{Name: "n", ParentID: &child.ID})
				return err
			},
		} {
			if err := try(); !fault.Is(err, fault.OrgHierarchy) || !fault.IsKind(err, fault.Conflict) {
				t.Errorf("%s: %v", name, err)
			}
		}
		wantFault(t, h.Link(ctx, 999, parent.ID), fault.OrgNotFound, fault.NotFound)
		wantFault(t, h.Link(ctx, alone.ID, 999), "", fault.Invalid)
		wantFault(t, h.Link(ctx, alone.ID, deleted.ID), "", fault.Invalid)
		wantFault(t, h.Delete(ctx, parent.ID), "", fault.Conflict)
		_, err = h.Change(ctx, parent.ID, func(o *entity.Organisation) error { o.Status = entity.OrgDeleted; return nil })
		wantFault(t, err, "", fault.Conflict)
		h.must(h.Delete(ctx, child.ID))
		h.must(h.Delete(ctx, parent.ID))
		wantFault(t, h.Delete(ctx, parent.ID), fault.OrgNotFound, fault.NotFound)
	})
}

func TestOrganisationsAsRows(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		tenant := int64(7)
		made, err := h.Create(ctx, entity.Organisation{
			ID: 99, PublicID: "mine", Name: "ö", Synchronised: true, ParentLabel: "ADGM", TenantID: &tenant, LogoLight: "https://x",
		})
		h.must(err)
		if made.ID == 99 || len(made.PublicID) != 22 || made.Synchronised || made.Status != entity.OrgActive || made.ParentLabel != "ADGM" {
			t.Errorf("%+v", made)
		}
		got, err := h.ByPublicID(ctx, made.PublicID)
		h.must(err)
		stale := got.UpdatedAt
		next, err := h.UpdateOrganisation(ctx, entity.Sent[entity.Organisation]{Value: entity.Organisation{
			ID: made.ID, Status: entity.OrgDeleted, ParentID: &made.ID, Synchronised: true, Description: "d", UpdatedAt: stale,
		}})
		h.must(err)
		if next.Name != "ö" || next.Status != entity.OrgActive || next.ParentID != nil || next.Synchronised || next.ParentLabel != "ADGM" || next.TenantID != nil || !next.UpdatedAt.Std().After(stale.Std()) {
			t.Errorf("%+v", next)
		}
		_, err = h.UpdateOrganisation(ctx, entity.Sent[entity.Organisation]{Value: entity.Organisation{ID: made.ID, UpdatedAt: stale}})
		wantFault(t, err, "", fault.Conflict)
		for field, bad := range map[string]entity.Organisation{
			"name":        {},
			"name ":       {Name: "a\nb"},
			"name  ":      {Name: strings.Repeat("x", 257)},
			"status":      {Name: "n", Status: "active"},
			"logoLight":   {Name: "n", LogoLight: "javascript:x"},
			"parentLabel": {Name: "n", ParentLabel: "\x00"},
		} {
			_, err := h.Create(ctx, bad)
			if f := fault.Of(err); f == nil || f.Kind != fault.Invalid || f.Field != strings.TrimSpace(field) {
				t.Errorf("%s: %v", field, err)
			}
		}
		list, err := h.Organisations(ctx, entity.Page{Filter: `publicId = "` + made.PublicID + `"`, Sort: "name"})
		h.must(err)
		if list.Total != 1 {
			t.Errorf("%d organisations", list.Total)
		}
	})
}

func TestMembers(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		o, other := h.org("o", nil), h.org("other", nil)
		u := h.user("u")
		wantFault(t, h.SetMember(ctx, o.ID, "nobody", entity.OrgAdmin), "", fault.Invalid)
		wantFault(t, h.SetMember(ctx, o.ID, u, "owner"), "", fault.Invalid)
		wantFault(t, h.SetMember(ctx, 99, u, entity.OrgAdmin), fault.OrgNotFound, fault.NotFound)
		wantFault(t, h.RemoveMember(ctx, o.ID, u), "", fault.NotFound)
		h.member(other, u, entity.OrgViewer)
		h.member(o, u, entity.OrgViewer)
		h.member(o, u, entity.OrgAdmin)
		role, err := h.Role(ctx, u, o.ID)
		h.must(err)
		all, err := h.MembershipsOf(ctx, u)
		h.must(err)
		if role != entity.OrgAdmin || len(all) != 2 || all[0].Organisation.Name != "o" || all[1].Role != entity.OrgViewer {
			t.Errorf("%s, %+v", role, all)
		}
		list, err := h.Members(ctx, o.ID, entity.Page{Include: "organization"})
		h.must(err)
		n := 0
		for m, err := range list.Items {
			h.must(err)
			if n++; m.UserID != u || m.Organisation == nil {
				t.Errorf("%+v", m)
			}
		}
		if n != 1 {
			t.Errorf("%d members", n)
		}
		h.must(h.RemoveMember(ctx, o.ID, u))
		_, err = h.Role(ctx, u, o.ID)
		wantFault(t, err, fault.OrgNotFound, fault.NotFound)
		h.must(h.Delete(ctx, other.ID)) // memberships go with it
		if all, err = h.MembershipsOf(ctx, u); err != nil || len(all) != 0 {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

// TestDefinitionsInUseStay: what an organisation or an edition has is not deleted.
func TestDefinitionsInUseStay(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.set(h.org("o", nil), sub("c", 1), ed("ab", 1), lim("x", 1))
		list := func(filter string) int64 {
			l, err := h.books.LicenseDefinitions(ctx, entity.Page{Filter: filter})
			h.must(err)
			for d, err := range l.Items {
				h.must(err)
				return d.ID
			}
			return 0
		}
		for _, name := range []string{"a", "c"} {
			wantFault(t, h.books.DeleteLicenseDefinition(ctx, list(`name = "`+name+`"`)), "", fault.Conflict)
		}
		h.must(h.books.DeleteLicenseDefinition(ctx, list(`name = "bundle"`)))
		editions, err := h.books.Editions(ctx, entity.Page{})
		h.must(err)
		for e, err := range editions.Items {
			h.must(err)
			if len(e.LicenseDefs) != 2 || e.LicenseDefs[0] != h.ids["a"] {
				t.Errorf("%+v", e)
			}
			wantFault(t, h.books.DeleteEdition(ctx, e.ID), "", fault.Conflict)
			e.LicenseDefs = []string{h.ids["a"], "nothing"}
			_, err := h.books.UpdateEdition(ctx, entity.Sent[entity.Edition]{Value: e, Members: entity.Members{"licensedefs": true}})
			wantFault(t, err, fault.OrgUnknownDefinition, fault.Invalid)
		}
		wantFault(t, h.books.DeleteLimitDefinition(ctx, 1), "", fault.Conflict)
		h.must(h.books.DeleteLimitDefinition(ctx, 2))
		for _, bad := range []entity.LicenseDefinition{{}, {Name: "a"}, {Name: "n", Category: "x"}, {Name: "n", Category: entity.CategoryHierarchy, Inheritable: true}} {
			_, err := h.books.InsertLicenseDefinition(ctx, entity.Sent[entity.LicenseDefinition]{Value: bad, Members: entity.Members{"inheritable": bad.Inheritable}})
			if fault.Of(err) == nil {
				t.Errorf("%+v: %v", bad, err)
			}
		}
	})
}

// TestTheFirstOrganisation: of nodes that start at once, one makes it.
func TestTheFirstOrganisation(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.must(h.EnsureFirst(ctx)) // nobody could be its administrator yet
		for _, id := range []string{"1", "2"} {
			h.must(h.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
				name := map[string]string{"1": "older", "2": "admin"}[id]
				if _, err := tx.NewInsert().Model(&entity.User{ID: id, UserName: name, NameKey: name}).Exec(ctx); err != nil {
					return err
				}
				_, err := tx.NewRaw("INSERT INTO user_roles (user_id, role) VALUES (?, ?)", id, entity.Administrator).Exec(ctx)
				return err
			}))
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if err := org.New(h.store, h.clock).EnsureFirst(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		list, err := h.Organisations(ctx, entity.Page{})
		h.must(err)
		mine, err := h.MembershipsOf(ctx, "2")
		h.must(err)
		if list.Total != 1 || len(mine) != 1 || mine[0].Role != entity.OrgAdmin || mine[0].Organisation.Name != org.FirstName {
			t.Errorf("%d organisations, %+v", list.Total, mine)
		}
	})
}

// nodes are services over the same books: two stores on PostgreSQL.
func (h *house) nodes() []*org.Service {
	nodes := []*org.Service{h.Service, org.New(h.store, h.clock)}
	if h.store.Engine() == store.Postgres {
		nodes[1] = org.New(storetest.Open(h.t, h.url), h.clock)
	}
	return nodes
}

// TestChangesRaceWithTheirParents: a child asks for all that its parent has while
// another node takes it from the parent. After a refusal or a success the stored
// state is one that some order of the two explains.
func TestChangesRaceWithTheirParents(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		ctx, nodes := t.Context(), h.nodes()
		parent := h.org("parent", nil)
		child := h.org("child", parent)
		for round := range 15 {
			h.set(child)
			h.set(parent, sub("a", 30), lim("x", 10))
			var wg sync.WaitGroup
			var lowered bool
			var put [4]error
			for i := range put {
				wg.Go(func() {
					put[i] = nodes[i%2].SetRights(ctx, child.ID, h.rights(sub("a", 30), lim("x", 10)))
				})
			}
			wg.Go(func() {
				h.must(nodes[round%2].SetRights(ctx, parent.ID, h.rights(sub("a", 20), lim("x", 4))))
				// From here on nothing of the old state may be given.
				err := nodes[(round+1)%2].SetRights(ctx, child.ID, h.rights(lim("x", 10)))
				lowered = fault.Is(err, fault.OrgLimitBeyondParent)
			})
			wg.Wait()
			for _, err := range put {
				if err != nil && !fault.Is(err, fault.OrgExpiryBeyondParent) {
					t.Error(err)
				}
			}
			if !lowered {
				t.Error("a child got more than its parent had")
			}
			if got, err := h.EffectiveRights(ctx, child.ID); err != nil || len(got.CustomLimits) > 0 && *got.CustomLimits[0].Value > 4 {
				t.Errorf("%v, %v", got, err)
			}
		}
	})
}

// TestLinksRace: organisations are linked below each other in circles, on two
// nodes; one level and no circle is left.
func TestLinksRace(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		ctx, nodes := t.Context(), h.nodes()
		var all [4]*entity.Organisation
		for i := range all {
			all[i] = h.org(fmt.Sprint(i), nil)
			h.set(all[i], sub("a", 10+i))
		}
		for range 8 {
			var wg sync.WaitGroup
			for i := range all {
				wg.Go(func() {
					node := nodes[i%2]
					for k := range all {
						err := node.Link(ctx, all[i].ID, all[(i+k)%len(all)].ID)
						if err != nil && !fault.Is(err, fault.OrgHierarchy) {
							t.Errorf("link: %v", err)
						}
						if err := node.SetRights(ctx, all[i].ID, h.rights(sub("a", 5))); err != nil && !fault.Is(err, fault.OrgExpiryBeyondParent) && !fault.Is(err, fault.OrgParentLacksLicense) {
							t.Errorf("set: %v", err)
						}
					}
				})
			}
			wg.Wait()
			var deep int
			h.must(h.store.Read().NewRaw(`SELECT COUNT(*) FROM organisations o JOIN organisations p ON p.id = o.parent_id WHERE p.parent_id IS NOT NULL`).Scan(ctx, &deep))
			if deep > 0 {
				t.Fatalf("%d organisations are two levels deep", deep)
			}
			for _, o := range all {
				if err := h.Unlink(ctx, o.ID); err != nil && !fault.Is(err, fault.OrgHierarchy) {
					t.Error(err)
				}
			}
		}
	})
}
