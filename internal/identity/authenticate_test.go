package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

func TestPrincipalIsTheOwnerNarrowedByTheKey(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		h.user("anna", entity.Sales, entity.LicenseManager)
		h.user("none")
		var customer entity.Customer
		err := h.write(func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.NewInsert().Model(&customer).Exec(ctx); err != nil {
				return err
			}
			_, err := tx.NewRaw("UPDATE users SET customer_id = ? WHERE id = 'anna'", customer.ID).Exec(ctx)
			return err
		})
		if err != nil {
			h.Fatal(err)
		}
		id, key := h.mustInsert(entity.APIKey{OwnerID: "anna", Permissions: 5})
		want := Principal{UserID: "anna", Roles: []entity.Role{entity.LicenseManager, entity.Sales}, Permissions: 5, KeyID: id, CustomerID: &customer.ID}
		for range 2 { // from the books, then from the cache
			if diff := cmp.Diff(want, h.principal(key)); diff != "" {
				h.Errorf("(-want +got):\n%s", diff)
			}
		}
		id, key = h.mustInsert(entity.APIKey{OwnerID: "none"})
		if diff := cmp.Diff(Principal{UserID: "none", KeyID: id}, h.principal(key)); diff != "" {
			h.Errorf("without roles (-want +got):\n%s", diff)
		}
	})
}

func TestEveryRefusalIsTheSame(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		secret, expired, later := "right", entity.TimeOf(start), entity.TimeOf(start.Add(time.Microsecond))
		_, plain := h.mustInsert(entity.APIKey{})
		_, revoked := h.mustInsert(entity.APIKey{Revoked: true})
		_, old := h.mustInsert(entity.APIKey{ExpireDate: expired})
		_, live := h.mustInsert(entity.APIKey{ExpireDate: later})
		_, secured := h.mustInsert(entity.APIKey{ClientSecret: &secret})
		for name, c := range map[string]struct {
			cred Credential
			want bool
		}{
			"x-api-key":               {Credential{APIKey: plain}, true},
			"bearer":                  {Credential{Bearer: plain}, true},
			"both":                    {Credential{APIKey: plain, Bearer: plain}, true},
			"a secret nobody wants":   {Credential{APIKey: plain, ClientSecret: "x"}, true},
			"not yet expired":         {Credential{APIKey: live}, true},
			"right secret":            {Credential{APIKey: secured, ClientSecret: secret}, true},
			"nothing":                 {Credential{}, false},
			"only a secret":           {Credential{ClientSecret: secret}, false},
			"unknown":                 {Credential{APIKey: "api_000000000000000000000000"}, false},
			"too long":                {Credential{APIKey: strings.Repeat("a", 1<<20)}, false},
			"other case":              {Credential{APIKey: strings.ToUpper(plain)}, false},
			"shown prefix":            {Credential{APIKey: prefix(plain)}, false},
			"with a space":            {Credential{APIKey: plain + " "}, false},
			"NUL":                     {Credential{APIKey: plain + "\x00"}, false},
			"revoked":                 {Credential{APIKey: revoked}, false},
			"expired":                 {Credential{APIKey: old}, false},
			"wrong secret":            {Credential{APIKey: secured, ClientSecret: "wrong"}, false},
			"secret missing":          {Credential{APIKey: secured}, false},
			"the secret's hash twice": {Credential{APIKey: secured, ClientSecret: secret + secret}, false},
		} {
			for range 2 {
				if got := h.admitted(h.Service, c.cred); got != c.want {
					h.Errorf("%s: admitted %v", name, got)
				}
			}
		}
	})
}

// The books are changed behind this node's back, as another node does.
func TestAnotherNodesChangeIsSeenWithinFiveSeconds(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		there := h.node(h.store)
		id, key := h.mustInsert(entity.APIKey{})
		cred := Credential{APIKey: key}
		if !h.admitted(h.Service, cred) || !h.admitted(there, cred) {
			h.Fatal("a good key is refused")
		}
		h.clock.Advance(4 * time.Second)
		if !h.admitted(there, cred) {
			h.Fatal("a good key is refused from the cache")
		}
		if err := h.update(h.admin, fmt.Sprintf(`{"id":%d,"revoked":true}`, id)); err != nil {
			h.Fatal(err)
		}
		h.ForgetKey(id)
		if h.admitted(h.Service, cred) {
			h.Error("the node that revoked still admits")
		}
		if !h.admitted(there, cred) {
			h.Error("the other node asked the books although it was cached")
		}
		// Five seconds count from the read, not from the last use.
		h.clock.Advance(time.Second)
		if h.admitted(there, cred) {
			h.Error("the other node admits after five seconds")
		}
	})
}

