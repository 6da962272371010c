package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/licet/licet/client"
	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/proof"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// TestProofPaused: a server that stands still for twice the lease, with calls
// waiting, hands out nothing that is still somebody's: the old holders' late
// heartbeats are refused and the seats go to others, no more than there are.
func TestProofPaused(t *testing.T) {
	t.Parallel()
	const seats, lease = 5, 2 * time.Second
	storetest.Each(t, func(t *testing.T, url string) {
		s := prove(t, url, "--heartbeat-interval=1s", "--lease="+lease.String())
		for range proof.Pick(1, 5) {
			lic := s.p.Issue(t, map[string]any{"licensingMode": 2, "maxAllowedSites": seats})
			calm := s.p.Issue(t, map[string]any{"licensingMode": 2, "maxAllowedSites": seats})
			old, unwanted := pausedHolders(t, s.p, lic, seats), pausedHolders(t, s.p, calm, seats)
			pause(t, s.p, syscall.SIGSTOP)
			var calls sync.WaitGroup
			var beats, grants, lapsed tally
			c := s.p.Client(t)
			for who, token := range unwanted { // nobody else asks for these
				calls.Go(func() { lapsed.add(beat(t, c, who, token)) })
			}
			for who, token := range old {
				calls.Go(func() { beats.add(beat(t, c, who, token)) })
			}
			for i := range 2 * seats {
				calls.Go(func() {
					g, err := c.Request(t.Context(), client.Seat{UserKey: lic.UserKey, ClientID: fmt.Sprint("new", i)})
					if grants.add(err); err == nil {
						grants.until(g.ExpiresAt)
					}
				})
			}
			<-time.After(2 * lease) // the lease is real time: there is nothing else to wait for
			pause(t, s.p, syscall.SIGCONT)
			calls.Wait()
			if beats.granted != 0 || beats.code(client.TokenExpired)+beats.code(client.TokenNotFound) != seats {
				t.Errorf("late heartbeats: %+v", beats.denied)
			}
			if lapsed.code(client.TokenExpired)+lapsed.code(client.TokenNotFound) != seats {
				t.Errorf("late heartbeats on seats that nobody took: %d went through, %+v", lapsed.granted, lapsed.denied)
			}
			if most := grants.atOnce(lease); most != seats || grants.granted+grants.code(client.NoSeatAvailable) != 2*seats {
				t.Errorf("%d seats were given at once, there are %d; denied: %+v", most, seats, grants.denied)
			}
			for who, token := range old {
				if err := beat(t, c, who, token); !client.IsDenied(err) {
					t.Errorf("a heartbeat on a seat that is another's: %v", err)
				}
			}
		}
	})
}

// TestProofPausedNode: one of two nodes stands still and the other gives its
// lapsed seat to somebody else; back again, the first one refuses the old
// holder.
func TestProofPausedNode(t *testing.T) {
	t.Parallel()
	short := []string{"--heartbeat-interval=1s", "--lease=2s"}
	first := prove(t, storetest.URL(t, store.Postgres), short...)
	second := apptest.Serve(t, first.env, short...)
	second.Key, second.HTTP = apptest.AdminKey, proof.HTTP(t)
	lic := first.p.Issue(t, map[string]any{"licensingMode": 2, "maxAllowedSites": 1})
	old := pausedHolders(t, first.p, lic, 1)
	pause(t, first.p, syscall.SIGSTOP)
	c := second.Client(t)
	var got *client.Grant
	for got == nil {
		g, err := c.Request(t.Context(), client.Seat{UserKey: lic.UserKey, ClientID: "new"})
		if err != nil && !client.IsDenied(err) {
			t.Fatal(err)
		}
		got = g
	}
	info, err := c.Info(t.Context(), client.Seat{UserKey: lic.UserKey})
	if err != nil || len(info.Tokens) > 1 {
		t.Errorf("holders: %+v, %v", info, err)
	}
	pause(t, first.p, syscall.SIGCONT)
	for who, token := range old {
		if err := beat(t, first.p.Client(t), who, token); !client.IsDenied(err) {
			t.Errorf("a heartbeat on a seat that is another's: %v", err)
		}
	}
}

// pausedHolders takes all seats and returns who holds them.
func pausedHolders(t *testing.T, p *apptest.Process, lic apptest.License, seats int) map[string]string {
	t.Helper()
	p.HTTP = &http.Client{Transport: p.HTTP.Transport, Timeout: time.Minute}
	c := p.Client(t)
	old := map[string]string{}
	for i := range seats {
		who := fmt.Sprint("old", i)
		g, err := c.Request(t.Context(), client.Seat{UserKey: lic.UserKey, ClientID: who})
		if err != nil {
			t.Fatal(err)
		}
		old[who] = g.Token
	}
	return old
}

func beat(t *testing.T, c *client.Client, who, token string) error {
	_, err := c.Heartbeat(t.Context(), token, client.Seat{ClientID: who})
	return err
}

// tally counts answers.
type tally struct {
	mu      sync.Mutex
	granted int
	denied  []string
	ends    []time.Time // of granted leases, by the server's clock
}

func (a *tally) until(end time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ends = append(a.ends, end)
}

// atOnce is how many of the granted leases lived at the same time at most: on a
// slow machine the first may have lapsed before the last was asked for.
func (a *tally) atOnce(lease time.Duration) (most int) {
	for _, newest := range a.ends {
		alive := 0
		for _, end := range a.ends {
			if start := newest.Add(-lease); end.After(start) && !end.After(newest) {
				alive++
			}
		}
		most = max(most, alive)
	}
	return most
}

func (a *tally) add(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil {
		a.granted++
		return
	}
	a.denied = append(a.denied, err.Error())
}

func (a *tally) code(c client.Code) (n int) {
	for _, text := range a.denied {
		if strings.HasPrefix(text, string(c)+":") {
			n++
		}
	}
	return n
}

// pause stops or continues the process; a stop is waited for.
func pause(t *testing.T, p *apptest.Process, sig syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(p.Pid, sig); err != nil {
		t.Fatal(err)
	}
	if sig != syscall.SIGSTOP {
		return
	}
	t.Cleanup(func() { _ = syscall.Kill(p.Pid, syscall.SIGCONT) })
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(p.Pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
		t.Fatalf("the server did not stop: %v", err)
	}
}
