package issuing

import "sync"

// queues lets work on the same id wait for each other. The zero value is ready.
type queues struct {
	mu   sync.Mutex
	byID map[int64]*queue
}

type queue struct {
	mu   sync.Mutex
	want int // who holds or waits for it; guarded by queues.mu
}

// lock waits for its turn and returns what ends it.
func (q *queues) lock(id int64) (unlock func()) {
	q.mu.Lock()
	if q.byID == nil {
		q.byID = make(map[int64]*queue)
	}
	one := q.byID[id]
	if one == nil {
		one = &queue{}
		q.byID[id] = one
	}
	one.want++
	q.mu.Unlock()
	one.mu.Lock()
	return func() {
		one.mu.Unlock()
		q.mu.Lock()
		defer q.mu.Unlock()
		if one.want--; one.want == 0 {
			delete(q.byID, id)
		}
	}
}
