//go:build linux

package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/licet/licet/client"
	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/proof"
)

// A file system that takes nothing more, and then does again.
type refusingDisk struct {
	name          string
	refuse, allow func()
}

// TestProofDiskRefuses: on a disk that is full, and on one that refuses every
// write as a read-only file system does, changes are answered with 503 in the
// surface's form, reads go on, nothing is half done; when the disk takes writes
// again the server does too, by itself.
func TestProofDiskRefuses(t *testing.T) {
	t.Parallel()
	t.Run("full", func(t *testing.T) {
		t.Parallel()
		s, inside := proveOnSmallDisk(t)
		filler := filepath.Join(inside, "filler")
		diskRefuses(t, s, refusingDisk{"full", func() { fill(t, filler) }, func() {
			if err := os.Remove(filler); err != nil {
				t.Fatal(err)
			}
		}}, inside)
	})
	t.Run("read-only", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		s := prove(t, "sqlite:"+filepath.Join(dir, "licet.db"), "--data="+dir)
		diskRefuses(t, s, refusingDisk{"read-only", func() { limitFiles(t, s.p.Pid, 0) },
			func() { limitFiles(t, s.p.Pid, ^uint64(0)) }}, dir)
	})
}

func diskRefuses(t *testing.T, s *proven, disk refusingDisk, dir string) {
	t.Helper()
	load := proof.NewLoad(t, s.p.Vendor, 12, rand.Uint64())
	load.RunTo(t, s.p.Vendor, 60)
	loads := []*proof.Load{load}
	for round := range proof.Pick(1, 10) {
		disk.refuse()
		load.RunToOutage(t, s.p.Vendor, 200)
		refused(t, s, load)
		reads(t, s, load)
		// What a kill would leave now.
		s.url = "sqlite:" + copyPaused(t, s.p, dir)
		s.agree(t, proof.DoneOrNot, clones(loads)...)
		disk.allow()
		// No waiting and no trying again: the first calls must be served.
		load = load.Again(fmt.Sprint("again", round, "-"), rand.Uint64())
		load.RunTo(t, s.p.Vendor, 60)
		loads = append(loads, load)
	}
	// A small disk is not there any more when its last process has ended.
	s.url = "sqlite:" + copyPaused(t, s.p, dir)
	s.agree(t, proof.DoneOrNot, loads...)
	if err := s.p.Stop(syscall.SIGTERM); err != nil {
		t.Errorf("SIGTERM on a disk that was %s: %v\n%s", disk.name, err, s.p.Log)
	}
}

func clones(loads []*proof.Load) (copied []*proof.Load) {
	for _, l := range loads {
		copied = append(copied, l.Clone())
	}
	return copied
}

// refused: both surfaces say 503 in their own form.
func refused(t *testing.T, s *proven, load *proof.Load) {
	t.Helper()
	lic := load.Licenses[0]
	a := s.p.Do(t, "POST", "/v1/license/request", map[string]any{"userKey": lic.UserKey, "clientId": "one more"})
	if a.Status != 503 || a.JSON["code"] != "Unavailable" || a.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("request: %d %s", a.Status, a.Body)
	}
	a = s.p.Do(t, "POST", "/v1/licenses", map[string]any{"license": map[string]any{"licensingMode": 1}})
	if a.Status != 503 || a.JSON["success"] != false || a.JSON["code"] != 14.0 {
		t.Errorf("insert: %d %s", a.Status, a.Body)
	}
}

// reads: each seat is found as it was acknowledged, where the refused call was
// not about it.
func reads(t *testing.T, s *proven, load *proof.Load) {
	t.Helper()
	c := s.p.Client(t)
	for _, w := range load.Workers {
		for userKey, seat := range w.Seats {
			if w.Pending != nil && w.Pending.License.UserKey == userKey {
				continue
			}
			g, err := c.Validate(t.Context(), w.Identity(userKey))
			if held := err == nil; held != (seat.Token != "") || held && g.Token != seat.Token || !held && !errors.Is(err, client.TokenNotFound) {
				t.Errorf("%s holds %q; validate: %+v, %v", w.Name, seat.Token, g, err)
			}
		}
	}
	s.p.Must(t, "GET", "/v1/licenses", nil)
	if a := s.p.Do(t, "GET", "/readyz", nil); a.Status != 200 {
		t.Errorf("not ready: %s", a.Body)
	}
}

// TestProofStartOnARefusingDisk: a server that cannot write does not start, and
// says why.
func TestProofStartOnARefusingDisk(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ mount, want string }{
		"read-only": {"-o ro", "read-only"},
		"full":      {"-o size=8k", "disk"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			cmd := onMount(t, dir, c.mount, "serve", "--addr=127.0.0.1:0", "--data="+filepath.Join(dir, "data"))
			_, stderr, code := apptest.Output(t, cmd)
			if code != 1 || !strings.Contains(stderr, c.want) || strings.Contains(stderr, "panic") {
				t.Errorf("code %d, %s", code, stderr)
			}
		})
	}
}

