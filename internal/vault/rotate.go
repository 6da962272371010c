package vault

import (
	"context"
	"errors"
	"fmt"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// Rotate puts the books under another server key: reseal opens every secret with
// this vault and seals it with to, and the check value follows, all in one
// transaction. After an error the books are under this key as before.
func (v *Vault) Rotate(ctx context.Context, st *store.Store, to *Vault, reseal func(context.Context, *store.Tx) error) error {
	err := st.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		stored, err := lockCheck(ctx, tx)
		if err != nil {
			return err
		}
		if err := v.Judge(stored); err != nil {
			return err
		}
		if err := reseal(ctx, tx); err != nil {
			return err
		}
		_, err = tx.NewRaw("UPDATE server_state SET value = ? WHERE name = ?", to.checkValue(), CheckName).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("change the server key: %w", err)
	}
	return nil
}

// Hold fails unless the books are still under this vault's key, and keeps them so
// until the transaction ends: what a node seals must not come in under a key
// that was rotated away while the node ran. Books that were never checked are
// under no key yet.
func (v *Vault) Hold(ctx context.Context, tx *store.Tx) error {
	stored, err := lockCheck(ctx, tx)
	if errors.Is(err, store.ErrNoRow) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := v.Judge(stored); errors.Is(err, ErrWrongKey) {
		return fault.New(fault.Unavailable, "the server key was changed while this server ran; restart it with the new one")
	} else {
		return err
	}
}

// lockCheck reads the check value and keeps others from changing it until the
// transaction ends.
func lockCheck(ctx context.Context, tx *store.Tx) (stored string, err error) {
	if _, err := tx.NewRaw("UPDATE server_state SET value = value WHERE name = ?", CheckName).Exec(ctx); err != nil {
		return "", fmt.Errorf("lock the check value: %w", err)
	}
	if err := tx.NewRaw("SELECT value FROM server_state WHERE name = ?", CheckName).Scan(ctx, &stored); err != nil {
		return "", fmt.Errorf("read the check value: %w", store.Normalise(err))
	}
	return stored, nil
}
