package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

const goodPassword = "correct horse battery"

// add inserts a user on behalf of the administrator.
func (h *house) add(name, password string, roles ...entity.Role) string {
	h.Helper()
	u, err := h.InsertUser(h.Context(), h.admin, entity.User{UserName: name, Roles: roles}, password)
	if err != nil {
		h.Fatalf("insert user %s: %v", name, err)
	}
	return u.ID
}

// change sends the members of a user, as a surface decodes them.
func (h *house) change(by Principal, members, current, password string) error {
	var in entity.Sent[entity.User]
	if err := in.UnmarshalJSON([]byte(members)); err != nil {
		h.Fatal(err)
	}
	_, err := h.UpdateUser(h.Context(), by, UserChange{
		User: in, PasswordChange: PasswordChange{CurrentPassword: current, NewPassword: password, Network: "10.0.0.1"},
	})
	return err
}

// as is the administrator's session: every permission, no key.
func session(id string) Principal {
	return Principal{UserID: id, Roles: []entity.Role{entity.Administrator}, Permissions: entity.AllPermissions, SessionID: 1}
}

// users lists users by name.
func (h *house) users(roles ...entity.Role) map[string]entity.User {
	h.Helper()
	list, err := h.Users(h.Context(), roles, entity.Page{})
	if err != nil {
		h.Fatal(err)
	}
	all := map[string]entity.User{}
	for u, err := range list.Items {
		if err != nil {
			h.Fatal(err)
		}
		all[u.UserName] = u
	}
	if int64(len(all)) != list.Total {
		h.Errorf("%d users, total %d", len(all), list.Total)
	}
	return all
}

func TestUserIsKeptAsSent(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		born := entity.TimeOf(time.Date(1815, 12, 10, 0, 0, 0, 0, time.UTC))
		in := entity.User{
			ID: "mine", UserName: "Ada", Email: "a@b", PhoneNumber: "1", Title: "Lady", FirstName: "Ada", LastName: "L", Department: "D",
			BirthDate: born, LastDismissMessages: born, Rank: -3, Image: "i", Address: "a", PostalCode: "p", Region: "r", City: "c",
			Country: "GB", CountryCode: "gb", Mobile: "2", Notes: "n", Roles: []entity.Role{"sales", "Administrator", "Sales"},
			CreatedAt: born, UpdatedAt: born, LastLogIn: born, APIKeys: []entity.APIKey{{Name: "x"}}, Settings: []entity.UserSetting{{Name: "y"}},
			NameKey: "forged", PasswordHash: "forged", CustomerID: new(int64),
		}
		made, err := h.InsertUser(h.Context(), h.admin, in, "")
		if err != nil {
			h.Fatal(err)
		}
		want := in
		want.ID, want.CreatedAt, want.UpdatedAt, want.LastLogIn = made.ID, entity.TimeOf(start), entity.TimeOf(start), entity.Time{}
		want.Roles, want.APIKeys, want.Settings = []entity.Role{entity.Administrator, entity.Sales}, nil, nil
		want.NameKey, want.PasswordHash, want.CustomerID = "", "", nil // what never shows is not read
		got := h.users()["Ada"]
		if diff := cmp.Diff(want, got); diff != "" || len(made.ID) != 36 {
			h.Errorf("(-want +got):\n%s", diff)
		}
		if u, err := getUser(h.Context(), h.store.Read(), made.ID); err != nil || u.PasswordHash != "" {
			h.Errorf("a password hash was taken from the caller: %v", err)
		}
	})
}

// The lists of a user are relations that a query can ask for.
func TestKeysAndSettingsAreRelationsOfAUser(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		id := h.add("ann", "")
		keyID, _ := h.mustInsert(entity.APIKey{OwnerID: id, Name: "k"})
		setting, err := h.InsertUserSetting(h.Context(), h.admin, id, entity.UserSetting{Name: "s"})
		if err != nil {
			h.Fatal(err)
		}
		var u entity.User
		err = h.store.Read().NewSelect().Model(&u).Relation("APIKeys").Relation("Settings").Where("?TableAlias.id = ?", id).Scan(h.Context())
		if err != nil || len(u.APIKeys) != 1 || u.APIKeys[0].ID != keyID || len(u.Settings) != 1 || u.Settings[0].ID != setting.ID {
			h.Errorf("%+v, %v", u, err)
		}
	})
}

