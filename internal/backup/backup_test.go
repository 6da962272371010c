package backup_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/internal/backup"
	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
	"github.com/licet/licet/internal/vault"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var begun = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// books are open, under a key of their own.
type books struct {
	backup.Place
	store *store.Store
	vault *vault.Vault
}

func open(t *testing.T) *books {
	t.Helper()
	url := storetest.URL(t, store.SQLite)
	b := &books{store: storetest.Open(t, url)}
	b.Database = strings.TrimPrefix(url, "sqlite:")
	b.KeyFile = filepath.Join(filepath.Dir(b.Database), "server.key")
	key, _, err := vault.LoadOrCreate(b.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	b.vault = vaultOf(t, key)
	if err := b.vault.Check(t.Context(), b.store); err != nil {
		t.Fatal(err)
	}
	return b
}

func vaultOf(t *testing.T, key []byte) *vault.Vault {
	t.Helper()
	v, err := vault.New(key)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func take(t *testing.T, from backup.Place, o backup.Options) (at string, m *backup.Manifest) {
	t.Helper()
	o.To, o.Program, o.Clock = filepath.Join(t.TempDir(), "b"), "test", clock.NewFake(begun)
	m, err := backup.Take(t.Context(), from, o)
	if err != nil {
		t.Fatal(err)
	}
	return o.To, m
}

func fresh(t *testing.T) backup.Place {
	t.Helper()
	dir := t.TempDir()
	return backup.Place{Database: filepath.Join(dir, "licet.db"), KeyFile: filepath.Join(dir, "server.key")}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func write(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestABackupIsWhatTheBooksWere(t *testing.T) {
	t.Parallel()
	b := open(t)
	at, m := take(t, b.Place, backup.Options{})
	if m.Program != "test" || !m.Begun.Equal(begun) || m.Schema < 9 || m.ServerKey == nil {
		t.Errorf("%+v", m)
	}
	for _, name := range []string{"", "licet.db", "server.key", "backup.json"} {
		if info, err := os.Stat(filepath.Join(at, name)); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	to := fresh(t)
	r, err := backup.Restore(t.Context(), at, to)
	if err != nil || !r.HasKey || r.Schema != m.Schema {
		t.Fatalf("%+v, %v", r, err)
	}
	if !bytes.Equal(read(t, to.KeyFile), read(t, b.KeyFile)) {
		t.Error("another key")
	}
	if err := b.vault.Check(t.Context(), storetest.Open(t, "sqlite:"+to.Database)); err != nil {
		t.Error(err)
	}
	if _, err := backup.Restore(t.Context(), at, to); err == nil || !strings.Contains(err.Error(), "overwrites nothing") {
		t.Errorf("over books: %v", err)
	}
}

// TestADamagedBackupIsRefused: whatever byte is changed, cut off or missing.
func TestADamagedBackupIsRefused(t *testing.T) {
	t.Parallel()
	at, _ := take(t, open(t).Place, backup.Options{})
	flip := func(i int) func([]byte) []byte {
		return func(text []byte) []byte { text[(i+len(text))%len(text)] ^= 1; return text }
	}
	edit := func(old, new string) func([]byte) []byte {
		return func(text []byte) []byte {
			if !bytes.Contains(text, []byte(old)) {
				t.Errorf("no %s in %s", old, text)
			}
			return bytes.Replace(text, []byte(old), []byte(new), 1)
		}
	}
	for name, c := range map[string]struct {
		file string
		harm func([]byte) []byte
		says string
	}{
		"database: a bit of the header":  {"licet.db", flip(20), "not what was backed up"},
		"database: a bit in the middle":  {"licet.db", flip(100_000), "not what was backed up"},
		"database: the last bit":         {"licet.db", flip(-1), "not what was backed up"},
		"database: cut":                  {"licet.db", func(b []byte) []byte { return b[:len(b)-4096] }, "bytes, should have"},
		"database: empty":                {"licet.db", func([]byte) []byte { return nil }, "has 0 bytes"},
		"database: longer":               {"licet.db", func(b []byte) []byte { return append(b, 0) }, "bytes, should have"},
		"database: missing":              {"licet.db", nil, "no such file"},
		"key: a bit":                     {"server.key", flip(3), "not what was backed up"},
		"key: missing":                   {"server.key", nil, "no such file"},
		"manifest: missing":              {"backup.json", nil, "cut short"},
		"manifest: cut":                  {"backup.json", func(b []byte) []byte { return b[:len(b)/2] }, "damaged"},
		"manifest: empty":                {"backup.json", func([]byte) []byte { return []byte("{}") }, "damaged"},
		"manifest: of a newer layout":    {"backup.json", edit(`"format": 1`, `"format": 2, "else": 3`), "newer licet (test)"},
		"manifest: with unknown members": {"backup.json", edit(`"format": 1`, `"format": 1, "else": 3`), "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broken := t.TempDir()
			for _, file := range []string{"licet.db", "server.key", "backup.json"} {
				text := read(t, filepath.Join(at, file))
				if file == c.file && c.harm == nil {
					continue
				}
				if file == c.file {
					text = c.harm(slices.Clone(text))
				}
				write(t, filepath.Join(broken, file), text)
			}
			refused(t, broken, fresh(t), c.says)
		})
	}
}

// refused restores, and wants the reason and nothing left.
func refused(t *testing.T, from string, to backup.Place, says string) {
	t.Helper()
	before := names(t, filepath.Dir(to.Database))
	r, err := backup.Restore(t.Context(), from, to)
	if err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("%+v, %v; want %q", r, err, says)
	}
	left := slices.DeleteFunc(names(t, filepath.Dir(to.Database)), func(name string) bool {
		return name == "licet.db.lock" || slices.Contains(before, name)
	})
	if len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// TestARestoreOverwritesNothing: not a log without its database either, which
// SQLite would play into the restored one, and no other key.
func TestARestoreOverwritesNothing(t *testing.T) {
	t.Parallel()
	b := open(t)
	at, _ := take(t, b.Place, backup.Options{})
	for _, file := range []string{"licet.db", "licet.db-wal", "licet.db-shm", "licet.db-journal"} {
		to := fresh(t)
		write(t, filepath.Join(filepath.Dir(to.Database), file), nil)
		refused(t, at, to, "overwrites nothing")
	}
	other := fresh(t)
	if _, _, err := vault.LoadOrCreate(other.KeyFile); err != nil {
		t.Fatal(err)
	}
	refused(t, at, other, "not the key of this backup")
	same := fresh(t)
	write(t, same.KeyFile, read(t, b.KeyFile))
	if r, err := backup.Restore(t.Context(), at, same); err != nil || !r.HasKey {
		t.Errorf("with the key there already: %+v, %v", r, err)
	}
	served := fresh(t)
	unlock, err := store.LockFile(served.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unlock() }()
	if _, err := backup.Restore(t.Context(), at, served); !errors.Is(err, store.ErrLocked) {
		t.Errorf("where a server begins: %v", err)
	}
}

// TestABackupOfANewerProgramIsRefused: by what is in the books, too.
func TestABackupOfANewerProgramIsRefused(t *testing.T) {
	t.Parallel()
	b := open(t)
	err := b.store.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.NewRaw(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (900, 1)`).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = backup.Take(t.Context(), b.Place, backup.Options{To: filepath.Join(t.TempDir(), "b")})
	if err == nil || !strings.Contains(err.Error(), "newer licet") {
		t.Fatalf("backup: %v", err)
	}
	at := t.TempDir()
	if err := store.CopySQLite(t.Context(), b.Database, filepath.Join(at, "licet.db")); err != nil {
		t.Fatal(err)
	}
	text := read(t, filepath.Join(at, "licet.db"))
	write(t, filepath.Join(at, "backup.json"), fmt.Appendf(nil, `{"format": 1, "database": {"bytes": %d, "sha256": "%x"}}`, len(text), sha256.Sum256(text)))
	refused(t, at, fresh(t), "newer licet")
}

// TestTheKeyInForceIsBackedUp: also when a rotation has been cut short, so that
// it lies beside the file; a key that does not open the books is no backup.
func TestTheKeyInForceIsBackedUp(t *testing.T) {
	t.Parallel()
	b := open(t)
	key := read(t, b.KeyFile)
	other := base64.StdEncoding.EncodeToString(make([]byte, vault.KeySize))
	write(t, b.KeyFile, []byte(other))
	o := backup.Options{To: filepath.Join(t.TempDir(), "b")}
	if _, err := backup.Take(t.Context(), b.Place, o); !errors.Is(err, vault.ErrWrongKey) || strings.Contains(err.Error(), other) {
		t.Errorf("under another key: %v", err)
	}
	write(t, b.KeyFile+".new", key)
	at, _ := take(t, b.Place, backup.Options{})
	if !bytes.Equal(read(t, filepath.Join(at, "server.key")), key) {
		t.Error("not the key that lies beside the file")
	}
	for _, file := range []string{b.KeyFile, b.KeyFile + ".new"} {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := backup.Take(t.Context(), b.Place, o); err == nil || !strings.Contains(err.Error(), "--without-key") {
		t.Errorf("without a key: %v", err)
	}
	if left := names(t, filepath.Dir(o.To)); len(left) > 0 {
		t.Errorf("left %v", left)
	}
	if _, m := take(t, b.Place, backup.Options{WithoutKey: true}); m.ServerKey != nil {
		t.Errorf("%+v", m)
	}
	b.ServerKey = strings.TrimSpace(string(key))
	at, m := take(t, b.Place, backup.Options{})
	if m.ServerKey != nil || slices.Contains(names(t, at), "server.key") {
		t.Error("a configured key was written down")
	}
	text, err := json.Marshal(m)
	if err != nil || bytes.Contains(text, []byte(b.ServerKey)) {
		t.Error("the manifest tells the key")
	}
}

func TestABackupEndsWithItsContext(t *testing.T) {
	t.Parallel()
	b := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := backup.Options{To: filepath.Join(t.TempDir(), "b")}
	if _, err := backup.Take(ctx, b.Place, o); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if left := names(t, filepath.Dir(o.To)); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}
