package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/licet/licet/internal/app"
	"github.com/licet/licet/internal/bench"
	"github.com/licet/licet/internal/config"
	"github.com/licet/licet/internal/store"
)

// asServer makes this test program run as one of the two servers.
const asServer = "LICET_BENCH_TEST_SERVER"

func TestMain(m *testing.M) {
	switch os.Getenv(asServer) {
	case "licet":
		serve(os.Args[1:])
	case "bare":
		if err := bench.ServeBare(os.Stdout, os.Args[1:]); err != nil {
			panic(err)
		}
	default:
		os.Exit(m.Run())
	}
}

func serve(args []string) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	var c config.Config
	parser := kong.Must(&c, kong.DefaultEnvars("LICET"))
	_, err := parser.Parse(args)
	parser.FatalIfErrorf(err)
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	a, err := app.Start(ctx, app.Options{Config: c, Logger: log})
	parser.FatalIfErrorf(err)
	log.Info("serving", "url", a.URL())
	parser.FatalIfErrorf(a.Run(ctx))
}

// TestRun measures for a moment, on both engines. It does not judge figures,
// only that every call of every row was answered, and the report complete.
func TestRun(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "bench.json")
	o := bench.Options{
		Licet: []string{"env", asServer + "=licet", os.Args[0]}, Bare: []string{"env", asServer + "=bare", os.Args[0]},
		Engines: []store.Engine{store.SQLite, store.Postgres}, Clients: []int{1, 8}, Seats: []int{1000},
		Holders: 50, Rounds: 2, Phase: 20 * time.Millisecond, Dir: t.TempDir(),
	}
	var shown bytes.Buffer
	if err := measure(t.Context(), o, out, &shown); err != nil {
		t.Fatalf("%v\n%s", err, &shown)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var report bench.Report
	if err := json.Unmarshal(text, &report); err != nil {
		t.Fatal(err)
	}
	if want := 2 * (5*2 + 1); len(report.Results) != want {
		t.Fatalf("%d results, want %d", len(report.Results), want)
	}
	for _, r := range report.Results {
		if r.PerSecond <= 0 || r.Bare <= 0 || r.Ratio <= 0 || r.P50 <= 0 || r.P99 < r.P50 || r.Errors != 0 {
			t.Errorf("implausible: %+v", r)
		}
	}
}

// TestRunLists asks for every page of small books, on both engines: every one
// is answered, and all are in the table.
func TestRunLists(t *testing.T) {
	t.Parallel()
	var shown bytes.Buffer
	err := bench.RunLists(t.Context(), bench.ListOptions{
		Licet: []string{"env", asServer + "=licet", os.Args[0]}, Engines: []store.Engine{store.SQLite, store.Postgres},
		Sizes: []int{20, 40}, Rounds: 1, Dir: t.TempDir(),
	}, &shown)
	if err != nil {
		t.Fatalf("%v\n%s", err, &shown)
	}
	rows, ready := regexp.MustCompile(`(?m)^\| /.*\|$`), regexp.MustCompile(`(?m)^(20|40) licenses: ready after `)
	if n, m := len(rows.FindAllString(shown.String(), -1)), len(ready.FindAllString(shown.String(), -1)); n < 2*70 || m != 4 {
		t.Errorf("%d rows and %d starts in\n%s", n, m, &shown)
	}
}
