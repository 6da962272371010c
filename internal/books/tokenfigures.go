package books

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

// tokenCount counts tokens, which no counter can: a lease lapses without a
// change to the books, and a claim must not pay for a counter. Few are counted
// when they are asked for, many in the background.
type tokenCount struct {
	store *store.Store
	clock clock.Clock
	chunk int // how many rows one read counts, and how many are few
	last  atomic.Pointer[TokenFigures]
	first sync.Mutex // held while many are counted for somebody who waits
}

// fewTokens are counted in a millisecond or two.
const fewTokens = 1000

func newTokenCount(st *store.Store, c clock.Clock) *tokenCount {
	return &tokenCount{store: st, clock: c, chunk: fewTokens}
}

// figures counts few tokens, and tells the last count of many. Only who asks
// before the first count has ended waits for one.
func (c *tokenCount) figures(ctx context.Context) (TokenFigures, error) {
	if last := c.last.Load(); last != nil && last.rows() > int64(c.chunk) {
		return *last, nil
	}
	few, after, err := c.count(ctx, 0)
	if err != nil || after == 0 {
		return few, err
	}
	return c.countFirst(ctx)
}

// countFirst counts for whoever waits, once for all of them.
func (c *tokenCount) countFirst(ctx context.Context) (TokenFigures, error) {
	c.first.Lock()
	defer c.first.Unlock()
	if last := c.last.Load(); last != nil && last.rows() > int64(c.chunk) {
		return *last, nil
	}
	return c.countAll(ctx, 0)
}

func (f TokenFigures) rows() int64 { return f.Activation + f.Floating + f.Expired }

// countAll counts every row, chunk by chunk. After each it rests for that many
// times as long as the chunk took.
func (c *tokenCount) countAll(ctx context.Context, rests int) (all TokenFigures, err error) {
	for after := int64(0); ; {
		start := time.Now()
		part, next, err := c.count(ctx, after)
		if err != nil {
			return TokenFigures{}, err
		}
		all.Activation += part.Activation
		all.Floating += part.Floating
		all.Expired += part.Expired
		if after = next; after == 0 {
			c.last.Store(&all)
			return all, nil
		}
		if err := rest(ctx, time.Duration(rests)*time.Since(start)); err != nil {
			return TokenFigures{}, err
		}
	}
}

// count counts a chunk of rows behind an id. Next is the last one's id, 0 when
// there are no more. Only activations look at their license.
func (c *tokenCount) count(ctx context.Context, after int64) (f TokenFigures, next int64, err error) {
	now, rows := c.clock.Read(), 0
	err = c.store.Read().NewRaw(`SELECT COUNT(*), COALESCE(MAX(id), 0), COUNT(CASE WHEN kind = 1 AND live THEN 1 END),
			COUNT(CASE WHEN kind = 2 AND live THEN 1 END), COUNT(CASE WHEN NOT live THEN 1 END)
		FROM (SELECT t.id, t.kind, CASE WHEN t.kind = 2 THEN t.expire_at > ? ELSE (SELECT l.expire_date IS NULL OR l.expire_date > ?
				FROM licenses l WHERE l.id = t.license_id) END AS live
			FROM (SELECT id, kind, expire_at, license_id FROM license_tokens WHERE id > ? ORDER BY id LIMIT ?) t) judged`,
		entity.TimeOf(now.Lease), entity.TimeOf(now.Wall), after, c.chunk).
		Scan(ctx, &rows, &next, &f.Activation, &f.Floating, &f.Expired)
	if err != nil {
		return f, 0, fmt.Errorf("count the tokens: %w", store.Normalise(err))
	}
	if rows < c.chunk {
		next = 0
	}
	return f, next, nil
}

func rest(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

const (
	// countInterval is the pause between two counts of tokens.
	countInterval = 15 * time.Second
	// countRests makes counting take a hundredth of one core's time.
	countRests = 99
	// foldInterval bounds how many rows Figures has to add.
	foldInterval = 5 * time.Second
)

// Keep counts tokens and folds figures until ctx ends. The first count does not
// rest. report gets what goes wrong.
func (s *Service) Keep(ctx context.Context, report func(error)) {
	var both sync.WaitGroup
	both.Go(func() {
		_, err := s.tokens.countFirst(ctx)
		for {
			if err != nil && ctx.Err() == nil {
				report(err)
			}
			if rest(ctx, countInterval) != nil {
				return
			}
			_, err = s.tokens.countAll(ctx, countRests)
		}
	})
	both.Go(func() {
		for {
			if err := s.foldFigures(ctx, foldRows); err != nil && ctx.Err() == nil {
				report(err)
			}
			if rest(ctx, foldInterval) != nil {
				return
			}
		}
	})
	both.Wait()
}
