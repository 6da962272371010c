package vault

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/store"
)

// CheckName is the row of server_state with the check value, a sealed constant.
const CheckName = "server_key_check"

const checkPlain = "licet server key"

// ErrWrongKey is a server key that the books were not sealed under.
var ErrWrongKey = errors.New("this server key is not the one that the secrets in the database are sealed under; give that one back (LICET_SERVER_KEY, LICET_SERVER_KEY_FILE or the key file in the data folder)")

// Check refuses a server key other than the one that the books were first
// opened with: without it every secret in them would fail to open one by one,
// and new ones would be sealed under a second key. The first start stores the
// check value; of several first starts at once one stores it and all are
// judged by it.
func (v *Vault) Check(ctx context.Context, st *store.Store) error {
	stored, err := v.claim(ctx, st)
	if err != nil {
		return fmt.Errorf("check the server key: %w", err)
	}
	return v.Judge(stored)
}

// Judge says whether a stored check value is this vault's; ErrWrongKey if not.
func (v *Vault) Judge(stored string) error {
	sealed, err := base64.StdEncoding.DecodeString(stored)
	if err != nil {
		return fmt.Errorf("check the server key: the stored check value is damaged: %w", err)
	}
	if plain, err := v.Open(sealed, CheckName); err != nil || string(plain) != checkPlain {
		return ErrWrongKey
	}
	return nil
}

// Fits says whether books that nobody serves, such as a backup, are under this
// vault's key: ErrWrongKey if not. Books that are under none yet fit any.
func (v *Vault) Fits(ctx context.Context, db bun.IDB) error {
	var stored string
	err := db.NewRaw("SELECT value FROM server_state WHERE name = ?", CheckName).Scan(ctx, &stored)
	if errors.Is(store.Normalise(err), store.ErrNoRow) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("check the server key: %w", err)
	}
	return v.Judge(stored)
}

func (v *Vault) checkValue() string {
	return base64.StdEncoding.EncodeToString(v.Seal([]byte(checkPlain), CheckName))
}

// IsSet says whether the books are under a server key already.
func IsSet(ctx context.Context, st *store.Store) (set bool, err error) {
	err = st.Read().NewRaw("SELECT EXISTS (SELECT 1 FROM server_state WHERE name = ?)", CheckName).Scan(ctx, &set)
	if err != nil {
		return false, fmt.Errorf("look for the check value of the server key: %w", store.Normalise(err))
	}
	return set, nil
}

// claim stores this vault's check value unless there is one, and returns the
// one that is stored then. The insert waits for one that is not committed yet,
// so that the look-up after it sees the winner's.
func (v *Vault) claim(ctx context.Context, st *store.Store) (stored string, err error) {
	value := v.checkValue()
	err = st.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.NewRaw("INSERT INTO server_state (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
			CheckName, value).Exec(ctx)
		if err != nil {
			return fmt.Errorf("store the check value: %w", err)
		}
		return tx.NewRaw("SELECT value FROM server_state WHERE name = ?", CheckName).Scan(ctx, &stored)
	})
	return stored, err
}