func TestUsersByRole(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		h.add("ann", "", entity.Sales)
		h.add("bob", "", entity.Sales, entity.LicenseManager)
		h.add("cid", "")
		for _, c := range []struct {
			roles []entity.Role
			want  string
		}{
			{nil, "admin ann bob cid"}, {[]entity.Role{entity.Sales}, "ann bob"}, {[]entity.Role{entity.LicenseManager, entity.Administrator}, "admin bob"},
			{[]entity.Role{entity.Application}, ""},
		} {
			var names []string
			for name, u := range h.users(c.roles...) {
				names = append(names, name)
				if u.PasswordHash != "" || u.Roles == nil {
					h.Errorf("%s is listed with roles %v, hash %q", name, u.Roles, u.PasswordHash)
				}
			}
			slices.Sort(names)
			if got := strings.Join(names, " "); got != c.want {
				h.Errorf("%v: %q, want %q", c.roles, got, c.want)
			}
		}
	})
}

func TestNamesAreUniqueWhateverTheirCase(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		h.add("Jörg", "")
		other := h.add("kim", "")
		for _, name := range []string{"Jörg", "JÖRG", "jörg", "ADMIN", "KIM", "\u212aim"} {
			if _, err := h.InsertUser(h.Context(), h.admin, entity.User{UserName: name}, ""); !fault.Is(err, fault.Duplicate) || fault.Of(err).Field != "userName" {
				h.Errorf("insert %q: %v", name, err)
			}
		}
		if err := h.change(h.admin, fmt.Sprintf(`{"id":%q,"userName":"JÖRG"}`, other), "", ""); !fault.Is(err, fault.Duplicate) {
			h.Errorf("rename: %v", err)
		}
		if err := h.change(h.admin, fmt.Sprintf(`{"id":%q,"userName":"KIM"}`, other), "", ""); err != nil {
			h.Errorf("own name in another case: %v", err)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		made := 0
		for i := range 20 {
			wg.Go(func() {
				_, err := h.InsertUser(h.Context(), h.admin, entity.User{UserName: []string{"race", "RACE"}[i%2]}, "")
				if err != nil && !fault.Is(err, fault.Duplicate) {
					h.Errorf("race: %v", err)
				}
				if err == nil {
					mu.Lock()
					made++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if made != 1 {
			h.Errorf("%d users of one name", made)
		}
	})
}

func TestWhatIsRefusedOfAUser(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		nobody := int64(99)
		for name, c := range map[string]struct {
			user     entity.User
			password string
			field    string
		}{
			"no name":             {entity.User{}, "", "userName"},
			"long name":           {entity.User{UserName: strings.Repeat("n", 257)}, "", "userName"},
			"space in the name":   {entity.User{UserName: "a b"}, "", "userName"},
			"control":             {entity.User{UserName: "a\tb"}, "", "userName"},
			"invisible":           {entity.User{UserName: "ad\u200bmin"}, "", "userName"},
			"direction override":  {entity.User{UserName: "\u202enimda"}, "", "userName"},
			"unknown role":        {entity.User{UserName: "x", Roles: []entity.Role{"Root"}}, "", "roles"},
			"empty role":          {entity.User{UserName: "x", Roles: []entity.Role{""}}, "", "roles"},
			"unknown customer":    {entity.User{UserName: "x", CustomerID: &nobody}, "", "customerId"},
			"short password":      {entity.User{UserName: "x"}, "1234567", "password"},
			"long password":       {entity.User{UserName: "x"}, strings.Repeat("pw", 513), "password"},
			"common password":     {entity.User{UserName: "x"}, "Password123", "password"},
			"row of the keyboard": {entity.User{UserName: "x"}, "QWERTYUI", "password"},
			"repetition":          {entity.User{UserName: "x"}, "abcabcabc", "password"},
			"the name":            {entity.User{UserName: "someone.else"}, "Someone.Else", "password"},
			"control in password": {entity.User{UserName: "x"}, "abcdef\x01xyz", "password"},
			"long image":          {entity.User{UserName: "x", Image: strings.Repeat("i", 64<<10+1)}, "", "image"},
			"long city":           {entity.User{UserName: "x", City: strings.Repeat("i", 257)}, "", "city"},
		} {
			_, err := h.InsertUser(h.Context(), h.admin, c.user, c.password)
			if f := fault.Of(err); f == nil || f.Kind != fault.Invalid || f.Field != c.field {
				h.Errorf("%s: %v", name, err)
			}
		}
		if n := len(h.users()); n != 1 {
			h.Errorf("%d users after nothing but refusals", n)
		}
	})
}

func TestUpdateUserReplacesWhatIsSent(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		id := h.add("ann", "", entity.Sales)
		h.clock.Advance(time.Second)
		read := func() entity.User { return h.users()["ann"] }
		for _, c := range []struct {
			members string
			want    func(u *entity.User)
		}{
			{`"email":"x","rank":2,"notes":"n"`, func(u *entity.User) { u.Email, u.Rank, u.Notes = "x", 2, "n" }},
			{`"city":"c","userName":null,"roles":null`, func(u *entity.User) { u.Email, u.Rank, u.Notes, u.City = "", 0, "", "c" }},
			{`"roles":["licensemanager"],"apiKeys":[{"name":"k"}],"settings":[{"name":"s"}]`, func(u *entity.User) { u.City, u.Roles = "", []entity.Role{entity.LicenseManager} }},
			{`"roles":[],"createdAt":"2001-01-01","lastLogIn":"2001-01-01","passwordHash":"x","nameKey":"x"`, func(u *entity.User) { u.Roles = []entity.Role{} }},
		} {
			want := read()
			c.want(&want)
			if err := h.change(h.admin, fmt.Sprintf(`{"id":%q,%s}`, id, c.members), "", ""); err != nil {
				h.Fatalf("%s: %v", c.members, err)
			}
			got := read()
			if !got.UpdatedAt.Std().After(want.UpdatedAt.Std()) {
				h.Errorf("%s: updatedAt %s after %s", c.members, got.UpdatedAt, want.UpdatedAt)
			}
			want.UpdatedAt = got.UpdatedAt
			if diff := cmp.Diff(want, got); diff != "" {
				h.Errorf("%s (-want +got):\n%s", c.members, diff)
			}
		}
		now := read().UpdatedAt
		if err := h.change(h.admin, fmt.Sprintf(`{"id":%q,"updatedAt":%q,"email":"new"}`, id, now), "", ""); err != nil {
			h.Errorf("with the updatedAt that is stored: %v", err)
		}
		if err := h.change(h.admin, fmt.Sprintf(`{"id":%q,"updatedAt":%q,"email":"old"}`, id, now), "", ""); !fault.IsKind(err, fault.Conflict) {
			h.Errorf("with a stale updatedAt, at the same moment of the clock: %v", err)
		}
		if err := h.AddRoles(h.Context(), h.admin, id, []entity.Role{entity.Sales}); err != nil || !read().UpdatedAt.Std().After(now.Std()) {
			h.Errorf("a role does not count as a change: %v", err)
		}
		if err := h.change(h.admin, `{"id":"nobody"}`, "", ""); !fault.IsKind(err, fault.NotFound) {
			h.Errorf("nobody: %v", err)
		}
	})
}

