// Package issuingtest gives tests the server's own signing keys without making
// an RSA key for every test's books: they are made once a process. Only tests
// import it.
package issuingtest

import (
	"bytes"
	"context"
	"path/filepath"
	"sync"
	"testing"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/issuing"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/vault"
)

// fixture are the rows that EnsureDefaults writes.
type fixture struct {
	once sync.Once
	keys []entity.Resource
	err  error
}

var shared fixture

// Vault is the vault that the keys are sealed by.
func Vault(t testing.TB) *vault.Vault {
	t.Helper()
	v, err := vault.New(bytes.Repeat([]byte{7}, vault.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Service issues licenses into books that are given their default keys.
func Service(t testing.TB, st *store.Store, set func() settings.Licensing, c clock.Clock) *issuing.Service {
	t.Helper()
	shared.once.Do(func() { shared.err = shared.make(t) })
	if shared.err != nil {
		t.Fatalf("make the default keys: %v", shared.err)
	}
	err := st.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		for _, k := range shared.keys {
			k.ID = 0
			if _, err := tx.NewInsert().Model(&k).Exec(ctx); err != nil {
				return err
			}
		}
		_, err := tx.NewRaw(`INSERT INTO server_state (name, value) VALUES ('default_signing_keys', 'made')`).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatalf("store the default keys: %v", err)
	}
	return issuing.New(st, Vault(t), set, c)
}

func (f *fixture) make(t testing.TB) error {
	ctx := context.Background()
	st, err := store.Open(ctx, store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "keys.db")})
	if err != nil {
		return err
	}
	defer st.Close()
	if err := issuing.New(st, Vault(t), settings.DefaultLicensing, clock.NewSystem()).EnsureDefaults(ctx); err != nil {
		return err
	}
	return st.Read().NewSelect().Model(&f.keys).Order("id").Scan(ctx)
}
