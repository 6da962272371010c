package eventlog_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/licet/licet/internal/store"
)

// stall makes the books take no log entries until the returned function is
// called.
func (h *house) stall() (goOn func()) {
	h.t.Helper()
	stalled, release, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- h.store.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			if h.store.Engine() == store.Postgres {
				if _, err := tx.NewRaw(`LOCK TABLE log_entries IN ACCESS EXCLUSIVE MODE`).Exec(ctx); err != nil {
					return err
				}
			} // SQLite has one writer, which waits here
			close(stalled)
			<-release
			return nil
		})
	}()
	<-stalled
	return sync.OnceFunc(func() {
		close(release)
		h.must(<-ended)
	})
}

// TestAStalledDatabaseHoldsNoRequestUp: every request of many is answered while
// the books take nothing. What there was no room for is counted and told of.
func TestAStalledDatabaseHoldsNoRequestUp(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		ctx, stop := context.WithCancel(context.Background())
		goOn := h.stall()
		defer goOn()
		var kept sync.WaitGroup
		kept.Go(func() { h.log.Keep(ctx) })
		r := h.router()
		const requests = 20_000
		var callers sync.WaitGroup
		for range 4 {
			callers.Go(func() {
				for range requests / 4 {
					if status := get(r, "/v1/do"); status != 200 {
						t.Errorf("%d", status)
						return
					}
				}
			})
		}
		callers.Wait()
		goOn()
		stop()
		kept.Wait()

		var told, written int64
		for _, e := range h.flushed() { // also what a slow machine did not write at the end
			if strings.HasSuffix(e.Message, "log entries were dropped") {
				told += int64(properties(t, e)["Count"].(float64))
			} else {
				written++
			}
		}
		if told == 0 || written == 0 || told+written != requests {
			t.Errorf("%d requests: %d entries, %d told as dropped", requests, written, told)
		}
		text, err := testutil.GatherAndCount(h.registry, "licet_log_entries_dropped_total")
		if err != nil || text != 1 {
			t.Errorf("the metric: %d, %v", text, err)
		}
	})
}

// TestWhatWaitsIsWrittenAtTheEnd: Keep leaves nothing behind.
func TestWhatWaitsIsWrittenAtTheEnd(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		for range 3 {
			h.slog.Info("last words")
		}
		ctx, stop := context.WithCancel(t.Context())
		stop()
		h.log.Keep(ctx)
		if n := len(h.entries()); n != 3 {
			t.Errorf("%d entries", n)
		}
	})
}

// TestKeepWritesByItself: nobody asks for it.
func TestKeepWritesByItself(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		ctx, stop := context.WithCancel(context.Background())
		var kept sync.WaitGroup
		kept.Go(func() { h.log.Keep(ctx) })
		for range 600 { // more than one batch
			h.slog.Info("hello")
		}
		for len(h.entries()) < 600 {
			if t.Context().Err() != nil {
				t.Fatal("not written")
			}
		}
		stop()
		kept.Wait()
	})
}

// TestAFailedWriteIsTriedAgain: what cannot be written waits for the next time.
func TestAFailedWriteIsTriedAgain(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.slog.Info("first")
		h.slog.Info("second")
		goOn := h.stall()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := h.log.Flush(ctx); err == nil {
			t.Error("written while stalled")
		}
		goOn()
		h.slog.Info("third")
		var got []string
		for _, e := range h.flushed() {
			got = append(got, e.Message)
		}
		if strings.Join(got, " ") != "first second third" {
			t.Errorf("%v", got)
		}
	})
}
