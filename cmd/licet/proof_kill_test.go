package main

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"net/http"

	"github.com/licet/licet/client"
	"github.com/licet/licet/internal/proof"
	"github.com/licet/licet/internal/store/storetest"
)

// TestProofKilledUnderLoad: kill -9 in the middle of load, again and again on
// the same books. Every acknowledged operation is there, each unanswered one
// wholly or not at all, and the server that starts again knows them.
func TestProofKilledUnderLoad(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		const workers = 12
		s := prove(t, url)
		load := proof.NewLoad(t, s.p.Vendor, workers, rand.Uint64())
		for round := range proof.Pick(4, 20) {
			killAfter(t, s, load, 40+rand.IntN(proof.Pick(120, 300)))
			s.agree(t, proof.DoneOrNot, load)
			s.start(t)
			serverKnows(t, s, load)
			if t.Failed() {
				t.Fatalf("in round %d", round+1)
			}
		}
		t.Logf("%d operations were acknowledged", load.Acked.Load())
	})
}

// killAfter kills the server while the load runs, after n calls were acknowledged.
func killAfter(t *testing.T, s *proven, load *proof.Load, n int) {
	t.Helper()
	stopAfter(t, s, load, n, syscall.SIGKILL)
}

// stopAfter sends the signal after n more calls and waits for both ends.
func stopAfter(t *testing.T, s *proven, load *proof.Load, n int, sig syscall.Signal) error {
	t.Helper()
	reached := make(chan struct{})
	var once sync.Once
	enough := load.Acked.Load() + int64(n)
	load.OnAck = func(*proof.Worker) {
		if load.Acked.Load() >= enough {
			once.Do(func() { close(reached) })
		}
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		load.Run(t.Context(), t, s.p.Vendor)
	}()
	select {
	case <-reached:
	case <-ended:
		t.Fatalf("the load ended by itself\n%s", s.p.Log)
	}
	err := s.p.Stop(sig)
	<-ended
	return err
}

// serverKnows asks the running server for the seats.
func serverKnows(t *testing.T, s *proven, load *proof.Load) {
	t.Helper()
	c := s.p.Client(t)
	for _, lic := range load.Licenses {
		info, err := c.Info(t.Context(), client.Seat{UserKey: lic.UserKey})
		if err != nil {
			t.Fatal(err)
		}
		held := map[string]string{}
		for _, tok := range info.Tokens {
			held[tok.ClientID] = tok.Token
		}
		for _, w := range load.Workers {
			if seat := w.Seats[lic.UserKey]; seat != nil && held[w.Name] != seat.Token {
				t.Errorf("%s on %s: the server says %q, the books %q", w.Name, lic.UserKey, held[w.Name], seat.Token)
			}
		}
	}
}

// TestProofStoppedUnderLoad: SIGTERM in the middle of load. What the server has
// begun it answers, and the client gets that answer; what it has not begun it
// has not done.
func TestProofStoppedUnderLoad(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := prove(t, url)
		load := proof.NewLoad(t, s.p.Vendor, 24, rand.Uint64())
		for range proof.Pick(1, 10) {
			got := &answers{next: s.p.HTTP.Transport, status: map[string]int{}}
			s.p.HTTP.Transport = got
			if err := stopAfter(t, s, load, 100+rand.IntN(100), syscall.SIGTERM); err != nil {
				t.Fatalf("SIGTERM: %v\n%s", err, s.p.Log)
			}
			got.agreeWithLog(t, s.p.Log.String())
			s.agree(t, proof.NotDone, load)
			s.start(t)
			serverKnows(t, s, load)
		}
	})
}

// answers names each request and notes what came back.
type answers struct {
	next   http.RoundTripper
	mu     sync.Mutex
	sent   int
	status map[string]int // by request id
}

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	a.mu.Lock()
	a.sent++
	id := fmt.Sprintf("proof-%d", a.sent)
	a.mu.Unlock()
	r = r.Clone(r.Context())
	r.Header.Set("X-Request-Id", id)
	resp, err := a.next.RoundTrip(r)
	if err == nil {
		a.mu.Lock()
		a.status[id] = resp.StatusCode
		a.mu.Unlock()
	}
	return resp, err
}

// agreeWithLog: each request in the server's log has its answer, and the other
// way round.
func (a *answers) agreeWithLog(t *testing.T, log string) {
	t.Helper()
	line := regexp.MustCompile(`status=(\d+) .*request_id=(proof-\d+)`)
	begun := map[string]int{}
	for _, m := range line.FindAllStringSubmatch(log, -1) {
		begun[m[2]], _ = strconv.Atoi(m[1])
	}
	for id, status := range begun {
		if a.status[id] != status {
			t.Errorf("request %s was answered with %d, its client got %d", id, status, a.status[id])
		}
	}
	for id, status := range a.status {
		if begun[id] != status {
			t.Errorf("the client of %s got %d, the log says %d", id, status, begun[id])
		}
	}
	if len(begun) == 0 {
		t.Error("the log has no request")
	}
}
