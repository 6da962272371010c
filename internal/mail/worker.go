package mail

import (
	"context"
	"errors"
	"time"

	"github.com/licet/licet/internal/settings"
)

const (
	sweepInterval = time.Hour
	// noteTime is how long writing down an outcome may take.
	noteTime = 30 * time.Second
)

// Keep sends what is queued until ctx ends; a mail that is being sent then is
// given a little time to be sent. report gets what goes wrong with the books;
// what goes wrong with a mail is written down there.
func (s *Service) Keep(ctx context.Context, report func(error)) {
	try := func(err error) {
		if err != nil && ctx.Err() == nil {
			report(err)
		}
	}
	look, sweep := time.NewTicker(s.opt.Look), time.NewTicker(sweepInterval)
	defer look.Stop()
	defer sweep.Stop()
	try(s.Recover(ctx))
	for {
		_, err := s.Deliver(ctx)
		try(err)
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-look.C:
		case <-sweep.C:
			_, err := s.Sweep(ctx)
			try(err)
		}
	}
}

// Deliver tries once to send each mail that is due and returns how many it
// tried. Where the mail server cannot be reached, the other mails wait for the
// next round. While e-mail is not set up it does nothing.
func (s *Service) Deliver(ctx context.Context) (tried int, err error) {
	sending, cancel := lingering(ctx, s.opt.Grace)
	defer cancel()
	var open *session
	defer func() {
		if open != nil {
			open.close()
		}
	}()
	for ctx.Err() == nil {
		set := s.settings()
		if ready(set) != nil {
			return tried, nil
		}
		c, err := s.claim(ctx)
		if errors.Is(err, errNoneDue) {
			return tried, nil
		}
		if err != nil {
			return tried, err
		}
		tried++
		var r result
		r, open = s.attempt(sending, open, set, c)
		r.stopped = sending.Err() != nil
		if err := s.noteInTime(ctx, c, r); err != nil {
			return tried, err
		}
		if open == nil {
			return tried, nil
		}
	}
	return tried, nil
}

// attempt sends a mail over the open session, or a new one. It returns the
// session for the next mail; nil: the server cannot be reached.
func (s *Service) attempt(ctx context.Context, open *session, set settings.Email, c *claimed) (result, *session) {
	wire, err := compose(set, c)
	if err != nil {
		return result{recipients: c.Recipients, err: err, final: true}, open
	}
	if open != nil && open.set != set {
		open.close()
	}
	if open == nil || open.conn == nil {
		if open, err = s.dial(ctx, set); err != nil {
			return result{recipients: c.Recipients, err: err}, nil
		}
	}
	return open.send(c, wire), open
}

// noteInTime writes the outcome down even where a stop was asked for.
func (s *Service) noteInTime(ctx context.Context, c *claimed, r result) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTime)
	defer cancel()
	return s.note(ctx, c, r)
}

// lingering is a context that ends a while after ctx does.
func lingering(ctx context.Context, while time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(while, cancel)
		context.AfterFunc(longer, func() { timer.Stop() })
	})
	return longer, func() { stop(); cancel() }
}
