package order

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/store"
)

// Licensing answers the seat calls that applications make with an order's key:
// it is a seat.Orders. A machine id is read as HostIDs or is a name of the
// application's own; the activations are those of the end users' surface. Faults
// are those of seat calls, and HostIDInvalid, HostIDMissing, CannotDeactivate and
// AccountExhausted.
type Licensing struct{ orders *Service }

// Licensing is the door of the orders for applications.
func (s *Service) Licensing() *Licensing { return &Licensing{s} }

// signTries bounds how often an activation is signed again because the order was
// changed in between.
const signTries = 16

// errStale is what was signed of an order or activation that is another by now.
var errStale = errors.New("the order was changed meanwhile")

// Activate takes a slot for the machine, or finds the one that it has, and gives
// the copy that is locked to it. All is signed before the write, which counts
// only if the order is still the one that was signed: so the license text of the
// end users' surface is there too when this is answered.
func (l *Licensing) Activate(ctx context.Context, userKey string, c seat.Client) (*seat.Grant, error) {
	for range signTries {
		g, err := l.tryActivate(ctx, userKey, c)
		if !errors.Is(err, errStale) {
			return g, asSeat(err)
		}
	}
	return nil, fault.New(fault.Unavailable, "the license is being changed; try again")
}

// signed is what an application gets, made outside of any transaction.
type signed struct {
	revision int64 // of the license that it was made from
	locked   *entity.License
	text     *made       // nil: the activation has its text
	before   *activation // what there was of the machine; nil: nothing
	since    entity.Time
	time     entity.Time // of the activation
}

func (l *Licensing) tryActivate(ctx context.Context, userKey string, c seat.Client) (*seat.Grant, error) {
	s := l.orders
	o, id, err := l.open(ctx, userKey, c)
	if err != nil {
		return nil, err
	}
	now, err := s.time(ctx, s.store.Read())
	if err != nil {
		return nil, err
	}
	if err := over(o, entity.Time{}, now); err != nil {
		return nil, err
	}
	row, err := id.find(ctx, s.store.Read(), o.LicenseID)
	if errors.Is(err, store.ErrNoRow) {
		row, err = nil, nil
	}
	if err != nil {
		return nil, err
	}
	if row != nil {
		if err := over(o, row.Since, now); err != nil {
			return nil, err
		}
	}
	if row != nil && row.Ready && row.MachineID == c.MachineID && !o.License.Trace {
		if g, err := l.current(ctx, o, row); g != nil || err != nil {
			return g, err
		}
	}
	made, err := l.sign(ctx, o, id, row, now)
	if err != nil {
		return nil, err
	}
	var g *seat.Grant
	err = s.withToken(ctx, func(token string) error {
		return s.lock(ctx, o.LicenseID, func(ctx context.Context, u *under) (err error) {
			g, err = l.write(ctx, u, claim{ident: id, token: token, time: made.time, client: c}, made)
			return err
		})
	})
	return g, err
}

// open finds the order of a key and what machine the caller is there.
func (l *Licensing) open(ctx context.Context, userKey string, c seat.Client) (*entity.LicenseOrder, ident, error) {
	// As it is: the keys of this surface are case-sensitive.
	o, err := l.orders.forEndUser(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("license.user_key = ?", userKey) })
	if err != nil {
		return nil, ident{}, err
	}
	if err := disabled(o); err != nil {
		return nil, ident{}, err
	}
	if o.License.LicensingMode != entity.Activation {
		return nil, ident{}, fault.Named(fault.Conflict, fault.WrongLicensingMode,
			"The license order is of the type network: its seats are requested and released here")
	}
	id, err := identOfMachine(o, c)
	return o, id, err
}

// current is the grant of an activation whose copy is that of the order as it is;
// nil where it has to be signed.
func (l *Licensing) current(ctx context.Context, o *entity.LicenseOrder, row *activation) (*seat.Grant, error) {
	if row.Token.NodeLockedLicenseID == nil {
		return nil, nil
	}
	locked, err := store.Get[entity.License](ctx, l.orders.store.Read(), *row.Token.NodeLockedLicenseID)
	if errors.Is(err, store.ErrNoRow) {
		return nil, errStale
	}
	if err != nil || locked.Revision != o.License.Revision {
		return nil, err
	}
	return grantOf(o, row, locked.LicenseKey, o.Activated), nil
}

