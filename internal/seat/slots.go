package seat

import (
	"context"
	"errors"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

// Slots is the pool of activations of a license order, locked until the
// transaction that locked it ends.
type Slots struct {
	LicenseID int64
	Allowed   *int64 // nil: without limit
	Held      int64
}

// LockSlots locks the activations of an order: whoever else changes them, or the
// order, waits. An order that is gone is store.ErrNoRow.
func LockSlots(ctx context.Context, tx *store.Tx, licenseID int64) (*Slots, error) {
	s := &Slots{LicenseID: licenseID}
	err := tx.NewRaw(`UPDATE seat_pools SET held = held WHERE license_id = ? AND kind = ? RETURNING allowed, held`,
		licenseID, entity.PoolActivation).Scan(ctx, &s.Allowed, &s.Held)
	if err != nil {
		return nil, fmt.Errorf("lock the pool of license %d: %w", licenseID, store.Normalise(err))
	}
	return s, nil
}

// Free says whether a slot can be taken.
func (s *Slots) Free() bool { return s.Allowed == nil || s.Held < *s.Allowed }

// Seats tells how full the pool is.
func (s *Slots) Seats() *fault.Seats {
	n := &fault.Seats{Active: s.Held, Max: Unlimited}
	if s.Allowed != nil {
		n.Max = *s.Allowed
	}
	return n
}

// errFull is a slot that was taken without a look at Free.
var errFull = errors.New("all slots are taken")

// Take takes a slot: it writes the token and sets its id. A token string that is
// in use is store.ErrDuplicate.
func (s *Slots) Take(ctx context.Context, tx *store.Tx, t *entity.LicenseToken) error {
	if !s.Free() {
		return errFull
	}
	t.Kind, t.LicenseID = entity.PoolActivation, s.LicenseID
	if _, err := tx.NewInsert().Model(t).Exec(ctx); err != nil {
		return fmt.Errorf("write the token: %w", err)
	}
	_, err := tx.NewRaw(`UPDATE seat_pools SET held = held + 1 WHERE license_id = ? AND kind = ?`, s.LicenseID, entity.PoolActivation).Exec(ctx)
	if err != nil {
		return fmt.Errorf("correct the pool: %w", err)
	}
	s.Held++
	return nil
}

// GiveBack frees the slot of a token that is there: the token goes, its
// node-locked copy with it.
func (s *Slots) GiveBack(ctx context.Context, tx *store.Tx, t *entity.LicenseToken) error {
	if err := giveBack(ctx, tx, t); err != nil {
		return err
	}
	s.Held--
	return nil
}

// PutCopy writes the node-locked copy of a slot, or replaces the one that it has.
func PutCopy(ctx context.Context, tx *store.Tx, t *entity.LicenseToken, locked *entity.License) error {
	row := *locked
	row.CreatedAt, row.UpdatedAt, row.Trace = t.LastHeartbeat, t.LastHeartbeat, false
	row.TemplateID, row.SignatureKeysID, row.CustomerID, row.OrderID = nil, nil, nil, nil // it keeps nothing from being deleted
	if t.NodeLockedLicenseID != nil {
		row.ID = *t.NodeLockedLicenseID
		if _, err := tx.NewUpdate().Model(&row).ExcludeColumn("created_at", "updated_at").WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("renew the node-locked copy: %w", err)
		}
		return nil
	}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return fmt.Errorf("store the node-locked copy: %w", err)
	}
	t.NodeLockedLicenseID = &row.ID
	_, err := tx.NewUpdate().Model(t).Column("node_locked_license_id").WherePK().Exec(ctx)
	if err != nil {
		return fmt.Errorf("store the node-locked copy: %w", err)
	}
	return nil
}

// FreshToken makes the token string of an activation. taken says that the one
// before it was in use.
func (s *Service) FreshToken(ctx context.Context, taken bool) (string, error) {
	format := s.settings().ActivationToken
	if !taken {
		return format.Random(), nil
	}
	return format.Free(ctx, s.books.tokensInUse)
}

// Trace records a call on a license that asks for it.
func Trace(ctx context.Context, tx *store.Tx, t entity.LicenseTrace) error {
	if _, err := tx.NewInsert().Model(&t).Exec(ctx); err != nil {
		return fmt.Errorf("write the trace: %w", err)
	}
	return nil
}
