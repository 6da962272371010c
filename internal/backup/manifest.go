package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// The files of a backup.
const (
	databaseName = "licet.db"
	keyName      = "server.key"
	manifestName = "backup.json"
)

// format is the layout of a backup, counted up when it changes.
const format = 1

// maxManifest bounds what is read of a manifest, in bytes.
const maxManifest = 64 << 10

// Manifest says what a backup is. It is written last.
type Manifest struct {
	Format int `json:"format"`
	// Program is the version of the licet that made the backup.
	Program string `json:"program"`
	// Begun is when it began: every commit before is in it.
	Begun time.Time `json:"begun"`
	// Schema is the version of the books' schema.
	Schema int64 `json:"schema"`
	// Database is the file of the books.
	Database File `json:"database"`
	// ServerKey is the file of the server key; nil: it is kept elsewhere.
	ServerKey *File `json:"serverKey"`
}

// File is a file of a backup.
type File struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // lower-case hexadecimal
}

// fileOf is what a manifest says of the text that r gives.
func fileOf(r io.Reader) (File, error) {
	sum := sha256.New()
	n, err := io.Copy(sum, r)
	return File{n, hex.EncodeToString(sum.Sum(nil))}, err
}

// fileAt is what a manifest says of a file.
func fileAt(name string) (File, error) {
	f, err := os.Open(name)
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	return fileOf(f)
}

// readManifest reads the manifest of the backup in a folder.
func readManifest(from string) (*Manifest, error) {
	f, err := os.Open(filepath.Join(from, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is no backup, or was cut short: it has no %s", from, manifestName)
	}
	if err != nil {
		return nil, fmt.Errorf("read the backup: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxManifest))
	if err != nil {
		return nil, fmt.Errorf("read the backup: %w", err)
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("the backup is damaged: %s: %w", manifestName, err)
	}
	if m.Format > format {
		return nil, fmt.Errorf("the backup was made by a newer licet (%s); restore it with that one", m.Program)
	}
	// Of this layout every member is known, so another is damage.
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&m); err != nil || m.Format != format {
		return nil, fmt.Errorf("the backup is damaged: %s is not one", manifestName)
	}
	return &m, nil
}
