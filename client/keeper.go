package client

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// LeaseLapsed is in the error of a session that was lost because the server
// could not be asked until the lease was over.
const LeaseLapsed Code = "LeaseLapsed"

// gone says whether the server knows the seat no more.
func gone(err error) bool { return errors.Is(err, TokenNotFound) || errors.Is(err, TokenExpired) }

// oneTry is the retry of calls inside the keeper, which has a pace of its own.
func oneTry() Retry { return Retry{Attempts: 1} }

// keep holds the seat until it is lost or the session is closed.
func (s *Session) keep(l lease) {
	defer close(s.done)
	defer close(s.lost)
	var failure error // the last one, since the server last confirmed the seat
	failures, reclaim := 0, false
	delay := l.nextBeat(time.Now())
	for pause(s.live, delay) == nil {
		// A healthy session may come late, as after a machine's sleep: it asks
		// once more. One in an outage has asked often enough.
		if failures > 0 && l.over(time.Now()) {
			s.lose(lapsed(failure))
			return
		}
		next, err := s.confirm(l, &reclaim)
		if s.live.Err() != nil {
			return
		}
		if IsDenied(err) {
			s.lose(err)
			return
		}
		if err != nil {
			failure, failures = err, failures+1
			delay = l.nextTry(time.Now(), failures, err)
			s.log.Warn("license server not answering as it should", "error", err, "failures", failures)
			continue
		}
		l, failures = next, 0
		delay = l.nextBeat(time.Now())
	}
}

// confirm sends a heartbeat. When the server conclusively knows the seat no
// more it requests anew, once; reclaim remembers that across outages.
func (s *Session) confirm(l lease, reclaim *bool) (lease, error) {
	if !*reclaim {
		next, err := s.beat(l)
		if !gone(err) || !IsDenied(err) {
			return next, err
		}
		*reclaim = true
	}
	next, err := s.request(l)
	if err == nil {
		*reclaim = false
		s.log.Info("license seat regained")
	}
	return next, err
}

func (s *Session) beat(l lease) (lease, error) {
	ctx, cancel := within(s.live, l)
	defer cancel()
	asked := time.Now()
	b, err := s.client.heartbeat(ctx, oneTry(), s.Grant().Token, s.seat)
	if err != nil {
		return l, err
	}
	s.renew(b)
	return leaseOf(asked, b.term()), nil
}

func (s *Session) request(l lease) (lease, error) {
	ctx, cancel := within(s.firm, l)
	defer cancel()
	asked := time.Now()
	g, err := s.client.request(ctx, oneTry(), s.seat)
	if err != nil {
		return l, err
	}
	s.regain(g)
	return leaseOf(asked, g.term()), nil
}

// within bounds a call by the end of the lease, so that a loss is reported in
// time. Past the end only the client's own time-out bounds it.
func within(ctx context.Context, l lease) (context.Context, context.CancelFunc) {
	if left, ends := l.left(time.Now()); ends && left > 0 {
		return context.WithTimeout(ctx, left)
	}
	return context.WithCancel(ctx)
}

// lapsed is the loss of a lease that ended during an outage.
func lapsed(last error) error {
	return fmt.Errorf("%w: the server could not be asked until the lease was over: %w", LeaseLapsed, last)
}
