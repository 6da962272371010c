package order

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/store"
)

// tokenTries bounds how often a slot is taken again because its token string was
// in use. Each failure is somebody else's success.
const tokenTries = 16

// withToken runs take with token strings until one is free.
func (s *Service) withToken(ctx context.Context, take func(token string) error) error {
	for try := range tokenTries {
		token, err := s.seats.FreshToken(ctx, try > 0)
		if err != nil {
			return err
		}
		if err := take(token); !errors.Is(err, store.ErrDuplicate) {
			return err
		}
	}
	return fault.New(fault.Unavailable, "the license order is being changed; try again")
}

// claim is a machine that wants a slot.
type claim struct {
	ident
	token  string
	time   entity.Time // of the activation
	client seat.Client // for people; empty at /rest
}

// take takes a slot for a machine that has none. What it writes is not ready. Its
// faults are those of Generate.
func (s *Service) take(ctx context.Context, u *under, c claim) (*activation, error) {
	if c.missing != nil {
		return nil, c.missing
	}
	if err := over(u.order, entity.Time{}, u.now); err != nil {
		return nil, err
	}
	if !u.slots.Free() {
		return nil, exhausted(u.slots.Seats())
	}
	row := &activation{
		LicenseID: u.order.LicenseID, SentDigest: c.sent, HostIDs: c.hostids, MachineID: c.machine, ClientID: c.ident.client,
		Token: &entity.LicenseToken{
			Token: c.token, Address: c.client.Address, ClientName: c.client.ClientName, MachineID: c.digest,
			IssueDate: c.time, LastHeartbeat: c.time,
		},
	}
	if err := u.slots.Take(ctx, u.tx, row.Token); err != nil {
		return nil, err
	}
	row.TokenID = row.Token.ID
	var err error
	if row.Since, err = u.first(ctx, c); err != nil {
		return nil, err
	}
	if err := over(u.order, row.Since, u.now); err != nil {
		return nil, err
	}
	if err := c.forget(ctx, u.tx, row.LicenseID); err != nil {
		return nil, err
	}
	if row.Pool, err = s.draw(ctx, u.tx, u.now); err != nil {
		return nil, err
	}
	if _, err := u.tx.NewInsert().Model(row).Exec(ctx); err != nil {
		return nil, fmt.Errorf("write the activation: %w", err)
	}
	return row, nil
}

func exhausted(seats *fault.Seats) error {
	f := fault.Named(fault.Forbidden, fault.ActivationsExhausted, "All activations of the license order are in use")
	f.Seats = seats
	return f
}

// first is when the machine was activated for the first time; this time, where it
// never was.
func (u *under) first(ctx context.Context, c claim) (entity.Time, error) {
	_, err := u.tx.NewRaw(`INSERT INTO first_activations (license_id, digest, time) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		u.order.LicenseID, c.digest, c.time).Exec(ctx)
	if err != nil {
		return entity.Time{}, fmt.Errorf("note the first activation: %w", err)
	}
	return firstOf(ctx, u.tx, u.order.LicenseID, c.digest)
}

// firstOf is when a machine was first activated under an order; none: never.
func firstOf(ctx context.Context, db bun.IDB, licenseID int64, digest string) (entity.Time, error) {
	var first entity.Time
	err := db.NewRaw(`SELECT time FROM first_activations WHERE license_id = ? AND digest = ?`, licenseID, digest).Scan(ctx, &first)
	if errors.Is(store.Normalise(err), store.ErrNoRow) {
		return entity.Time{}, nil
	}
	if err != nil {
		return entity.Time{}, fmt.Errorf("look for the first activation: %w", store.Normalise(err))
	}
	return first, nil
}

// giveBack ends an activation. The first one of its machine stays known.
func (u *under) giveBack(ctx context.Context, id ident, row *activation) error {
	if err := u.slots.GiveBack(ctx, u.tx, row.Token); err != nil { // the activation's row goes with its token
		return err
	}
	return id.forget(ctx, u.tx, row.LicenseID)
}

// trace records what a machine did, where the license asks for it.
func (u *under) trace(ctx context.Context, action entity.Action, id ident, c seat.Client) error {
	if !u.order.License.Trace {
		return nil
	}
	return seat.Trace(ctx, u.tx, entity.LicenseTrace{
		ClientIP: c.Address, ClientID: id.client, ClientName: c.ClientName, MachineID: id.text(),
		CreatedDate: u.now, Action: action, LicenseID: u.order.LicenseID,
	})
}
