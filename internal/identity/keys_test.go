package identity

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

func TestInsertKeyShowsTheKeyOnceAndKeepsItsHash(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		secret := "s3cret!"
		id, key := h.mustInsert(entity.APIKey{
			ID: 1, Key: "chosen-by-the-caller-000000", Name: "ci", Permissions: 3, ClientSecret: &secret,
			CreatedDate: entity.TimeOf(start.AddDate(-1, 0, 0)), ExpireDate: entity.TimeOf(start.AddDate(1, 0, 0)), Description: "d",
			KeyHash: []byte("forged"), SecretHash: []byte("forged"),
		})
		if !regexp.MustCompile(`^api_[a-z0-9]{24}$`).MatchString(key) || id == 1 {
			h.Errorf("id %d, key %q", id, key)
		}
		keyHash, secretHash := sha256.Sum256([]byte(key)), sha256.Sum256([]byte(secret))
		want := entity.APIKey{
			ID: id, Key: key[:8] + "…", Name: "ci", Permissions: 3, OwnerID: h.admin.UserID, Description: "d",
			CreatedDate: entity.TimeOf(start), ExpireDate: entity.TimeOf(start.AddDate(1, 0, 0)),
			KeyHash: keyHash[:], SecretHash: secretHash[:],
		}
		if diff := cmp.Diff(want, h.row(id)); diff != "" {
			h.Errorf("the row (-want +got):\n%s", diff)
		}
		if h.admitted(h.Service, Credential{APIKey: "chosen-by-the-caller-000000"}) {
			h.Error("a key chosen by the caller was kept")
		}
	})
}

func TestWhatInsertKeyRefuses(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		sales := Principal{UserID: h.user("sales", entity.Sales), Roles: []entity.Role{entity.Sales}, Permissions: 15}
		reader := h.admin
		reader.Permissions = entity.Read | entity.Create
		spaced, long, foreign := "a b", strings.Repeat("s", 257), "schlüssel"
		for name, c := range map[string]struct {
			by    Principal
			in    entity.APIKey
			kind  fault.Kind
			field string
		}{
			"owner unknown":           {h.admin, entity.APIKey{OwnerID: "nobody"}, fault.Invalid, "apiKey.ownerId"},
			"no owner and no caller":  {Principal{Roles: h.admin.Roles}, entity.APIKey{}, fault.Invalid, "apiKey.ownerId"},
			"permission 16":           {h.admin, entity.APIKey{Permissions: 16}, fault.Invalid, "apiKey.permissions"},
			"permission -1":           {h.admin, entity.APIKey{Permissions: -1}, fault.Invalid, "apiKey.permissions"},
			"secret with a space":     {h.admin, entity.APIKey{ClientSecret: &spaced}, fault.Invalid, "apiKey.clientSecret"},
			"secret too long":         {h.admin, entity.APIKey{ClientSecret: &long}, fault.Invalid, "apiKey.clientSecret"},
			"secret beyond ASCII":     {h.admin, entity.APIKey{ClientSecret: &foreign}, fault.Invalid, "apiKey.clientSecret"},
			"permission it lacks":     {reader, entity.APIKey{Permissions: entity.Read | entity.Delete}, fault.Forbidden, ""},
			"another's, no admin":     {sales, entity.APIKey{OwnerID: h.admin.UserID, Permissions: 1}, fault.Forbidden, ""},
			"own, permissions it has": {sales, entity.APIKey{Permissions: 15}, fault.Internal, ""},
			"another's by admin":      {reader, entity.APIKey{OwnerID: "sales", Permissions: 9}, fault.Internal, ""},
		} {
			id, key, err := h.insert(c.by, c.in)
			if c.kind == fault.Internal { // it is allowed
				if err != nil || id == 0 || key == "" {
					h.Errorf("%s: %d, %v", name, id, err)
				}
				continue
			}
			if f := fault.Of(err); f == nil || f.Kind != c.kind || f.Field != c.field || key != "" {
				h.Errorf("%s: %+v, key %q", name, err, key)
			}
		}
	})
}