func TestConcurrentUpdatesWithUpdatedAtLoseNothing(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		id := h.add("ann", "")
		stamp := h.users()["ann"].UpdatedAt
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for i := range 10 {
			wg.Go(func() {
				err := h.change(h.admin, fmt.Sprintf(`{"id":%q,"updatedAt":%q,"rank":%d}`, id, stamp, i), "", "")
				if err != nil && !fault.IsKind(err, fault.Conflict) {
					h.Errorf("%v", err)
				}
				if err == nil {
					mu.Lock()
					won++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if won != 1 {
			h.Errorf("%d changes of one reading were taken", won)
		}
	})
}

func TestRolesAreAddedAndTaken(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		id := h.add("ann", "", entity.Sales)
		add := func(roles ...entity.Role) error { return h.AddRoles(h.Context(), h.admin, id, roles) }
		take := func(roles ...entity.Role) error { return h.RemoveRoles(h.Context(), h.admin, id, roles) }
		for _, step := range []struct {
			err  error
			want string
		}{
			{add(entity.LicenseManager, entity.Sales), "LicenseManager Sales"},
			{take(entity.Sales, entity.Application), "LicenseManager"},
			{take(entity.LicenseManager), ""},
		} {
			if step.err != nil {
				h.Fatal(step.err)
			}
		}
		if err := add(entity.Application, entity.Administrator); err != nil {
			h.Fatal(err)
		}
		list, err := h.UserRoles(h.Context(), id, entity.Page{})
		if err != nil || list.Total != 2 {
			h.Fatalf("%+v, %v", list, err)
		}
		for r, err := range list.Items {
			if err != nil || r.ID != r.Name || r.Description == "" {
				h.Errorf("%+v, %v", r, err)
			}
		}
		for _, err := range []error{
			h.AddRoles(h.Context(), h.admin, "nobody", []entity.Role{entity.Sales}),
			h.RemoveRoles(h.Context(), h.admin, "nobody", []entity.Role{entity.Sales}),
			h.DeleteUser(h.Context(), h.admin, "nobody"),
			func() error { _, err := h.UserRoles(h.Context(), "nobody", entity.Page{}); return err }(),
		} {
			if !fault.IsKind(err, fault.NotFound) {
				h.Errorf("of nobody: %v", err)
			}
		}
		all, err := h.Roles(h.Context(), entity.Page{})
		if err != nil || all.Total != int64(len(entity.Roles())) {
			h.Errorf("%+v, %v", all, err)
		}
		for r, err := range all.Items {
			if err != nil || !slices.Contains(entity.Roles(), entity.Role(r.ID)) {
				h.Errorf("%+v, %v", r, err)
			}
		}
	})
}

