package order

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

const (
	// leaseTime is how long a job is one worker's. It is much longer than making
	// a text takes.
	leaseTime = time.Minute
	// A job that fails for reasons that pass is tried again after a second, then
	// two, then four, …
	firstDelay = time.Second
	longDelay  = time.Minute
	// giveUpAfter is how long it is tried: a slot is not held for ever by what
	// will never be.
	giveUpAfter = 24 * time.Hour
	// maxJobs is how many jobs a worker takes at once.
	maxJobs = 16
	// maxFailures is how many failures of an order are kept; whoever has its key
	// can cause them.
	maxFailures = 100
)

// job is a text that is to be made. Attempts also tells workers apart: one that
// was too slow finds another number than its own.
type job struct {
	bun.BaseModel `bun:"table:order_jobs,alias:job"`

	TokenID      int64       `bun:"token_id,pk"`
	CreatedAt    entity.Time `bun:"created_at"`
	NextAt       entity.Time `bun:"next_at"`
	ClaimedUntil entity.Time `bun:"claimed_until"`
	Attempts     int64       `bun:"attempts"`
}

// dueNow are the jobs that may be claimed at ?0. What is far beyond any pause or
// lease, by ?3, was written before the clock was set back: it would wait for as
// long as the clock was set back.
const dueNow = `(next_at <= ?0 OR next_at > ?0 + ?3) AND (claimed_until IS NULL OR claimed_until <= ?0 OR claimed_until > ?0 + ?3)`

// farAhead is the ?3 of dueNow.
const farAhead = 2 * max(leaseTime, longDelay)

// claimJobs takes the jobs that have been due for the longest; none where there
// is nothing to do.
func (s *Service) claimJobs(ctx context.Context) ([]job, error) {
	now, err := s.time(ctx, s.store.Read())
	if err != nil {
		return nil, err
	}
	var due bool // a look before a write is begun for nothing
	err = s.store.Read().NewRaw(`SELECT EXISTS (SELECT 1 FROM order_jobs WHERE `+dueNow+`)`, now, nil, nil, farAhead.Microseconds()).Scan(ctx, &due)
	if err != nil || !due {
		return nil, store.Normalise(err)
	}
	// Nodes must neither wait for each other's claims nor take them; SQLite has
	// one writer, and no words for it.
	skip := ""
	if s.store.Engine() == store.Postgres {
		skip = "FOR UPDATE SKIP LOCKED"
	}
	var jobs []job
	err = s.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		jobs = nil
		return tx.NewRaw(`UPDATE order_jobs SET attempts = attempts + 1, claimed_until = ?1 WHERE token_id IN
			(SELECT token_id FROM order_jobs WHERE `+dueNow+` ORDER BY next_at, token_id LIMIT ?2 `+skip+`) RETURNING *`,
			now, entity.TimeOf(now.Std().Add(leaseTime)), maxJobs, farAhead.Microseconds()).Scan(ctx, &jobs)
	})
	if err != nil {
		return nil, fmt.Errorf("claim jobs: %w", err)
	}
	return jobs, nil
}

// Recover is called before the worker of a SQLite server starts: there is no
// other, so what is claimed was a dead one's, and is due now.
func (s *Service) Recover(ctx context.Context) error {
	if s.store.Engine() == store.Postgres {
		return nil
	}
	err := s.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.NewRaw(`UPDATE order_jobs SET claimed_until = NULL WHERE claimed_until IS NOT NULL`).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("take over claimed jobs: %w", err)
	}
	return nil
}

// errLost is a job that is another worker's now, or gone with its activation.
var errLost = errors.New("the job is not this worker's any more")

// settle ends a job under the lock of its order's slots, unless it is lost. Where
// the order was changed since it was read, the job begins anew: a change that is
// acknowledged counts for all that is made afterwards.
func (s *Service) settle(ctx context.Context, j job, row *activation, how func(context.Context, *under) error) error {
	err := s.lock(ctx, row.LicenseID, func(ctx context.Context, u *under) error {
		done, err := u.tx.NewDelete().Model((*job)(nil)).Where("token_id = ?", j.TokenID).Where("attempts = ?", j.Attempts).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(errLost, err)
		}
		if u.order.License.Revision != row.License.Revision {
			return errStale
		}
		return how(ctx, u)
	})
	if errors.Is(err, errStale) {
		return s.postpone(ctx, j, 0)
	}
	if errors.Is(err, errLost) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("settle the job of activation %d: %w", j.TokenID, err)
	}
	return nil
}

// succeed writes the text down.
func (u *under) succeed(ctx context.Context, tokenID int64, m *made) error {
	_, err := u.tx.NewUpdate().Model(&activation{
		TokenID: tokenID, Ready: true, Content: m.content, Filename: m.filename, Expiration: m.expiration, MaintenanceEnd: m.maintenanceEnd,
	}).Column("ready", "content", "filename", "expiration", "maintenance_end").WherePK().Exec(ctx)
	if err != nil {
		return fmt.Errorf("write the text of activation %d: %w", tokenID, err)
	}
	return nil
}

// fail gives back all that the activation has taken, and keeps why.
func (u *under) fail(ctx context.Context, row *activation, why string) error {
	if err := u.slots.GiveBack(ctx, u.tx, row.Token); err != nil {
		return err
	}
	if err := refund(ctx, u.tx, row.Pool); err != nil {
		return err
	}
	for _, st := range []struct {
		query string
		args  []any
	}{
		// It was no activation, so it was not the first either.
		{`DELETE FROM first_activations WHERE license_id = ? AND digest = ? AND time = ?`, []any{row.LicenseID, row.Token.MachineID, row.Token.IssueDate}},
		{`INSERT INTO order_failures (license_id, digest, sent_digest, hostids, asked_at, message, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			[]any{row.LicenseID, row.Token.MachineID, row.SentDigest, row.HostIDs, row.Token.IssueDate, why, u.now}},
		{`DELETE FROM order_failures WHERE license_id = ?0 AND id NOT IN
			(SELECT id FROM order_failures WHERE license_id = ?0 ORDER BY id DESC LIMIT ?1)`, []any{row.LicenseID, maxFailures}},
	} {
		if _, err := u.tx.NewRaw(st.query, st.args...).Exec(ctx); err != nil {
			return fmt.Errorf("write down why activation %d failed: %w", row.TokenID, err)
		}
	}
	return nil
}

// postpone lets a job be tried again: at once, or after a pause.
func (s *Service) postpone(ctx context.Context, j job, pause time.Duration) error {
	err := s.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		now, err := s.time(ctx, tx)
		if err != nil {
			return err
		}
		_, err = tx.NewRaw(`UPDATE order_jobs SET claimed_until = NULL, next_at = ? WHERE token_id = ? AND attempts = ?`,
			entity.TimeOf(now.Std().Add(pause)), j.TokenID, j.Attempts).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("postpone the job of activation %d: %w", j.TokenID, err)
	}
	return nil
}

// delay is the pause behind the n-th attempt, from 1.
func delay(n int64) time.Duration {
	d := firstDelay
	for ; n > 1 && d < longDelay; n-- {
		d *= 2
	}
	return min(d, longDelay)
}
