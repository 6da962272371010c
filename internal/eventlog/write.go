package eventlog

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

const (
	// batchRows is how many entries one transaction writes: few enough that a
	// seat call behind it does not notice.
	batchRows = 250
	// gatherTime is how long the first entry waits for others, so that a quiet
	// server does not commit for each request.
	gatherTime = 250 * time.Millisecond
	// restFactor is how often the time that a batch took is rested after it. The
	// log so gets at most a fifth of the books' writing, and in practice far
	// less, because on SQLite a batch shares its transaction with seat calls.
	restFactor = 4
	// retryTime is how long books that cannot be written are left alone.
	retryTime = time.Second
	// lastTime is how long the last entries of a server that stops may take.
	lastTime = 5 * time.Second
	// readTime is how long a reader waits for the entries before its own.
	readTime = time.Second
)

// Keep writes what comes in and sweeps what is old until ctx ends; then it writes
// what is left.
func (l *Log) Keep(ctx context.Context) {
	// A write that has begun is not cut off: nobody would know whether it was
	// done. The stop only bounds how long it may still take.
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(lastTime, cancel) })()
	var sweeping sync.WaitGroup
	sweeping.Go(func() { l.keepSwept(ctx) })
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-l.queue.wake:
			if l.queue.len() < batchRows {
				pause(ctx, gatherTime)
			}
			l.drain(ctx, work)
		}
	}
	sweeping.Wait()
	if err := l.Flush(work); err != nil {
		l.own.Warn("log entries are lost", "entries", l.queue.len(), "error", err)
	}
}

// drain writes batch after batch and rests between them, until little is left or
// ctx ends.
func (l *Log) drain(ctx, work context.Context) {
	for ctx.Err() == nil {
		start := time.Now()
		n, err := l.writeBatch(work)
		switch {
		case err != nil:
			pause(ctx, retryTime)
			return
		case n < batchRows:
			return
		}
		pause(ctx, restFactor*time.Since(start))
	}
}

// Flush writes what is waiting now. An error leaves it waiting; where ctx ends in
// the middle of a commit, entries may be there twice.
func (l *Log) Flush(ctx context.Context) error {
	for range queueMost/batchRows + 1 {
		if n, err := l.writeBatch(ctx); err != nil || n < batchRows {
			return err
		}
	}
	return nil
}

// writeBatch writes up to batchRows entries and returns how many. What cannot be
// written now waits on; what never can be is lost.
func (l *Log) writeBatch(ctx context.Context) (int, error) {
	select {
	case l.writing <- struct{}{}:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	defer func() { <-l.writing }()
	items, lost := l.queue.take(batchRows)
	if len(items) == 0 && lost == 0 {
		return 0, nil
	}
	rows := make([]entity.LogEntry, 0, len(items)+1)
	for _, it := range items {
		rows = append(rows, it.entry())
	}
	if lost > 0 {
		rows = append(rows, l.lostEntry(lost))
	}
	err := l.insert(ctx, rows)
	if err == nil {
		l.failing = false
		return len(items), nil
	}
	l.report(err)
	if ctx.Err() == nil && !fault.IsKind(err, fault.Unavailable) {
		l.dropped.Add(float64(len(items)))
		items, lost = nil, lost+int64(len(items))
	}
	l.dropped.Add(float64(l.queue.giveBack(items, lost)))
	return 0, err
}

func (l *Log) insert(ctx context.Context, rows []entity.LogEntry) error {
	err := l.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.NewInsert().Model(&rows).Returning("NULL").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("write %d log entries: %w", len(rows), err)
	}
	return nil
}

// report says once that the books do not take the log.
func (l *Log) report(err error) {
	if !l.failing {
		l.own.Warn("the log cannot be written", "error", err)
	}
	l.failing = true
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