func TestDeleteUserNamesWhatHoldsIt(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		id := h.add("ann", goodPassword, entity.Sales)
		s := h.login("ann", goodPassword)
		keyID, _ := h.mustInsert(entity.APIKey{OwnerID: id})
		setting, err := h.InsertUserSetting(h.Context(), h.admin, id, entity.UserSetting{Name: "n"})
		if err != nil {
			h.Fatal(err)
		}
		if err := h.DeleteUser(h.Context(), h.admin, id); !fault.IsKind(err, fault.Conflict) || !strings.Contains(err.Error(), "API keys: 1, settings: 1") {
			h.Errorf("held by both: %v", err)
		}
		if err := h.remove(h.admin, keyID); err != nil {
			h.Fatal(err)
		}
		if err := h.DeleteUser(h.Context(), h.admin, id); !fault.IsKind(err, fault.Conflict) || !strings.Contains(err.Error(), "use: settings: 1") {
			h.Errorf("held by a setting: %v", err)
		}
		if err := h.DeleteUserSetting(h.Context(), h.admin, id, setting.ID); err != nil {
			h.Fatal(err)
		}
		if !h.alive(s.Token) {
			h.Error("refused deletions ended the session")
		}
		if err := h.DeleteUser(h.Context(), h.admin, id); err != nil {
			h.Errorf("free: %v", err)
		}
		if h.alive(s.Token) {
			h.Error("the session outlives its user")
		}
		for table, column := range map[string]string{"sessions": "user_id", "user_roles": "user_id", "users": "id"} {
			n, err := h.store.Read().NewSelect().TableExpr(table).Where(column+" = ?", id).Count(h.Context())
			if err != nil || n != 0 {
				h.Errorf("%s: %d rows are left, %v", table, n, err)
			}
		}
	})
}

