package vault_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/licet/licet/internal/vault"
)

func TestParseKeyReadsEveryForm(t *testing.T) {
	t.Parallel()
	// 0xfb and 0xff give the characters in which base64's two alphabets differ.
	key := append(bytes.Repeat([]byte{0xfb}, 16), bytes.Repeat([]byte{0xff}, 16)...)
	for name, text := range map[string]string{
		"hex":            hex.EncodeToString(key),
		"upper-case hex": strings.ToUpper(hex.EncodeToString(key)),
		"base64":         base64.StdEncoding.EncodeToString(key),
		"unpadded":       base64.RawStdEncoding.EncodeToString(key),
		"URL":            base64.URLEncoding.EncodeToString(key),
		"unpadded URL":   base64.RawURLEncoding.EncodeToString(key),
		"with a newline": " " + base64.StdEncoding.EncodeToString(key) + "\r\n",
	} {
		if got, err := vault.ParseKey(text); err != nil || !bytes.Equal(got, key) {
			t.Errorf("%s: %x, %v", name, got, err)
		}
	}
}

func TestParseKeyRefusesWithoutQuotingTheKey(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                             "empty",
		" \n":                          "empty",
		"not base64!":                  "base64 or hexadecimal",
		"c2hvcnQ=":                     "has 5 bytes",
		strings.Repeat("ab", 31):       "has 31 bytes",
		strings.Repeat("ab", 33):       "has 33 bytes",
		strings.Repeat("ab", 31) + "a": "base64 or hexadecimal",
		base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xff}, 33)): "has 33 bytes",
	} {
		_, err := vault.ParseKey(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
		if err != nil && len(text) > 4 && strings.Contains(err.Error(), text) {
			t.Errorf("the error shows the key: %v", err)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add(hex.EncodeToString(make([]byte, vault.KeySize)))
	f.Add(base64.StdEncoding.EncodeToString(make([]byte, vault.KeySize)))
	f.Add("====")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := vault.ParseKey(text)
		if (err == nil) != (len(key) == vault.KeySize) {
			t.Errorf("%q: %d bytes, %v", text, len(key), err)
		}
		if err != nil {
			return
		}
		if again, err := vault.ParseKey(hex.EncodeToString(key)); err != nil || !bytes.Equal(again, key) {
			t.Errorf("%q does not survive hexadecimal: %v", text, err)
		}
	})
}

func TestLoadOrCreateMakesOneKeyForGood(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "data", "server.key")
	const starts = 8
	keys := make([][]byte, starts)
	var made atomic.Int32
	var wg sync.WaitGroup
	for i := range starts {
		wg.Go(func() {
			key, created, err := vault.LoadOrCreate(file)
			if err != nil {
				t.Error(err)
			}
			if created {
				made.Add(1)
			}
			keys[i] = key
		})
	}
	wg.Wait()
	if made.Load() != 1 {
		t.Errorf("%d starts made a key", made.Load())
	}
	for _, key := range keys {
		if len(key) != vault.KeySize || !bytes.Equal(key, keys[0]) {
			t.Errorf("keys differ: %x, %x", key, keys[0])
		}
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	left, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(left) != 1 {
		t.Errorf("temporary files are left: %v, %v", left, err)
	}
}

func TestLoadOrCreateRefusesAndNeverReplaces(t *testing.T) {
	t.Parallel()
	good := strings.Repeat("ab", vault.KeySize)
	for name, c := range map[string]struct {
		content string
		mode    os.FileMode
		want    string
	}{
		"readable by the group": {good, 0o640, "make it 0600"},
		"readable by all":       {good, 0o604, "make it 0600"},
		"writable by all":       {good, 0o602, "make it 0600"},
		"empty":                 {"", 0o600, "is empty"},
		"short":                 {"abcd", 0o600, "has 2 bytes"},
		"huge":                  {strings.Repeat("ab", 1<<20), 0o600, "bytes, needs 32"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "server.key")
			if err := os.WriteFile(file, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(file, c.mode); err != nil {
				t.Fatal(err)
			}
			if _, _, err := vault.LoadOrCreate(file); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if now, err := os.ReadFile(file); err != nil || string(now) != c.content {
				t.Errorf("the file was changed: %v", err)
			}
		})
	}
	if _, _, err := vault.LoadOrCreate(t.TempDir()); err == nil {
		t.Error("a folder was taken for a key file")
	}
}

// A rotation that ends at any moment leaves a whole key in the file, and the next
// one goes on with the key that it left.
func TestTheNextKeyWaitsBesideTheFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "server.key")
	old, _, err := vault.LoadOrCreate(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := vault.LeftKey(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a key was left: %v", err)
	}
	next, err := vault.NextKey(file)
	if err != nil || bytes.Equal(next, old) {
		t.Fatalf("%x after %x, %v", next, old, err)
	}
	again, err := vault.NextKey(file)
	left, leftErr := vault.LeftKey(file)
	kept, _, keptErr := vault.LoadOrCreate(file)
	if err := errors.Join(err, leftErr, keptErr); err != nil || !bytes.Equal(again, next) || !bytes.Equal(left, next) || !bytes.Equal(kept, old) {
		t.Errorf("%x and %x left, %x in the file, %v", again, left, kept, err)
	}
	if err := vault.Promote(file); err != nil {
		t.Fatal(err)
	}
	if now, _, err := vault.LoadOrCreate(file); err != nil || !bytes.Equal(now, next) {
		t.Errorf("%x in the file, %v", now, err)
	}
	if _, err := vault.LeftKey(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a key was left: %v", err)
	}
	if err := vault.Promote(file); err == nil {
		t.Error("nothing was put in place")
	}
}
