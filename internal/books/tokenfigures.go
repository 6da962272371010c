package books

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/store"
)

// tokenCount counts tokens, which no counter can: a lease lapses without a
// change to the books, and a claim must not pay for a counter. Few are counted
// when they are asked for, many in the background. Nobody who asks ever waits
// for the counting of many.
type tokenCount struct {
	store  *store.Store
	clock  clock.Clock
	leases func() seat.Leases
	chunk  int                          // how many rows one read counts, and how many are few
	last   atomic.Pointer[TokenFigures] // nil: none has ended since the start
}

// fewTokens are counted in a millisecond or two.
const fewTokens = 1000

func newTokenCount(st *store.Store, c clock.Clock, leases func() seat.Leases) *tokenCount {
	return &tokenCount{store: st, clock: c, leases: leases, chunk: fewTokens}
}

// figures counts few tokens, and tells the last count of many: this server's, or
// the one that the books remember.
func (c *tokenCount) figures(ctx context.Context) (TokenFigures, error) {
	if last := c.last.Load(); last != nil && last.rows() > int64(c.chunk) {
		return *last, nil
	}
	few, after, err := c.count(ctx, 0)
	if err != nil || after == 0 {
		few.CountedAt = entity.TimeOf(c.clock.Read().Wall)
		return few, err
	}
	return c.remembered(ctx)
}

func (f TokenFigures) rows() int64 { return f.Activation + f.Floating + f.Expired }

// countAll counts every row, chunk by chunk. After each it rests for that many
// times as long as the chunk took. The books remember a count of many.
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
			break
		}
		if err := rest(ctx, time.Duration(rests)*time.Since(start)); err != nil {
			return TokenFigures{}, err
		}
	}
	all.CountedAt = entity.TimeOf(c.clock.Read().Wall)
	c.last.Store(&all)
	if all.rows() <= int64(c.chunk) {
		return all, nil
	}
	return all, c.remember(ctx, all)
}

// countName is the row of server_state that holds the last count of many.
const countName = "token_figures"

func (c *tokenCount) remember(ctx context.Context, f TokenFigures) error {
	text, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("write down the count of tokens: %w", err)
	}
	err = c.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.NewRaw(`INSERT INTO server_state (name, value) VALUES (?, ?)
			ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value`, countName, string(text)).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("write down the count of tokens: %w", err)
	}
	return nil
}

// remembered is the count that the books remember; zero where they have none.
func (c *tokenCount) remembered(ctx context.Context) (f TokenFigures, err error) {
	var text string
	err = c.store.Read().NewRaw(`SELECT value FROM server_state WHERE name = ?`, countName).Scan(ctx, &text)
	if errors.Is(store.Normalise(err), store.ErrNoRow) {
		return TokenFigures{}, nil
	}
	if err != nil {
		return TokenFigures{}, fmt.Errorf("read the last count of tokens: %w", store.Normalise(err))
	}
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		return TokenFigures{}, fmt.Errorf("read the last count of tokens: %w", err)
	}
	return f, nil
}

// count counts a chunk of rows behind an id. Next is the last one's id, 0 when
// there are no more. Only activations look at their license.
func (c *tokenCount) count(ctx context.Context, after int64) (f TokenFigures, next int64, err error) {
	rows := 0
	err = c.store.Read().NewRaw(`SELECT COUNT(*), COALESCE(MAX(id), 0), COUNT(CASE WHEN kind = 1 AND live THEN 1 END),
			COUNT(CASE WHEN kind = 2 AND live THEN 1 END), COUNT(CASE WHEN NOT live THEN 1 END)
		FROM (SELECT t.id, t.kind, CASE WHEN t.kind = 2 THEN t.expire_at > ? ELSE (SELECT l.expire_date IS NULL OR l.expire_date > ?
				FROM licenses l WHERE l.id = t.license_id) END AS live
			FROM (SELECT id, kind, expire_at, license_id FROM license_tokens WHERE id > ? ORDER BY id LIMIT ?) t) judged`,
		c.leases().Over, entity.TimeOf(c.clock.Read().Wall), after, c.chunk).
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
		_, err := s.tokens.countAll(ctx, 0)
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
