package storetest

import (
	"context"
	"sync"

	"github.com/licet/licet/internal/store/pgcluster"
)

// shared is the one cluster of this test process, started by its first user.
var shared cluster

type cluster struct {
	mu      sync.Mutex
	tried   bool
	running *pgcluster.Cluster
	err     error // why it does not run
}

// database makes an empty database and returns its URL.
func (c *cluster) database(ctx context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.tried {
		c.tried = true
		// It outlives the test that asks first.
		c.running, c.err = pgcluster.Start(context.WithoutCancel(ctx), pgcluster.Options{})
	}
	if c.err != nil {
		return "", c.err
	}
	return c.running.Database(ctx)
}

func (c *cluster) stop() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running == nil {
		return nil
	}
	return c.running.Stop()
}
