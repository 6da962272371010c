package seat

import (
	"context"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// SetPool makes the pool of a license agree with its mode and limit, in the
// transaction that writes the license row. Lowering the limit evicts nobody.
// A change of mode while tokens exist is a Conflict fault.
func SetPool(ctx context.Context, tx *store.Tx, lic *entity.License) error {
	kind := entity.PoolKind(lic.LicensingMode) // modes and kinds share their numbers
	if err := lockFor(ctx, tx, lic.ID, kind); err != nil {
		return err
	}
	if _, err := tx.NewRaw(`DELETE FROM seat_pools WHERE license_id = ? AND kind <> ?`, lic.ID, kind).Exec(ctx); err != nil {
		return fmt.Errorf("remove the pool: %w", err)
	}
	if lic.LicensingMode == entity.File {
		return nil
	}
	return writePool(ctx, tx, lic.ID, kind, lic.MaxAllowedSites)
}

// SetOrderPools is SetPool for the license of an order. A local order has the
// one pool of an activation license. A network one has a floating pool, which
// seat calls take from, and beside it one of activations, the order's own.
// turned says that the order was of the other type before.
func SetOrderPools(ctx context.Context, tx *store.Tx, o *entity.LicenseOrder, turned bool) error {
	if turned {
		if err := lockFor(ctx, tx, o.License.ID, 0); err != nil { // seats of either kind are in the way
			return err
		}
	}
	if !o.IsNetwork() {
		return SetPool(ctx, tx, o.License)
	}
	if err := writePool(ctx, tx, o.License.ID, entity.PoolActivation, &o.ActivationsAllowed); err != nil {
		return err
	}
	return writePool(ctx, tx, o.License.ID, entity.PoolFloating, o.License.MaxAllowedSites)
}

// lockFor locks the pools of a license, and refuses where seats of a kind other
// than this are held.
func lockFor(ctx context.Context, tx *store.Tx, licenseID int64, kind entity.PoolKind) error {
	// The lock comes before the look, so that no claim slips in between.
	_, err := tx.NewRaw(`UPDATE seat_pools SET held = held WHERE license_id = ?`, licenseID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("lock the pool: %w", err)
	}
	var held int64
	err = tx.NewRaw(`SELECT COALESCE(SUM(held), 0) FROM seat_pools WHERE license_id = ? AND kind <> ?`, licenseID, kind).Scan(ctx, &held)
	if err != nil {
		return fmt.Errorf("read the pool: %w", err)
	}
	if held > 0 {
		return fault.New(fault.Conflict, "the licensing mode cannot change while %d seats are held; remove the license's tokens first", held)
	}
	return nil
}

func writePool(ctx context.Context, tx *store.Tx, licenseID int64, kind entity.PoolKind, allowed *int64) error {
	_, err := tx.NewRaw(`INSERT INTO seat_pools (license_id, kind, allowed) VALUES (?, ?, ?)
		ON CONFLICT (license_id, kind) DO UPDATE SET allowed = excluded.allowed`, licenseID, kind, allowed).Exec(ctx)
	if err != nil {
		return fmt.Errorf("write the pool: %w", err)
	}
	return nil
}

// RemovePools deletes the pools of a license that is being deleted. Held seats
// are a Conflict fault.
func RemovePools(ctx context.Context, tx *store.Tx, licenseID int64) error {
	if _, err := tx.NewRaw(`DELETE FROM seat_pools WHERE license_id = ?`, licenseID).Exec(ctx); err != nil {
		return fmt.Errorf("remove the pools: %w", err)
	}
	var tokens int64
	if err := tx.NewRaw(`SELECT COUNT(*) FROM license_tokens WHERE license_id = ?`, licenseID).Scan(ctx, &tokens); err != nil {
		return fmt.Errorf("count the tokens: %w", err)
	}
	if tokens > 0 {
		return fault.New(fault.Conflict, "the license has %d tokens; remove them first", tokens)
	}
	return nil
}