// TestEscalation is a table of ways to get more than one has; each is refused
// and leaves the books as they were.
func TestEscalation(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		victim := h.add("victim", goodPassword, entity.Sales)
		gone := session(h.add("demoted", goodPassword))
		var customer entity.Customer
		if err := h.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.NewInsert().Model(&customer).Exec(ctx)
			return err
		}); err != nil {
			h.Fatal(err)
		}
		type attempt struct {
			name string
			do   func(by Principal) error
		}
		user := func(u entity.User, password string) func(by Principal) error {
			return func(by Principal) error {
				_, err := h.InsertUser(h.Context(), by, u, password)
				return err
			}
		}
		put := func(members, password string) func(by Principal) error {
			return func(by Principal) error { return h.change(by, members, "", password) }
		}
		gifts := []attempt{
			{"a user with a password", user(entity.User{UserName: "x"}, goodPassword)},
			{"a user with a role", user(entity.User{UserName: "x", Roles: []entity.Role{entity.Sales}}, "")},
			{"a user with a customer", user(entity.User{UserName: "x", CustomerID: &customer.ID}, "")},
			{"another's password", put(fmt.Sprintf(`{"id":%q}`, victim), "another password")},
			{"another's roles by PUT", put(fmt.Sprintf(`{"id":%q,"roles":["Sales","Administrator"]}`, victim), "")},
			{"another's customer", put(fmt.Sprintf(`{"id":%q,"customerId":%d}`, victim, customer.ID), "")},
			{"another's roles", func(by Principal) error {
				return h.AddRoles(h.Context(), by, victim, []entity.Role{entity.Administrator})
			}},
			{"one's own roles", func(by Principal) error {
				return h.AddRoles(h.Context(), by, by.UserID, []entity.Role{entity.Administrator})
			}},
			{"one's own password, not knowing it", func(by Principal) error {
				return h.change(by, fmt.Sprintf(`{"id":%q}`, by.UserID), "", "another password")
			}},
		}
		changes := append(slices.Clone(gifts),
			attempt{"a user with nothing", user(entity.User{UserName: "x"}, "")},
			attempt{"another's mail", put(fmt.Sprintf(`{"id":%q,"email":"mine"}`, victim), "")},
			attempt{"take roles", func(by Principal) error { return h.RemoveRoles(h.Context(), by, victim, []entity.Role{entity.Sales}) }},
			attempt{"delete", func(by Principal) error { return h.DeleteUser(h.Context(), by, victim) }},
		)
		before := h.users()
		try := func(who string, by Principal, all []attempt) {
			for _, a := range all {
				if err := a.do(by); !fault.IsKind(err, fault.Forbidden) {
					h.Errorf("%s: %s: %v", who, a.name, err)
				}
				if diff := cmp.Diff(before, h.users()); diff != "" {
					h.Errorf("%s: %s changed the books:\n%s", who, a.name, diff)
				}
			}
		}
		for bits := range entity.AllPermissions {
			narrow := h.admin
			narrow.Permissions = bits
			try(fmt.Sprintf("an administrator's key with permissions %d", bits), narrow, gifts)
		}
		for _, role := range entity.Roles()[1:] {
			try(string(role), Principal{UserID: victim, Roles: []entity.Role{role}, Permissions: entity.AllPermissions}, changes)
		}
		try("nobody", Principal{}, changes)
		try("an administrator demoted on another node", gone, changes)
		if err := h.change(h.admin, fmt.Sprintf(`{"id":%q}`, h.admin.UserID), "wrong password", "another password"); !fault.IsKind(err, fault.Forbidden) {
			h.Errorf("one's own password with a wrong one: %v", err)
		}
		if _, err := h.Login(h.Context(), LoginSessions(30*time.Minute), Login{UserName: "victim", Password: "another password", Network: "n"}); !fault.IsKind(err, fault.Unauthenticated) {
			h.Errorf("a refused password lets in: %v", err)
		}
	})
}

func TestANarrowKeyMayAddWhoHasNothing(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		narrow := h.admin
		narrow.Permissions = entity.Create
		if _, err := h.InsertUser(h.Context(), narrow, entity.User{UserName: "x"}, ""); err != nil {
			h.Error(err)
		}
	})
}

