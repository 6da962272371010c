package seat

import (
	"context"
	"errors"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// RemoveToken takes a seat away from whoever holds it: the token row goes, its
// node-locked copy with it, and the pool is corrected, all in tx. It is an
// administrator's deed and writes no trace. A token that the license does not
// have is NotFound.
func RemoveToken(ctx context.Context, tx *store.Tx, licenseID, tokenID int64) error {
	// The pool is locked before the token, in the order of every seat call.
	_, err := tx.NewRaw(`UPDATE seat_pools SET held = held WHERE license_id = ?`, licenseID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("lock the pool: %w", err)
	}
	var token entity.LicenseToken
	err = tx.NewSelect().Model(&token).Where("id = ?", tokenID).Where("license_id = ?", licenseID).Scan(ctx)
	if errors.Is(store.Normalise(err), store.ErrNoRow) {
		return fault.Named(fault.NotFound, fault.TokenNotFound, fmt.Sprintf("license %d has no token %d", licenseID, tokenID))
	}
	if err != nil {
		return fmt.Errorf("find the token: %w", err)
	}
	return giveBack(ctx, tx, &token)
}

// giveBack removes a token under the lock of its pool.
func giveBack(ctx context.Context, tx *store.Tx, t *entity.LicenseToken) error {
	if _, err := tx.NewDelete().Model(t).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("remove the token: %w", err)
	}
	if t.NodeLockedLicenseID != nil {
		if _, err := tx.NewRaw(`DELETE FROM licenses WHERE id = ?`, *t.NodeLockedLicenseID).Exec(ctx); err != nil {
			return fmt.Errorf("remove the node-locked copy: %w", err)
		}
	}
	_, err := tx.NewRaw(`UPDATE seat_pools SET held = held - 1 WHERE license_id = ? AND kind = ?`, t.LicenseID, t.Kind).Exec(ctx)
	if err != nil {
		return fmt.Errorf("correct the pool: %w", err)
	}
	return nil
}
