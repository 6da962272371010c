package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/licet/licet/internal/config"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/transfer"
	"github.com/licet/licet/internal/vault"
)

// Export writes all books to w, as they are at one moment. Servers that have them
// open go on.
func Export(ctx context.Context, c config.Config, w io.Writer, version string, progress transfer.Progress) (_ *transfer.Footer, err error) {
	snapshot, err := store.OpenSnapshot(ctx, c.DatabaseURL(), "licet export")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, snapshot.Close()) }()
	return transfer.Export(ctx, snapshot, w, version, time.Now(), progress)
}

// Import is what to bring in.
type Import struct {
	File     *os.File
	DryRun   bool
	Report   func(transfer.Result) // gets every row
	Progress transfer.Progress     // may be nil
	Logger   *slog.Logger
}

// Import checks a file and brings it into the books, which no server may have
// open. The first start of a server on them makes nothing that is in the file.
func (im Import) Import(ctx context.Context, c config.Config) (transfer.Summary, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	info, err := im.File.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("the file is read more than once, so it must be a regular one")
	}
	contents, err := transfer.Check(ctx, im.File, info.Size(), im.Report, im.Progress)
	if err != nil {
		return nil, err
	}
	if contents.Bad > 0 {
		return transfer.Summary{transfer.Invalid: contents.Bad}, fmt.Errorf("%d rows are no rows of licet; nothing was written", contents.Bad)
	}
	v, err := keyOf(c, contents.Header)
	if err != nil {
		return nil, err
	}
	return im.into(ctx, c, &transfer.Importer{
		Vault: v, File: im.File, Contents: contents, DryRun: im.DryRun, Report: im.Report, Progress: im.Progress,
	})
}

// keyOf is the vault of the key that is there; none is made.
func keyOf(c config.Config, h transfer.Header) (*vault.Vault, error) {
	if h.ServerKeyCheck == "" {
		return nil, nil
	}
	key, err := givenKey(c)
	if err != nil {
		return nil, fmt.Errorf("server key: %w", err)
	}
	return vault.New(key)
}

func givenKey(c config.Config) ([]byte, error) {
	if c.ServerKey != "" {
		return vault.ParseKey(c.ServerKey)
	}
	key, err := vault.LoadKey(c.KeyFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is not there: copy the server.key of the server that the file came from to it, or give it by LICET_SERVER_KEY_FILE", c.KeyFile())
	}
	return key, err
}

// into opens the books. A dry run neither makes nor migrates any: where there are
// none it takes empty ones of its own, which have the same rules.
func (im Import) into(ctx context.Context, c config.Config, importer *transfer.Importer) (_ transfer.Summary, err error) {
	url := c.DatabaseURL()
	if im.DryRun {
		switch snapshot, err := store.OpenSnapshot(ctx, url, "licet import"); {
		case errors.Is(err, store.ErrNoBooks):
			dir, err := os.MkdirTemp("", "licet-dry-run-")
			if err != nil {
				return nil, err
			}
			defer os.RemoveAll(dir)
			url = "sqlite:" + filepath.Join(dir, "licet.db")
		case err != nil:
			return nil, err
		default:
			if err := snapshot.Close(); err != nil {
				return nil, err
			}
		}
	}
	importer.Store, err = store.Open(ctx, store.Options{URL: url, Logger: im.Logger, Name: "licet import"})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, importer.Store.Close()) }()
	return importer.Run(ctx)
}
