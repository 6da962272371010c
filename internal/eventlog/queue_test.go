package eventlog

import (
	"log/slog"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestQueueLosesNothingUncounted: whatever is put, taken and given back, lines stay
// in order, no more wait than may, and every line is taken or counted as lost.
func TestQueueLosesNothingUncounted(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		q := newQueue(rapid.IntRange(1, 8).Draw(t, "most"))
		put, done, lost, last := 0, 0, int64(0), -1
		write := func(items []*item) {
			for _, it := range items {
				n, _ := strconv.Atoi(it.line.Message)
				if n <= last {
					t.Fatalf("%d after %d", n, last)
				}
				last = n
			}
			done += len(items)
		}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				for range rapid.IntRange(1, 5).Draw(t, "lines") {
					q.put(&item{line: slog.NewRecord(time.Time{}, 0, strconv.Itoa(put), 0)})
					put++
				}
			},
			"written": func(t *rapid.T) {
				items, l := q.take(rapid.IntRange(1, 10).Draw(t, "n"))
				write(items)
				lost += l
			},
			"failed": func(t *rapid.T) {
				items, l := q.take(rapid.IntRange(1, 10).Draw(t, "n"))
				for range rapid.IntRange(0, 3).Draw(t, "meanwhile") {
					q.put(&item{line: slog.NewRecord(time.Time{}, 0, strconv.Itoa(put), 0)})
					put++
				}
				q.giveBack(items, l)
			},
			"": func(t *rapid.T) {
				if q.len() > q.most || done+q.len()+int(lost+q.lost) != put {
					t.Fatalf("%d put: %d written, %d wait of at most %d, %d lost", put, done, q.len(), q.most, lost+q.lost)
				}
			},
		})
	})
}
