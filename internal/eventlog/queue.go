package eventlog

import (
	"log/slog"
	"slices"
	"sync"
	"time"
)

// item is a line as it came. It becomes an entry when it is written, so that the
// request that it tells of does not wait for the formatting.
type item struct {
	at    time.Time
	line  slog.Record
	attrs []slog.Attr // of the logger, beside the line's own
}

// queue holds lines until they are written. Nobody who puts one in ever waits for
// more than the lock.
type queue struct {
	most int
	wake chan struct{} // has a value when there is something to write

	mu    sync.Mutex
	items []*item
	lost  int64 // dropped, and not yet told of
}

func newQueue(most int) *queue { return &queue{most: most, wake: make(chan struct{}, 1)} }

// put adds a line, or drops it when the queue is full.
func (q *queue) put(it *item) (kept bool) {
	q.mu.Lock()
	if kept = len(q.items) < q.most; kept {
		q.items = append(q.items, it)
	} else {
		q.lost++
	}
	q.mu.Unlock()
	q.rouse()
	return kept
}

func (q *queue) rouse() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take removes up to n lines, and the number of those lost.
func (q *queue) take(n int) (items []*item, lost int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n = min(n, len(q.items))
	items = slices.Clone(q.items[:n])
	q.items = slices.Delete(q.items, 0, n)
	lost, q.lost = q.lost, 0
	return items, lost
}

// giveBack puts taken lines back to the front. Younger ones that have no room any
// more are lost; it returns how many.
func (q *queue) giveBack(items []*item, lost int64) (dropped int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.items = slices.Insert(q.items, 0, items...)
	if over := len(q.items) - q.most; over > 0 {
		q.items = slices.Delete(q.items, q.most, len(q.items))
		dropped = int64(over)
	}
	q.lost += lost + dropped
	q.rouse()
	return dropped
}

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items)
}
