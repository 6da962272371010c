package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/licet/licet/internal/app/apptest"
)

func TestConfigPrintMasksSecrets(t *testing.T) {
	t.Parallel()
	env := []string{"LICET_ADMIN_PASSWORD=hunter2hunter2", "LICET_ADMIN_API_KEY=" + apptest.AdminKey, serverKey,
		"LICET_DATABASE=postgres://bob:hunter3@db/licet?sslpassword=hunter4", "LICET_LEASE=1h"}
	out, stderr, code := output(t, env, "config", "print", "--addr=0.0.0.0:99")
	if code != 0 {
		t.Fatalf("code %d, %s", code, stderr)
	}
	for _, secret := range []string{"hunter", apptest.AdminKey, "AAAAAAAA"} {
		if strings.Contains(out, secret) {
			t.Errorf("%q is printed:\n%s", secret, out)
		}
	}
	var printed map[string]any
	if err := json.Unmarshal([]byte(out), &printed); err != nil {
		t.Fatal(err)
	}
	if printed["addr"] != "0.0.0.0:99" || printed["lease"] != "1h0m0s" || printed["admin-password"] != "********" ||
		!strings.HasPrefix(printed["database"].(string), "postgres://bob:********@db/licet") {
		t.Errorf("printed %v", printed)
	}
}

// TestPasswordsOfDatabasesAreNeverPrinted: a text that is no URL may hold one
// anywhere, so it is not even quoted when it is refused.
func TestPasswordsOfDatabasesAreNeverPrinted(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"host=db user=x password=hunter2", "postgres:u:hunter2@h/db", "mysql://u:hunter2@h/db",
		"postgres://u:hunter2@h/db?password=hunter2", "postgresql://u:hunter2@[::1]:99/db"} {
		out, stderr, code := output(t, []string{serverKey}, "config", "print", "--database="+database)
		valid := strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
		if strings.Contains(out+stderr, "hunter2") || (code == 0) != valid {
			t.Errorf("%s: code %d\n%s%s", database, code, out, stderr)
		}
	}
}

func TestConfigurationFileIsStrict(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "licet.json")
	printed := func(content string, env []string, args ...string) (string, string, int) {
		t.Helper()
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return output(t, env, append([]string{"config", "print", "--config=" + file}, args...)...)
	}
	out, stderr, code := printed(`{"addr":"127.0.0.1:1","lease":"20m","keyless":true,"trusted-proxies":["10.0.0.0/8","::1/128"]}`,
		[]string{"LICET_LEASE=30m"}, "--addr=127.0.0.1:2")
	var got map[string]any
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 {
		t.Fatalf("code %d, %s%s", code, out, stderr)
	}
	if got["addr"] != "127.0.0.1:2" || got["lease"] != "30m0s" || got["keyless"] != true || len(got["trusted-proxies"].([]any)) != 2 {
		t.Errorf("flags over environment over file: %v", got)
	}
	for content, want := range map[string]string{
		`{"adr":"x"}`: `unknown setting "adr"`, `{"config":"x"}`: "unknown setting", `{"addr":{}}`: "addr", `[`: "configuration file",
		`{} x`: "after the object", `{"addr":"a:1","addr":"b:2"}`: "twice", `{"addr":"a:1"`: "configuration file", `{"lease":"soon"}`: "lease", `{"keyless":"perhaps"}`: "keyless", `{"user-key-format":"abc"}`: "placeholder",
	} {
		if _, stderr, code := printed(content, nil); code != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%s: code %d, %s", content, code, stderr)
		}
	}
	// What print shows can be used as a file.
	if out2, stderr, code := printed(out, nil); code != 0 || out2 != out {
		t.Errorf("code %d, %s\n%s", code, stderr, out2)
	}
}

func TestDemoWalksTheRealServer(t *testing.T) {
	t.Parallel()
	p := apptest.Serve(t, []string{"LICET_ADMIN_API_KEY=" + apptest.AdminKey}, "--demo")
	out, stderr, code := output(t, []string{"LICET_API_KEY=" + apptest.AdminKey}, "demo", "--url="+p.URL)
	if code != 0 || !strings.Contains(out, "nothing was left behind") {
		t.Fatalf("code %d\n%s%s", code, out, stderr)
	}
	_, stderr, code = output(t, nil, "demo", "--url="+p.URL, "--api-key=wrong")
	if code != 1 || !strings.Contains(stderr, "401") {
		t.Errorf("with a wrong key: code %d, %s", code, stderr)
	}
}

func TestUsageErrors(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"nonsense"}, {"serve", "--nonsense"}, {"config"}, {"demo"}} {
		if _, stderr, code := output(t, nil, args...); code != 2 || stderr == "" {
			t.Errorf("licet %v: code %d, %q", args, code, stderr)
		}
	}
	for _, args := range [][]string{{"--help"}, {"serve", "--help"}, {"version"}} {
		if out, _, code := output(t, nil, args...); code != 0 || out == "" {
			t.Errorf("licet %v: code %d, %q", args, code, out)
		}
	}
}