func TestTheLastWayInStays(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		id := h.admin.UserID
		attempts := func(what string) {
			for name, err := range map[string]error{
				"demote":        h.RemoveRoles(h.Context(), h.admin, id, []entity.Role{entity.Administrator}),
				"demote by PUT": h.change(h.admin, fmt.Sprintf(`{"id":%q,"roles":["Sales"]}`, id), "", ""),
				"clear by PUT":  h.change(h.admin, fmt.Sprintf(`{"id":%q,"roles":[]}`, id), "", ""),
				"delete":        h.DeleteUser(h.Context(), h.admin, id),
			} {
				if !fault.IsKind(err, fault.Conflict) {
					h.Errorf("%s: %s: %v", what, name, err)
				}
			}
			if u := h.users()["admin"]; !slices.Contains(u.Roles, entity.Administrator) {
				h.Errorf("%s: the administrator has roles %v", what, u.Roles)
			}
		}
		attempts("alone")
		second := h.add("second", "", entity.Administrator)
		h.mustInsert(entity.APIKey{OwnerID: second, Permissions: 7}) // cannot make a full key
		attempts("with another who has no full key")
		// Where keys are all gone, passwords count.
		if err := h.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.NewRaw("DELETE FROM api_keys").Exec(ctx)
			return err
		}); err != nil {
			h.Fatal(err)
		}
		attempts("without keys")
		third := h.add("third", goodPassword, entity.Administrator)
		if err := h.DeleteUser(h.Context(), session(third), id); err != nil {
			h.Errorf("with another who can log in: %v", err)
		}
	})
}

// Two administrators demote each other at once: one of them stays.
func TestAdministratorsCannotDemoteEachOtherAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		for round := range 5 {
			name := fmt.Sprintf("second%d", round)
			second := h.add(name, "", entity.Administrator)
			key, _ := h.mustInsert(entity.APIKey{OwnerID: second, Permissions: 15})
			start := make(chan struct{})
			var wg sync.WaitGroup
			for _, pair := range [][2]string{{h.admin.UserID, second}, {second, h.admin.UserID}} {
				for _, change := range []func(by Principal, id string) error{
					func(by Principal, id string) error {
						return h.RemoveRoles(h.Context(), by, id, []entity.Role{entity.Administrator})
					},
					func(by Principal, id string) error {
						return h.change(by, fmt.Sprintf(`{"id":%q,"roles":["Sales"]}`, id), "", "")
					},
				} {
					wg.Go(func() {
						<-start
						err := change(session(pair[0]), pair[1])
						if err != nil && !fault.IsKind(err, fault.Conflict) && !fault.IsKind(err, fault.Forbidden) {
							h.Errorf("%v", err)
						}
					})
				}
			}
			close(start)
			wg.Wait()
			admins := h.users(entity.Administrator)
			if len(admins) != 1 {
				h.Fatalf("%d administrators are left: %v", len(admins), admins)
			}
			// The first one is the administrator of the next round again.
			for _, sql := range []string{"DELETE FROM user_roles WHERE user_id = '" + h.admin.UserID + "'",
				"INSERT INTO user_roles (user_id, role) VALUES ('" + h.admin.UserID + "', 'Administrator')",
				"DELETE FROM user_roles WHERE user_id = '" + second + "'", fmt.Sprintf("DELETE FROM api_keys WHERE id = %d", key)} {
				if err := h.write(func(ctx context.Context, tx *store.Tx) error { _, err := tx.NewRaw(sql).Exec(ctx); return err }); err != nil {
					h.Fatal(err)
				}
			}
		}
	})
}

