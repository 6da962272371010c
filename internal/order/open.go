package order

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/store"
)

// Open finds an order for who has its key, in any case: with its license,
// template and customer. Faults: ActivationKeyInvalid, OrderDisabled.
func (s *Service) Open(ctx context.Context, key string) (*entity.LicenseOrder, error) {
	o, err := s.byKey(ctx, key)
	if err != nil {
		return nil, err
	}
	return o, disabled(o)
}

// byKey finds an order, disabled or not.
func (s *Service) byKey(ctx context.Context, key string) (*entity.LicenseOrder, error) {
	return s.forEndUser(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("license.user_key IN (?, ?)", key, strings.ToUpper(key)).OrderExpr("license.user_key = ? DESC", key).Limit(1)
	})
}

// forEndUser reads one order with all that the documents and the end users' side
// of it need. Fault: ActivationKeyInvalid.
func (s *Service) forEndUser(ctx context.Context, which func(*bun.SelectQuery) *bun.SelectQuery) (*entity.LicenseOrder, error) {
	var rows []entity.LicenseOrder
	q := s.store.Read().NewSelect().Model(&rows).ColumnExpr("?TableColumns").
		ColumnExpr("COALESCE((SELECT p.held FROM seat_pools p WHERE p.license_id = ?TableAlias.license_id AND p.kind = ?), 0) AS activated", entity.PoolActivation).
		Relation("License").Relation("License.Template").
		Relation("License.Customer", func(q *bun.SelectQuery) *bun.SelectQuery { return q.ExcludeColumn("image", "meta") })
	if err := which(q).Scan(ctx); err != nil {
		return nil, fmt.Errorf("find a license order: %w", store.Normalise(err))
	}
	if len(rows) == 0 {
		return nil, noOrder()
	}
	return &rows[0], nil
}

func noOrder() error {
	return fault.Named(fault.NotFound, fault.ActivationKeyInvalid, "Invalid activation key.")
}

func noLicense() error {
	return fault.Named(fault.NotFound, fault.LicenseMissing, "License does not exist.")
}

// disabled is the fault of an order that is closed to end users.
func disabled(o *entity.LicenseOrder) error {
	if o.License.Revoked {
		return fault.Named(fault.Forbidden, fault.OrderDisabled, "License order disabled.")
	}
	return nil
}

// endOf is when the last feature of an order ends on a machine whose terms count
// from since; none: never, or not before its first activation.
func endOf(o *entity.LicenseOrder, since entity.Time) entity.Time {
	if !o.License.Features.CountsFromActivation() {
		return o.License.ExpireDate
	}
	return o.License.Features.ActivatedAt(since).LastEnd()
}

// over is the fault of an order of which all features have ended on a machine.
func over(o *entity.LicenseOrder, since, now entity.Time) error {
	if endOf(o, since).Reached(now.Std()) {
		return fault.Named(fault.Forbidden, fault.LicenseExpired, "The license has expired")
	}
	return nil
}

// refuseWithout is the fault of an order whose texts cannot be made here. The
// generator of a product never changes.
func (s *Service) refuseWithout(ctx context.Context, o *entity.LicenseOrder) error {
	p, err := s.ProductOf(ctx, o)
	if err == nil && p != nil && !HasGenerator(p) {
		err = fault.Named(fault.Forbidden, fault.NoGenerator, "License generator not uploaded.")
	}
	return err
}

// under is an order in a transaction that has locked its slots: neither they nor
// the order's terms are changed by anybody else.
type under struct {
	tx    *store.Tx
	slots *seat.Slots
	order *entity.LicenseOrder // with its license, without its relations
	now   entity.Time
}

// lock runs do under the lock of an order's slots. As with store.Write, do may
// run more than once.
func (s *Service) lock(ctx context.Context, licenseID int64, do func(context.Context, *under) error) error {
	return s.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		slots, err := seat.LockSlots(ctx, tx, licenseID)
		if errors.Is(err, store.ErrNoRow) {
			return noOrder()
		}
		if err != nil {
			return err
		}
		o := new(entity.LicenseOrder)
		err = tx.NewSelect().Model(o).Where("?TableAlias.license_id = ?", licenseID).
			Relation("License", func(q *bun.SelectQuery) *bun.SelectQuery { return q.ExcludeColumn("license_key") }).Scan(ctx)
		if err != nil {
			return fmt.Errorf("read the license order: %w", err)
		}
		now, err := s.time(ctx, tx)
		if err != nil {
			return err
		}
		return do(ctx, &under{tx, slots, o, now})
	})
}

// time is what end users' doings are dated and judged by. Nodes that share a
// PostgreSQL must agree on it, so there it is the database's; a clock that is not
// the system's (a test's) is used on both.
func (s *Service) time(ctx context.Context, db bun.IDB) (entity.Time, error) {
	if _, system := s.clock.(*clock.System); !system || s.store.Engine() != store.Postgres {
		return s.now(), nil
	}
	var µs int64
	if err := db.NewRaw("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint").Scan(ctx, &µs); err != nil {
		return entity.Time{}, fmt.Errorf("read the clock of the books: %w", store.Normalise(err))
	}
	return entity.TimeOf(time.UnixMicro(µs)), nil
}
