package eventlog

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
)

// queueMost is how many entries wait at most: half a second of a server that is
// as busy as one gets, and 3 MB.
const queueMost = 8192

// entriesMost is how many entries are kept, whatever their age: it bounds the disk,
// at about 500 bytes each.
const entriesMost = 1_000_000

// Options are what a Log works with.
type Options struct {
	Store    *store.Store
	Settings func() settings.Log
	Clock    clock.Clock
	// Console takes every line first, and alone what the log has to say of itself.
	Console slog.Handler
	// Quiet are ids of operations whose success is not worth an entry.
	Quiet []string
	// MaxEntries is how many entries are kept, whatever their age; 0: a million.
	MaxEntries int64
	// Registry gets the count of dropped entries; nil: nobody sees it.
	Registry prometheus.Registerer
}

// Log takes entries in and gives them out. It is safe for concurrent use. Make it
// with New, and run Keep for as long as it is used.
type Log struct {
	store    *store.Store
	settings func() settings.Log
	clock    clock.Clock
	most     int64
	handler  *handler
	own      *slog.Logger // what the log says of itself; never into the queue
	queue    *queue
	writing  chan struct{} // holds one token while a batch is written
	dropped  prometheus.Counter
	failing  bool // the last batch could not be written; guarded by writing
}

// New makes a log over the books.
func New(o Options) (*Log, error) {
	l := &Log{
		store: o.Store, settings: o.Settings, clock: o.Clock, own: slog.New(o.Console),
		queue: newQueue(queueMost), writing: make(chan struct{}, 1),
		dropped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "licet_log_entries_dropped_total", Help: "Log entries that were lost because the books did not take them in time.",
		}),
	}
	if l.most = o.MaxEntries; l.most == 0 {
		l.most = entriesMost
	}
	l.handler = &handler{log: l, console: o.Console, quiet: o.Quiet}
	if o.Registry != nil {
		if err := o.Registry.Register(l.dropped); err != nil {
			return nil, fmt.Errorf("register the log's metric: %w", err)
		}
	}
	return l, nil
}

// Handler passes lines on to the console and takes those from Information on into
// the log.
func (l *Log) Handler() slog.Handler { return l.handler }

func (l *Log) now() time.Time { return l.clock.Read().Wall }
