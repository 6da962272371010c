package storetest

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
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// shared is the one cluster of this test process, started by its first user.
var shared cluster

// guardian starts the server and ends it, folder included, when its standard
// input closes: also when the test process was killed and could not clean up.
const guardian = `dir=$1; shift; "$@" & pid=$!; read _ || true; kill -QUIT $pid; wait $pid; rm -rf "$dir"`

type cluster struct {
	mu      sync.Mutex
	dir     string
	stdin   io.Closer
	cmd     *exec.Cmd
	started error
	count   int
}

// database makes an empty database and returns its URL.
func (c *cluster) database() (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cmd == nil && c.started == nil {
		c.started = c.start()
	}
	if c.started != nil {
		return "", c.started
	}
	c.count++
	name := fmt.Sprintf("licet_%d", c.count)
	conn, err := pgx.Connect(context.Background(), c.url("postgres"))
	if err != nil {
		return "", fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), "CREATE DATABASE "+name); err != nil {
		return "", fmt.Errorf("create a database: %w", err)
	}
	return c.url(name), nil
}

func (c *cluster) url(name string) string {
	return "postgres://postgres@/" + name + "?host=" + c.dir
}

func (c *cluster) start() error {
	bin, err := serverPrograms()
	if err != nil {
		return err
	}
	// Short, because a Unix socket's path may have 107 bytes at the most.
	if c.dir, err = os.MkdirTemp("/tmp", "licet-pg-"); err != nil {
		return err
	}
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
	// The cluster dies with the tests, so it need not survive a power cut.
	c.cmd = exec.Command("sh", "-c", guardian, "sh", c.dir, filepath.Join(bin, "postgres"), "-D", data, "-k", c.dir,
		"-c", "listen_addresses=", "-c", "max_connections=500", "-c", "fsync=off", "-c", "shared_buffers=64MB",
		"-c", "log_min_messages=fatal")
	c.cmd.SysProcAttr, c.cmd.Dir, c.cmd.Stderr = attr, c.dir, os.Stderr
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		return err
	}
	if err := c.cmd.Start(); err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	return c.awaitReady()
}

func (c *cluster) awaitReady() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
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

func (c *cluster) stop() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cmd == nil {
		return nil
	}
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
// user, where the tests run as root: initdb refuses root.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("the tests run as root and need a postgres user: %w", err)
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
