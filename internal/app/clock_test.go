package app_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/client"
	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// steps are what may happen to a machine's wall clock.
func steps() map[string]func(now time.Time) time.Time {
	return map[string]func(time.Time) time.Time{
		"an hour ahead": func(now time.Time) time.Time { return now.Add(time.Hour) },
		"an hour back":  func(now time.Time) time.Time { return now.Add(-time.Hour) },
		"to 1970":       func(time.Time) time.Time { return time.Unix(1, 0) },
		"to 2100":       func(time.Time) time.Time { return time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC) },
	}
}

// leaseholders are two holders of the two seats of a license; beating keeps its
// own by heartbeats, silent does not.
type leaseholders struct {
	c               *client.Client
	lic             apptest.License
	beating, silent string // tokens
}

func (l leaseholders) seat(who string) client.Seat {
	return client.Seat{UserKey: l.lic.UserKey, ClientID: who}
}

func takeSeats(t *testing.T, v apptest.Vendor) leaseholders {
	t.Helper()
	l := leaseholders{c: v.Client(t), lic: v.Issue(t, map[string]any{"licensingMode": 2, "maxAllowedSites": 2})}
	for who, token := range map[string]*string{"beating": &l.beating, "silent": &l.silent} {
		g, err := l.c.Request(t.Context(), l.seat(who))
		if err != nil {
			t.Fatal(err)
		}
		*token = g.Token
	}
	return l
}

// bothHold: no lease was freed, and nobody else gets in.
func (l leaseholders) bothHold(t *testing.T) {
	t.Helper()
	for who, token := range map[string]string{"beating": l.beating, "silent": l.silent} {
		if g, err := l.c.Validate(t.Context(), l.seat(who)); err != nil || g.Token != token {
			t.Errorf("%s: %+v, %v", who, g, err)
		}
	}
	_, err := l.c.Request(t.Context(), l.seat("new"))
	wantCode(t, err, client.NoSeatAvailable)
}

// beat renews the beating holder's lease for one lease from now, and is told
// its end by the clock that the engine tells ends by.
func (l leaseholders) beat(t *testing.T, now time.Time) {
	t.Helper()
	b, err := l.c.Heartbeat(t.Context(), l.beating, l.seat("beating"))
	if err != nil || b.Lease != 15*time.Minute || !b.ExpiresAt.Equal(now.Add(15*time.Minute)) {
		t.Errorf("heartbeat at %s: %+v, %v", now, b, err)
	}
}

// silentLapsed: the lease that nobody renewed is over and its seat another's.
func (l leaseholders) silentLapsed(t *testing.T) {
	t.Helper()
	_, err := l.c.Heartbeat(t.Context(), l.silent, l.seat("silent"))
	wantCode(t, err, client.TokenExpired)
	if _, err := l.c.Request(t.Context(), l.seat("new")); err != nil {
		t.Errorf("the lapsed seat is not to be had: %v", err)
	}
	if g, err := l.c.Validate(t.Context(), l.seat("beating")); err != nil || g.Token != l.beating {
		t.Errorf("the kept seat: %+v, %v", g, err)
	}
}

// TestProofClockStepsWhileRunning: whatever is done to the wall clock of a
// running server frees no lease early and makes none immortal.
func TestProofClockStepsWhileRunning(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *apptest.Server) {
		for name, step := range steps() {
			l := takeSeats(t, s.Vendor)
			s.Clock.Advance(10 * time.Minute)
			now := s.Clock.Read()
			s.Clock.Step(step(now.Wall).Sub(now.Wall))
			l.bothHold(t)
			s.Clock.Advance(5*time.Minute - time.Second)
			l.bothHold(t)
			told := s.Clock.Read().Wall
			if s.App.Store().Engine() == store.Postgres {
				told = s.Clock.Read().Lease // stands for the database's clock
			}
			l.beat(t, told)
			s.Clock.Advance(time.Second)
			l.silentLapsed(t)
			if t.Failed() {
				t.Fatal("after the clock was set ", name)
			}
		}
	})
}

// TestProofClockStepsAcrossARestart: the same while a server with the embedded
// books is down, whether it ended in order or was killed before it could note
// the time. Clients could not renew meanwhile, so leases that lived get one
// more lease, and not more than that.
func TestProofClockStepsAcrossARestart(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, store.SQLite)
	s := apptest.New(t, url)
	l := takeSeats(t, s.Vendor)
	s.Clock.Advance(10 * time.Minute)
	l.bothHold(t)
	left := map[string]string{"killed": copyOf(t, url)} // nothing is being written
	if err := s.App.Close(); err != nil {
		t.Fatal(err)
	}
	left["closed"] = url
	for end, url := range left {
		for name, step := range steps() {
			again := apptest.NewAt(t, step(s.Clock.Read().Wall), copyOf(t, url))
			l.c = again.Client(t)
			l.bothHold(t)
			again.Clock.Advance(15*time.Minute - time.Second)
			l.bothHold(t)
			l.beat(t, again.Clock.Read().Wall)
			again.Clock.Advance(time.Second)
			l.silentLapsed(t)
			if t.Failed() {
				t.Fatalf("the server was %s and the clock set %s", end, name)
			}
		}
	}
}

// copyOf copies a database as it lies on the disk.
func copyOf(t *testing.T, url string) string {
	t.Helper()
	file, to := strings.TrimPrefix(url, "sqlite:"), filepath.Join(t.TempDir(), "copy.db")
	for _, suffix := range []string{"", "-wal"} {
		text, err := os.ReadFile(file + suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue // an orderly end leaves no log
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to+suffix, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return "sqlite:" + to
}
