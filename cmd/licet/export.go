package main

import (
	"context"
	"fmt"
	"io"

	"github.com/licet/licet/internal/app"
	"github.com/licet/licet/internal/config"
	"github.com/licet/licet/internal/transfer"
)

type exportCmd struct {
	config.Config `embed:""`

	Output string `placeholder:"FILE" help:"File to write, readable by its owner only (default: standard output). It holds secrets as the database does: treat it as a backup."`
}

// Run writes all books, beside a running server or without one.
func (c *exportCmd) Run(ctx context.Context, std streams) error {
	progress := newProgress(std.err)
	var footer *transfer.Footer
	write := func(w io.Writer) (err error) {
		footer, err = app.Export(ctx, c.Config, w, version, progress.at)
		progress.end()
		return err
	}
	if c.Output == "" {
		return write(std.out)
	}
	if err := transfer.ToFile(c.Output, write); err != nil {
		return err
	}
	_, err := fmt.Fprintf(std.out, "%d rows are in %s: keep it as secret as the database, with the server key apart\n", footer.Total(), c.Output)
	return err
}
