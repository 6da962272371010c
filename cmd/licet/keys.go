package main

import (
	"context"
	"fmt"

	"github.com/licet/licet/internal/app"
	"github.com/licet/licet/internal/config"
)

type keysCmd struct {
	RotateServerKey rotateCmd `cmd:"" help:"Seal the secrets in the books under a new server key. Stop the servers first."`
}

type rotateCmd struct {
	config.Config `embed:""`

	NewServerKey string `help:"The key that follows one from --server-key; a key in the data folder is followed by a random one." secret:""`
}

// Run changes the server key. The old one is good until the very moment in
// which the new one is.
func (c *rotateCmd) Run(ctx context.Context, std streams) error {
	file, err := app.RotateServerKey(ctx, c.Config, c.NewServerKey, newLogger(c.Config, std.err))
	if err != nil {
		return err
	}
	next := "the new server key is in force: give it to every server (LICET_SERVER_KEY or LICET_SERVER_KEY_FILE)"
	if file != "" {
		next = fmt.Sprintf("the new server key is in %s: keep a copy of it with your backups", file)
	}
	_, err = fmt.Fprintln(std.out, next)
	return err
}
