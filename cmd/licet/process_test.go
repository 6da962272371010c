package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/store/storetest"
)

// asLicet makes this test program run as licet: the same code, built with the
// same flags as the tests.
const asLicet = "LICET_TEST_RUN_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asLicet) != "" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
		stop()
		os.Exit(code)
	}
	storetest.Main(m)
}

// licet prepares the program with an environment of its own.
func licet(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append([]string{asLicet + "=1", "PATH=" + os.Getenv("PATH"), "GOCOVERDIR=" + t.TempDir()}, env...)
	cmd.Dir = t.TempDir()
	return cmd
}

// output runs the program to its end.
func output(t *testing.T, env []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := licet(t, env, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// process is a running server.
type process struct {
	apptest.Vendor
	t    *testing.T
	cmd  *exec.Cmd
	out  *lockedText // its standard output
	log  *lockedText
	once sync.Once
	err  error
}

// lockedText is written by the process while the test reads it.
type lockedText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedText) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// announced waits until the process has printed what re finds. The pipes of
// output and log are not ordered, so the log's line may be here first.
func (p *process) announced(re string) []string {
	p.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if m := regexp.MustCompile(re).FindStringSubmatch(p.out.String()); m != nil {
			return m
		}
	}
	p.t.Fatalf("the server did not print %s but:\n%s", re, p.out)
	return nil
}

// serve starts a server on a free port and waits until it says where it is.
func serve(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, log: &lockedText{}, out: &lockedText{}}
	p.cmd = licet(t, env, append([]string{"serve", "--addr=127.0.0.1:0"}, args...)...)
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout = p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.stop(syscall.SIGKILL) })
	url := make(chan string, 1)
	go p.read(stderr, url)
	if p.URL = <-url; p.URL == "" {
		t.Fatalf("the server did not start: %v\n%s", p.stop(syscall.SIGKILL), p.log)
	}
	return p
}

// read follows the log; it sends the URL, or "" when the process ended first.
func (p *process) read(log io.Reader, url chan<- string) {
	serving := regexp.MustCompile(`msg=serving url=(\S+)`)
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		fmt.Fprintln(p.log, lines.Text())
		if m := serving.FindStringSubmatch(lines.Text()); m != nil {
			url <- m[1]
		}
	}
	close(url)
}

// stop sends a signal and waits for the end; nil means exit code 0.
func (p *process) stop(sig syscall.Signal) error {
	p.once.Do(func() {
		_ = p.cmd.Process.Signal(sig)
		p.err = p.cmd.Wait()
	})
	return p.err
}
