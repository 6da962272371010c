package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

	"github.com/licet/licet/internal/config"
	"github.com/licet/licet/internal/issuing"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/tuning"
	"github.com/licet/licet/internal/vault"
)

// openVault takes the server key from the configuration or, for SQLite, from
// a file in the data folder that the first start makes.
func openVault(ctx context.Context, c config.Config, st *store.Store, log *slog.Logger) (*vault.Vault, error) {
	v, err := vaultOf(ctx, c, st, log)
	if err != nil {
		return nil, fmt.Errorf("server key: %w", err)
	}
	err = v.Check(ctx, st)
	if errors.Is(err, vault.ErrWrongKey) && c.ServerKey == "" {
		return finishRotation(ctx, c, st, log)
	}
	return v, err
}

func vaultOf(ctx context.Context, c config.Config, st *store.Store, log *slog.Logger) (*vault.Vault, error) {
	if c.ServerKey != "" {
		key, err := vault.ParseKey(c.ServerKey)
		if err != nil {
			return nil, err
		}
		return vault.New(key)
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, err
	}
	if err := refuseLostKey(ctx, c, st); err != nil {
		return nil, err
	}
	key, created, err := vault.LoadOrCreate(c.KeyFile())
	if err != nil {
		return nil, err
	}
	if created {
		log.Info("made the server key; keep a copy of it with your backups", "file", c.KeyFile())
	}
	return vault.New(key)
}

// refuseLostKey keeps a start from making a second key where the first is lost.
func refuseLostKey(ctx context.Context, c config.Config, st *store.Store) error {
	if _, err := os.Lstat(c.KeyFile()); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	set, err := vault.IsSet(ctx, st)
	if err == nil && set {
		err = fmt.Errorf("%s is not there, and the secrets in the database are sealed under it: put it back from your backup", c.KeyFile())
	}
	return err
}

// finishRotation is for a rotation that ended between the books and the file.
func finishRotation(ctx context.Context, c config.Config, st *store.Store, log *slog.Logger) (*vault.Vault, error) {
	key, err := vault.LeftKey(c.KeyFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, vault.ErrWrongKey
	}
	if err != nil {
		return nil, fmt.Errorf("server key: %w", err)
	}
	v, err := vault.New(key)
	if err != nil {
		return nil, fmt.Errorf("server key: %w", err)
	}
	if err := v.Check(ctx, st); err != nil {
		return nil, err
	}
	if err := vault.Promote(c.KeyFile()); err != nil {
		return nil, err
	}
	log.Info("finished a change of the server key that was interrupted", "file", c.KeyFile())
	return v, nil
}

// RotateServerKey seals every secret in the books under another server key. One
// that the configuration gives is followed by newKey, which is the caller's to
// keep and configure; one in the data folder by a random one, and its file is
// replaced. It returns that file, "" if there is none.
func RotateServerKey(ctx context.Context, c config.Config, newKey string, log *slog.Logger) (file string, err error) {
	if err := c.Validate(); err != nil {
		return "", err
	}
	if (c.ServerKey != "") != (newKey != "") {
		return "", errors.New("a server key from the configuration is followed by one from --new-server-key (better LICET_NEW_SERVER_KEY_FILE), one in the data folder by a random one")
	}
	st, err := store.Open(ctx, store.Options{URL: c.DatabaseURL(), Logger: log})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	old, err := openVault(ctx, c, st, log)
	if err != nil {
		return "", err
	}
	next, err := nextVault(c, newKey)
	if err != nil {
		return "", fmt.Errorf("new server key: %w", err)
	}
	err = old.Rotate(ctx, st, next, func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(issuing.Reseal(ctx, tx, old, next), tuning.Reseal(ctx, tx, old, next))
	})
	if err != nil || c.ServerKey != "" {
		return "", err
	}
	return c.KeyFile(), vault.Promote(c.KeyFile())
}

// nextVault has a key for the file on disk before the books are sealed under it.
func nextVault(c config.Config, newKey string) (*vault.Vault, error) {
	key, err := vault.ParseKey(newKey)
	if c.ServerKey == "" {
		key, err = vault.NextKey(c.KeyFile())
	}
	if err != nil {
		return nil, err
	}
	return vault.New(key)
}