func TestUpdateKeyReplacesWhatIsSent(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		other := h.user("other")
		hash := func(s string) []byte { sum := sha256.Sum256([]byte(s)); return sum[:] }
		expiry := `"2030-01-02T03:04:05Z"`
		expire, err := entity.ParseTime("2030-01-02T03:04:05Z")
		if err != nil {
			h.Fatal(err)
		}
		for members, change := range map[string]func(k *entity.APIKey){
			`"name":"n","description":"d","expireDate":` + expiry: func(k *entity.APIKey) { k.Name, k.Description, k.ExpireDate = "n", "d", expire },
			// What a name and an expiry are replaced by, when nothing is sent, is nothing.
			``:                             func(k *entity.APIKey) {},
			`"expireDate":null`:            func(k *entity.APIKey) {},
			`"permissions":0`:              func(k *entity.APIKey) { k.Permissions = 0 },
			`"permissions":null`:           func(k *entity.APIKey) {},
			`"revoked":false`:              func(k *entity.APIKey) { k.Revoked = false },
			`"REVOKED":true`:               func(k *entity.APIKey) {},
			`"ownerId":"other"`:            func(k *entity.APIKey) { k.OwnerID = other },
			`"ownerId":""`:                 func(k *entity.APIKey) {},
			`"clientSecret":"new"`:         func(k *entity.APIKey) { k.SecretHash = hash("new") },
			`"clientSecret":null`:          func(k *entity.APIKey) {},
			`"clientSecret":""`:            func(k *entity.APIKey) { k.SecretHash = nil },
			`"key":"api_mine","id2":7`:     func(k *entity.APIKey) {},
			`"createdDate":"2001-01-01"`:   func(k *entity.APIKey) {},
			`"keyHash":"AAAA","key":"ab…"`: func(k *entity.APIKey) {},
		} {
			secret := "old"
			id, _ := h.mustInsert(entity.APIKey{Name: "a", Description: "b", ExpireDate: entity.TimeOf(start.AddDate(1, 0, 0)),
				Permissions: 5, Revoked: true, ClientSecret: &secret})
			want := h.row(id)
			want.Name, want.Description, want.ExpireDate = "", "", entity.Time{}
			change(&want)
			sent := strings.TrimSuffix(fmt.Sprintf(`{"id":%d,%s`, id, members), ",") + "}"
			if err := h.update(h.admin, sent); err != nil {
				h.Errorf("%s: %v", sent, err)
				continue
			}
			if diff := cmp.Diff(want, h.row(id)); diff != "" {
				h.Errorf("%s (-want +got):\n%s", sent, diff)
			}
		}
	})
}

