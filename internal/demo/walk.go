package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/licet/licet/client"
)

// Config names the server and who walks it. The API key must be allowed to
// create and delete products and licenses.
type Config struct {
	URL          string
	APIKey       string
	ClientSecret string       // "": the key wants none
	HTTPClient   *http.Client // nil: the default one
}

// Walk plays the demonstration and writes a line a step to w. The error is the
// first step that did not go as it should, and what could not be undone.
func Walk(ctx context.Context, w io.Writer, cfg Config) error {
	walk, err := newWalk(w, cfg)
	if err != nil {
		return err
	}
	walk.title("Walking through %s", cfg.URL)
	err = walk.play(ctx)
	if err != nil {
		walk.note("This did not go as it should: %v", err)
	}
	left := walk.undo(ctx)
	if err := errors.Join(err, left); err != nil {
		return err
	}
	walk.title("Done: %d steps in %s, and nothing was left behind.", walk.steps, short(time.Since(walk.start)))
	return nil
}

// walk is one demonstration under way.
type walk struct {
	*printer
	books  *management
	client *client.Client
	name   string // of this walk, so that two do not collide
	undos  []undoing
}

// undoing takes one thing back.
type undoing struct {
	what string
	do   func(context.Context) error
}

func newWalk(w io.Writer, cfg Config) (*walk, error) {
	opts := []client.Option{client.WithUserAgent("licet-demo")}
	if cfg.APIKey != "" {
		opts = append(opts, client.WithAPIKey(cfg.APIKey))
	}
	if cfg.ClientSecret != "" {
		opts = append(opts, client.WithClientSecret(cfg.ClientSecret))
	}
	if cfg.HTTPClient != nil {
		opts = append(opts, client.WithHTTPClient(cfg.HTTPClient))
	}
	c, err := client.New(cfg.URL, opts...)
	if err != nil {
		return nil, fmt.Errorf("prepare the walk: %w", err)
	}
	return &walk{
		printer: &printer{w: w, start: time.Now()},
		books:   newManagement(cfg),
		client:  c,
		name:    "DEMO-" + rand.Text()[:8],
	}, nil
}

func (w *walk) play(ctx context.Context) error {
	w.title("First the vendor's side, by the management API")
	template, err := w.prepare(ctx)
	if err != nil {
		return err
	}
	if err := w.activation(ctx, template); err != nil {
		return err
	}
	return w.floating(ctx, template)
}

// later remembers how to take a thing back.
func (w *walk) later(what string, do func(context.Context) error) {
	w.undos = append(w.undos, undoing{what, do})
}

// settled forgets a thing that the walk itself took back.
func (w *walk) settled(what string) {
	w.undos = slices.DeleteFunc(w.undos, func(u undoing) bool { return u.what == what })
}

// undo takes everything back, newest first, also when the walk was interrupted.
func (w *walk) undo(ctx context.Context) error {
	if len(w.undos) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	w.title("At last, everything is put back")
	var left []error
	for i := len(w.undos) - 1; i >= 0; i-- {
		u := w.undos[i]
		err := w.step(func() (string, error) { return "removed " + u.what, u.do(ctx) })
		if err != nil {
			w.note("Left behind: %s (%v)", u.what, err)
			left = append(left, fmt.Errorf("remove %s: %w", u.what, err))
		}
	}
	return errors.Join(left...)
}
