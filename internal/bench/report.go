package bench

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"
)

// Report is what a run found, as it is written to JSON.
type Report struct {
	At      time.Time `json:"at"`
	System  string    `json:"system"`
	Cores   int       `json:"cores"`
	Go      string    `json:"go"`
	Rounds  int       `json:"rounds"`
	PhaseMs int64     `json:"phaseMs"`
	Results []Result  `json:"results"`
}

// Result is one call at one number of clients: medians over the rounds.
type Result struct {
	Engine    string  `json:"engine"`
	Call      string  `json:"call"`
	Clients   int     `json:"clients"`
	Seats     int     `json:"seats,omitempty"` // held while claims at a size were made
	PerSecond float64 `json:"perSecond"`
	P50       float64 `json:"p50Micros"`
	P99       float64 `json:"p99Micros"`
	Bare      float64 `json:"barePerSecond"`
	Ratio     float64 `json:"ratio"`     // to the bare handler of the same round
	CPU       float64 `json:"cpuMicros"` // of the server for one answer; not that of PostgreSQL
	BareCPU   float64 `json:"bareCPUMicros"`
	Generator float64 `json:"generatorCores"` // that the generator took meanwhile
	Errors    int     `json:"errors"`         // of all rounds and both sides
}

func newReport(o Options) *Report {
	return &Report{
		At: time.Now().UTC().Truncate(time.Second), System: runtime.GOOS + "/" + runtime.GOARCH, Cores: runtime.NumCPU(),
		Go: runtime.Version(), Rounds: o.Rounds, PhaseMs: o.Phase.Milliseconds(),
	}
}

func (b *bench) results() []Result {
	results := make([]Result, 0, len(b.order))
	for _, r := range b.order {
		pairs := b.pairs[r]
		res := Result{
			Engine: r.engine.String(), Call: r.name, Clients: r.clients, Seats: r.seats,
			PerSecond: median(pairs, func(p pair) float64 { return p.licet.perSecond() }),
			P50:       median(pairs, func(p pair) float64 { return p.licet.quantile(0.5) }),
			P99:       median(pairs, func(p pair) float64 { return p.licet.quantile(0.99) }),
			Bare:      median(pairs, func(p pair) float64 { return p.bare.perSecond() }),
			Ratio:     median(pairs, func(p pair) float64 { return p.licet.perSecond() / p.bare.perSecond() }),
			CPU:       median(pairs, func(p pair) float64 { return p.licet.perAnswer() }),
			BareCPU:   median(pairs, func(p pair) float64 { return p.bare.perAnswer() }),
			Generator: median(pairs, func(p pair) float64 { return p.licet.cores }),
		}
		for _, p := range pairs {
			res.Errors += p.licet.errors + p.bare.errors
		}
		results = append(results, res)
	}
	return results
}

func median(pairs []pair, of func(pair) float64) float64 {
	values := make([]float64, len(pairs))
	for i, p := range pairs {
		values[i] = of(p)
	}
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// Failed counts the answers that were not 200.
func (r *Report) Failed() int {
	n := 0
	for _, res := range r.Results {
		n += res.Errors
	}
	return n
}

func writeTable(out io.Writer, results []Result) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "engine\tcall\tclients\tops/s\tp50 ms\tp99 ms\tbare ops/s\tratio\tcpu µs\tbare cpu µs\terrors\tgenerator cores\t")
	for _, r := range results {
		call := r.Call
		if r.Seats > 0 {
			call = fmt.Sprintf("%s %.0e", r.Call, float64(r.Seats))
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%.0f\t%.2f\t%.2f\t%.0f\t%.2f\t%.0f\t%.0f\t%d\t%.2f\t\n", r.Engine, call, r.Clients,
			r.PerSecond, r.P50/1000, r.P99/1000, r.Bare, r.Ratio, r.CPU, r.BareCPU, r.Errors, r.Generator)
	}
	_ = w.Flush() // to a terminal
}
