package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/licet/licet/internal/app"
	"github.com/licet/licet/internal/config"
	"github.com/licet/licet/internal/transfer"
)

type importCmd struct {
	config.Config `embed:""`

	File    string `arg:"" help:"What licet export wrote."`
	DryRun  bool   `help:"Judge every row and write none."`
	Results string `placeholder:"FILE" help:"File for a line of JSON about every row (default: rows that fail, on standard error)."`
}

// Run brings the books in. Rows that are there already are left as they are.
func (c *importCmd) Run(ctx context.Context, std streams) error {
	file, err := os.Open(c.File)
	if err != nil {
		return usageError{err}
	}
	defer file.Close()
	results, err := c.results(std.err)
	if err != nil {
		return usageError{err}
	}
	progress := newProgress(std.err)
	summary, err := app.Import{
		File: file, DryRun: c.DryRun, Report: results.row, Logger: newLogger(c.Config, std.err),
		Progress: func(what string, done, all int64) {
			results.flush()
			progress.at(what, done, all)
		},
	}.Import(ctx, c.Config)
	progress.end()
	if err = errors.Join(err, results.close()); err != nil {
		return err
	}
	_, err = fmt.Fprintln(std.out, told(summary, c.DryRun))
	return err
}

// told is the summary in words.
func told(s transfer.Summary, dry bool) string {
	var parts []string
	for _, result := range []string{transfer.Inserted, transfer.Unchanged} {
		if n := s[result]; n > 0 || result == transfer.Inserted {
			parts = append(parts, fmt.Sprintf("%d %s", n, result))
		}
	}
	if dry {
		return "dry run, nothing was written; the rows would be: " + strings.Join(parts, ", ")
	}
	return "rows: " + strings.Join(parts, ", ") + "; a server can be started on these books now"
}

// results writes a line for a row. The first error stays.
type results struct {
	out     *bufio.Writer
	file    io.Closer // nil: standard error, and bad rows only
	err     error
	badOnly bool
}

func (c *importCmd) results(stderr io.Writer) (*results, error) {
	if c.Results == "" {
		return &results{out: bufio.NewWriter(stderr), badOnly: true}, nil
	}
	f, err := os.OpenFile(c.Results, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("results: %w", err)
	}
	return &results{out: bufio.NewWriter(f), file: f}, nil
}

func (r *results) row(result transfer.Result) {
	if r.badOnly && !result.IsBad() || r.err != nil {
		return
	}
	line, err := json.Marshal(result)
	if err == nil {
		_, err = r.out.Write(append(line, '\n'))
	}
	r.err = err
}

func (r *results) flush() {
	if r.err == nil {
		r.err = r.out.Flush()
	}
}

func (r *results) close() error {
	r.flush()
	if r.file != nil {
		r.err = errors.Join(r.err, r.file.Close())
	}
	if r.err != nil {
		return fmt.Errorf("write the results: %w", r.err)
	}
	return nil
}
