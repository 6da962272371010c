package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/licet/licet/client"
	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/proof"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// proveInFolder is prove with the server key in the data folder too.
func proveInFolder(t *testing.T, data string) *proven {
	t.Helper()
	s := &proven{url: "sqlite:" + filepath.Join(data, "licet.db"),
		env: []string{"LICET_DATA=" + data, "LICET_ADMIN_API_KEY=" + apptest.AdminKey}}
	s.start(t)
	return s
}

// underLoad runs the load while do does something to the server, and ends it
// afterwards.
func underLoad(t *testing.T, s *proven, load *proof.Load, do func()) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		load.Run(ctx, t, s.p.Vendor)
	}()
	defer func() { // also when do fails the test
		stop()
		<-ended
	}()
	do()
}

// awaitAcks waits until the load has been told n more.
func awaitAcks(t *testing.T, load *proof.Load, n int) {
	t.Helper()
	enough := load.Acked.Load() + int64(n)
	for deadline := time.Now().Add(time.Minute); load.Acked.Load() < enough; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) || t.Failed() {
			t.Fatal("the load stands still")
		}
	}
}

// TestProofBackupUnderLoad: backups of a server under load, which is killed
// afterwards, are restored where nothing is: every call that was acknowledged
// before the backup began is in its books, of each client's later ones the first
// so many; the server that starts on them gives out no seat too many, also to
// those who come back with seats from after the backup.
func TestProofBackupUnderLoad(t *testing.T) {
	t.Parallel()
	for range proof.Pick(1, 10) {
		s := proveInFolder(t, t.TempDir())
		load := proof.NewLoad(t, s.p.Vendor, 12, rand.Uint64())
		history := load.Record()
		load.OnAck = history.Note
		type taken struct {
			at   string
			mark proof.Mark
		}
		var backups []taken
		underLoad(t, s, load, func() {
			for i := range proof.Pick(2, 4) {
				awaitAcks(t, load, 40+rand.IntN(60))
				b := taken{filepath.Join(t.TempDir(), "backup"), history.Mark()}
				backUp(t, s.env, b.at)
				backups = append(backups, b)
				if i == 0 {
					awaitAcks(t, load, 20)
				}
			}
			if err := s.p.Stop(syscall.SIGKILL); err == nil {
				t.Error("the server ended by itself")
			}
		})
		for _, b := range backups {
			restoreAndGoOn(t, b.at, load, history, b.mark)
		}
		t.Logf("%d calls were acknowledged", load.Acked.Load())
	}
}

func backUp(t *testing.T, env []string, to string) {
	t.Helper()
	out, stderr, code := output(t, env, "backup", "--to="+to)
	if code != 0 || !strings.Contains(out, "HOLDS SECRETS") {
		t.Fatalf("backup: code %d, %s%s", code, out, stderr)
	}
}

// restored restores a backup into a folder that is not there yet.
func restored(t *testing.T, from string) (data string) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "fresh", "data")
	if out, stderr, code := output(t, nil, "restore", "--from="+from, "--data="+data); code != 0 || !strings.Contains(out, "start the server as before") {
		t.Fatalf("restore: code %d, %s%s", code, out, stderr)
	}
	return data
}

func restoreAndGoOn(t *testing.T, from string, load *proof.Load, history *proof.History, mark proof.Mark) {
	t.Helper()
	data := restored(t, from)
	books := readBooks(t, "sqlite:"+copyBooks(t, data))
	then, wrong := history.At(books, mark)
	wrong = append(append(wrong, books.Disagreements()...), books.Compare(proof.DoneOrNot, then)...)
	for _, what := range wrong {
		t.Errorf("restored: %s", what)
	}
	if t.Failed() {
		t.FailNow()
	}
	s := proveInFolder(t, data)
	serverKnows(t, s, then)
	unknown(t, s, load, then)
	then.RunTo(t, s.p.Vendor, 100)
	if err := s.p.Stop(syscall.SIGKILL); err == nil {
		t.Error("the server ended by itself")
	}
	s.agree(t, proof.DoneOrNot, then)
}

// unknown: a seat that was given after the backup is refused by name, not taken
// for another's.
func unknown(t *testing.T, s *proven, load, then *proof.Load) {
	t.Helper()
	c := s.p.Client(t)
	for i, w := range load.Workers {
		for userKey, seat := range w.Seats {
			was := then.Workers[i].Seats[userKey]
			if seat.Token == "" || was != nil && was.Token == seat.Token {
				continue
			}
			if _, err := c.Heartbeat(t.Context(), seat.Token, w.Identity(userKey)); !errors.Is(err, client.TokenNotFound) {
				t.Errorf("a heartbeat with a token from after the backup: %v", err)
			}
		}
	}
}

