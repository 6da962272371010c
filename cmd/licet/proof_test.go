package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/proof"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// proven is a server on books of its own, which the test harms.
type proven struct {
	url string // of the books
	env []string
	p   *apptest.Process
}

// prove starts a server that can be started again on the same books.
func prove(t *testing.T, url string, args ...string) *proven {
	t.Helper()
	s := &proven{url: url, env: []string{serverKey, "LICET_DATABASE=" + url, "LICET_ADMIN_API_KEY=" + apptest.AdminKey}}
	s.start(t, args...)
	return s
}

func (s *proven) start(t *testing.T, args ...string) {
	t.Helper()
	s.p = apptest.Serve(t, s.env, args...)
	s.p.Key, s.p.HTTP = apptest.AdminKey, proof.HTTP(t)
}

// stopped ends the server in order and says where its books are.
func (s *proven) stopped(t *testing.T) (url string) {
	t.Helper()
	if err := s.p.Stop(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	return s.url
}

// agree takes the books of a server that has ended and compares them with what
// the loads were told.
func (s *proven) agree(t *testing.T, strict proof.Strictly, loads ...*proof.Load) {
	t.Helper()
	url := s.url
	if file, ok := strings.CutPrefix(url, "sqlite:"); ok {
		// A copy, so that the server itself is the first to open what it left.
		url = "sqlite:" + copyBooks(t, filepath.Dir(file))
	} else {
		storetest.AwaitIdle(t, url)
	}
	books := readBooks(t, url)
	for _, wrong := range append(books.Disagreements(), books.Compare(strict, loads...)...) {
		t.Error(wrong)
	}
}

func readBooks(t *testing.T, url string) *proof.Books {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{URL: url})
	if err != nil {
		t.Fatalf("open the books: %v", err)
	}
	books, err := proof.Read(t.Context(), st)
	if err != nil {
		t.Error(err)
	}
	if err := st.Close(); err != nil {
		t.Errorf("close the books: %v", err)
	}
	if t.Failed() {
		t.FailNow()
	}
	return books
}

// copyBooks copies the database and its write-ahead log; what else lies there
// is made anew when the copy is opened.
func copyBooks(t *testing.T, dir string) (file string) {
	t.Helper()
	to := t.TempDir()
	for _, name := range []string{"licet.db", "licet.db-wal"} {
		text, err := readFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(to, "licet.db")
}

// readFile reads a file that may be absent: an orderly end removes the log.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}