func TestExpiryInsideTheFiveSecondsIsJudged(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		_, key := h.mustInsert(entity.APIKey{ExpireDate: entity.TimeOf(start.Add(2 * time.Second))})
		cred := Credential{APIKey: key}
		for passed, want := range []bool{true, true, false, false} {
			if got := h.admitted(h.Service, cred); got != want {
				h.Errorf("after %ds: admitted %v", passed, got)
			}
			h.clock.Advance(time.Second)
		}
	})
}

func TestAWallClockStepDoesNotProlongTheCache(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		there := h.node(h.store)
		id, key := h.mustInsert(entity.APIKey{})
		cred := Credential{APIKey: key}
		h.admitted(there, cred)
		if err := h.remove(h.admin, id); err != nil {
			h.Fatal(err)
		}
		h.clock.Step(-time.Hour)
		h.clock.Advance(cacheFor)
		if h.admitted(there, cred) {
			h.Error("a deleted key is admitted after a step of the clock")
		}
	})
}

// A new secret works at once everywhere; the old one at most five seconds more.
func TestChangedSecretIsReadAgain(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		there := h.node(h.store)
		secret := "old"
		id, key := h.mustInsert(entity.APIKey{ClientSecret: &secret})
		h.admitted(there, Credential{APIKey: key, ClientSecret: "old"})
		if err := h.update(h.admin, fmt.Sprintf(`{"id":%d,"clientSecret":"new"}`, id)); err != nil {
			h.Fatal(err)
		}
		if !h.admitted(there, Credential{APIKey: key, ClientSecret: "new"}) {
			h.Error("the new secret is refused")
		}
		if h.admitted(there, Credential{APIKey: key, ClientSecret: "old"}) {
			h.Error("the old secret is admitted after the new one was seen")
		}
	})
}

func TestForgetUserDropsTheirKeys(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		_, key := h.mustInsert(entity.APIKey{OwnerID: h.user("anna", entity.Sales)})
		if !h.principal(key).Is(entity.Sales) {
			h.Fatal("no Sales")
		}
		err := h.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.NewRaw("DELETE FROM user_roles WHERE user_id = 'anna'").Exec(ctx)
			return err
		})
		if err != nil {
			h.Fatal(err)
		}
		h.forgetUser("anna")
		if h.principal(key).Is(entity.Sales) {
			h.Error("a role taken away is still there")
		}
	})
}

// Requests race a revocation; once the revoking call has returned, none is let
// in, also not by an answer of the books from before the commit.
func TestRevocationIsImmediateUnderLoad(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		for range 15 {
			id, key := h.mustInsert(entity.APIKey{})
			cred := Credential{APIKey: key}
			stop := make(chan struct{})
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					for {
						select {
						case <-stop:
							return
						default:
							h.admitted(h.Service, cred)
							h.forgetUser(h.admin.UserID) // keeps the readers at the books
						}
					}
				})
			}
			err := h.update(h.admin, fmt.Sprintf(`{"id":%d,"revoked":true}`, id))
			h.ForgetKey(id)
			admitted := h.admitted(h.Service, cred)
			close(stop)
			wg.Wait()
			if err != nil {
				h.Fatal(err)
			}
			if admitted || h.admitted(h.Service, cred) {
				h.Fatal("a revoked key was admitted")
			}
		}
	})
}

func TestBooksOutOfReachAreNotARefusal(t *testing.T) {
	t.Parallel()
	each(t, func(h *house) {
		ctx, cancel := context.WithCancel(h.Context())
		cancel()
		_, err := h.Authenticate(ctx, Credential{APIKey: "unknown"})
		if !errors.Is(err, context.Canceled) || fault.IsKind(err, fault.Unauthenticated) {
			h.Errorf("%v", err)
		}
	})
}
