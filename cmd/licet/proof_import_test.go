package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/licet/licet/client"
	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/proof"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// TestProofMovingToPostgres is the way of a growing user: books with many licenses
// and live seats go from SQLite to PostgreSQL, and back. Every copy is equal, keeps
// the seats alive and grants no more than the first.
func TestProofMovingToPostgres(t *testing.T) {
	t.Parallel()
	first := storetest.URL(t, store.SQLite)
	putBooks(t, first, proof.Pick(1_000, 100_000))
	s := prove(t, first)
	live := takeAll(t, s.p)
	file := exportTo(t, s.env) // while it serves
	if err := s.p.Stop(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for _, engine := range []store.Engine{store.Postgres, store.SQLite} {
		url := storetest.Empty(t, engine)
		copied := &proven{url: url, env: []string{serverKey, "LICET_DATABASE=" + url}}
		runs(t, copied.env, "import", file)
		again := exportTo(t, copied.env)
		sameRows(t, again, file)
		file = again
		copied.start(t)
		live.holds(t, copied.p)
		live.giveOneAndTake(t, copied.p)
		if err := copied.p.Stop(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
	}
}

// TestProofKilledImport: kill -9 in the middle of an import. No server opens the
// half, the same command again finishes it, and the books are those of the file.
func TestProofKilledImport(t *testing.T) {
	t.Parallel()
	first := storetest.URL(t, store.SQLite)
	putBooks(t, first, proof.Pick(500, 20_000))
	s := prove(t, first)
	if err := s.p.Stop(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	file := exportTo(t, s.env)
	storetest.EachEmpty(t, func(t *testing.T, url string) {
		env := []string{serverKey, "LICET_DATABASE=" + url}
		for _, rows := range []int{1, 1_500, 700} { // results that the test reads before it kills
			killImport(t, env, file, rows)
			if url, is := strings.CutPrefix(url, "postgres"); is {
				storetest.AwaitIdle(t, "postgres"+url)
			}
			_, stderr, code := output(t, env, "serve", "--addr=127.0.0.1:0")
			if code != 1 || !strings.Contains(stderr, "not finished") {
				t.Errorf("a server on half of the books: %d, %s", code, stderr)
			}
		}
		out := runs(t, env, "import", file)
		if !strings.Contains(out, "unchanged") {
			t.Errorf("nothing of the earlier runs was there: %s", out)
		}
		sameRows(t, exportTo(t, env), file)
	})
}

// killImport kills an import after it told of so many rows. The results go into a
// pipe that is not read further, which keeps the import from its end.
func killImport(t *testing.T, env []string, file string, rows int) {
	t.Helper()
	pipe := filepath.Join(t.TempDir(), "results")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := apptest.Command(t, env, "import", file, "--results="+pipe)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	results, err := os.Open(pipe)
	if err != nil {
		t.Fatal(err)
	}
	defer results.Close()
	lines := bufio.NewScanner(results)
	for range rows {
		if !lines.Scan() {
			t.Fatalf("the results ended: %v", lines.Err())
		}
	}
	_ = cmd.Process.Kill()
	if err := cmd.Wait(); err == nil {
		t.Error("the import ended before it was killed")
	}
}

// putBooks puts n licenses with their pools and two seats each into books that no
// server has opened yet. The leases are alive.
func putBooks(t *testing.T, url string, n int) {
	t.Helper()
	s := storetest.Open(t, url)
	alive := entity.TimeOf(time.Now().Add(time.Hour))
	err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		for _, statement := range []string{
			`CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?0) SELECT i, 1 + i % 2 AS kind FROM n`,
			`INSERT INTO customers (company, code, created_at) SELECT 'Acme ' || i, 'C-' || i, i FROM n WHERE i % 10 = 1`,
			`INSERT INTO licenses (id, license_id, user_key, format, licensing_mode, max_allowed_sites, customer_id, revoked, trace, features, license_key)
				SELECT i, 'lic' || i, 'key-' || i, 4, kind, 2, 1 + (i - 1) / 10, i % 10 = 0, i % 3 = 0, '["a","b"]', ?2 FROM n`,
			`INSERT INTO licenses (license_id, parent_id, format, licensing_mode, license_key)
				SELECT 'lic' || i, i, 4, 1, ?2 FROM n WHERE kind = 1`,
			`INSERT INTO seat_pools (license_id, kind, allowed, held) SELECT i, kind, 2, 2 FROM n`,
			`INSERT INTO license_tokens (kind, token, machine_id, issue_date, license_id, expire_at, node_locked_license_id)
				SELECT kind, 'tok-' || i || '-' || m, 'm' || m, i, i, CASE WHEN kind = 2 THEN ?1 END,
					CASE WHEN kind = 1 AND m = 1 THEN (SELECT id FROM licenses c WHERE c.parent_id = i) END
				FROM n JOIN (SELECT 1 AS m UNION ALL SELECT 2) two`,
			`INSERT INTO license_traces (machine_id, created_date, action, license_id) SELECT 'm1', i, 3, i FROM n WHERE i % 3 = 0`,
			`DROP TABLE n`,
		} {
			if _, err := tx.NewRaw(statement, n, alive, strings.Repeat("x", 600)).Exec(ctx); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	})
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
}

// seats are all seats of a few licenses, held by clients of the test.
type seats struct {
	of     []apptest.License
	mode   []int
	tokens [][]string
}

const seatsEach = 3

// takeAll issues licenses and takes every seat of them.
func takeAll(t *testing.T, p *apptest.Process) *seats {
	t.Helper()
	s := &seats{mode: []int{1, 2, 2}}
	for i, mode := range s.mode {
		s.of = append(s.of, p.Issue(t, map[string]any{"licensingMode": mode, "maxAllowedSites": seatsEach}))
		s.tokens = append(s.tokens, nil)
		for who := range seatsEach {
			grant, err := s.take(t, p, i, who)
			if err != nil {
				t.Fatal(err)
			}
			s.tokens[i] = append(s.tokens[i], grant.Token)
		}
	}
	return s
}

func (s *seats) seat(i, who int) client.Seat {
	return client.Seat{UserKey: s.of[i].UserKey, MachineID: fmt.Sprint("machine-", who)}
}

func (s *seats) take(t *testing.T, p *apptest.Process, i, who int) (*client.Grant, error) {
	t.Helper()
	if s.mode[i] == 1 {
		return p.Client(t).Activate(t.Context(), s.seat(i, who))
	}
	return p.Client(t).Request(t.Context(), s.seat(i, who))
}

// holds: every seat is alive with its token, and there is not one more.
func (s *seats) holds(t *testing.T, p *apptest.Process) {
	t.Helper()
	c := p.Client(t)
	for i := range s.of {
		for who, token := range s.tokens[i] {
			if beat, err := c.Heartbeat(t.Context(), token, s.seat(i, who)); err != nil || beat.ActiveClients != seatsEach {
				t.Errorf("the seat %s of license %d: %+v, %v", token, s.of[i].ID, beat, err)
			}
			if grant, err := s.take(t, p, i, who); err != nil || grant.Token != token {
				t.Errorf("asked again for the seat %s of license %d: %+v, %v", token, s.of[i].ID, grant, err)
			}
		}
		if grant, err := s.take(t, p, i, seatsEach); !errors.Is(err, client.NoSeatAvailable) {
			t.Errorf("one more seat of license %d: %+v, %v", s.of[i].ID, grant, err)
		}
	}
}

// giveOneAndTake: a seat that is given back is the only one there is to take.
func (s *seats) giveOneAndTake(t *testing.T, p *apptest.Process) {
	t.Helper()
	c := p.Client(t)
	for i := range s.of {
		var err error
		if s.mode[i] == 1 {
			_, err = c.Deactivate(t.Context(), s.seat(i, 0))
		} else {
			_, err = c.Release(t.Context(), s.tokens[i][0], s.seat(i, 0))
		}
		if err != nil {
			t.Errorf("give back: %v", err)
		}
		if _, err := s.take(t, p, i, seatsEach); err != nil {
			t.Errorf("take what was given back: %v", err)
		}
		if _, err := s.take(t, p, i, 0); !errors.Is(err, client.NoSeatAvailable) {
			t.Errorf("take it twice: %v", err)
		}
	}
}

// runs is output of a command that must succeed; the long form says what it took.
func runs(t *testing.T, env []string, args ...string) string {
	t.Helper()
	began := time.Now()
	cmd := apptest.Command(t, env, args...)
	out, stderr, code := apptest.Output(t, cmd)
	if code != 0 {
		t.Fatalf("%v: %d, %s", args, code, stderr)
	}
	if proof.Long() {
		t.Logf("%s: %s: %s", args[0], time.Since(began).Round(time.Millisecond), out)
	}
	return out
}

func exportTo(t *testing.T, env []string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "books.ndjson")
	runs(t, env, "export", "--output="+file)
	return file
}

// sameRows compares two files but for their first lines.
func sameRows(t *testing.T, got, want string) {
	t.Helper()
	a, b := openLines(t, got), openLines(t, want)
	for line := 1; ; line++ {
		moreA, moreB := a.Scan(), b.Scan()
		if !moreA && !moreB {
			return
		}
		isLast := bytes.HasPrefix(a.Bytes(), []byte(`{"end"`))
		if moreA != moreB || line > 1 && !isLast && !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Fatalf("line %d: %s, want %s", line, a.Text(), b.Text())
		}
	}
}

func openLines(t *testing.T, file string) *bufio.Scanner {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	return lines
}
