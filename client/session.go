package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// SessionOptions tunes a Session; the zero value is good.
type SessionOptions struct {
	// Logger hears of outages, regained seats and loss. Never of a token.
	Logger *slog.Logger
}

// Session is a floating seat that keeps itself alive. Make it with Client.Open
// and end it with Close. It is safe for concurrent use.
type Session struct {
	client *Client
	seat   Seat
	log    *slog.Logger

	lost chan error    // one value at most, then closed
	done chan struct{} // closed when the keeper has ended
	// Closing is in two steps, since a seat requested while closing must become
	// known to be released: stop abandons heartbeats and pauses, abort also a
	// request under way.
	live  context.Context // ended by stop and by abort
	stop  context.CancelFunc
	firm  context.Context // ended by abort only
	abort context.CancelFunc

	closing  sync.Once
	closeErr error

	mu    sync.Mutex
	grant Grant // as last confirmed
	err   error // why it was lost
}

// Open requests a floating seat and keeps it alive until Close, also after ctx
// has ended: ctx is for the request. If the server has no seat, the error is a
// denial (NoSeatAvailable) that tells how many are taken.
func (c *Client) Open(ctx context.Context, seat Seat, opts SessionOptions) (*Session, error) {
	asked := time.Now()
	grant, err := c.Request(ctx, seat)
	if err != nil {
		return nil, fmt.Errorf("open a session: %w", err)
	}
	s := newSession(ctx, c, seat, *grant, opts.Logger)
	go s.keep(leaseOf(asked, grant.term()))
	return s, nil
}

func newSession(ctx context.Context, c *Client, seat Seat, grant Grant, log *slog.Logger) *Session {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &Session{
		client: c, seat: seat, log: log, grant: grant,
		lost: make(chan error, 1), done: make(chan struct{}),
	}
	s.firm, s.abort = context.WithCancel(context.WithoutCancel(ctx))
	s.live, s.stop = context.WithCancel(s.firm)
	return s
}

// Lost yields one error when the seat is lost, and is closed then; when the
// session is closed instead, it is closed without a value.
func (s *Session) Lost() <-chan error { return s.lost }

// Err is why the seat was lost; nil while it is held and after a Close.
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Grant is the seat as the server last confirmed it.
func (s *Session) Grant() Grant {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.grant
}

// Close ends the session and releases the seat, unless the server has said that
// it is gone. It returns when the goroutine has ended and the server has answered
// or cannot be reached (the seat is then free when its lease ends). A seat given
// up as LeaseLapsed is released in one attempt, whose failure is no error.
// Closing again returns the same.
func (s *Session) Close(ctx context.Context) error {
	s.closing.Do(func() { s.closeErr = s.close(ctx) })
	return s.closeErr
}

func (s *Session) close(ctx context.Context) error {
	s.stop()
	select {
	case <-s.done:
	case <-ctx.Done():
	}
	s.abort()
	<-s.done
	if lost := s.Err(); lost != nil {
		// The last heartbeats may have arrived and only their answers not.
		if errors.Is(lost, LeaseLapsed) {
			_, _ = s.client.release(ctx, oneTry(), s.Grant().Token, s.seat)
		}
		return nil
	}
	_, err := s.client.Release(ctx, s.Grant().Token, s.seat)
	if err != nil && !gone(err) {
		return fmt.Errorf("release the seat: %w", err)
	}
	return nil
}

// lose reports the loss; the keeper ends with it.
func (s *Session) lose(err error) {
	s.mu.Lock()
	s.err = err
	s.mu.Unlock()
	s.log.Error("license seat lost", "error", err)
	s.lost <- err
}

// renew notes what a heartbeat confirmed.
func (s *Session) renew(b *Beat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grant.ExpiresAt, s.grant.ServerTime = b.ExpiresAt, b.ServerTime
	s.grant.Lease, s.grant.HeartbeatInterval = b.Lease, b.HeartbeatInterval
	s.grant.ActiveClients, s.grant.MaxClients = b.ActiveClients, b.MaxClients
}

func (s *Session) regain(g *Grant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grant = *g
}