// sign makes the copy for the machine, and the license text where there is none.
func (l *Licensing) sign(ctx context.Context, o *entity.LicenseOrder, id ident, row *activation, now entity.Time) (*signed, error) {
	s := l.orders
	out := &signed{before: row, since: now, time: now}
	switch {
	case row != nil:
		out.since, out.time = row.Since, row.Token.IssueDate
	case id.missing != nil:
		return nil, id.missing
	case o.Activated >= o.ActivationsAllowed: // nothing lapses, so there is no use in signing
		return nil, exhausted(&fault.Seats{Active: o.Activated, Max: o.ActivationsAllowed})
	default:
		first, err := firstOf(ctx, s.store.Read(), o.LicenseID, id.digest)
		if err != nil {
			return nil, err
		}
		if !first.IsZero() {
			out.since = first
		}
	}
	var err error
	if out.locked, err = s.issuing.NodeLockSince(ctx, o.LicenseID, id.machine, out.since); err != nil {
		return nil, err
	}
	if out.revision = out.locked.Revision; out.revision != o.License.Revision {
		return nil, errStale
	}
	if row != nil && row.Ready {
		return out, nil
	}
	out.text, err = l.textOf(ctx, o, id, out)
	return out, err
}

// textOf is the license text of an activation that is made here. Where the server
// has no generator for it, it is the copy.
func (l *Licensing) textOf(ctx context.Context, o *entity.LicenseOrder, id ident, made *signed) (*made, error) {
	row := made.before
	if row == nil {
		row = &activation{HostIDs: id.hostids, MachineID: id.machine, Since: made.since, Token: &entity.LicenseToken{IssueDate: made.time}}
	}
	err := l.orders.refuseWithout(ctx, o)
	if fault.Is(err, fault.NoGenerator) {
		return madeOf(o, row, made.locked.LicenseKey), nil
	}
	if err != nil {
		return nil, err
	}
	return l.orders.text(ctx, o, row)
}

// write takes or finds the slot and stores what was signed for it.
func (l *Licensing) write(ctx context.Context, u *under, c claim, made *signed) (*seat.Grant, error) {
	if err := disabled(u.order); err != nil {
		return nil, err
	}
	if u.order.License.Revision != made.revision {
		return nil, errStale
	}
	row, err := c.find(ctx, u.tx, u.order.LicenseID)
	switch {
	case errors.Is(err, store.ErrNoRow) && made.before == nil:
		row, err = l.orders.take(ctx, u, c)
	case errors.Is(err, store.ErrNoRow):
		return nil, errStale
	case err == nil && (made.before == nil || row.TokenID != made.before.TokenID || !row.Ready && made.text == nil):
		return nil, errStale
	}
	if err != nil {
		return nil, err
	}
	if !row.Since.Equal(made.since) {
		return nil, errStale
	}
	if err := l.store(ctx, u, c, row, made); err != nil {
		return nil, err
	}
	return grantOf(u.order, row, made.locked.LicenseKey, u.slots.Held), u.trace(ctx, entity.TraceActivate, c.ident, c.client)
}

// store keeps the copy, the text where it was missing, and who has called.
func (l *Licensing) store(ctx context.Context, u *under, c claim, row *activation, made *signed) error {
	if made.text != nil && !row.Ready {
		if err := u.succeed(ctx, row.TokenID, made.text); err != nil {
			return err
		}
		if _, err := u.tx.NewDelete().Model((*job)(nil)).Where("token_id = ?", row.TokenID).Exec(ctx); err != nil {
			return fmt.Errorf("take back the job of activation %d: %w", row.TokenID, err)
		}
	}
	row.MachineID, row.ClientID = c.machine, c.ident.client
	if _, err := u.tx.NewUpdate().Model(row).Column("machine_id", "client_id").WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("note how activation %d is named: %w", row.TokenID, err)
	}
	t := row.Token
	t.LastHeartbeat, t.ClientName, t.Address = u.now, c.client.ClientName, c.client.Address
	if _, err := u.tx.NewUpdate().Model(t).Column("last_heartbeat", "client_name", "address").WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("note who uses activation %d: %w", row.TokenID, err)
	}
	return seat.PutCopy(ctx, u.tx, t, made.locked)
}

func grantOf(o *entity.LicenseOrder, row *activation, document string, held int64) *seat.Grant {
	lic, end := o.License, endOf(o, row.Since)
	return &seat.Grant{
		Counts: countsOf(o, held), Token: row.Token.Token, ExpireAt: end,
		License: seat.License{
			LicenseID: lic.LicenseID, Mode: lic.LicensingMode, ExpireAt: end, SupportExpireAt: lic.SupportExpireDate, Document: document,
		},
	}
}

func countsOf(o *entity.LicenseOrder, held int64) seat.Counts {
	return seat.Counts{LicenseID: o.License.LicenseID, Active: held, Max: o.ActivationsAllowed}
}

// Deactivate is an end user's deed as at the other door: it needs a deactivation
// that is left, and counts.
func (l *Licensing) Deactivate(ctx context.Context, userKey string, c seat.Client) (*seat.Counts, error) {
	o, _, err := l.open(ctx, userKey, c)
	if err != nil {
		return nil, asSeat(err)
	}
	var counts seat.Counts
	err = l.orders.lock(ctx, o.LicenseID, func(ctx context.Context, u *under) error {
		id, err := identOfMachine(u.order, c)
		if err != nil {
			return err
		}
		if err := u.deactivate(ctx, id, c); err != nil {
			return err
		}
		counts = countsOf(u.order, u.slots.Held)
		return nil
	})
	if err != nil {
		return nil, asSeat(err)
	}
	return &counts, nil
}

