package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/licet/licet/internal/backup"
	"github.com/licet/licet/internal/config"
)

type backupCmd struct {
	config.Config `embed:""`

	To         string `help:"Folder to make, with the database and the server key." required:"" type:"path" placeholder:"FOLDER"`
	WithoutKey bool   `help:"Leave the server key out."`
}

// Validate says what is wrong before Run, in place of what servers need.
func (c *backupCmd) Validate() error { return validPlace(c.Config) }

// Run copies the books of this configuration, also beside a running server.
func (c *backupCmd) Run(ctx context.Context, std streams) error {
	from := placeOf(c.Config)
	m, err := backup.Take(ctx, from, backup.Options{To: c.To, WithoutKey: c.WithoutKey, Program: version})
	if err != nil {
		return err
	}
	tell(std.out, fmt.Sprintf("backed up %s to %s", from.Database, c.To), m)
	return tellKey(std.out, m)
}

type restoreCmd struct {
	config.Config `embed:""`

	From string `help:"Folder that a backup made." required:"" type:"path" placeholder:"FOLDER"`
}

// Validate is as that of the backup.
func (c *restoreCmd) Validate() error { return validPlace(c.Config) }

// Run puts a backup where a server of this configuration has its books.
func (c *restoreCmd) Run(ctx context.Context, std streams) error {
	to := placeOf(c.Config)
	r, err := backup.Restore(ctx, c.From, to)
	if err != nil {
		return err
	}
	tell(std.out, fmt.Sprintf("restored %s from %s", to.Database, c.From), &r.Manifest)
	next := "start the server as before"
	if !r.HasKey {
		next = fmt.Sprintf("the server key is not in this backup: put it into %s, or configure it, then start the server", to.KeyFile)
	}
	_, err = fmt.Fprintln(std.out, next)
	return err
}

func validPlace(c config.Config) error {
	if c.Postgres() {
		return errors.New("books on PostgreSQL are backed up by its own tools: pg_dump, or pg_basebackup and WAL archiving; see docs/backup.md")
	}
	return c.Validate()
}

// placeOf is where the embedded books of a configuration are.
func placeOf(c config.Config) backup.Place {
	return backup.Place{Database: c.SQLiteFile(), KeyFile: c.KeyFile(), ServerKey: c.ServerKey}
}

func tell(w io.Writer, what string, m *backup.Manifest) {
	fmt.Fprintf(w, "%s\n  as of    %s\n  schema   %d (licet %s)\n  size     %d bytes\n",
		what, m.Begun.Format(time.RFC3339), m.Schema, m.Program, m.Database.Bytes)
}

// tellKey says what the backup is to whoever gets it.
func tellKey(w io.Writer, m *backup.Manifest) error {
	if m.ServerKey != nil {
		_, err := fmt.Fprintln(w, "THIS BACKUP HOLDS SECRETS: the server key, and under it your signing keys. Whoever can read it can sign licenses\n"+
			"in your name. Keep it as you keep a password.")
		return err
	}
	_, err := fmt.Fprintln(w, "THE SERVER KEY IS NOT IN THIS BACKUP. Keep a copy of it elsewhere: without it the signing keys cannot be opened.\n"+
		"License keys, tokens and customers are in it in clear.")
	return err
}
