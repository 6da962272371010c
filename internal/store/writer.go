package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/fault"
)

// maxBatch bounds how many commands share one transaction, and so how long the
// first of them waits for the last.
const maxBatch = 256

// maxBulk bounds how many commands other than seat commands join a batch.
const maxBulk = 16

// writer owns the one SQLite connection that writes. There is no timer: a batch
// is what was waiting when the last commit ended.
type writer struct {
	seats, bulk chan *command
	quit, ended chan struct{}
	stopOnce    sync.Once
	conn        bun.Conn
	stmts       *statements
	log         *slog.Logger
	batchSize   prometheus.Histogram
	commitTime  prometheus.Histogram
}

// command is one waiting write. Its state decides a race between the writer
// that starts it and the caller that gives up.
type command struct {
	ctx   context.Context
	fn    func(ctx context.Context, tx *Tx) error
	bulk  bool // not a seat command
	state atomic.Int32
	err   error
	done  chan struct{}
}

const (
	waiting int32 = iota
	started
	abandoned
)

func startWriter(ctx context.Context, db *bun.DB, o Options) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("open the writing connection: %w", err)
	}
	w := &writer{
		seats: make(chan *command, 4*maxBatch), bulk: make(chan *command, maxBulk),
		quit: make(chan struct{}), ended: make(chan struct{}),
		conn: conn, stmts: newStatements(conn.Conn), log: o.Logger,
		batchSize: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "licet_store_batch_commands", Help: "Commands committed by one transaction.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 9)}),
		commitTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "licet_store_batch_seconds", Help: "Time of one batch, its commit included.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14)}),
	}
	o.Registry.MustRegister(w.batchSize, w.commitTime)
	go w.run()
	return w, nil
}

// do queues fn and waits for its commit. A caller whose context ends before fn
// has started leaves, and fn never runs; later than that it waits, because the
// outcome is already being decided.
func (w *writer) do(ctx context.Context, queue chan<- *command, c *command) error {
	c.ctx, c.done = ctx, make(chan struct{})
	select {
	case queue <- c:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.quit:
		return closing()
	}
	select {
	case <-c.done:
		return c.err
	case <-ctx.Done():
	case <-w.ended:
	}
	if c.state.CompareAndSwap(waiting, abandoned) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return closing()
	}
	<-c.done
	return c.err
}

func closing() error { return fault.New(fault.Unavailable, "the server is shutting down") }

func (w *writer) stop() error {
	w.stopOnce.Do(func() { close(w.quit) })
	<-w.ended
	return nil
}

func (w *writer) letGo() {
	if err := w.stmts.close(); err != nil {
		w.log.Error("close the writing connection", "error", err)
	}
}

func (w *writer) run() {
	defer close(w.ended)
	defer w.letGo()
	for {
		select {
		case c := <-w.seats:
			w.batch(w.collect(c, false))
		case c := <-w.bulk:
			w.batch(w.collect(c, true))
		case <-w.quit:
			w.drain()
			return
		}
	}
}

// drain commits what was queued before the writer was told to stop.
func (w *writer) drain() {
	for {
		select {
		case c := <-w.seats:
			w.batch(w.collect(c, false))
		case c := <-w.bulk:
			w.batch(w.collect(c, true))
		default:
			return
		}
	}
}

// collect takes what is waiting with the command that woke the writer, seat
// commands first.
func (w *writer) collect(first *command, bulk bool) []*command {
	var batch []*command
	if !bulk {
		batch = take(first, batch)
	}
	for len(batch) < maxBatch {
		select {
		case c := <-w.seats:
			batch = take(c, batch)
			continue
		default:
		}
		break
	}
	if bulk {
		batch = take(first, batch)
	}
	for range maxBulk {
		select {
		case c := <-w.bulk:
			batch = take(c, batch)
			continue
		default:
		}
		break
	}
	return batch
}

// take adds a command to the batch unless its caller has left.
func take(c *command, batch []*command) []*command {
	if c.ctx.Err() != nil || !c.state.CompareAndSwap(waiting, started) {
		if c.state.CompareAndSwap(waiting, abandoned) {
			c.err = c.ctx.Err()
		}
		close(c.done)
		return batch
	}
	return append(batch, c)
}

func (w *writer) batch(batch []*command) {
	if len(batch) == 0 {
		return
	}
	start := time.Now()
	err := w.commit(batch)
	w.commitTime.Observe(time.Since(start).Seconds())
	w.batchSize.Observe(float64(len(batch)))
	for _, c := range batch {
		if err != nil {
			c.err = err
		}
		close(c.done)
	}
}

// commit runs the batch as one transaction. The error it returns is everyone's:
// nothing of the batch is acknowledged. It never uses a caller's context, since
// an interrupted statement would roll back its neighbours' work as well.
//
// Seat commands do not fail, short of a broken disk: a denial is an answer. So
// they run without savepoints first, which cost as much as a small command; if
// one does fail, all is undone and run again with a savepoint each.
func (w *writer) commit(batch []*command) error {
	err := w.transact(batch, false)
	if errors.Is(err, errAgain) {
		err = w.transact(batch, true)
	}
	if err == nil {
		return nil
	}
	w.log.Error("write failed", "error", err, "commands", len(batch))
	return Normalise(err)
}

// errAgain says that a command without a savepoint has failed.
var errAgain = errors.New("run again with savepoints")

func (w *writer) transact(batch []*command, savepoints bool) error {
	ctx := context.Background()
	err := w.exec("BEGIN IMMEDIATE")
	for i := 0; err == nil && i < len(batch); i++ {
		err = w.runOne(ctx, batch[i], savepoints || batch[i].bulk)
	}
	if err == nil {
		err = w.exec("COMMIT")
	}
	if err != nil {
		_ = w.exec("ROLLBACK") // fails where SQLite has already rolled back
	}
	return err
}

// runOne runs a command. The error it returns sinks the batch; the command's
// own, undone by its savepoint, is kept in c.err.
func (w *writer) runOne(ctx context.Context, c *command, savepoint bool) error {
	if savepoint {
		if err := w.exec("SAVEPOINT command"); err != nil {
			return err
		}
	}
	c.err = guard(ctx, c.fn, &Tx{IDB: w.conn, stmts: w.stmts})
	switch {
	case c.err == nil && !savepoint:
		return nil
	case c.err == nil:
		return w.exec("RELEASE command")
	case sinks(c.err):
		return c.err
	case !savepoint:
		return errAgain
	}
	c.err = Normalise(c.err)
	if err := w.exec("ROLLBACK TO command"); err != nil {
		return err
	}
	return w.exec("RELEASE command")
}

// guard turns a panic of one command into its error, so that its neighbours
// and the writer live on.
func guard(ctx context.Context, fn func(context.Context, *Tx) error, tx *Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a write: %v\n%s", p, debug.Stack())
		}
	}()
	return fn(ctx, tx)
}

func (w *writer) exec(query string) error {
	st, err := w.stmts.prepare(query)
	if err != nil {
		return err
	}
	if _, err := st.Exec(); err != nil {
		return fmt.Errorf("%s: %w", query, err)
	}
	return nil
}
