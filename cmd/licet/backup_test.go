package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/licet/licet/client"
	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/oldbooks"
	"github.com/licet/licet/internal/store/storetest"
)

func TestBackupAndRestoreSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir, whole := t.TempDir(), filepath.Join(t.TempDir(), "backup")
	s := proveInFolder(t, dir)
	backUp(t, s.env, whole)
	postgres := []string{"LICET_DATABASE=postgres://nobody@127.0.0.1:1/none"}
	for name, c := range map[string]struct {
		env  []string
		args []string
		code int
		says string
	}{
		"no target":            {nil, []string{"backup"}, 2, "--to"},
		"a target that is":     {s.env, []string{"backup", "--to=" + whole}, 1, "overwrites nothing"},
		"nowhere":              {s.env, []string{"backup", "--to=" + dir + "/no/b"}, 1, "no such file"},
		"no books":             {nil, []string{"backup", "--data=" + dir + "/none", "--to=" + dir + "/b"}, 1, "no books"},
		"PostgreSQL":           {postgres, []string{"backup", "--to=" + dir + "/b"}, 2, "pg_dump"},
		"restore: no source":   {nil, []string{"restore"}, 2, "--from"},
		"restore: no backup":   {nil, []string{"restore", "--from=" + dir, "--data=" + dir + "/d"}, 1, "is no backup"},
		"restore: nothing":     {nil, []string{"restore", "--from=" + dir + "/none", "--data=" + dir + "/d"}, 1, "is no backup"},
		"restore: over books":  {nil, []string{"restore", "--from=" + whole, "--data=" + dir}, 1, "overwrites nothing"},
		"restore: PostgreSQL":  {postgres, []string{"restore", "--from=" + whole}, 2, "pg_dump"},
		"restore: a wrong key": {[]string{serverKey}, []string{"restore", "--from=" + whole, "--data=" + dir + "/d"}, 1, "server key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, stderr, code := output(t, c.env, c.args...)
			if code != c.code || !strings.Contains(stderr, c.says) {
				t.Errorf("code %d, %s; want %d, %q", code, stderr, c.code, c.says)
			}
			for _, left := range []string{"/b", "/d/licet.db", "/d/server.key"} {
				if _, err := os.Stat(dir + left); err == nil {
					t.Errorf("left %s", left)
				}
			}
		})
	}
}

// TestABackupWithoutTheKey: the key is put down by hand, or stays where the
// configuration has it.
func TestABackupWithoutTheKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := proveInFolder(t, dir)
	key := textOf(t, filepath.Join(dir, "server.key"))
	from := filepath.Join(t.TempDir(), "backup")
	if out, stderr, code := output(t, s.env, "backup", "--to="+from, "--without-key"); code != 0 || !strings.Contains(out, "NOT IN THIS BACKUP") {
		t.Fatalf("code %d, %s%s", code, out, stderr)
	}
	for _, name := range []string{"server.key", "backup.json", "licet.db"} {
		info, err := os.Stat(filepath.Join(from, name))
		if name == "server.key" {
			if err == nil {
				t.Error("the key is in it")
			}
			continue
		}
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
	}
	data := t.TempDir()
	out, stderr, code := output(t, nil, "restore", "--from="+from, "--data="+data)
	if code != 0 || !strings.Contains(out, "put it into "+filepath.Join(data, "server.key")) {
		t.Fatalf("code %d, %s%s", code, out, stderr)
	}
	if _, stderr, code := output(t, nil, "serve", "--addr=127.0.0.1:0", "--data="+data); code != 1 || !strings.Contains(stderr, "put it back") {
		t.Errorf("without the key: code %d, %s", code, stderr)
	}
	if err := os.WriteFile(filepath.Join(data, "server.key"), []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	works(t, proveInFolder(t, data).p)

	configured := t.TempDir()
	env := []string{"LICET_SERVER_KEY=" + strings.TrimSpace(key)}
	if out, stderr, code := output(t, env, "restore", "--from="+from, "--data="+configured); code != 0 || !strings.Contains(out, "start the server as before") {
		t.Fatalf("code %d, %s%s", code, out, stderr)
	}
	if _, err := os.Stat(filepath.Join(configured, "server.key")); err == nil {
		t.Error("a configured key was written down")
	}
}

// TestADumpOfPostgresIsABackup: docs/backup.md, word by word.
func TestADumpOfPostgresIsABackup(t *testing.T) {
	t.Parallel()
	from, to := storetest.Empty(t, store.Postgres), storetest.Empty(t, store.Postgres)
	if _, err := oldbooks.LoadVersion(t.Context(), 9, from); err != nil {
		t.Fatal(err)
	}
	served := apptest.Serve(t, []string{oldServerKey, "LICET_DATABASE=" + from}) // a dump needs no pause
	served.Key = apptest.AdminKey
	dump := filepath.Join(t.TempDir(), "licet.dump")
	for _, command := range [][]string{
		{"pg_dump", "--format=custom", "--file=" + dump, from},
		{"pg_restore", "--exit-on-error", "--no-owner", "--dbname=" + to, dump},
	} {
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", command, err, out)
		}
	}
	p := apptest.Serve(t, []string{oldServerKey, "LICET_DATABASE=" + to})
	p.Key = apptest.AdminKey
	if _, err := p.Client(t).Validate(t.Context(), client.Seat{UserKey: "OLD-ACT", MachineID: "m-1", ClientID: "c-1"}); err != nil {
		t.Error(err)
	}
	p.Issue(t, map[string]any{"licensingMode": 2}) // the signing keys open, ids go on
}
