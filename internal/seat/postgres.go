package seat

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

// postgresBooks runs each command as one pipelined round trip. A pipeline is
// one implicit transaction: it commits when all of it has gone well.
type postgresBooks struct {
	pool *pgxpool.Pool
	// ownClock leaves the time to the database.
	ownClock bool
}

// times are the first two parameters of every deciding statement.
func (b *postgresBooks) times(now instant) (lease, wall any) {
	if b.ownClock {
		return nil, nil
	}
	return entity.TimeOf(now.Lease).Micros(), entity.TimeOf(now.Wall).Micros()
}

// statement is one step of a pipeline.
type statement struct {
	sql  string
	args []any
}

// lostRaceTries bounds how often a command that PostgreSQL chose as the loser
// of a deadlock is run again.
const lostRaceTries = 5

// pipeline sends all statements at once and scans the row of the last. No row
// is ErrNoRow.
func (b *postgresBooks) pipeline(ctx context.Context, statements []statement, dest ...any) error {
	for try := 1; ; try++ {
		err := b.send(ctx, statements, dest)
		if err == nil || try == lostRaceTries || !store.LostRace(err) {
			return store.Normalise(err)
		}
	}
}

func (b *postgresBooks) send(ctx context.Context, statements []statement, dest []any) (err error) {
	var batch pgx.Batch
	for _, st := range statements {
		batch.Queue(st.sql, st.args...)
	}
	results := b.pool.SendBatch(ctx, &batch)
	// The commit is confirmed by the end of the pipeline, so nothing counts
	// before Close has read it.
	defer func() {
		if closed := results.Close(); err == nil || errors.Is(err, pgx.ErrNoRows) && closed != nil {
			err = closed
		}
	}()
	last := len(statements) - 1
	for range last {
		if _, err := results.Exec(); err != nil {
			return err
		}
	}
	// The deciding row is read even where there is none, so that Close follows.
	return results.QueryRow().Scan(dest...)
}

func (b *postgresBooks) claim(ctx context.Context, c claim) (outcome, error) {
	lease, wall := b.times(c.now)
	var revision, document, hash, restrictions any
	if c.copy != nil {
		revision, document, hash, restrictions = c.copy.revision, c.copy.document, c.copy.hash, c.copy.restrictions
	}
	var out outcome
	g := &out.grant
	var allowed, held sql.NullInt64
	var token sql.NullString
	var left int64 // of the lease, in microseconds
	err := b.pipeline(ctx, []statement{
		{pgLockPool, []any{c.userKey, c.kind}},
		{pgLockOwn, []any{c.userKey, c.kind, c.client.MachineID, c.client.ClientID}},
		{pgClaim, []any{lease, wall, c.userKey, c.kind, c.client.MachineID, c.client.ClientID, c.client.ClientName,
			c.client.Address, c.token, c.lease.Microseconds(), c.action(), maxReap, revision, document, hash, restrictions}},
	}, &out.verdict, &g.LicenseID, &g.License.Mode, &g.License.ExpireAt, &g.License.SupportExpireAt,
		&g.License.Document, &allowed, &held, &token, &g.ExpireAt, &left)
	switch {
	case errors.Is(err, store.ErrNoRow):
		return outcome{verdict: noLicense}, nil
	case errors.Is(err, store.ErrDuplicate):
		// Only the token string can collide: claims of an identity queue at its pool.
		return outcome{verdict: tokenTaken}, nil
	case err != nil:
		return outcome{}, fmt.Errorf("claim a seat: %w", err)
	}
	g.setCounts(held.Int64, allowed)
	g.Token, g.License.LicenseID, g.Lease = token.String, g.LicenseID, time.Duration(left)*time.Microsecond
	if g.ExpireAt.IsZero() {
		g.ExpireAt = g.License.ExpireAt
	}
	return out, nil
}

func (b *postgresBooks) beat(ctx context.Context, c tokenCall) (outcome, error) {
	lease, wall := b.times(c.now)
	var out outcome
	var allowed, held sql.NullInt64
	var left int64
	err := b.pipeline(ctx, []statement{
		{pgLockToken, []any{c.token}},
		{pgBeat, []any{lease, wall, c.token, c.client.MachineID, c.client.ClientID, c.lease.Microseconds()}},
	}, &out.verdict, &out.grant.LicenseID, &allowed, &held, &out.grant.ExpireAt, &left)
	if errors.Is(err, store.ErrNoRow) {
		return outcome{verdict: noToken}, nil
	}
	if err != nil {
		return outcome{}, fmt.Errorf("renew a seat: %w", err)
	}
	out.grant.Lease = time.Duration(left) * time.Microsecond
	out.grant.setCounts(held.Int64, allowed)
	return out, nil
}

func (b *postgresBooks) release(ctx context.Context, c tokenCall) (outcome, error) {
	lease, wall := b.times(c.now)
	return b.giveBack(ctx, noToken, []statement{
		{pgLockTokenPool, []any{c.token}},
		{pgLockToken, []any{c.token}},
		{pgRelease, []any{lease, wall, c.token, c.client.MachineID, c.client.ClientID, c.client.Address,
			c.client.ClientName, entity.TraceRelease}},
	})
}

func (b *postgresBooks) deactivate(ctx context.Context, c keyCall) (outcome, error) {
	lease, wall := b.times(c.now)
	return b.giveBack(ctx, noLicense, []statement{
		{pgLockPool, []any{c.userKey, c.kind}},
		{pgLockOwn, []any{c.userKey, c.kind, c.client.MachineID, c.client.ClientID}},
		{pgDeactivate, []any{lease, wall, c.userKey, c.client.MachineID, c.client.ClientID, c.client.Address,
			c.client.ClientName, entity.TraceDeactivate}},
	})
}

func (b *postgresBooks) giveBack(ctx context.Context, none verdict, statements []statement) (outcome, error) {
	var out outcome
	var allowed, held sql.NullInt64
	err := b.pipeline(ctx, statements, &out.verdict, &out.grant.LicenseID, &out.grant.License.Mode, &allowed, &held)
	if errors.Is(err, store.ErrNoRow) {
		return outcome{verdict: none}, nil
	}
	if err != nil {
		return outcome{}, fmt.Errorf("give a seat back: %w", err)
	}
	out.grant.setCounts(held.Int64, allowed)
	return out, nil
}

func (b *postgresBooks) reap(ctx context.Context, licenseID int64, now instant, limit int) (int64, error) {
	lease, wall := b.times(now)
	var n int64
	err := b.pipeline(ctx, []statement{
		{`SELECT 1 FROM seat_pools WHERE license_id = $1 AND kind = 2 FOR UPDATE`, []any{licenseID}},
		{pgReap, []any{lease, wall, licenseID, limit}},
	}, &n)
	if err != nil {
		return 0, fmt.Errorf("reap lapsed leases: %w", err)
	}
	return n, nil
}
