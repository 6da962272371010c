package bench

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/internal/store"
)

// at is a phase of so many answers in a second.
func at(licet, bare, errors int) pair {
	return pair{
		licet: phase{answers: licet, errors: errors, elapsed: time.Second, latency: []uint32{1000, 2000, 90_000}},
		bare:  phase{answers: bare, elapsed: time.Second},
	}
}

func TestResultsAreMedians(t *testing.T) {
	t.Parallel()
	r := row{store.SQLite, "claim at", 64, 1000}
	b := &bench{pairs: map[row][]pair{}}
	for _, p := range []pair{at(10, 100, 0), at(40, 50, 1), at(30, 100, 0)} {
		b.add(r, p)
	}
	got := b.results()
	want := []Result{{Engine: "sqlite", Call: "claim at", Clients: 64, Seats: 1000, PerSecond: 30, P50: 2000, P99: 90_000,
		Bare: 100, Ratio: 0.3, Errors: 1}}
	if !slices.Equal(got, want) {
		t.Fatalf("got %+v, want %+v", got, want)
	}
	var table strings.Builder
	writeTable(&table, got)
	if !strings.Contains(table.String(), "claim at 1e+03") {
		t.Error(table.String())
	}
}

func TestParseStat(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"7 (a) b) (c) S 1 1 1 0 -1 4194560 1 0 0 0 31 11 0 0 20 0 9 0": 42,
		"7 (a) S": 0,
		"":        0,
	} {
		if got := parseStat([]byte(text)); got != want {
			t.Errorf("%q: %d", text, got)
		}
	}
}

func TestMedianOfTwoIsBetween(t *testing.T) {
	t.Parallel()
	m := median([]pair{at(10, 1, 0), at(20, 1, 0)}, func(p pair) float64 { return p.licet.perSecond() })
	if m != 15 {
		t.Fatal(m)
	}
}

func TestOptionsRefuse(t *testing.T) {
	t.Parallel()
	good := Options{Engines: []store.Engine{store.SQLite}, Clients: []int{1}, Rounds: 1, Phase: time.Second, Holders: 1}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Options){
		"no engine":  func(o *Options) { o.Engines = nil },
		"no clients": func(o *Options) { o.Clients = []int{0} },
		"no rounds":  func(o *Options) { o.Rounds = 0 },
		"no time":    func(o *Options) { o.Phase = 0 },
		"no holders": func(o *Options) { o.Holders = 0 },
		"no seats":   func(o *Options) { o.Seats = []int{0} },
	} {
		o := good
		if spoil(&o); o.Validate() == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
