package order

import (
	"context"
	"errors"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/hostid"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/store"
)

// Deactivate gives the slot of a machine back, for an end user: as often as the
// order allows. Faults: ActivationKeyInvalid, OrderDisabled, LicenseMissing,
// CannotDeactivate.
func (s *Service) Deactivate(ctx context.Context, key string, sent []hostid.HostID) error {
	o, err := s.Open(ctx, key)
	if err != nil {
		return err
	}
	return s.lock(ctx, o.LicenseID, func(ctx context.Context, u *under) error {
		return u.deactivate(ctx, identOf(u.order, sent), seat.Client{})
	})
}

// deactivate is an end user's deed, and counted.
func (u *under) deactivate(ctx context.Context, id ident, c seat.Client) error {
	if err := disabled(u.order); err != nil {
		return err
	}
	row, err := u.made(ctx, id)
	if err != nil {
		return err
	}
	done, err := u.tx.NewRaw(`UPDATE license_orders SET deactivations_used = deactivations_used + 1
		WHERE license_id = ? AND deactivations_used < deactivations_allowed`, u.order.LicenseID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("count the deactivation: %w", err)
	}
	n, err := done.RowsAffected()
	if err != nil {
		return fmt.Errorf("count the deactivation: %w", err)
	}
	if n == 0 {
		return cannotDeactivate("no deactivation is left for end users")
	}
	if err := u.giveBack(ctx, id, row); err != nil {
		return err
	}
	return u.trace(ctx, entity.TraceDeactivate, id, c)
}

func cannotDeactivate(why string) error {
	return fault.Named(fault.Forbidden, fault.CannotDeactivate, "Cannot deactivate license: "+why)
}

// made is the activation of a machine, which is not being made any more.
func (u *under) made(ctx context.Context, id ident) (*activation, error) {
	row, err := id.find(ctx, u.tx, u.order.LicenseID)
	if errors.Is(err, store.ErrNoRow) {
		return nil, noLicense()
	}
	if err == nil && !row.Ready {
		err = cannotDeactivate("it is still being generated")
	}
	return row, err
}

// RemovalAsked says whether the vendor asks to remove the license from its
// machine. Faults: ActivationKeyInvalid, OrderDisabled, LicenseMissing.
func (s *Service) RemovalAsked(ctx context.Context, key string, sent []hostid.HostID) (bool, error) {
	o, err := s.Open(ctx, key)
	if err != nil {
		return false, err
	}
	_, err = identOf(o, sent).find(ctx, s.store.Read(), o.LicenseID)
	if errors.Is(err, store.ErrNoRow) {
		return false, noLicense()
	}
	return o.Removal && err == nil, err
}

// ConfirmRemoval is told that the license was removed from its machine. The
// vendor's question is answered by that, and the slot is free: it is the vendor's
// deed, so no deactivation is counted. Faults: ActivationKeyInvalid,
// OrderDisabled, LicenseMissing, RemovalNotAsked, CannotDeactivate while the
// license is being made.
func (s *Service) ConfirmRemoval(ctx context.Context, key string, sent []hostid.HostID) error {
	o, err := s.Open(ctx, key)
	if err != nil {
		return err
	}
	return s.lock(ctx, o.LicenseID, func(ctx context.Context, u *under) error {
		if err := disabled(u.order); err != nil {
			return err
		}
		id := identOf(u.order, sent)
		row, err := u.made(ctx, id)
		if err != nil {
			return err
		}
		if !u.order.Removal {
			return fault.Named(fault.Conflict, fault.RemovalNotAsked, "License removal was not requested.")
		}
		_, err = u.tx.NewRaw(`UPDATE license_orders SET removal = ?, removal_confirmation_time = ? WHERE license_id = ?`,
			false, u.now, u.order.LicenseID).Exec(ctx)
		if err != nil {
			return fmt.Errorf("confirm the removal: %w", err)
		}
		if err := u.giveBack(ctx, id, row); err != nil {
			return err
		}
		return u.trace(ctx, entity.TraceDeactivate, id, seat.Client{})
	})
}
