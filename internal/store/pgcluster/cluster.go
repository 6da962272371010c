package pgcluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// guardian starts the server and ends it, folder included, when its standard
// input closes: also when this process was killed and could not clean up.
const guardian = `dir=$1; shift; "$@" & pid=$!; read _ || true; kill -QUIT $pid; wait $pid; rm -rf "$dir"`

// Options say how much the cluster cares for its data.
type Options struct {
	// Durable waits for the disk at every commit, as PostgreSQL does by default.
	// Without it the data would not survive a power cut, which tests do not need.
	Durable bool
}

func (o Options) settings() []string {
	if o.Durable {
		return []string{"-c", "shared_buffers=512MB", "-c", "max_wal_size=4GB"}
	}
	return []string{"-c", "shared_buffers=64MB", "-c", "fsync=off"}
}

// Cluster is a running PostgreSQL. It is safe for concurrent use.
type Cluster struct {
	dir   string
	stdin io.Closer
	cmd   *exec.Cmd
	count atomic.Int64 // databases made
}

// Start makes a cluster and starts it. On an error nothing is left behind.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	bin, err := serverPrograms()
	if err != nil {
		return nil, err
	}
	c := &Cluster{}
	// Short, because a Unix socket's path may have 107 bytes at the most.
	if c.dir, err = os.MkdirTemp("/tmp", "licet-pg-"); err != nil {
		return nil, err
	}
	if err := c.start(bin, o); err != nil {
		return nil, errors.Join(err, os.RemoveAll(c.dir))
	}
	if err := c.awaitReady(ctx); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

// Database makes an empty database and returns its URL.
func (c *Cluster) Database(ctx context.Context) (string, error) {
	return c.Copy(ctx, "template1")
}

// Copy makes a copy of a database that nobody is connected to, and returns its
// URL.
func (c *Cluster) Copy(ctx context.Context, of string) (string, error) {
	name := fmt.Sprintf("licet_%d", c.count.Add(1))
	conn, err := pgx.Connect(ctx, c.url("postgres"))
	if err != nil {
		return "", fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+pgx.Identifier{of}.Sanitize()); err != nil {
		return "", fmt.Errorf("create a database: %w", err)
	}
	return c.url(name), nil
}

func (c *Cluster) url(name string) string {
	return "postgres://postgres@/" + name + "?host=" + c.dir
}

func (c *Cluster) start(bin string, o Options) error {
	attr, err := unprivileged(c.dir)
	if err != nil {
		return err
	}
	data := filepath.Join(c.dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
	initdb.SysProcAttr, initdb.Dir = attr, c.dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	args := append([]string{"-c", guardian, "sh", c.dir, filepath.Join(bin, "postgres"), "-D", data, "-k", c.dir,
		"-c", "listen_addresses=", "-c", "max_connections=500", "-c", "log_min_messages=fatal"}, o.settings()...)
	c.cmd = exec.Command("sh", args...)
	c.cmd.SysProcAttr, c.cmd.Dir, c.cmd.Stderr = attr, c.dir, os.Stderr
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		return err
	}
	if err := c.cmd.Start(); err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	return nil
}

func (c *Cluster) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, c.url("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("postgres did not start: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Stop ends the server and removes its folder.
func (c *Cluster) Stop() error {
	return errors.Join(c.stdin.Close(), c.cmd.Wait())
}

// serverPrograms finds the folder with initdb and postgres: on the PATH, or
// where Debian puts them, the newest version.
func serverPrograms() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("initdb is not installed (Debian: postgresql)")
	}
	slices.SortFunc(found, func(a, b string) int {
		return version(a) - version(b)
	})
	return filepath.Dir(found[len(found)-1]), nil
}

func version(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

// unprivileged makes dir the postgres user's and returns how to run as that
// user, where this process is root: initdb refuses root.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("running as root needs a postgres user: %w", err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, fmt.Errorf("uid of postgres: %w", err)
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, fmt.Errorf("gid of postgres: %w", err)
	}
	if err := os.Chown(dir, uid, gid); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}
