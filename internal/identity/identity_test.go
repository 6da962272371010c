package identity

import (
	"context"
	"testing"
	"time"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// house is a set of books with one node on it.
type house struct {
	*testing.T
	*Service
	clock *clock.Fake
	admin Principal
}

// each runs test on both engines, on books after their first start.
func each(t *testing.T, test func(h *house)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, url string) { test(opened(t, url)) })
}

func opened(t *testing.T, url string) *house {
	t.Helper()
	h := &house{T: t, clock: clock.NewFake(start)}
	h.Service = h.node(storetest.Open(t, url))
	first, err := h.Bootstrap(t.Context(), Admin{})
	if err != nil || first == nil {
		t.Fatalf("first start: %+v, %v", first, err)
	}
	h.admin = h.principal(first.APIKey)
	return h
}

// node is a server over the books; several share them but no cache.
func (h *house) node(st *store.Store) *Service {
	s := New(st, settings.DefaultLicensing, h.clock)
	s.hasher.costs = params{memory: 64, passes: 1, threads: 1} // thousands of passwords are checked here
	return s
}

func (h *house) principal(key string) Principal {
	h.Helper()
	p, err := h.Authenticate(h.Context(), Credential{APIKey: key})
	if err != nil {
		h.Fatalf("authenticate: %v", err)
	}
	return p
}

func (h *house) write(fn func(ctx context.Context, tx *store.Tx) error) error {
	return h.store.Write(h.Context(), fn)
}

func (h *house) insert(by Principal, in entity.APIKey) (id int64, key string, err error) {
	err = h.write(func(ctx context.Context, tx *store.Tx) (err error) {
		id, key, err = h.InsertKey(ctx, tx, by, in)
		return err
	})
	return id, key, err
}

func (h *house) mustInsert(in entity.APIKey) (int64, string) {
	h.Helper()
	id, key, err := h.insert(h.admin, in)
	if err != nil {
		h.Fatalf("insert a key: %v", err)
	}
	return id, key
}

// update sends the members of a JSON object, as a surface decodes them.
func (h *house) update(by Principal, members string) error {
	var in entity.Sent[entity.APIKey]
	if err := in.UnmarshalJSON([]byte(members)); err != nil {
		h.Fatal(err)
	}
	return h.write(func(ctx context.Context, tx *store.Tx) error { return h.UpdateKey(ctx, tx, by, in) })
}

func (h *house) remove(by Principal, id int64) error {
	return h.write(func(ctx context.Context, tx *store.Tx) error { return h.DeleteKey(ctx, tx, by, id) })
}

// row is a key as the books hold it.
func (h *house) row(id int64) entity.APIKey {
	h.Helper()
	var key entity.APIKey
	if err := h.store.Read().NewSelect().Model(&key).Where("id = ?", id).Scan(h.Context()); err != nil {
		h.Fatalf("read key %d: %v", id, err)
	}
	return key
}

// user adds a user with roles and returns its id.
func (h *house) user(name string, roles ...entity.Role) string {
	h.Helper()
	err := h.write(func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.NewInsert().Model(&entity.User{ID: name, UserName: name}).Exec(ctx); err != nil {
			return err
		}
		for _, role := range roles {
			if _, err := tx.NewInsert().Model(&userRole{UserID: name, Role: role}).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		h.Fatal(err)
	}
	return name
}

// admitted says whether the node takes the credential; any answer but yes and
// the one refusal fails the test.
func (h *house) admitted(node *Service, cred Credential) bool {
	h.Helper()
	_, err := node.Authenticate(h.Context(), cred)
	if err == nil {
		return true
	}
	if f := fault.Of(err); f == nil || f.Kind != fault.Unauthenticated || f.Message != "the API key is not valid" || f.Field != "" {
		h.Errorf("a refusal of its own: %v", err)
	}
	return false
}
