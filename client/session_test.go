package client

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// in runs a test in a bubble: its clock moves only when every goroutine waits,
// and a goroutine left behind fails it. Each test gets a server with a lease of
// 15 minutes and heartbeats every 5.
func in(t *testing.T, test func(*testing.T, *floating)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		test(t, &floating{lease: 15 * time.Minute, interval: 5 * time.Minute})
	})
}

// wellUntil fails if the seat is lost before d has passed.
func wellUntil(t *testing.T, s *Session, d time.Duration) {
	t.Helper()
	select {
	case err := <-s.Lost():
		t.Fatalf("lost: %v", err)
	case <-time.After(d):
	}
}

// lostWithin fails unless the seat is lost before d has passed.
func lostWithin(t *testing.T, s *Session, d time.Duration) error {
	t.Helper()
	select {
	case err := <-s.Lost():
		if err == nil || !errors.Is(s.Err(), err) {
			t.Fatalf("Lost says %v, Err %v", err, s.Err())
		}
		if again, ok := <-s.Lost(); ok {
			t.Fatalf("lost twice: %v", again)
		}
		return err
	case <-time.After(d):
		t.Fatalf("not lost after %v", d)
		return nil
	}
}

func closed(t *testing.T, s *Session) {
	t.Helper()
	if err := s.Close(t.Context()); err != nil {
		t.Fatalf("close: %v", err)
	}
}

func TestSessionKeepsItsSeat(t *testing.T) {
	in(t, func(t *testing.T, f *floating) {
		s := open(t, f)
		wellUntil(t, s, 24*time.Hour)
		if !f.held() || f.issued != 1 || f.count("request") != 1 {
			t.Errorf("held %t, %d tokens, %d requests", f.held(), f.issued, f.count("request"))
		}
		for i := 1; i < len(f.times); i++ {
			if gap := f.times[i].Sub(f.times[i-1]); gap < 4*time.Minute || gap > 5*time.Minute {
				t.Fatalf("heartbeat %d came after %v", i, gap)
			}
		}
		if g := s.Grant(); g.Token != "fltk_1" || g.HeartbeatInterval != 5*time.Minute || g.ExpiresAt.Before(time.Now()) {
			t.Errorf("grant %+v", g)
		}
		closed(t, s)
		if f.held() || f.count("release") != 1 || s.Err() != nil {
			t.Errorf("after close: held %t, %d releases, %v", f.held(), f.count("release"), s.Err())
		}
		if err, ok := <-s.Lost(); ok {
			t.Errorf("a close is reported as loss: %v", err)
		}
	})
}

func TestSessionFollowsTheServersPace(t *testing.T) {
	in(t, func(t *testing.T, f *floating) {
		s := open(t, f)
		f.mu.Lock()
		f.interval = time.Minute
		f.mu.Unlock()
		time.Sleep(time.Hour) // of the bubble
		if n := f.count("heartbeat"); n < 55 || n > 75 {
			t.Errorf("%d heartbeats in an hour at one a minute", n)
		}
		closed(t, s)
	})
}

func TestSessionRequestsAnewWhatTheServerForgot(t *testing.T) {
	in(t, func(t *testing.T, f *floating) {
		s := open(t, f)
		f.drop()
		wellUntil(t, s, time.Hour)
		if !f.held() || f.count("request") != 2 || s.Grant().Token != "fltk_2" {
			t.Errorf("held %t, %d requests, token %s", f.held(), f.count("request"), s.Grant().Token)
		}
		closed(t, s)
		if f.held() {
			t.Error("the new seat was not released")
		}
	})
}

