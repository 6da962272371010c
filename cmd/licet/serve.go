package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/licet/licet/internal/app"
	"github.com/licet/licet/internal/config"
	"github.com/licet/licet/internal/identity"
	"github.com/licet/licet/internal/issuing"
)

type serveCmd struct {
	config.Config `embed:""`
}

// Run serves until the process is asked to stop.
func (c *serveCmd) Run(ctx context.Context, std streams, newKey issuing.KeyMaker) error {
	tuneMemory(os.Getenv)
	log := newLogger(c.Config, std.err)
	a, err := app.Start(ctx, app.Options{
		Config: c.Config, Version: version, Logger: log, NewKey: newKey,
		Announce: func(f identity.FirstStart) { announce(std.out, f) },
	})
	if err != nil {
		return err
	}
	log.Info("serving", "url", a.URL(), "docs", a.URL()+"/docs", "version", version)
	return a.Run(ctx)
}

// tuneMemory lets the heap, which is small here, grow further between
// collections than Go's default, up to a bound from which it is collected more
// often. GOGC and GOMEMLIMIT say otherwise.
func tuneMemory(env func(string) string) {
	if env("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if env("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(1 << 30)
	}
}

func newLogger(c config.Config, w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // the flag's enum admits levels only
	opt := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, opt))
	}
	return slog.New(slog.NewTextHandler(w, opt))
}

// announce shows the secrets of the first start, once. Those that the
// administrator gave are not repeated.
func announce(w io.Writer, f identity.FirstStart) {
	fmt.Fprintln(w, "\nFirst start. These are shown once; keep them:")
	fmt.Fprintf(w, "  user      %s\n", f.UserName)
	fmt.Fprintf(w, "  password  %s\n", shown(f.Password, f.PasswordMade))
	fmt.Fprintf(w, "  API key   %s\n\n", shown(f.APIKey, f.APIKeyMade))
}

func shown(secret string, made bool) string {
	if !made {
		return "(as configured)"
	}
	return secret
}
