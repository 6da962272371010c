package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/config"
	"github.com/licet/licet/internal/identity"
	"github.com/licet/licet/internal/issuing"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/transfer"
)

const (
	// drainTime is how long requests in flight may take after a stop was asked
	// for. It is longer than a peer may take to send its request (readTime).
	drainTime = 30 * time.Second
	// markTime is how long the last write may take.
	markTime = 5 * time.Second
)

// Options are what an App is started with.
type Options struct {
	Config  config.Config
	Version string
	Clock   clock.Clock  // nil: the machine's
	Logger  *slog.Logger // nil: nothing is logged
	// Announce is given the first administrator's secrets, once, on the first
	// start. Nil: they are lost.
	Announce func(identity.FirstStart)
	NewKey   issuing.KeyMaker // makes signing keys; nil: keys.Generate
}

// App is a running server.
type App struct {
	opt      Options
	log      *slog.Logger // the console, and the log in the books once they are open
	store    *store.Store
	registry *prometheus.Registry
	services services
	listener net.Listener
	server   *http.Server
	draining atomic.Bool
	served   chan error
	stopKeep context.CancelFunc
	kept     sync.WaitGroup
	closing  sync.Once
	closed   error
}

// Start opens everything and listens. On an error nothing is left open.
func Start(ctx context.Context, opt Options) (_ *App, err error) {
	if err := opt.Config.Validate(); err != nil {
		return nil, err
	}
	if opt.Clock == nil {
		opt.Clock = clock.NewSystem()
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	a := &App{opt: opt, log: opt.Logger, registry: newRegistry(), served: make(chan error, 1), stopKeep: func() {}}
	defer func() {
		if err != nil {
			_ = a.Close()
		}
	}()
	if a.store, err = store.Open(ctx, store.Options{URL: opt.Config.DatabaseURL(), Logger: a.log, Registry: a.registry}); err != nil {
		return nil, err
	}
	if err := transfer.Unfinished(ctx, a.store); err != nil {
		return nil, err
	}
	if err := a.startLog(); err != nil {
		return nil, err
	}
	if err := a.startServices(ctx); err != nil {
		return nil, err
	}
	if err := a.listen(); err != nil {
		return nil, err
	}
	a.keep()
	return a, nil
}

// Store is the books, for tests that look into them.
func (a *App) Store() *store.Store { return a.store }

// URL is where the server can be reached from this machine.
func (a *App) URL() string {
	scheme := "http"
	if a.opt.Config.TLSCert != "" {
		scheme = "https"
	}
	return scheme + "://" + a.listener.Addr().String()
}

// listen takes the address and serves it in the background.
func (a *App) listen() error {
	handler, err := a.handler()
	if err != nil {
		return err
	}
	if a.server, err = newServer(a.opt.Config, handler, a.log); err != nil {
		return err
	}
	if a.listener, err = net.Listen("tcp", a.opt.Config.Addr); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	a.warnIfExposed()
	go func() {
		if a.server.TLSConfig != nil {
			a.served <- a.server.ServeTLS(a.listener, "", "")
			return
		}
		a.served <- a.server.Serve(a.listener)
	}()
	return nil
}

// warnIfExposed says when keys would cross a network in the clear.
func (a *App) warnIfExposed() {
	addr, ok := a.listener.Addr().(*net.TCPAddr)
	if ok && !addr.IP.IsLoopback() && a.server.TLSConfig == nil {
		a.log.Warn("listening on a network without TLS: put a TLS proxy in front or give --tls-cert and --tls-key", "addr", addr.String())
	}
}

// keep runs the background work until Close.
func (a *App) keep() {
	ctx, stop := context.WithCancel(context.Background())
	a.stopKeep = stop
	report := func(err error) { a.log.Error("background work", "error", err) }
	a.kept.Go(func() { a.services.seats.Keep(ctx, report) })
	a.kept.Go(func() { a.services.mail.Keep(ctx, report) })
	a.kept.Go(func() { a.services.orders.Work(ctx, report) })
	a.kept.Go(func() { a.services.settings.Keep(ctx, report) })
	a.kept.Go(func() { a.services.books.Keep(ctx, report) })
	a.kept.Go(func() { a.services.orgs.Keep(ctx, report) })
	a.kept.Go(func() { a.services.events.Keep(ctx) })
}

// Run serves until ctx ends, then closes. It returns nil after a clean stop.
func (a *App) Run(ctx context.Context) error {
	select {
	case <-ctx.Done():
		a.log.Info("stopping: answering what is in flight")
		return a.Close()
	case err := <-a.served:
		return errors.Join(fmt.Errorf("serve: %w", err), a.Close())
	}
}

// Close answers what is in flight, stops and lets go of the books. It is safe
// to call it more than once.
func (a *App) Close() error {
	a.closing.Do(func() { a.closed = a.close() })
	return a.closed
}

func (a *App) close() error {
	a.draining.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	var errs []error
	if a.server != nil {
		if err := a.server.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("requests still in flight after %s: %w", drainTime, err), a.server.Close())
		}
	}
	a.stopKeep()
	a.kept.Wait()
	if a.services.seats != nil {
		errs = append(errs, a.markClock())
	}
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	return errors.Join(errs...)
}

// markClock has its own time: the drain may have used up all of its.
func (a *App) markClock() error {
	ctx, cancel := context.WithTimeout(context.Background(), markTime)
	defer cancel()
	if err := a.services.seats.MarkClock(ctx); err != nil {
		return fmt.Errorf("mark the lease clock: %w", err)
	}
	return nil
}
