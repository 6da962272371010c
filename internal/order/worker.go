package order

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

const (
	// look is how often Work looks for jobs of nodes that died, and for those
	// whose time has come. Its own node's it is told of.
	look = 2 * time.Second
	// settleTime is how long writing down an outcome may take.
	settleTime = 30 * time.Second
)

// Work makes the licenses that were asked for, those of nodes that died too,
// until ctx ends; what is being made then is finished, and what is waiting is for
// who comes next. report gets what goes wrong with the books; what goes wrong
// with a license is kept for who asked.
func (s *Service) Work(ctx context.Context, report func(error)) {
	try := func(err error) {
		if err != nil && ctx.Err() == nil {
			report(err)
		}
	}
	tick := time.NewTicker(look)
	defer tick.Stop()
	try(s.Recover(ctx))
	for {
		_, err := s.MakeDue(ctx)
		try(err)
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-tick.C:
		}
	}
}

// wakeUp tells the worker that there is something new.
func (s *Service) wakeUp() {
	select {
	case s.wake <- struct{}{}:
	default: // it has been told already
	}
}

// MakeDue makes all licenses that are due now, once each, and says how many it
// tried. One that cannot be made holds up no other.
func (s *Service) MakeDue(ctx context.Context) (tried int, err error) {
	for ctx.Err() == nil {
		jobs, claimErr := s.claimJobs(ctx)
		if claimErr != nil || len(jobs) == 0 {
			return tried, errors.Join(err, claimErr)
		}
		tried += len(jobs)
		errs := make([]error, len(jobs))
		var all sync.WaitGroup
		for i, j := range jobs {
			all.Go(func() { errs[i] = s.workOn(ctx, j) })
		}
		all.Wait()
		err = errors.Join(append(errs, err)...) // those are not due again now
	}
	return tried, err
}

// workOn makes one text and writes down how it went, even where a stop was asked
// for meanwhile.
func (s *Service) workOn(ctx context.Context, j job) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	row, m, err := s.makeText(ctx, j)
	return s.conclude(ctx, j, row, m, err)
}

// conclude writes down what came of a job.
func (s *Service) conclude(ctx context.Context, j job, row *activation, m *made, err error) error {
	switch {
	case err == nil:
		return s.settle(ctx, j, row, func(ctx context.Context, u *under) error { return u.succeed(ctx, j.TokenID, m) })
	case errors.Is(err, store.ErrNoRow):
		return nil // an administrator took the activation away, the job with it
	case row == nil:
		return errors.Join(err, s.postpone(ctx, j, delay(j.Attempts)))
	}
	return s.outcome(ctx, j, row, err)
}

// makeText makes the text of a job. The activation comes with it where it could
// be read.
func (s *Service) makeText(ctx context.Context, j job) (*activation, *made, error) {
	row := new(activation)
	err := s.store.Read().NewSelect().Model(row).Relation("Token").Where("activation.token_id = ?", j.TokenID).Scan(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read activation %d: %w", j.TokenID, store.Normalise(err))
	}
	o, err := s.forEndUser(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("?TableAlias.license_id = ?", row.LicenseID) })
	if err != nil {
		return nil, nil, err
	}
	row.License = o.License // as it was stated
	m, err := s.text(ctx, o, row)
	return row, m, err
}

// outcome judges an error: what only the vendor can mend ends the job, the rest
// is tried again, though not for ever.
func (s *Service) outcome(ctx context.Context, j job, row *activation, err error) error {
	now, clockErr := s.time(ctx, s.store.Read())
	if clockErr != nil {
		return errors.Join(err, clockErr)
	}
	f := fault.Of(err)
	passes := f == nil || f.Kind == fault.Unavailable || f.Kind == fault.Internal
	if passes && now.Std().Sub(j.CreatedAt.Std()) < giveUpAfter {
		return errors.Join(err, s.postpone(ctx, j, delay(j.Attempts)))
	}
	why := "The license could not be made; ask the vendor of the software"
	if !passes {
		why = f.Error()
		err = nil
	}
	return errors.Join(err, s.settle(ctx, j, row, func(ctx context.Context, u *under) error { return u.fail(ctx, row, why) }))
}
