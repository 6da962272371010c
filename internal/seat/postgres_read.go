package seat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

// pgNow completes a reading with the database's clock where that one decides.
func (b *postgresBooks) now(ctx context.Context, given instant) (instant, error) {
	if !b.ownClock {
		return given, nil
	}
	var µs int64
	err := b.pool.QueryRow(ctx, `SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint`).Scan(&µs)
	if err != nil {
		return instant{}, fmt.Errorf("read the database's clock: %w", store.Normalise(err))
	}
	t := entity.TimeOfMicros(µs).Std()
	return at(t), nil
}

// at is the time of the database's clock, for leases and for dates.
func at(t time.Time) instant { return instant{Reading: clock.Reading{Lease: t, Wall: t}} }

const pgFind = `SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, ` + findColumns + ` ` + findTables

func (b *postgresBooks) find(ctx context.Context, c keyCall) (found, error) {
	var row findRow
	var read entity.Time
	err := b.pool.QueryRow(ctx, pgFind, c.client.MachineID, c.client.ClientID, c.userKey).Scan(append([]any{&read}, row.dest()...)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return found{verdict: noLicense}, nil
	}
	if err != nil {
		return found{}, fmt.Errorf("find the license: %w", store.Normalise(err))
	}
	if b.ownClock {
		return row.judged(c, at(read.Std())), nil
	}
	return row.judged(c, c.now), nil
}

const pgHolders = `SELECT id, kind, token, address, client_id, client_name, machine_id, issue_date, expire_at, last_heartbeat, license_id
	FROM license_tokens WHERE license_id = $1 AND (expire_at IS NULL OR expire_at > $2) AND id > $3 ORDER BY id LIMIT $4`

func (b *postgresBooks) holders(ctx context.Context, licenseID int64, _ entity.Time, given instant, after int64, limit int) ([]entity.LicenseToken, error) {
	now, err := b.now(ctx, given)
	if err != nil {
		return nil, err
	}
	rows, err := b.pool.Query(ctx, pgHolders, licenseID, entity.TimeOf(now.Lease).Micros(), after, limit)
	if err != nil {
		return nil, fmt.Errorf("list the holders: %w", store.Normalise(err))
	}
	tokens, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (t entity.LicenseToken, err error) {
		err = row.Scan(&t.ID, &t.Kind, &t.Token, &t.Address, &t.ClientID, &t.ClientName, &t.MachineID,
			&t.IssueDate, &t.ExpireDate, &t.LastHeartbeat, &t.LicenseID)
		return t, err
	})
	if err != nil {
		return nil, fmt.Errorf("list the holders: %w", store.Normalise(err))
	}
	return tokens, nil
}

func (b *postgresBooks) tokensInUse(ctx context.Context, tokens []string) (map[string]bool, error) {
	rows, err := b.pool.Query(ctx, `SELECT token FROM license_tokens WHERE token = ANY($1)`, tokens)
	if err != nil {
		return nil, fmt.Errorf("look up tokens: %w", store.Normalise(err))
	}
	used, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("look up tokens: %w", store.Normalise(err))
	}
	return setOf(used), nil
}

func (b *postgresBooks) lapsedLicenses(ctx context.Context, after int64, given instant, limit int) ([]int64, error) {
	now, err := b.now(ctx, given)
	if err != nil {
		return nil, err
	}
	rows, err := b.pool.Query(ctx, lapsedLicenses, after, entity.TimeOf(now.Lease).Micros(), limit)
	if err != nil {
		return nil, fmt.Errorf("list licenses with lapsed leases: %w", store.Normalise(err))
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("list licenses with lapsed leases: %w", store.Normalise(err))
	}
	return ids, nil
}
