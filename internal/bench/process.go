package bench

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"time"
)

// startTime is how long a server may take until it serves.
const startTime = time.Minute

// process is a server under measurement. Its log goes to a file, so that
// reading it costs nothing.
type process struct {
	name  string
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has; err is set then
	err   error
	addr  string // host:port
	url   string
}

// servingLine is what licet logs and ServeBare prints.
var servingLine = regexp.MustCompile(`msg=serving url=(\S+)`)

// startProcess runs the command, whose log goes to dir, and waits for its address.
func startProcess(ctx context.Context, dir, name string, command, env []string) (*process, error) {
	log, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		return nil, fmt.Errorf("make the log of %s: %w", name, err)
	}
	defer log.Close()
	p := &process{name: name, cmd: exec.Command(command[0], command[1:]...), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Env = log, log, append(os.Environ(), env...)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	if err := p.await(ctx, log.Name()); err != nil {
		_ = p.cmd.Process.Kill()
		return nil, err
	}
	return p, nil
}

// await reads the address from the log.
func (p *process) await(ctx context.Context, log string) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for {
		text, err := os.ReadFile(log)
		if err != nil {
			return fmt.Errorf("read the log of %s: %w", p.name, err)
		}
		if m := servingLine.FindSubmatch(text); m != nil {
			p.url = string(m[1])
			u, err := url.Parse(p.url)
			if err != nil {
				return fmt.Errorf("the address of %s: %w", p.name, err)
			}
			p.addr = u.Host
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("%s did not start: %w\n%s", p.name, p.err, text)
		case <-ctx.Done():
			return fmt.Errorf("%s did not start: %w\n%s", p.name, ctx.Err(), text)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// stop asks the process to end and waits for it.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop %s: %w", p.name, err)
	}
	<-p.ended
	if p.err != nil {
		return fmt.Errorf("stop %s: %w", p.name, p.err)
	}
	return nil
}

// cpuTime is the processor time that the process has used; 0 where the system
// does not tell. It counts what a busy machine does not distort: time.
func (p *process) cpuTime() time.Duration {
	const tick = 10 * time.Millisecond // Linux's unit in /proc, on every architecture
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	return parseStat(text) * tick
}

// parseStat adds up the ticks in user mode and in the kernel, fields 14 and 15.
// Field 2 is a name in parentheses that may hold anything.
func parseStat(text []byte) time.Duration {
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(string(fields[11]), 10, 64)
	kernel, _ := strconv.ParseInt(string(fields[12]), 10, 64)
	return time.Duration(user + kernel)
}

// kill ends a process that has nothing to lose.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}
