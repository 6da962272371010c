package apptest

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/licet/licet/internal/app"
	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/config"
	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
)

// firstRSA is the RSA key of every server's first start. It takes a second to
// make, so it is made once.
var firstRSA = sync.OnceValues(func() (keys.Key, error) { return keys.Generate(entity.ResourceRSA) })

// KeyMaker makes the signing keys of a server.
type KeyMaker = func(keyType string) (keys.Key, error)

// newKeys makes the keys of one server.
func newKeys(firstRSA func() (keys.Key, error)) KeyMaker {
	var started atomic.Bool
	return func(keyType string) (keys.Key, error) {
		if keyType == entity.ResourceRSA && !started.Swap(true) {
			return firstRSA()
		}
		return keys.Generate(keyType)
	}
}

// start is when the clocks of test servers stand still.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// Server is an App on a free port, with a clock that the test moves.
type Server struct {
	App *app.App
	Vendor
	Clock *clock.Fake
}

// Config is the configuration of defaults and args, on a free port of the
// loopback address, in a folder of the test's own.
func Config(t testing.TB, database string, args ...string) config.Config {
	t.Helper()
	var c config.Config
	parser, err := kong.New(&c, kong.Exit(func(int) {}))
	if err != nil {
		t.Fatal(err)
	}
	all := append([]string{"--addr=127.0.0.1:0", "--data=" + t.TempDir(), "--database=" + database,
		"--admin-api-key=" + AdminKey, "--server-key=" + strings.Repeat("ab", 32)}, args...)
	if _, err := parser.Parse(all); err != nil {
		t.Fatal(err)
	}
	return c
}

// New starts a server and stops it when the test ends.
func New(t testing.TB, database string, args ...string) *Server {
	t.Helper()
	return NewAt(t, start, database, args...)
}

// NewAt is New with the clock standing at another time.
func NewAt(t testing.TB, now time.Time, database string, args ...string) *Server {
	t.Helper()
	s := &Server{Clock: clock.NewFake(now)}
	a, err := app.Start(t.Context(), app.Options{Config: Config(t, database, args...), Version: "test", Clock: s.Clock, NewKey: newKeys(firstRSA)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	s.App, s.Vendor = a, Vendor{URL: a.URL(), Key: AdminKey}
	return s
}
