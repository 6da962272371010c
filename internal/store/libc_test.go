package store_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestSQLiteHasItsOwnLibc: modernc.org/sqlite must be built with exactly the
// modernc.org/libc that its go.mod names; another one corrupts memory.
func TestSQLiteHasItsOwnLibc(t *testing.T) {
	t.Parallel()
	list := func(args ...string) string {
		out, err := exec.Command("go", append([]string{"list", "-m"}, args...)...).Output()
		if err != nil {
			t.Fatalf("go list %v: %v", args, err)
		}
		return strings.TrimSpace(string(out))
	}
	built := list("modernc.org/libc")
	_, version, _ := strings.Cut(built, " ")
	file := list("-f", "{{.GoMod}}", "modernc.org/sqlite")
	wanted, err := exec.Command("go", "mod", "edit", "-json", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(wanted), `"Path": "modernc.org/libc",`)
	line, _, _ := strings.Cut(strings.TrimSpace(after), "\n")
	if !found || !strings.Contains(line, `"`+version+`"`) {
		t.Errorf("built with %s, modernc.org/sqlite wants %s", built, line)
	}
}