func TestSessionIsLostWhenItsSeatWasGivenAway(t *testing.T) {
	in(t, func(t *testing.T, f *floating) {
		s := open(t, f)
		f.drop()
		other := aSeat
		other.ClientID = "another"
		rival, err := newClient(t, f).Open(t.Context(), other, SessionOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := lostWithin(t, s, 5*time.Minute); !errors.Is(err, NoSeatAvailable) || !IsDenied(err) {
			t.Errorf("lost by %v", err)
		}
		closed(t, s)
		if !f.held() {
			t.Error("closing a lost session released another's seat")
		}
		closed(t, rival)
	})
}

func TestSessionIsLostByADenial(t *testing.T) {
	for _, code := range []Code{LicenseRevoked, LicenseExpired, LicenseKeyNotFound, WrongLicensingMode} {
		t.Run(string(code), func(t *testing.T) {
			in(t, func(t *testing.T, f *floating) {
				s := open(t, f)
				f.failing(refuses(403, code), "heartbeat")
				if err := lostWithin(t, s, 5*time.Minute); !errors.Is(err, code) {
					t.Errorf("lost by %v", err)
				}
				closed(t, s)
				if f.count("release")+f.count("request") != 1 {
					t.Errorf("calls %v", f.calls)
				}
			})
		})
	}
}

// Whatever says nothing about the license is outlasted until the lease is over.
func TestSessionAndOutages(t *testing.T) {
	kinds := map[string]http.Handler{
		"unavailable": refuses(503, Unavailable), "proxy": says(200, "text/html", "<html>"),
		"silence": silence{}, "bad key": refuses(401, Unauthenticated),
		"patience": says(429, problemJSON, `{"code":"Throttled"}`, "Retry-After", "3600"),
	}
	for name, outage := range kinds {
		t.Run(name+", short", func(t *testing.T) {
			in(t, func(t *testing.T, f *floating) {
				s := open(t, f)
				f.failing(outage, "heartbeat", "request")
				wellUntil(t, s, 13*time.Minute)
				f.failing(nil, "heartbeat", "request")
				if name == "patience" { // told to come back after the lease, it does not
					lostWithin(t, s, 3*time.Minute)
				} else {
					wellUntil(t, s, time.Hour)
				}
				closed(t, s)
			})
		})
		t.Run(name+", long", func(t *testing.T) {
			in(t, func(t *testing.T, f *floating) {
				s := open(t, f)
				f.failing(outage, "heartbeat", "request")
				start := time.Now()
				err := lostWithin(t, s, time.Hour)
				if !errors.Is(err, LeaseLapsed) || IsDenied(err) {
					t.Errorf("lost by %v", err)
				}
				if after := time.Since(start); after < 14*time.Minute || after > 15*time.Minute {
					t.Errorf("lost after %v with a lease of 15 minutes", after)
				}
				if n := f.count("heartbeat"); n > 60 {
					t.Errorf("%d heartbeats in an outage", n)
				}
				closed(t, s)
				if n := f.count("release"); n != 1 {
					t.Errorf("%d releases of a seat that the server may hold", n)
				}
			})
		})
	}
}

// Heartbeats may arrive and their answers not: the server then holds a seat
// that its session gave up.
func TestCloseGivesALapsedSeatBack(t *testing.T) {
	deaf := func(f *floating) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			f.mu.Lock()
			f.end = f.now().Add(f.lease)
			f.mu.Unlock()
			<-r.Context().Done()
		})
	}
	in(t, func(t *testing.T, f *floating) {
		s := open(t, f)
		f.failing(deaf(f), "heartbeat")
		lostWithin(t, s, time.Hour)
		if !f.held() {
			t.Fatal("the server lost the seat too, which tests nothing")
		}
		closed(t, s)
		if f.held() {
			t.Error("the seat is still held")
		}
	})
}

func TestCloseGivesALapsedSeatBackWithOneAttempt(t *testing.T) {
	in(t, func(t *testing.T, f *floating) {
		s := open(t, f)
		f.failing(silence{}, "heartbeat", "release")
		lostWithin(t, s, time.Hour)
		start := time.Now()
		closed(t, s)
		if n := f.count("release"); n != 1 || time.Since(start) > 10*time.Second {
			t.Errorf("%d releases in %v, want one attempt", n, time.Since(start))
		}
	})
}

// The lease is a length: clocks that do not agree change nothing.
func TestSessionAndClocks(t *testing.T) {
	for name, server := range map[string]*floating{
		"ahead":               {skew: 100 * time.Hour},
		"behind":              {skew: -100 * time.Hour},
		"ahead, by Date":      {skew: 100 * time.Hour, noLease: true},
		"behind, by Date":     {skew: -100 * time.Hour, noLease: true},
		"Date ahead":          {dateSkew: time.Hour},
		"Date behind":         {dateSkew: -time.Hour},
		"both clocks another": {skew: 100 * time.Hour, dateSkew: -time.Hour},
		"no Date":             {skew: 100 * time.Hour, noDate: true},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T, f *floating) {
				f.skew, f.dateSkew, f.noDate, f.noLease = server.skew, server.dateSkew, server.noDate, server.noLease
				s := open(t, f)
				wellUntil(t, s, 3*time.Hour)
				if n := f.count("heartbeat"); n > 46 {
					t.Errorf("%d heartbeats in three hours", n)
				}
				f.failing(silence{}, "heartbeat")
				start := time.Now()
				lostWithin(t, s, time.Hour)
				if after := time.Since(start); after < 9*time.Minute || after > 15*time.Minute {
					t.Errorf("lost after %v", after)
				}
				closed(t, s)
			})
		})
	}
	for name, skew := range map[string]time.Duration{"ahead": 100 * time.Hour, "behind": -100 * time.Hour} {
		t.Run(name+", neither Date nor lease", func(t *testing.T) {
			in(t, func(t *testing.T, f *floating) {
				f.skew, f.noDate, f.noLease = skew, true, true
				s := open(t, f)
				wellUntil(t, s, time.Hour)
				if n := f.count("heartbeat"); n > 200 {
					t.Errorf("%d heartbeats in an hour", n)
				}
				closed(t, s)
			})
		})
	}
}

