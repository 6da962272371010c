package bench

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// phase is what one closed loop has measured.
type phase struct {
	answers int           // all that came back with 200
	errors  int           // all other answers
	elapsed time.Duration // from the first request to the last answer
	latency []uint32      // of the timed answers, µs, sorted
	cores   float64       // that the generator took
	server  time.Duration // processor time that the server took
}

// perAnswer is the server's processor time for one answer, in µs.
func (p phase) perAnswer() float64 {
	return float64(p.server.Microseconds()) / float64(max(1, p.answers+p.errors))
}

func (p phase) perSecond() float64 { return float64(p.answers) / p.elapsed.Seconds() }

// quantile returns a latency in µs; 0 where nothing was timed.
func (p phase) quantile(q float64) float64 {
	if len(p.latency) == 0 {
		return 0
	}
	return float64(p.latency[min(len(p.latency)-1, int(q*float64(len(p.latency))))])
}

// worker is one client.
type worker struct {
	conn    *conn
	source  source
	latency []uint32
	answers int
	errors  int
	err     error
}

// drive runs one client for each source against a server, until the time is over or
// a source runs dry. An error means that the loop itself broke.
func drive(server *process, sources []source, d time.Duration) (phase, error) {
	workers := make([]worker, len(sources))
	for i := range workers {
		c, err := dial(server.addr)
		if err != nil {
			return phase{}, err
		}
		defer c.net.Close()
		if err := c.net.SetDeadline(time.Now().Add(d + callTime)); err != nil {
			return phase{}, err
		}
		workers[i] = worker{conn: c, source: sources[i], latency: make([]uint32, 0, 1<<14)}
	}
	var all sync.WaitGroup
	used, serverUsed, start := processTime(), server.cpuTime(), time.Now()
	for i := range workers {
		all.Go(func() { workers[i].run(start.Add(d)) })
	}
	all.Wait()
	p := phase{elapsed: time.Since(start)}
	p.cores = (processTime() - used).Seconds() / p.elapsed.Seconds()
	p.server = server.cpuTime() - serverUsed
	for i := range workers {
		if workers[i].err != nil {
			return phase{}, workers[i].err
		}
		p.answers += workers[i].answers
		p.errors += workers[i].errors
		p.latency = append(p.latency, workers[i].latency...)
	}
	slices.Sort(p.latency)
	return p, nil
}

// run asks at least once, however short the time.
func (w *worker) run(until time.Time) {
	for at := time.Now(); w.answers+w.errors == 0 || at.Before(until); {
		request, timed := w.source.next()
		if request == nil {
			return
		}
		status, body, err := w.conn.call(request)
		if err != nil {
			w.err = fmt.Errorf("after %d answers: %w", w.answers, err)
			return
		}
		now := time.Now()
		if status != http.StatusOK {
			w.errors++
			at = now
			continue
		}
		w.answers++
		w.source.answered(body)
		if timed {
			w.latency = append(w.latency, uint32(now.Sub(at).Microseconds()))
		}
		at = now
	}
}
