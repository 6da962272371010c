package apptest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/licet/licet/internal/document/keys"
)

// asProgram makes a test program run as the program under test: the same code,
// built with the same flags as the tests.
const asProgram = "LICET_TEST_RUN_MAIN"

// rsaFile in its environment is where a program under test finds the RSA key of
// its first start.
const rsaFile = "LICET_TEST_RSA_FILE"

// Program is the whole of a program but its process. It returns its exit code.
type Program func(ctx context.Context, args []string, stdout, stderr io.Writer, newKey KeyMaker) int

// Become turns this process into the program if Command started it. Call it
// first in TestMain.
func Become(run Program) {
	if os.Getenv(asProgram) == "" {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr, newKeys(func() (keys.Key, error) {
		text, err := os.ReadFile(os.Getenv(rsaFile))
		if err != nil {
			return keys.Key{}, err
		}
		return keys.Parse(text)
	}))
	stop()
	os.Exit(code)
}

// Command prepares the program with an environment and a folder of its own. A
// program that the race detector watches would sleep a second before it ends.
func Command(t testing.TB, env []string, args ...string) *exec.Cmd {
	t.Helper()
	first, err := firstRSA()
	if err != nil {
		t.Fatal(err)
	}
	text, err := first.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "rsa")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append([]string{asProgram + "=1", "PATH=" + os.Getenv("PATH"), "GOCOVERDIR=" + t.TempDir(), "GORACE=atexit_sleep_ms=50", rsaFile + "=" + file}, env...)
	cmd.Dir = t.TempDir()
	return cmd
}

// Output runs a command to its end.
func Output(t testing.TB, cmd *exec.Cmd) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exited *exec.ExitError
	if err != nil && !errors.As(err, &exited) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// Process is a running server, a process of its own.
type Process struct {
	Vendor
	Out, Log *Text // its standard output and error
	Pid      int
	t        testing.TB
	cmd      *exec.Cmd
	logged   chan struct{} // closed when the log has ended
	once     sync.Once
	err      error
}

// Text is written by the process while the test reads it.
type Text struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *Text) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *Text) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// ServeArgs is the command line of a server on a free port.
func ServeArgs(args ...string) []string {
	return append([]string{"serve", "--addr=127.0.0.1:0"}, args...)
}

// Serve starts a server on a free port and waits until it says where it is.
func Serve(t testing.TB, env []string, args ...string) *Process {
	t.Helper()
	return Start(t, Command(t, env, ServeArgs(args...)...))
}

// Start starts a command that becomes a server, and waits until it says where
// it is. The test's end kills it.
func Start(t testing.TB, cmd *exec.Cmd) *Process {
	t.Helper()
	p := &Process{t: t, cmd: cmd, Log: &Text{}, Out: &Text{}, logged: make(chan struct{})}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = p.Out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.Pid = cmd.Process.Pid
	t.Cleanup(func() { _ = p.Stop(syscall.SIGKILL) })
	url := make(chan string, 1)
	go p.read(stderr, url)
	if p.URL = <-url; p.URL == "" {
		t.Fatalf("the server did not start: %v\n%s", p.Stop(syscall.SIGKILL), p.Log)
	}
	return p
}

// read follows the log; it sends the URL, or "" when the process ended first.
func (p *Process) read(log io.Reader, url chan<- string) {
	defer close(p.logged)
	serving := regexp.MustCompile(`msg=serving url=(\S+)`)
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		fmt.Fprintln(p.Log, lines.Text())
		if m := serving.FindStringSubmatch(lines.Text()); m != nil {
			url <- m[1]
		}
	}
	close(url)
}

// Announced waits until the process has printed what re finds. The pipes of
// output and log are not ordered, so the log's line may be here first.
func (p *Process) Announced(re string) []string {
	p.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if m := regexp.MustCompile(re).FindStringSubmatch(p.Out.String()); m != nil {
			return m
		}
	}
	p.t.Fatalf("the server did not print %s but:\n%s", re, p.Out)
	return nil
}

// Stop sends a signal and waits for the end; nil means exit code 0.
func (p *Process) Stop(sig syscall.Signal) error {
	p.once.Do(func() {
		_ = p.cmd.Process.Signal(sig)
		<-p.logged // Wait closes the pipe, so the rest of the log comes first
		p.err = p.cmd.Wait()
	})
	return p.err
}
