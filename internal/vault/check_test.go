package vault_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
	"github.com/licet/licet/internal/vault"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func TestCheckHoldsTheBooksToTheirFirstKey(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		st := storetest.Open(t, url)
		first, second := newVault(t, 1), newVault(t, 2)
		for range 2 {
			if err := first.Check(t.Context(), st); err != nil {
				t.Fatal(err)
			}
			if err := second.Check(t.Context(), st); !errors.Is(err, vault.ErrWrongKey) {
				t.Fatalf("a second key: %v", err)
			}
		}
	})
}

func TestNodesThatStartAtOnceAgreeOnOneKey(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		st := storetest.Open(t, url)
		const nodes = 8
		var accepted [nodes]atomic.Bool
		var wg sync.WaitGroup
		for i := range nodes {
			v := newVault(t, byte(i))
			wg.Go(func() {
				err := v.Check(t.Context(), st)
				if err != nil && !errors.Is(err, vault.ErrWrongKey) {
					t.Errorf("node %d: %v", i, err)
				}
				accepted[i].Store(err == nil)
			})
		}
		wg.Wait()
		winners := 0
		for i := range accepted {
			if accepted[i].Load() {
				winners++
			}
		}
		if winners != 1 {
			t.Errorf("%d different keys were accepted, want 1", winners)
		}
	})
}

func TestCheckRefusesADamagedValue(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		st := storetest.Open(t, url)
		v := newVault(t, 1)
		if err := v.Check(t.Context(), st); err != nil {
			t.Fatal(err)
		}
		for _, damage := range []string{"", "!", "AQID"} {
			err := st.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.NewRaw("UPDATE server_state SET value = ?", damage).Exec(ctx)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := v.Check(t.Context(), st); err == nil {
				t.Errorf("%q passed", damage)
			}
		}
	})
}
