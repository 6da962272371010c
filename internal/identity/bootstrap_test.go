package identity

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store/storetest"
)

func TestFirstStartMakesOneAdministrator(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		st := storetest.Open(t, url)
		s := New(st, settings.DefaultLicensing, clock.NewFake(start))
		first, err := s.Bootstrap(t.Context(), Admin{})
		if err != nil || first == nil {
			t.Fatalf("%+v, %v", first, err)
		}
		if first.UserName != "admin" || len(first.Password) < 24 || !strings.HasPrefix(first.APIKey, "api_") || !first.PasswordMade || !first.APIKeyMade {
			t.Errorf("first start: %+v", first)
		}
		var user entity.User
		if err := st.Read().NewSelect().Model(&user).Scan(t.Context()); err != nil {
			t.Fatal(err)
		}
		if id, err := uuid.Parse(user.ID); err != nil || id.Version() != 7 || user.UserName != "admin" || user.CreatedAt.Std() != start {
			t.Errorf("user %+v, %v", user, err)
		}
		if ok, err := s.VerifyPassword(t.Context(), user.PasswordHash, first.Password); err != nil || !ok {
			t.Errorf("the password does not verify: %v", err)
		}
		got, err := s.Authenticate(t.Context(), Credential{Bearer: first.APIKey})
		want := Principal{UserID: user.ID, Roles: []entity.Role{entity.Administrator}, Permissions: 15, KeyID: 1}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("the key's principal (-want +got):\n%s%v", diff, err)
		}
		var key entity.APIKey
		if err := st.Read().NewSelect().Model(&key).Scan(t.Context()); err != nil || key.Name != "admin API Key" {
			t.Errorf("key %+v, %v", key, err)
		}

		later, err := s.Bootstrap(t.Context(), Admin{Password: "no", APIKey: "another key of 25 letters"})
		if err != nil || later != nil {
			t.Errorf("later start: %+v, %v", later, err)
		}
		if n, err := st.Read().NewSelect().Model((*entity.User)(nil)).Count(t.Context()); err != nil || n != 1 {
			t.Errorf("%d users, %v", n, err)
		}
	})
}

func TestFirstStartTakesWhatIsGiven(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := New(storetest.Open(t, url), settings.DefaultLicensing, clock.NewFake(start))
		given := Admin{Password: "geheim §8", APIKey: "My-own.key/of+20=chars"}
		first, err := s.Bootstrap(t.Context(), given)
		want := &FirstStart{UserName: "admin", Password: given.Password, APIKey: given.APIKey}
		if diff := cmp.Diff(want, first); diff != "" || err != nil {
			t.Fatalf("(-want +got):\n%s%v", diff, err)
		}
		if p, err := s.Authenticate(t.Context(), Credential{APIKey: given.APIKey}); err != nil || !p.Is(entity.Administrator) {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

func TestBadGivenSecretsAreRefusedWithoutAWrite(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := New(storetest.Open(t, url), settings.DefaultLicensing, clock.NewFake(start))
		good := strings.Repeat("k", 20)
		for name, given := range map[string]Admin{
			"short password":     {Password: "1234567", APIKey: good},
			"long password":      {Password: strings.Repeat("p", 257)},
			"password no text":   {Password: "12345678\xff"},
			"short key":          {APIKey: good[1:]},
			"long key":           {APIKey: strings.Repeat("k", 257)},
			"key with a space":   {APIKey: good + " k"},
			"key with a newline": {APIKey: good + "\n"},
			"key beyond ASCII":   {APIKey: good + "ä"},
		} {
			first, err := s.Bootstrap(t.Context(), given)
			if err == nil || first != nil {
				t.Errorf("%s: %+v, %v", name, first, err)
			}
			if err != nil && (strings.Contains(err.Error(), good) || strings.Contains(err.Error(), "1234567")) {
				t.Errorf("%s: the error shows the secret: %v", name, err)
			}
		}
		if found, err := anyUser(t.Context(), s.store.Read()); err != nil || found {
			t.Errorf("a refused start left a user: %v, %v", found, err)
		}
	})
}

func TestNodesThatStartAtOnceMakeOneAdministrator(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		st := storetest.Open(t, url)
		const nodes = 6
		firsts := make([]*FirstStart, nodes)
		services := make([]*Service, nodes)
		var wg sync.WaitGroup
		for i := range nodes {
			services[i] = New(st, settings.DefaultLicensing, clock.NewFake(start))
			wg.Go(func() {
				first, err := services[i].Bootstrap(t.Context(), Admin{})
				if err != nil {
					t.Errorf("node %d: %v", i, err)
				}
				firsts[i] = first
			})
		}
		wg.Wait()
		var winner *FirstStart
		for _, first := range firsts {
			if first != nil && winner != nil {
				t.Fatal("two nodes made an administrator")
			}
			if first != nil {
				winner = first
			}
		}
		if winner == nil {
			t.Fatal("no node made an administrator")
		}
		for i, s := range services {
			if _, err := s.Authenticate(t.Context(), Credential{APIKey: winner.APIKey}); err != nil {
				t.Errorf("node %d does not know the key: %v", i, err)
			}
		}
		for _, model := range []any{(*entity.User)(nil), (*entity.APIKey)(nil), (*userRole)(nil)} {
			if n, err := st.Read().NewSelect().Model(model).Count(t.Context()); err != nil || n != 1 {
				t.Errorf("%T: %d rows, %v", model, n, err)
			}
		}
	})
}