func TestUserSettings(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		ann, bob := h.add("ann", "", entity.Sales), h.add("bob", "", entity.Sales)
		own := Principal{UserID: ann, Roles: []entity.Role{entity.Sales}, Permissions: entity.AllPermissions}
		insert := func(by Principal, user string, s entity.UserSetting) (int64, error) {
			v, err := h.InsertUserSetting(h.Context(), by, user, s)
			if err != nil {
				return 0, err
			}
			return v.ID, nil
		}
		update := func(by Principal, user, members string) error {
			var in entity.Sent[entity.UserSetting]
			if err := in.UnmarshalJSON([]byte(members)); err != nil {
				h.Fatal(err)
			}
			_, err := h.UpdateUserSetting(h.Context(), by, user, in)
			return err
		}
		id, err := insert(own, ann, entity.UserSetting{ID: 77, Category: "grid", Group: "g", Name: "layout", Value: "{}", Type: "string", UserID: ann})
		if err != nil || id == 77 {
			h.Fatalf("%d, %v", id, err)
		}
		fixed, err := insert(h.admin, ann, entity.UserSetting{Name: "fixed", ReadOnly: true})
		if err != nil {
			h.Fatal(err)
		}
		bobs, err := insert(h.admin, bob, entity.UserSetting{Category: "grid", Group: "g", Name: "layout"})
		if err != nil {
			h.Fatal(err)
		}
		second := func(_ int64, err error) error { return err }
		list := func(by Principal, user string) error {
			_, err := h.UserSettings(h.Context(), by, user, entity.Page{})
			return err
		}
		for name, c := range map[string]struct {
			err  error
			kind fault.Kind
		}{
			"same again":            {second(insert(own, ann, entity.UserSetting{Category: "grid", Group: "g", Name: "layout"})), fault.Conflict},
			"no name":               {second(insert(own, ann, entity.UserSetting{})), fault.Invalid},
			"another's id in body":  {second(insert(own, ann, entity.UserSetting{Name: "x", UserID: bob})), fault.Invalid},
			"as another":            {second(insert(own, bob, entity.UserSetting{Name: "x"})), fault.NotFound},
			"of nobody, as user":    {second(insert(own, "nobody", entity.UserSetting{Name: "x"})), fault.NotFound},
			"of nobody, as admin":   {second(insert(h.admin, "nobody", entity.UserSetting{Name: "x"})), fault.NotFound},
			"read-only by the user": {second(insert(own, ann, entity.UserSetting{Name: "x", ReadOnly: true})), fault.Forbidden},
			"make read-only":        {update(own, ann, fmt.Sprintf(`{"id":%d,"readOnly":true}`, id)), fault.Forbidden},
			"change read-only":      {update(own, ann, fmt.Sprintf(`{"id":%d,"value":"x"}`, fixed)), fault.Forbidden},
			"delete read-only":      {h.DeleteUserSetting(h.Context(), own, ann, fixed), fault.Forbidden},
			"another's by id":       {update(own, ann, fmt.Sprintf(`{"id":%d,"value":"x"}`, bobs)), fault.NotFound},
			"delete another's":      {h.DeleteUserSetting(h.Context(), own, ann, bobs), fault.NotFound},
			"move to another":       {update(h.admin, ann, fmt.Sprintf(`{"id":%d,"userId":%q}`, id, bob)), fault.Invalid},
			"list another's":        {list(own, bob), fault.NotFound},
			"list nobody's":         {list(h.admin, "nobody"), fault.NotFound},
			"value too long":        {update(own, ann, fmt.Sprintf(`{"id":%d,"value":%q}`, id, strings.Repeat("v", 64<<10+1))), fault.Invalid},
		} {
			if !fault.IsKind(c.err, c.kind) {
				h.Errorf("%s: %v", name, c.err)
			}
		}
		if err := update(own, ann, fmt.Sprintf(`{"id":%d,"value":"[]"}`, id)); err != nil {
			h.Fatal(err)
		}
		all, err := h.UserSettings(h.Context(), own, ann, entity.Page{})
		if err != nil {
			h.Fatal(err)
		}
		var got []entity.UserSetting
		for v, err := range all.Items {
			if err != nil {
				h.Fatal(err)
			}
			got = append(got, v)
		}
		want := []entity.UserSetting{{ID: id, Name: "layout", Value: "[]", UserID: ann}, {ID: fixed, Name: "fixed", ReadOnly: true, UserID: ann}}
		if diff := cmp.Diff(want, got); diff != "" {
			h.Errorf("(-want +got):\n%s", diff)
		}
		if err := h.DeleteUserSetting(h.Context(), own, ann, id); err != nil {
			h.Error(err)
		}
	})
}

func TestSettingsOfAUserAreBounded(t *testing.T) {
	t.Parallel()
	h := opened(t, storetest.URL(t, store.SQLite))
	err := h.write(func(ctx context.Context, tx *store.Tx) error {
		for i := range maxSettings - 1 {
			if _, err := tx.NewInsert().Model(&entity.UserSetting{Name: fmt.Sprint(i), UserID: h.admin.UserID}).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var errs []error
	for _, name := range []string{"a", "b"} {
		_, err := h.InsertUserSetting(t.Context(), h.admin, h.admin.UserID, entity.UserSetting{Name: name})
		errs = append(errs, err)
	}
	if errs[0] != nil || !fault.IsKind(errs[1], fault.Conflict) {
		t.Errorf("%v", errors.Join(errs...))
	}
}
