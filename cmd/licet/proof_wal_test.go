package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/licet/licet/internal/proof"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// moment is what one sequential worker was told, and how long the write-ahead
// log was then: so long that it holds everything up to here.
type moment struct {
	wal    int64
	worker *proof.Worker
}

// TestProofLogCutAnywhere: with the write-ahead log of a killed server cut at
// any byte, and also with rubbish behind the cut, the file opens, and the books
// are those of a moment in the history that has every commit before the cut.
func TestProofLogCutAnywhere(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, store.SQLite)
	dir := filepath.Dir(strings.TrimPrefix(url, "sqlite:"))
	history := record(t, url, filepath.Join(dir, "licet.db-wal"), proof.Pick(40, 300))
	last := history[len(history)-1]
	for i := range proof.Pick(12, 300) {
		cut := rand.Int64N(last.wal + 1)
		if i%4 == 0 { // at a commit's very end, and a byte to either side
			cut = min(last.wal, history[rand.IntN(len(history))].wal+rand.Int64N(3)-1)
		}
		cutAt(t, dir, history, cut, i%2 == 0)
		if t.Failed() {
			t.Fatalf("cut at byte %d of %d", cut, last.wal)
		}
	}
}

// record lets one worker make n calls, one after the other, and kills the server.
func record(t *testing.T, url, wal string, n int) []moment {
	t.Helper()
	s := prove(t, url)
	load := proof.NewLoad(t, s.p.Vendor, 1, rand.Uint64())
	history := []moment{{walSize(t, wal), load.Workers[0].Clone()}}
	for range n {
		load.RunTo(t, s.p.Vendor, 1)
		history = append(history, moment{walSize(t, wal), load.Workers[0].Clone()})
	}
	if err := s.p.Stop(syscall.SIGKILL); err == nil {
		t.Fatal("the server ended by itself")
	}
	s.agree(t, proof.NotDone, load)
	return history
}

func walSize(t *testing.T, wal string) int64 {
	t.Helper()
	info, err := os.Stat(wal)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// cutAt opens a copy of the books whose log ends at the cut.
func cutAt(t *testing.T, dir string, history []moment, cut int64, rubbish bool) {
	t.Helper()
	file := copyBooks(t, dir)
	if err := os.Truncate(file+"-wal", cut); err != nil {
		t.Fatal(err)
	}
	if rubbish {
		appendRubbish(t, file+"-wal")
	}
	books := readBooks(t, "sqlite:"+file)
	known := -1
	for i, m := range history {
		if m.wal <= cut {
			known = i
		}
	}
	if known < 0 { // the server was still making its first rows
		for _, wrong := range books.Disagreements() {
			t.Error(wrong)
		}
		return
	}
	// The next call may be there too: the server's own writes, such as the mark
	// of its clock, also lengthen the log.
	w := history[known].worker.Clone()
	if known+1 < len(history) {
		w.Pending = history[known+1].worker.Last
	}
	wrong := append(books.Disagreements(), books.Compare(proof.DoneOrNot, &proof.Load{Workers: []*proof.Worker{w}})...)
	for _, what := range wrong {
		t.Errorf("after %d of %d calls: %s", known, len(history)-1, what)
	}
}

func appendRubbish(t *testing.T, file string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text := make([]byte, rand.IntN(20_000))
	for i := range text {
		text[i] = byte(rand.Uint32())
	}
	if _, err := f.Write(text); err != nil {
		t.Fatal(err)
	}
}