// TestProofBackupOnAFullDisk: a backup, or a restore, that does not fit says so
// and leaves nothing.
func TestProofBackupOnAFullDisk(t *testing.T) {
	t.Parallel()
	data, whole := t.TempDir(), filepath.Join(t.TempDir(), "backup")
	s := proveInFolder(t, data)
	grow(t, s.stopped(t), 3000)
	backUp(t, s.env, whole)
	for name, args := range map[string]func(dir string) []string{
		"backup": func(dir string) []string {
			return []string{"backup", "--data=" + data, "--to=" + filepath.Join(dir, "b")}
		},
		"restore": func(dir string) []string { return []string{"restore", "--from=" + whole, "--data=" + dir} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			cmd := mounted(t, dir, "-o size=1m", `{ "$@"; code=$?; find "$0" -type f -printf "left: %f\n" >&2; exit $code; }`, args(dir)...)
			cmd.Env = append(cmd.Env, "LICET_SERVER_KEY=") // it is in the folder
			_, stderr, code := apptest.Output(t, cmd)
			if code != 1 || !strings.Contains(stderr, "full") && !strings.Contains(stderr, "no space left") {
				t.Errorf("code %d, %s", code, stderr)
			}
			if left := strings.ReplaceAll(stderr, "left: licet.db.lock", ""); strings.Contains(left, "left: ") {
				t.Errorf("left over: %s", stderr)
			}
		})
	}
}

// onMount prepares the program with a tmpfs of its own at dir.
func onMount(t *testing.T, dir, options string, args ...string) *exec.Cmd {
	t.Helper()
	return mounted(t, dir, options, `exec "$@"`, args...)
}

// mounted prepares a script, to which the program is "$@", with a tmpfs at dir,
// which is "$0". It needs mount namespaces: as root, or user namespaces for
// everybody else.
func mounted(t *testing.T, dir, options, then string, args ...string) *exec.Cmd {
	t.Helper()
	inner := apptest.Command(t, []string{serverKey, "LICET_ADMIN_API_KEY=" + apptest.AdminKey}, args...)
	script := "mount -t tmpfs " + options + ` tmpfs "$0" && ` + then
	cmd := exec.Command("unshare", append([]string{"-rm", "sh", "-c", script, dir}, inner.Args...)...)
	cmd.Env, cmd.Dir = inner.Env, inner.Dir
	probe := exec.Command("unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", dir)
	if out, err := probe.CombinedOutput(); err != nil {
		needs := fmt.Sprintf("a small disk needs mount namespaces (root, or kernel.unprivileged_userns_clone): %v %s", err, out)
		if proof.Long() || os.Getenv("CI") != "" { // where nobody reads why a test was left out, it must not be
			t.Fatal(needs)
		}
		t.Skip(needs)
	}
	return cmd
}

// proveOnSmallDisk starts a server whose books lie on a small disk, and says
// where this process can see it.
func proveOnSmallDisk(t *testing.T) (s *proven, inside string) {
	t.Helper()
	dir := t.TempDir()
	s = &proven{p: apptest.Start(t, onMount(t, dir, "-o size=64m", apptest.ServeArgs("--data="+dir)...))}
	s.p.Key, s.p.HTTP = apptest.AdminKey, proof.HTTP(t)
	return s, filepath.Join(fmt.Sprintf("/proc/%d/root", s.p.Pid), dir)
}

// fill writes until there is no room for another byte.
func fill(t *testing.T, file string) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, size := range []int{1 << 20, 1 << 12, 1} {
		piece := make([]byte, size)
		for err = nil; err == nil; {
			_, err = f.Write(piece)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
}

// limitFiles makes every write of the process beyond so many bytes of a file
// fail with EFBIG. SQLite takes it, and EROFS, for the same failed write.
func limitFiles(t *testing.T, pid int, bytes uint64) {
	t.Helper()
	limit := syscall.Rlimit{Cur: bytes, Max: ^uint64(0)}
	_, _, errno := syscall.Syscall6(syscall.SYS_PRLIMIT64, uintptr(pid), syscall.RLIMIT_FSIZE, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	if errno != 0 {
		t.Fatal("limit the size of files: ", errno)
	}
}

// copyPaused copies the books of a process that stands still, and lets it go on.
func copyPaused(t *testing.T, p *apptest.Process, dir string) (file string) {
	t.Helper()
	pause(t, p, syscall.SIGSTOP)
	defer pause(t, p, syscall.SIGCONT)
	return copyBooks(t, dir)
}
