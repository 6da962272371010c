package vault

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/licet/licet/internal/durable"
)

// maxKeyFile bounds what is read of a key file, in bytes.
const maxKeyFile = 4096

// ParseKey reads a server key: 32 bytes as 64 hexadecimal digits or as base64
// (either alphabet, padded or not); white space around it is ignored.
func ParseKey(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, errors.New("the key is empty")
	}
	key, err := decodeKey(text)
	if err != nil {
		return nil, errors.New("the key must be base64 or hexadecimal")
	}
	if len(key) != KeySize {
		return nil, fmt.Errorf("the key has %d bytes, needs %d", len(key), KeySize)
	}
	return key, nil
}

// decodeKey tries hexadecimal first: a key in base64 has 43 characters or ends
// with "=", so it is never an even number of hexadecimal digits.
func decodeKey(text string) ([]byte, error) {
	if key, err := hex.DecodeString(text); err == nil {
		return key, nil
	}
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	return base64.RawStdEncoding.Strict().DecodeString(text)
}

// LoadOrCreate reads the server key from a file, or makes a random one where
// there is no file. Of several processes that start at once one makes the key
// and all return it. A file that others than its owner may read is refused.
func LoadOrCreate(file string) (key []byte, created bool, err error) {
	key, err = load(file)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, false, err
	}
	switch err := create(file); {
	case errors.Is(err, fs.ErrExist):
		key, err = load(file)
		return key, false, err
	case err != nil:
		return nil, false, fmt.Errorf("make the server key file %s: %w", file, err)
	}
	key, err = load(file)
	return key, err == nil, err
}

// nextKey is beside a key file while its key is being rotated.
func nextKey(file string) string { return file + ".new" }

// NextKey is the key that shall follow the one in file: a new one, or the one
// that an interrupted rotation left beside it. It is on disk when NextKey returns.
func NextKey(file string) ([]byte, error) {
	key, _, err := LoadOrCreate(nextKey(file))
	return key, err
}

// LoadKey is the key in file; fs.ErrNotExist when there is none.
func LoadKey(file string) ([]byte, error) { return load(file) }

// LeftKey is the key that an interrupted rotation left beside file; fs.ErrNotExist
// when there is none.
func LeftKey(file string) ([]byte, error) { return load(nextKey(file)) }

// Promote makes the key beside file the one in file. There is a whole key in file
// at every moment.
func Promote(file string) error {
	if err := os.Rename(nextKey(file), file); err != nil {
		return fmt.Errorf("put the new server key in place: %w", err)
	}
	return durable.SyncDir(filepath.Dir(file))
}

func load(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("read the server key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read the server key: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("server key file %s: is not a regular file", file)
	}
	// Windows has no such bits; Go reports all of them as set.
	if perm := info.Mode().Perm(); perm&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("server key file %s: has mode %#o, so that others than its owner may use it; make it 0600", file, perm)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, fmt.Errorf("read the server key: %w", err)
	}
	key, err := ParseKey(string(text))
	if err != nil {
		return nil, fmt.Errorf("server key file %s: %w", file, err)
	}
	return key, nil
}

// create puts a new key into file. A file that has appeared meanwhile stays and
// is fs.ErrExist.
func create(file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	key := make([]byte, KeySize)
	_, _ = rand.Read(key) // never fails since Go 1.24
	return durable.Create(file, []byte(base64.StdEncoding.EncodeToString(key)+"\n"))
}