// Validate says whether the machine has an activation. Its copy is signed for
// the answer where there is none of the order as it is.
func (l *Licensing) Validate(ctx context.Context, userKey string, c seat.Client) (*seat.Grant, error) {
	s := l.orders
	o, id, err := l.open(ctx, userKey, c)
	if err != nil {
		return nil, asSeat(err)
	}
	now, err := s.time(ctx, s.store.Read())
	if err != nil {
		return nil, err
	}
	if err := over(o, entity.Time{}, now); err != nil {
		return nil, err
	}
	row, err := id.find(ctx, s.store.Read(), o.LicenseID)
	if errors.Is(err, store.ErrNoRow) || err == nil && !row.Ready {
		err = noLicense()
	}
	if err != nil {
		return nil, asSeat(err)
	}
	if err := over(o, row.Since, now); err != nil {
		return nil, err
	}
	if row.MachineID == c.MachineID {
		if g, err := l.current(ctx, o, row); g != nil || err != nil && !errors.Is(err, errStale) {
			return g, err
		}
	}
	locked, err := s.issuing.NodeLockSince(ctx, o.LicenseID, c.MachineID, row.Since)
	if err != nil {
		return nil, err
	}
	return grantOf(o, row, locked.LicenseKey, o.Activated), nil
}

// Holder is who holds a token in the books, if it is an order's activation and
// the caller's machine id means the machine of the activation.
func (l *Licensing) Holder(ctx context.Context, token string, c seat.Client) (seat.Holder, bool, error) {
	s := l.orders
	var rows []activation
	err := s.store.Read().NewSelect().Model(&rows).Relation("Token").Where("token.token = ?", token).Scan(ctx)
	if err != nil {
		return seat.Holder{}, false, fmt.Errorf("find the activation of a token: %w", store.Normalise(err))
	}
	if len(rows) == 0 {
		return seat.Holder{}, false, nil
	}
	row := &rows[0]
	o, err := s.forEndUser(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("?TableAlias.license_id = ?", row.LicenseID) })
	if err != nil {
		return seat.Holder{}, false, err
	}
	id, err := identOfMachine(o, c)
	if err != nil {
		return seat.Holder{}, false, nil // no HostIDs, so not the holder's
	}
	now, err := s.time(ctx, s.store.Read())
	if err != nil {
		return seat.Holder{}, false, err
	}
	holder := seat.Holder{Client: c, End: endOf(o, row.Since), Over: over(o, row.Since, now) != nil}
	holder.MachineID, holder.ClientID = row.Token.MachineID, row.Token.ClientID
	is := slices.Contains([]string{id.digest, id.sent}, row.Token.MachineID) || id.sent == row.SentDigest
	return holder, is, nil
}

// Name gives tokens the ids that their activations were made with.
func (l *Licensing) Name(ctx context.Context, tokens []entity.LicenseToken) error {
	if len(tokens) == 0 {
		return nil
	}
	ids, at := make([]int64, len(tokens)), map[int64]*entity.LicenseToken{}
	for i := range tokens {
		ids[i], at[tokens[i].ID] = tokens[i].ID, &tokens[i]
	}
	var rows []activation
	err := l.orders.store.Read().NewSelect().Model(&rows).Column("token_id", "hostids", "machine_id", "client_id").
		Where("token_id IN (?)", bun.List(ids)).Scan(ctx)
	if err != nil {
		return fmt.Errorf("read how activations are named: %w", store.Normalise(err))
	}
	for _, r := range rows {
		t := at[r.TokenID]
		t.ClientID = r.ClientID
		if t.MachineID = r.MachineID; t.MachineID == "" {
			t.MachineID = r.HostIDs
		}
	}
	return nil
}

// asSeat is a fault of the end users' side in the words of seat calls.
func asSeat(err error) error {
	f := fault.Of(err)
	if f == nil {
		return err
	}
	switch f.Code {
	case fault.ActivationKeyInvalid:
		return fault.Named(fault.NotFound, fault.LicenseKeyNotFound, "License key not found")
	case fault.OrderDisabled:
		return fault.Named(fault.Forbidden, fault.LicenseRevoked, "The license has been revoked")
	case fault.LicenseMissing:
		return fault.Named(fault.NotFound, fault.TokenNotFound, "License token not found")
	case fault.ActivationsExhausted:
		full := fault.Named(fault.Conflict, fault.NoSeatAvailable, "All seats of the license are taken")
		full.Seats = f.Seats
		return full
	}
	return err
}