func TestWhatUpdateAndDeleteRefuse(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		sales := Principal{UserID: h.user("sales", entity.Sales), Roles: []entity.Role{entity.Sales}, Permissions: 3}
		own, _ := h.mustInsert(entity.APIKey{OwnerID: "sales", Permissions: 7})
		foreign, _ := h.mustInsert(entity.APIKey{Permissions: 1})
		for name, c := range map[string]struct {
			by      Principal
			members string
			kind    fault.Kind
			field   string
		}{
			"unknown id":          {h.admin, `{"id":999}`, fault.NotFound, ""},
			"no id":               {h.admin, `{"name":"x"}`, fault.NotFound, ""},
			"another's":           {sales, fmt.Sprintf(`{"id":%d,"name":"x"}`, foreign), fault.NotFound, ""},
			"raise":               {sales, fmt.Sprintf(`{"id":%d,"permissions":15}`, own), fault.Forbidden, ""},
			"give away":           {sales, fmt.Sprintf(`{"id":%d,"ownerId":%q}`, own, h.admin.UserID), fault.Forbidden, ""},
			"permission 31":       {h.admin, fmt.Sprintf(`{"id":%d,"permissions":31}`, own), fault.Invalid, "apiKey.permissions"},
			"owner unknown":       {h.admin, fmt.Sprintf(`{"id":%d,"ownerId":"nobody"}`, own), fault.Invalid, "apiKey.ownerId"},
			"secret with a space": {h.admin, fmt.Sprintf(`{"id":%d,"clientSecret":"a b"}`, own), fault.Invalid, "apiKey.clientSecret"},
		} {
			before := h.row(own)
			err := h.update(c.by, c.members)
			if f := fault.Of(err); f == nil || f.Kind != c.kind || f.Field != c.field {
				h.Errorf("%s: %+v", name, err)
			}
			if diff := cmp.Diff(before, h.row(own)); diff != "" {
				h.Errorf("%s changed the key:\n%s", name, diff)
			}
		}
		// What the key had before may stay, although its owner's credential lacks it.
		if err := h.update(sales, fmt.Sprintf(`{"id":%d,"permissions":5}`, own)); err != nil {
			h.Errorf("narrowing: %v", err)
		}
		if err := h.remove(sales, foreign); !fault.IsKind(err, fault.NotFound) {
			h.Errorf("delete another's: %v", err)
		}
		if err := h.remove(sales, own); err != nil {
			h.Errorf("delete one's own: %v", err)
		}
		if err := h.remove(h.admin, own); !fault.IsKind(err, fault.NotFound) {
			h.Errorf("delete twice: %v", err)
		}
		if err := h.remove(h.admin, foreign); err != nil {
			h.Errorf("delete: %v", err)
		}
	})
}

func TestManyKeysAtOnceAreUnique(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		var mu sync.Mutex
		seen := map[string]int64{}
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() {
				id, key, err := h.insert(h.admin, entity.APIKey{Permissions: 1})
				if err != nil {
					h.Errorf("insert: %v", err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				seen[key] = id
			})
		}
		wg.Wait()
		if len(seen) != 40 {
			h.Errorf("%d different keys of 40", len(seen))
		}
		for key, id := range seen {
			if p := h.principal(key); p.KeyID != id {
				h.Errorf("key of row %d is row %d's", id, p.KeyID)
			}
		}
	})
}

// An update that began before another has committed is judged by what that one
// left: a permission that was taken away is not kept by who may not grant it.
// On SQLite one writer takes them in turn.
func TestConcurrentUpdateJudgesTheRowInForce(t *testing.T) {
	t.Parallel()
	h := opened(t, storetest.URL(t, store.Postgres))
	weak := h.admin
	weak.Permissions = entity.Read | entity.Write
	id, _ := h.mustInsert(entity.APIKey{Permissions: 15})
	kept := make(chan error, 1)
	err := h.write(func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.NewRaw("UPDATE api_keys SET permissions = 1 WHERE id = ?", id).Exec(ctx); err != nil {
			return err
		}
		go func() { kept <- h.update(weak, fmt.Sprintf(`{"id":%d,"permissions":15}`, id)) }()
		for waiting := 0; waiting == 0; {
			query := "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.datname = current_database() " +
				"JOIN pg_stat_activity a ON a.pid = l.pid AND a.datid = d.oid WHERE NOT l.granted"
			if err := h.store.Read().NewRaw(query).Scan(ctx, &waiting); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-kept; !fault.IsKind(err, fault.Forbidden) {
		t.Errorf("a caller restored what it lacks: %v", err)
	}
	if got := h.row(id).Permissions; got != 1 {
		t.Errorf("permissions are %d", got)
	}
}

func TestAFailedTransactionLeavesNoKey(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		var key string
		err := h.write(func(ctx context.Context, tx *store.Tx) (err error) {
			if _, key, err = h.InsertKey(ctx, tx, h.admin, entity.APIKey{Permissions: 15}); err != nil {
				return err
			}
			return fault.New(fault.Conflict, "no")
		})
		if !fault.IsKind(err, fault.Conflict) || h.admitted(h.Service, Credential{APIKey: key}) {
			h.Errorf("%v, and the key works", err)
		}
	})
}

