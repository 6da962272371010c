package storetest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/pgcluster"
)

// shared is the one cluster of this test process, started by its first user.
var shared cluster

type cluster struct {
	mu      sync.Mutex
	tried   bool
	running *pgcluster.Cluster
	err     error  // why it does not run
	books   string // the name of the database that others are copied from; "": none yet
}

// empty makes an empty database and returns its URL.
func (c *cluster) empty(ctx context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.start(ctx); err != nil {
		return "", err
	}
	return c.running.Database(ctx)
}

// migrated makes a database with the newest schema and returns its URL.
func (c *cluster) migrated(ctx context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.start(ctx); err != nil {
		return "", err
	}
	if c.books == "" {
		at, err := c.running.Database(ctx)
		if err == nil {
			err = migrate(ctx, at)
		}
		if err != nil {
			return "", err
		}
		parsed, err := url.Parse(at)
		if err != nil {
			return "", err
		}
		c.books = strings.TrimPrefix(parsed.Path, "/")
	}
	return c.running.Copy(ctx, c.books)
}

func (c *cluster) start(ctx context.Context) error {
	if !c.tried {
		c.tried = true
		// It outlives the test that asks first.
		c.running, c.err = pgcluster.Start(context.WithoutCancel(ctx), pgcluster.Options{})
	}
	return c.err
}

func (c *cluster) stop() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running == nil {
		return nil
	}
	return c.running.Stop()
}

// migrate brings the database at a URL to the newest schema.
func migrate(ctx context.Context, url string) error {
	s, err := store.Open(ctx, store.Options{URL: url})
	if err != nil {
		return fmt.Errorf("migrate the books that others are copied from: %w", err)
	}
	return s.Close()
}

// file is a SQLite database with the newest schema, made once: migrations take
// longer than most tests.
var file = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "licet-books-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	at := filepath.Join(dir, "licet.db")
	if err := migrate(context.Background(), "sqlite:"+at); err != nil {
		return nil, err
	}
	return os.ReadFile(at)
})