// The server says the seat is gone and then cannot be asked for another.
func TestSessionRequestsThroughAnOutage(t *testing.T) {
	in(t, func(t *testing.T, f *floating) {
		s := open(t, f)
		f.drop()
		f.failing(refuses(503, Unavailable), "request")
		wellUntil(t, s, 10*time.Minute)
		if n := f.count("heartbeat"); n != 1 {
			t.Errorf("%d heartbeats for a seat known to be gone", n)
		}
		f.failing(nil, "request")
		wellUntil(t, s, time.Hour)
		if !f.held() {
			t.Error("not regained")
		}
		closed(t, s)
	})
}

// A machine that slept through its lease was in no outage: it asks.
func TestSessionAfterSleep(t *testing.T) {
	in(t, func(t *testing.T, f *floating) {
		s := newSession(t.Context(), newClient(t, f), aSeat, Grant{Token: "fltk_0"}, nil)
		go s.keep(lease{end: time.Now().Add(-time.Hour), interval: 5 * time.Minute})
		wellUntil(t, s, time.Hour)
		if !f.held() || f.count("request") != 1 {
			t.Errorf("held %t, calls %v", f.held(), f.calls)
		}
		closed(t, s)
	})
}

func TestCloseOnce(t *testing.T) {
	in(t, func(t *testing.T, f *floating) {
		s := open(t, f)
		var group sync.WaitGroup
		for range 5 {
			group.Go(func() {
				if err := s.Close(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		closed(t, s)
		if n := f.count("release"); n != 1 {
			t.Errorf("%d releases", n)
		}
	})
}

func TestCloseWithoutServer(t *testing.T) {
	in(t, func(t *testing.T, f *floating) {
		s := open(t, f)
		f.failing(silence{}, "release", "heartbeat")
		time.Sleep(4*time.Minute + 30*time.Second) // some heartbeat may be under way
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		start := time.Now()
		err := s.Close(ctx)
		if !IsOutage(err) || time.Since(start) > 2*time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		if again := s.Close(t.Context()); again != err {
			t.Errorf("closing again says %v", again)
		}
	})
}

func TestCloseOfAForgottenSeat(t *testing.T) {
	in(t, func(t *testing.T, f *floating) {
		s := open(t, f)
		f.drop()
		closed(t, s)
	})
}

// A seat that is granted while closing must be released too.
func TestCloseDuringRequest(t *testing.T) {
	in(t, func(t *testing.T, f *floating) {
		s := open(t, f)
		f.drop()
		reached, goOn := make(chan struct{}), make(chan struct{})
		f.failing(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(reached)
			<-goOn
			f.mu.Lock()
			defer f.mu.Unlock()
			f.grant(w, r, [3]string{aSeat.UserKey, aSeat.MachineID, aSeat.ClientID})
		}), "request")
		<-reached
		end := make(chan error)
		go func() { end <- s.Close(t.Context()) }()
		synctest.Wait()
		close(goOn)
		if err := <-end; err != nil || f.held() {
			t.Errorf("closed with %v, still held: %t", err, f.held())
		}
	})
}

func TestOpenDenied(t *testing.T) {
	in(t, func(t *testing.T, f *floating) {
		f.failing(says(409, problemJSON, `{"code":"NoSeatAvailable","activeClientCount":1,"maxClientCount":1}`, "Retry-After", "9"), "request")
		_, err := newClient(t, f).Open(t.Context(), aSeat, SessionOptions{})
		var e *Error
		if !IsDenied(err) || !errors.As(err, &e) || e.ActiveClientCount != 1 || e.MaxClientCount != 1 {
			t.Errorf("got %v", err)
		}
		if len(f.calls) != 1 {
			t.Errorf("a denial was retried: %v", f.calls)
		}
	})
}

func TestOpenOutlivesItsContext(t *testing.T) {
	in(t, func(t *testing.T, f *floating) {
		ctx, cancel := context.WithCancel(t.Context())
		s, err := newClient(t, f).Open(ctx, aSeat, SessionOptions{})
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		wellUntil(t, s, time.Hour)
		closed(t, s)
	})
}

func TestSessionLogsNoSecret(t *testing.T) {
	in(t, func(t *testing.T, f *floating) {
		var log bytes.Buffer
		c := newClient(t, f, WithAPIKey("api_geheim"))
		s, err := c.Open(t.Context(), aSeat, SessionOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		f.drop()
		time.Sleep(10 * time.Minute)
		f.failing(refuses(503, Unavailable), "heartbeat")
		lostWithin(t, s, time.Hour)
		closed(t, s)
		text := log.String()
		for _, want := range []string{"regained", "not answering", "lost"} {
			if !strings.Contains(text, want) {
				t.Errorf("the log does not tell of %q:\n%s", want, text)
			}
		}
		for _, secret := range []string{"geheim", "fltk_", "KEY"} {
			if strings.Contains(text, secret) {
				t.Errorf("the log shows %q", secret)
			}
		}
	})
}
