package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

const newServerKey = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="

// works issues a license, which opens a signing key, and seals a new one. It
// sets the secret setting anew: starting has opened the one before.
func works(t *testing.T, p *apptest.Process) {
	t.Helper()
	p.Key = apptest.AdminKey
	p.Issue(t, map[string]any{"format": 1})
	p.Must(t, "POST", "/v1/resources", map[string]any{"resource": map[string]any{"type": "Ed25519"}})
	p.Must(t, "PUT", "/v1/settings", `{"settings":[{"group":"Email","name":"Password","value":"`+rand.Text()+`"}]}`)
}

func adminEnv() []string { return []string{"LICET_ADMIN_API_KEY=" + apptest.AdminKey} }

func textOf(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestRotateTheServerKeyInTheDataFolder(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	file := filepath.Join(data, "server.key")
	p := apptest.Serve(t, adminEnv(), "--data="+data)
	works(t, p)
	rotate := []string{"keys", "rotate-server-key", "--data=" + data}
	if _, stderr, code := output(t, nil, rotate...); code != 1 || !strings.Contains(stderr, "another licet server") {
		t.Errorf("beside a running server: code %d, %s", code, stderr)
	}
	if err := p.Stop(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	old := textOf(t, file)
	if out, stderr, code := output(t, nil, rotate...); code != 0 || !strings.Contains(out, file) {
		t.Fatalf("code %d, %s%s", code, out, stderr)
	}
	if textOf(t, file) == old {
		t.Error("the key file is unchanged")
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	p = apptest.Serve(t, nil, "--data="+data)
	works(t, p)
	if err := p.Stop(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	_, stderr, code := output(t, nil, "serve", "--addr=127.0.0.1:0", "--data="+data)
	if code != 1 || !strings.Contains(stderr, "server key is not the one") {
		t.Errorf("with the old key: code %d, %s", code, stderr)
	}
}

// A crash after the books were changed and before the file was: the new key lies
// beside the old one, and the next start puts it in place.
func TestAnInterruptedRotationIsFinishedAtStart(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	file := filepath.Join(data, "server.key")
	p := apptest.Serve(t, adminEnv(), "--data="+data)
	works(t, p)
	if err := p.Stop(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	old := textOf(t, file)
	if _, stderr, code := output(t, nil, "keys", "rotate-server-key", "--data="+data); code != 0 {
		t.Fatal(stderr)
	}
	next := textOf(t, file)
	for name, crash := range map[string]map[string]string{
		"before the books were changed": {file: next, file + ".new": old}, // a key that came to nothing
		"after it":                      {file: old, file + ".new": next},
	} {
		for name, text := range crash {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		p := apptest.Serve(t, nil, "--data="+data)
		works(t, p)
		if err := p.Stop(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if textOf(t, file) != next {
			t.Errorf("%s: the file does not hold the key in force", name)
		}
	}
}

func TestALostServerKeyIsRefusedAndNotReplaced(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	file := filepath.Join(data, "server.key")
	p := apptest.Serve(t, adminEnv(), "--data="+data)
	if err := p.Stop(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	key := textOf(t, file)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	_, stderr, code := output(t, nil, "serve", "--addr=127.0.0.1:0", "--data="+data)
	if code != 1 || !strings.Contains(stderr, "put it back from your backup") || !strings.Contains(stderr, file) {
		t.Errorf("code %d, %s", code, stderr)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("another key was made in its place")
	}
	if err := os.WriteFile(file, []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	works(t, apptest.Serve(t, nil, "--data="+data))
}

func TestRotateAConfiguredServerKey(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		env := append(adminEnv(), "LICET_DATABASE="+url)
		p := apptest.Serve(t, append(env, serverKey))
		works(t, p)
		if err := p.Stop(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			env  []string
			says string
		}{
			{[]string{serverKey}, "LICET_NEW_SERVER_KEY_FILE"},
			{[]string{serverKey, "LICET_NEW_SERVER_KEY=short"}, "new server key"},
			{[]string{"LICET_SERVER_KEY=" + newServerKey, "LICET_NEW_SERVER_KEY=" + newServerKey}, "server key is not the one"},
		} {
			_, stderr, code := output(t, append(env, c.env...), "keys", "rotate-server-key")
			if code == 0 || !strings.Contains(stderr, c.says) || strings.Contains(stderr, "AQEB") {
				t.Errorf("code %d, %s; want %q", code, stderr, c.says)
			}
		}
		if out, stderr, code := output(t, append(env, serverKey, "LICET_NEW_SERVER_KEY="+newServerKey), "keys", "rotate-server-key"); code != 0 || !strings.Contains(out, "in force") {
			t.Fatalf("code %d, %s%s", code, out, stderr)
		}
		if _, stderr, code := output(t, append(env, serverKey), "serve", "--addr=127.0.0.1:0"); code != 1 || !strings.Contains(stderr, "server key is not the one") {
			t.Errorf("with the old key: code %d, %s", code, stderr)
		}
		works(t, apptest.Serve(t, append(env, "LICET_SERVER_KEY="+newServerKey)))
	})
}

// TestRotateAndRevokeSigningKeys: what a vendor does, and what verifiers see.
func TestRotateAndRevokeSigningKeys(t *testing.T) {
	t.Parallel()
	p := apptest.Serve(t, []string{"LICET_ADMIN_API_KEY=" + apptest.AdminKey, "LICET_DATABASE=" + storetest.URL(t, store.SQLite)})
	p.Key = apptest.AdminKey
	oldDoc := write(t, p.Issue(t, map[string]any{}).Document)
	oldJWKS, _ := publicKeys(t, p)
	old := keyOf(t, oldDoc, write(t, oldJWKS))
	made := p.Must(t, "POST", "/v1/resources", map[string]any{"resource": map[string]any{"type": "Ed25519", "name": "2027"}})
	id := int64(made["resourceId"].(float64))
	p.Must(t, "PUT", resourcePath(id)+"/default", nil)

	newDoc := write(t, p.Issue(t, map[string]any{}).Document)
	both, _ := publicKeys(t, p)
	bothFile := write(t, both)
	if keyOf(t, oldDoc, bothFile) != old || keyOf(t, newDoc, bothFile) == old {
		t.Error("the old document does not verify by the old key, or the new one does")
	}
	if _, stderr, code := output(t, nil, "verify", newDoc, "--key", write(t, oldJWKS)); code != 1 || !strings.Contains(stderr, "unknown key") {
		t.Errorf("the new document with the old keys: code %d, %s", code, stderr)
	}
	for _, r := range p.Must(t, "GET", "/v1/resources", nil)["resources"].([]any) {
		if r := r.(map[string]any); r["keyId"] == old {
			p.Must(t, "PUT", resourcePath(int64(r["id"].(float64)))+"/revoked", nil)
		}
	}
	after, _ := publicKeys(t, p)
	if _, stderr, code := output(t, nil, "verify", oldDoc, "--key", write(t, after)); code != 1 || !strings.Contains(stderr, old) {
		t.Errorf("the old document after its key was revoked: code %d, %s", code, stderr)
	}
	if _, stderr, code := output(t, nil, "verify", oldDoc, "--key", bothFile, "--revoked="+old); code != 1 || !strings.Contains(stderr, "revoked key") {
		t.Errorf("with keys from before: code %d, %s", code, stderr)
	}
	if _, stderr, code := output(t, nil, "verify", newDoc, "--key", write(t, after)); code != 0 {
		t.Errorf("the new document: code %d, %s", code, stderr)
	}
}

func resourcePath(id int64) string { return fmt.Sprintf("/v1/resources/%d", id) }
