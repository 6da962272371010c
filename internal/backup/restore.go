package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/licet/licet/internal/durable"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/vault"
)

// tempPattern names the database while it is being restored.
const tempPattern = ".licet-restore-*"

// Restored says what Restore has done.
type Restored struct {
	Manifest
	// HasKey says that the place has the server key now: from the backup, from
	// before, or from the configuration.
	HasKey bool
}

// Restore puts the backup in the folder from at a place that has no books. On an
// error there are none either: what was killed is done again.
func Restore(ctx context.Context, from string, to Place) (_ *Restored, err error) {
	m, err := readManifest(from)
	if err != nil {
		return nil, err
	}
	if err := refuseBooks(to.Database); err != nil {
		return nil, err
	}
	dir := filepath.Dir(to.Database)
	for _, dir := range []string{dir, filepath.Dir(to.KeyFile)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("make the data folder: %w", err)
		}
	}
	unlock, err := store.LockFile(to.Database)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := refuseBooks(to.Database); err != nil { // a server may have been quicker
		return nil, err
	}
	removeLeftovers(dir)
	temp, err := stage(filepath.Join(from, databaseName), dir, m.Database)
	if err != nil {
		return nil, err
	}
	defer os.Remove(temp)
	r := &Restored{Manifest: *m}
	if err := r.place(ctx, from, temp, to); err != nil {
		return nil, err
	}
	if err := os.Rename(temp, to.Database); err != nil {
		return nil, fmt.Errorf("put the database in place: %w", err)
	}
	if err := durable.SyncDir(dir); err != nil {
		return nil, fmt.Errorf("put the database in place: %w", err)
	}
	return r, nil
}

// refuseBooks wants nothing there, no log either: SQLite would play one that
// lies beside a database into it, whosever it is.
func refuseBooks(database string) error {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if _, err := os.Lstat(database + suffix); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is there already: a restore overwrites nothing; give an empty folder", database+suffix)
		}
	}
	return nil
}

// removeLeftovers removes what a restore that was killed has left. The lock is
// held, so none is under way.
func removeLeftovers(dir string) {
	left, _ := filepath.Glob(filepath.Join(dir, tempPattern)) // the pattern is good
	for _, name := range left {
		_ = os.Remove(name) // in nobody's way
	}
}

// stage copies the database of a backup beside its place, whole and on disk.
func stage(database, dir string, want File) (temp string, err error) {
	in, err := os.Open(database)
	if err != nil {
		return "", fmt.Errorf("read the backup: %w", err)
	}
	defer in.Close()
	out, err := os.CreateTemp(dir, tempPattern) // 0600
	if err != nil {
		return "", fmt.Errorf("copy the database: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(out.Name())
		}
	}()
	have, err := fileOf(io.TeeReader(in, out))
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return "", fmt.Errorf("copy the database: %w", err)
	}
	return out.Name(), same(databaseName, have, want)
}

func same(name string, have, want File) error {
	switch {
	case have.Bytes != want.Bytes:
		return fmt.Errorf("the backup is damaged: %s has %d bytes, should have %d", name, have.Bytes, want.Bytes)
	case have != want:
		return fmt.Errorf("the backup is damaged: %s is not what was backed up", name)
	}
	return nil
}

// place checks the staged database and puts its key down.
func (r *Restored) place(ctx context.Context, from, temp string, to Place) (err error) {
	books, err := store.OpenCopy(temp)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, books.Close()) }()
	if r.Schema, err = books.Check(ctx); err != nil {
		return err
	}
	// What the place has already must be the key of these books.
	if to.ServerKey != "" {
		key, err := vault.ParseKey(to.ServerKey)
		if err == nil {
			err = fits(ctx, key, books)
		}
		r.HasKey = true
		return err
	}
	key, err := vault.LoadKey(to.KeyFile)
	switch {
	case err == nil:
		r.HasKey = true
		if err := fits(ctx, key, books); err != nil {
			return fmt.Errorf("%s is there already and is not the key of this backup: %w", to.KeyFile, err)
		}
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return err
	case r.ServerKey == nil:
		return nil
	}
	r.HasKey = true
	return r.placeKey(ctx, filepath.Join(from, keyName), to.KeyFile, books)
}

func (r *Restored) placeKey(ctx context.Context, from, to string, books *store.Copy) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	have, err := fileOf(bytes.NewReader(text))
	if err := errors.Join(err, same(keyName, have, *r.ServerKey)); err != nil {
		return err
	}
	key, err := vault.ParseKey(string(text))
	if err == nil {
		err = fits(ctx, key, books)
	}
	if err != nil {
		return fmt.Errorf("the backup is damaged: its server key: %w", err)
	}
	if err := durable.Create(to, text); err != nil {
		return fmt.Errorf("put the server key in place: %w", err)
	}
	return nil
}
