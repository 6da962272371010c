package backup

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/durable"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/vault"
)

// Place is where a server has its books and its key.
type Place struct {
	Database string // the SQLite file
	KeyFile  string // the server key, unless it is configured
	// ServerKey is a key that the configuration gives; "": it is in KeyFile.
	ServerKey string
}

// Options are how a backup is made.
type Options struct {
	// To is the folder to make. It must not be there, the one above it must.
	To string
	// WithoutKey leaves the key file out.
	WithoutKey bool
	// Program is the version of this licet.
	Program string
	Clock   clock.Clock // nil: the machine's
}

// Take copies the books at a place, which a server may be serving. On an error,
// also when ctx ends, nothing is left. A key that the configuration gives must be
// the right one and is not copied: it has a place of its own already.
func Take(ctx context.Context, from Place, o Options) (_ *Manifest, err error) {
	if o.Clock == nil {
		o.Clock = clock.NewSystem()
	}
	if o.To, err = filepath.Abs(o.To); err != nil {
		return nil, fmt.Errorf("make the backup: %w", err)
	}
	if _, err := os.Lstat(o.To); !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is there already: a backup overwrites nothing", o.To)
	}
	if info, err := os.Stat(from.Database); err != nil || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("there are no books at %s", from.Database)
	}
	temp, err := os.MkdirTemp(filepath.Dir(o.To), "."+filepath.Base(o.To)+".partial-") // 0700
	if err != nil {
		return nil, fmt.Errorf("make the backup: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(temp))
		}
	}()
	m := &Manifest{Format: format, Program: o.Program, Begun: o.Clock.Read().Wall}
	if err := fill(ctx, from, o.WithoutKey, temp, m); err != nil {
		return nil, err
	}
	if err := os.Rename(temp, o.To); err != nil {
		return nil, fmt.Errorf("make the backup: %w", err)
	}
	if err := durable.SyncDir(filepath.Dir(o.To)); err != nil {
		return nil, fmt.Errorf("make the backup: %w", err)
	}
	return m, nil
}

// fill makes the files of a backup, the manifest last, all of them on disk.
func fill(ctx context.Context, from Place, withoutKey bool, dir string, m *Manifest) error {
	// A rotation of the server key may be under way, or have been cut short, so
	// that the key in force is the one beside the file. The copy says which it is.
	keys := keysOf(from)
	database := filepath.Join(dir, databaseName)
	if err := store.CopySQLite(ctx, from.Database, database); err != nil {
		return err
	}
	keys = append(keys, keysOf(from)...)
	key, err := checked(ctx, database, keys, m)
	if err != nil && !(withoutKey && errors.Is(err, errNoKey)) {
		return err
	}
	if m.Database, err = fileAt(database); err != nil {
		return fmt.Errorf("read the copy: %w", err)
	}
	if from.ServerKey == "" && !withoutKey {
		if err := addKey(key, dir, m); err != nil {
			return fmt.Errorf("copy the server key: %w", err)
		}
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("make the manifest: %w", err)
	}
	if err := durable.Create(filepath.Join(dir, manifestName), append(text, '\n')); err != nil {
		return fmt.Errorf("make the manifest: %w", err)
	}
	return nil
}

func addKey(key []byte, dir string, m *Manifest) error {
	file := filepath.Join(dir, keyName)
	if err := durable.Create(file, []byte(base64.StdEncoding.EncodeToString(key)+"\n")); err != nil {
		return err
	}
	known, err := fileAt(file)
	m.ServerKey = &known
	return err
}

// found is a key and what kept it from being read.
type found struct {
	key []byte
	err error
}

// keysOf are the keys that a place may be under.
func keysOf(p Place) []found {
	if p.ServerKey != "" {
		key, err := vault.ParseKey(p.ServerKey)
		return []found{{key, err}}
	}
	var keys []found
	for _, load := range []func(string) ([]byte, error){vault.LoadKey, vault.LeftKey} {
		key, err := load(p.KeyFile)
		keys = append(keys, found{key, err})
	}
	return keys
}

var errNoKey = errors.New("the server key of these books is not there; give it as the server has it, or leave it out with --without-key")

// checked refuses a copy that is not whole, notes its schema, and returns the key
// that it is under.
func checked(ctx context.Context, database string, keys []found, m *Manifest) (_ []byte, err error) {
	copied, err := store.OpenCopy(database)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, copied.Close()) }()
	if m.Schema, err = copied.Check(ctx); err != nil {
		return nil, err
	}
	why := errNoKey
	for _, k := range keys {
		if k.err != nil {
			if !errors.Is(k.err, fs.ErrNotExist) {
				why = fmt.Errorf("%w: %w", errNoKey, k.err)
			}
			continue
		}
		switch err := fits(ctx, k.key, copied); {
		case err == nil:
			return k.key, nil
		case errors.Is(err, vault.ErrWrongKey):
			why = fmt.Errorf("%w: %w", errNoKey, err)
		default:
			return nil, err
		}
	}
	return nil, why
}

func fits(ctx context.Context, key []byte, books *store.Copy) error {
	v, err := vault.New(key)
	if err != nil {
		return err
	}
	return v.Fits(ctx, books.Read())
}