// grow adds rows of about 1 KiB to a database that nobody serves, so that it
// takes a while to copy.
func grow(t *testing.T, url string, rows int) {
	t.Helper()
	st := storetest.Open(t, url)
	err := st.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.NewRaw(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
			INSERT INTO audit_entries (at, action, entity, entity_id, details)
			SELECT i, 'grow', 'test', i, hex(randomblob(500)) FROM n`, rows).Exec(ctx)
		return err
	})
	if err := errors.Join(err, st.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestProofBackupKilled: a backup that is killed leaves nothing that can be
// restored, and nothing that is in the way of the server or of the next backup.
func TestProofBackupKilled(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, store.SQLite)
	grow(t, url, proof.Pick(3_000, 50_000))
	s := prove(t, url)
	load := proof.NewLoad(t, s.p.Vendor, 4, rand.Uint64())
	dir := t.TempDir()
	cut := 0
	for i := range proof.Pick(3, 40) {
		to := filepath.Join(dir, strconv.Itoa(i))
		begun := func() bool {
			partial, _ := filepath.Glob(filepath.Join(dir, "."+strconv.Itoa(i)+".partial-*"))
			return len(partial) > 0
		}
		killWhen(t, begun, 100*time.Millisecond, s.env, "backup", "--to="+to, "--without-key")
		left, err := filepath.Glob(filepath.Join(dir, ".*.partial-*"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(to); err == nil { // it was quicker
			restoresWell(t, to)
			continue
		}
		cut++
		for _, partial := range left {
			_, stderr, code := output(t, []string{serverKey}, "restore", "--from="+partial, "--data="+filepath.Join(dir, "none"))
			if code != 1 || !strings.Contains(stderr, "cut short") {
				t.Errorf("restore of a cut backup: code %d, %s", code, stderr)
			}
		}
		load.RunTo(t, s.p.Vendor, 10)
	}
	if _, err := os.Stat(filepath.Join(dir, "none")); err == nil {
		t.Error("a refused restore left something")
	}
	if _, stderr, code := output(t, s.env, "backup", "--to="+filepath.Join(dir, "last"), "--without-key"); code != 0 {
		t.Errorf("the backup after: code %d, %s", code, stderr)
	}
	t.Logf("%d backups were cut", cut)
}

// killWhen runs the program and kills it at a random moment within a time after
// begun, unless it ends before.
func killWhen(t *testing.T, begun func() bool, within time.Duration, env []string, args ...string) {
	t.Helper()
	cmd := apptest.Command(t, env, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // it was killed, or not
	}()
	for !begun() {
		select {
		case <-ended:
			return
		case <-time.After(time.Millisecond):
		}
	}
	select {
	case <-ended:
	case <-time.After(rand.N(within)):
		_ = cmd.Process.Kill()
		<-ended
	}
}

func restoresWell(t *testing.T, from string) {
	t.Helper()
	data := t.TempDir()
	if _, stderr, code := output(t, []string{serverKey}, "restore", "--from="+from, "--data="+data); code != 0 {
		t.Errorf("restore: code %d, %s", code, stderr)
	}
}

// TestProofRestoreKilled: a restore that is killed leaves no books: it is done
// again in the same folder, and then they are whole.
func TestProofRestoreKilled(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, store.SQLite)
	grow(t, url, proof.Pick(3_000, 50_000))
	data := filepath.Dir(strings.TrimPrefix(url, "sqlite:"))
	s := proveInFolder(t, data)
	lic := s.p.Issue(t, map[string]any{"licensingMode": 2})
	from := filepath.Join(t.TempDir(), "backup")
	backUp(t, s.env, from)
	cut := 0
	for range proof.Pick(3, 40) {
		data := filepath.Join(t.TempDir(), "data")
		begun := func() bool {
			left, _ := filepath.Glob(filepath.Join(data, ".licet-restore-*"))
			return len(left) > 0
		}
		args := []string{"restore", "--from=" + from, "--data=" + data}
		killWhen(t, begun, 100*time.Millisecond, nil, args...)
		if _, err := os.Stat(filepath.Join(data, "licet.db")); err != nil {
			cut++
			if _, stderr, code := output(t, nil, args...); code != 0 {
				t.Fatalf("restore again: code %d, %s", code, stderr)
			}
		}
		if left, _ := filepath.Glob(filepath.Join(data, ".*")); len(left) > 0 {
			t.Errorf("left over: %v", left)
		}
		again := proveInFolder(t, data)
		if _, err := again.p.Client(t).Request(t.Context(), client.Seat{UserKey: lic.UserKey, ClientID: "c"}); err != nil {
			t.Error(err)
		}
		if err := again.p.Stop(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d restores were cut", cut)
}
