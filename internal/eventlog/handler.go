package eventlog

import (
	"context"
	"log/slog"
	"slices"
)

// What the machinery of requests says in its lines; see observe in package httpx.
const (
	requestLine = "request" // the message of the one line of a request

	attrSurface   = "surface"
	attrOperation = "operation"
	attrStatus    = "status"
	attrError     = "error"
	attrStack     = "stack"
)

// handler is the slog.Handler of a Log.
type handler struct {
	log     *Log
	console slog.Handler
	quiet   []string
	attrs   []slog.Attr
	group   string // "a.b." before the names of what follows
}

// Enabled says whether the console or the log wants lines of the level.
func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.wants(level) || h.console.Enabled(ctx, level)
}

func (h *handler) wants(level slog.Level) bool {
	return level >= slog.LevelInfo && h.log.settings().ToDatabase
}

// Handle never waits for the books.
func (h *handler) Handle(ctx context.Context, line slog.Record) error {
	if h.wants(line.Level) && h.worthy(&line) {
		it := &item{at: h.log.now(), line: line.Clone(), attrs: h.attrs}
		if h.group != "" {
			it = h.grouped(it)
		}
		if !h.log.queue.put(it) {
			h.log.dropped.Inc()
		}
	}
	if !h.console.Enabled(ctx, line.Level) {
		return nil
	}
	return h.console.Handle(ctx, line)
}

// worthy leaves out what would drown the rest: requests outside the surfaces
// (health checks, metrics, pages) and quiet operations that went well.
func (h *handler) worthy(line *slog.Record) bool {
	if line.Message != requestLine {
		return true
	}
	var surface, operation string
	var status int64
	line.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case attrSurface:
			surface = a.Value.String()
		case attrOperation:
			operation = a.Value.String()
		case attrStatus:
			status = a.Value.Int64()
		}
		return true
	})
	return surface != "" && (status >= 400 || !slices.Contains(h.quiet, operation))
}

// WithAttrs is for loggers with attributes of their own.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := *h
	next.console = h.console.WithAttrs(attrs)
	next.attrs = append(slices.Clone(h.attrs), prefixed(h.group, attrs)...)
	return &next
}

// WithGroup is for loggers whose attributes are in a group.
func (h *handler) WithGroup(name string) slog.Handler {
	next := *h
	next.console = h.console.WithGroup(name)
	if name != "" {
		next.group += name + "."
	}
	return &next
}

// grouped moves the line's attributes into the group.
func (h *handler) grouped(it *item) *item {
	var own []slog.Attr
	it.line.Attrs(func(a slog.Attr) bool {
		own = append(own, a)
		return true
	})
	line := slog.NewRecord(it.line.Time, it.line.Level, it.line.Message, it.line.PC)
	line.AddAttrs(prefixed(h.group, own)...)
	it.line = line
	return it
}

func prefixed(group string, attrs []slog.Attr) []slog.Attr {
	all := slices.Clone(attrs)
	for i := range all {
		all[i].Key = group + all[i].Key
	}
	return all
}
