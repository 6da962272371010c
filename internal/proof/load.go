package proof

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/licet/licet/client"
	"github.com/licet/licet/internal/app/apptest"
)

// Load is a mixed load of sequential workers on four traced licenses: floating
// and activation, each without a limit and with one that denies some.
type Load struct {
	Licenses []apptest.License
	Workers  []*Worker
	Acked    atomic.Int64
	// OnAck, if set, is called by a worker after each acknowledged call.
	OnAck func(*Worker)
}

// floating says whether the i-th license is: they alternate.
func (l *Load) floating(i int) bool { return i%2 == 0 }

// NewLoad issues the licenses.
func NewLoad(t testing.TB, v apptest.Vendor, workers int, seed uint64) *Load {
	t.Helper()
	l := &Load{}
	for _, limit := range []any{nil, max(1, workers/3)} {
		for _, mode := range []int{2, 1} {
			members := map[string]any{"licensingMode": mode, "trace": true, "maxAllowedSites": limit}
			l.Licenses = append(l.Licenses, v.Issue(t, members))
		}
	}
	l.addWorkers("a", workers, seed)
	return l
}

// Again is another load on the same licenses, by other identities.
func (l *Load) Again(name string, seed uint64) *Load {
	other := &Load{Licenses: l.Licenses}
	other.addWorkers(name, len(l.Workers), seed)
	return other
}

// Clone is a load of workers as they stand, for a comparison that they must not
// take their state from.
func (l *Load) Clone() *Load {
	c := &Load{Licenses: l.Licenses}
	for _, w := range l.Workers {
		c.Workers = append(c.Workers, w.Clone())
	}
	return c
}

func (l *Load) addWorkers(name string, n int, seed uint64) {
	for i := range n {
		l.Workers = append(l.Workers, newWorker(fmt.Sprintf("%s%d", name, i), seed<<8+uint64(i)))
	}
}

// HTTP is a client that keeps a connection for each of many workers.
func HTTP(t testing.TB) *http.Client {
	tr := &http.Transport{MaxIdleConnsPerHost: 1000}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

// Run works until each worker has met an outage or ctx has ended, and reports
// what no server may say. A worker never leaves a call under way.
func (l *Load) Run(ctx context.Context, t testing.TB, v apptest.Vendor) {
	c := v.Client(t)
	var all sync.WaitGroup
	for _, w := range l.Workers {
		all.Go(func() {
			for ctx.Err() == nil {
				err := w.do(context.WithoutCancel(ctx), c, v, w.next(l))
				if isOutage(err) {
					return
				}
				if err != nil {
					t.Errorf("under load: %v", err)
					return
				}
				l.Acked.Add(1)
				if l.OnAck != nil {
					l.OnAck(w)
				}
			}
		})
	}
	all.Wait()
}

// RunTo works until n calls more are acknowledged. An outage before is an error.
func (l *Load) RunTo(t testing.TB, v apptest.Vendor, n int) {
	t.Helper()
	l.runAtMost(t, v, n)
	for _, w := range l.Workers {
		if w.Pending != nil {
			t.Errorf("%s: no answer to %+v", w.Name, *w.Pending)
		}
	}
}

// RunToOutage works until each worker has met an outage. It is an error if they
// are still being served after n calls more.
func (l *Load) RunToOutage(t testing.TB, v apptest.Vendor, n int) {
	t.Helper()
	l.runAtMost(t, v, n)
	for _, w := range l.Workers {
		if w.Pending == nil {
			t.Errorf("%s was served all the time", w.Name)
		}
	}
}

func (l *Load) runAtMost(t testing.TB, v apptest.Vendor, n int) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	enough := l.Acked.Load() + int64(n)
	l.OnAck = func(*Worker) {
		if l.Acked.Load() >= enough {
			stop()
		}
	}
	l.Run(ctx, t, v)
}

func isOutage(err error) bool {
	var o outage
	return errors.As(err, &o) || client.IsOutage(err)
}

func asError(err error, into **client.Error) bool { return errors.As(err, into) }

// ours says whether a license was inserted by a load.
func ours(userKey string) bool { return strings.HasPrefix(userKey, "PROOF-") }
