package proof

import (
	"fmt"
	"strings"
	"sync"
)

// History keeps what each worker of a load was told after each of its calls, so
// that books of an earlier moment can be judged too: a backup's.
type History struct {
	mu   sync.Mutex
	load *Load
	past map[*Worker][]*Worker // of each worker, as it stood, the oldest first
}

// Record begins the history of a load that stands still.
func (l *Load) Record() *History {
	h := &History{load: l, past: map[*Worker][]*Worker{}}
	for _, w := range l.Workers {
		h.Note(w)
	}
	return h
}

// Note is called by a worker after each acknowledged call.
func (h *History) Note(w *Worker) {
	now := w.Clone()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.past[w] = append(h.past[w], now)
}

// Mark is how far each worker is: what it was told up to here was acknowledged
// before what follows.
type Mark map[*Worker]int

// Mark notes the present moment.
func (h *History) Mark() Mark {
	h.mu.Lock()
	defer h.mu.Unlock()
	m := Mark{}
	for w, past := range h.past {
		m[w] = done(past[len(past)-1])
	}
	return m
}

// At is the load as it was when the books were taken, for a comparison: each
// worker's calls up to some moment of its own. The load must have ended. Workers
// of whose calls acknowledged at the mark some are missing are told in wrong.
func (h *History) At(b *Books, since Mark) (then *Load, wrong []string) {
	then = &Load{Licenses: h.load.Licenses}
	for _, w := range h.load.Workers {
		n := b.done(w)
		if n < since[w] {
			wrong = append(wrong, fmt.Sprintf("%s had %d calls acknowledged, the books have %d", w.Name, since[w], n))
		}
		then.Workers = append(then.Workers, h.when(w, n))
	}
	return then, wrong
}

// when is the worker after n calls that left something in the books. The last
// one may be the one that it never had an answer to.
func (h *History) when(w *Worker, n int) *Worker {
	for _, past := range h.past[w] {
		if done(past) == n {
			then := past.Clone()
			then.rnd, then.serial, then.Pending = w.rnd, w.serial, nil
			return then
		}
	}
	last := w.Clone()
	last.rnd, last.serial = w.rnd, w.serial
	return last
}

// done counts the acknowledged calls that left a trace or a license: all but
// denials.
func done(w *Worker) int {
	n := len(w.Inserted)
	for _, s := range w.Seats {
		n += len(s.Trace)
	}
	return n
}

// done counts what a worker's calls have left.
func (b *Books) done(w *Worker) (n int) {
	for _, t := range b.Traces {
		if who := w.Identity(""); t.Client == who.MachineID+"/"+who.ClientID {
			n++
		}
	}
	for _, l := range b.Licenses {
		if strings.HasPrefix(l.UserKey, "PROOF-"+w.Name+"-") {
			n++
		}
	}
	return n
}
