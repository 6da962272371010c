package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/licet/licet/internal/books"
	"github.com/licet/licet/internal/eventlog"
	"github.com/licet/licet/internal/identity"
	"github.com/licet/licet/internal/instance"
	"github.com/licet/licet/internal/issuing"
	"github.com/licet/licet/internal/mail"
	"github.com/licet/licet/internal/order"
	"github.com/licet/licet/internal/org"
	"github.com/licet/licet/internal/report"
	"github.com/licet/licet/internal/samples"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/throttle"
	"github.com/licet/licet/internal/tuning"
)

// services are the rooms behind the surfaces.
type services struct {
	settings  *tuning.Service
	identity  *identity.Service
	issuing   *issuing.Service
	seats     *seat.Service
	books     *books.Service
	mail      *mail.Service
	guesses   *throttle.Throttle
	events    *eventlog.Log
	reports   *report.Service
	orders    *order.Service
	orgs      *org.Service
	instances *instance.Service
}

// startLog takes the lines of everything above the store into the books. What the
// store itself has to say goes to the console alone: it is what the books could not
// take.
func (a *App) startLog() (err error) {
	set := func() settings.Log {
		if s := a.services.settings; s != nil {
			return s.Log()
		}
		return settings.DefaultLog() // they are about to be read
	}
	a.services.events, err = eventlog.New(eventlog.Options{
		Store: a.store, Settings: set, Clock: a.opt.Clock,
		Console: a.opt.Logger.Handler(), Quiet: []string{"license-heartbeat"}, Registry: a.registry,
	})
	if err != nil {
		return err
	}
	a.log = slog.New(a.services.events.Handler())
	return nil
}

// startServices makes them in the order in which they need each other.
func (a *App) startServices(ctx context.Context) error {
	v, err := openVault(ctx, a.opt.Config, a.store, a.log)
	if err != nil {
		return err
	}
	s := &a.services
	if s.settings, err = tuning.Open(ctx, a.store, v, a.opt.Clock, a.opt.Config.Pins()); err != nil {
		return err
	}
	current := s.settings.Licensing
	s.identity = identity.New(a.store, current, a.opt.Clock)
	s.issuing = issuing.New(a.store, v, current, a.opt.Clock)
	if a.opt.NewKey != nil {
		s.issuing.MakeKeysBy(a.opt.NewKey)
	}
	s.guesses = throttle.New(a.opt.Clock, throttle.Limits{Every: guessEvery, Burst: guessBurst, Keys: guessTracked})
	seats := seat.New(a.store, s.issuing, current, a.opt.Clock)
	first, err := s.identity.Bootstrap(ctx, identity.Admin{Password: a.opt.Config.AdminPassword, APIKey: a.opt.Config.AdminAPIKey})
	if err != nil {
		return fmt.Errorf("make the first administrator: %w", err)
	}
	if first != nil && a.opt.Announce != nil {
		a.opt.Announce(*first)
	}
	s.orgs = org.New(a.store, a.opt.Clock)
	s.instances = instance.New(a.store, s.orgs, a.opt.Clock)
	if err := s.orgs.EnsureFirst(ctx); err != nil {
		return fmt.Errorf("make the first organisation: %w", err)
	}
	if err := s.issuing.EnsureDefaults(ctx); err != nil {
		return fmt.Errorf("make the first signing keys: %w", err)
	}
	if err := seats.Recover(ctx); err != nil {
		return err
	}
	s.seats = seats // from here on Close marks its clock
	s.books = books.New(a.store, seats, s.identity, current, a.opt.Clock)
	s.mail = mail.New(a.store, s.settings.Email, a.opt.Clock, mail.Options{Registry: a.registry})
	s.orders = order.New(a.store, s.issuing, seats, s.books, s.settings.Orders, a.opt.Clock)
	seats.ServeOrders(s.orders.Licensing())
	s.reports = report.New(a.store, a.opt.Clock)
	if a.opt.Config.Demo {
		if err := samples.Fill(ctx, s.books, s.issuing); err != nil {
			return fmt.Errorf("fill in the sample books: %w", err)
		}
	}
	return nil
}

// Unknown keys and tokens that one address may look up: a burst, which a fleet
// behind one address needs when its leases have lapsed, then one per interval.
// The smallest of the default formats, 62 bits, outlasts that by far.
const (
	guessBurst   = 1000
	guessEvery   = 20 * time.Millisecond
	guessTracked = 10_000
)