// No column of the books holds a key, a secret or a password.
func TestSecretsAreNotInTheBooks(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		secret := "a-client-secret"
		id, key := h.mustInsert(entity.APIKey{ClientSecret: &secret})
		row := h.row(id)
		for _, held := range [][]byte{row.KeyHash, row.SecretHash, []byte(row.Key), []byte(row.Name), []byte(row.Description)} {
			if bytes.Contains(held, []byte(key[8:])) || bytes.Contains(held, []byte(secret)) {
				h.Errorf("a secret is kept in %q", held)
			}
		}
		if row.ClientSecret != nil {
			h.Error("a client secret is read back")
		}
	})
}

// TestARevivedKeyIsGrantedAnew: whoever lacks a permission cannot bring a key
// back that has it, nor give it a secret or an owner of theirs.
func TestARevivedKeyIsGrantedAnew(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		dead, _ := h.mustInsert(entity.APIKey{Permissions: 15, Revoked: true})
		ended, _ := h.mustInsert(entity.APIKey{Permissions: 15, ExpireDate: entity.TimeOf(start.AddDate(0, 0, -1))})
		live, _ := h.mustInsert(entity.APIKey{Permissions: 15})
		other := h.user("other", entity.Sales)
		writer := h.admin
		writer.Permissions = entity.Write
		for _, members := range []string{
			fmt.Sprintf(`{"id":%d,"revoked":false}`, dead),
			fmt.Sprintf(`{"id":%d}`, ended), // no end: valid again
			fmt.Sprintf(`{"id":%d,"clientSecret":"mine"}`, live),
			fmt.Sprintf(`{"id":%d,"clientSecret":""}`, live),
			fmt.Sprintf(`{"id":%d,"ownerId":%q}`, live, other),
		} {
			if err := h.update(writer, members); !fault.IsKind(err, fault.Forbidden) {
				h.Errorf("%s by a key that may only write: %v", members, err)
			}
			if err := h.update(h.admin, members); err != nil {
				h.Errorf("%s by a full key: %v", members, err)
			}
		}
		if err := h.update(writer, fmt.Sprintf(`{"id":%d,"name":"renamed"}`, live)); err != nil {
			h.Errorf("a change that revives nothing: %v", err)
		}
	})
}

// TestTheLastKeyStays: no change may leave nobody who can make a key.
func TestTheLastKeyStays(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		var last []int64
		if err := h.store.Read().NewRaw(`SELECT id FROM api_keys WHERE permissions = 15`).Scan(h.Context(), &last); err != nil {
			h.Fatal(err)
		}
		if len(last) != 1 {
			h.Fatalf("%d full keys to begin with", len(last))
		}
		h.mustInsert(entity.APIKey{Permissions: entity.Read})
		attempts := func() map[string]error {
			return map[string]error{
				"delete":      h.remove(h.admin, last[0]),
				"revoke":      h.update(h.admin, fmt.Sprintf(`{"id":%d,"revoked":true}`, last[0])),
				"permissions": h.update(h.admin, fmt.Sprintf(`{"id":%d,"permissions":3}`, last[0])),
				"end":         h.update(h.admin, fmt.Sprintf(`{"id":%d,"expireDate":%q}`, last[0], start.AddDate(0, 0, -1).Format("2006-01-02"))),
			}
		}
		for what, err := range attempts() {
			if !fault.IsKind(err, fault.Conflict) {
				h.Errorf("%s: %v", what, err)
			}
		}
		h.mustInsert(entity.APIKey{Permissions: 15})
		if err := h.remove(h.admin, last[0]); err != nil {
			h.Errorf("with another one there: %v", err)
		}
	})
}
