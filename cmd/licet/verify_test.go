package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/document"
	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/hostid"
)

// write puts text into a file of the test's own.
func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// publicKeys is what the server's jwks.json says now, and its keys as PEM.
func publicKeys(t *testing.T, p *apptest.Process) (jwks string, pems []string) {
	t.Helper()
	for _, r := range p.Must(t, "GET", "/v1/resources", nil)["resources"].([]any) {
		if text := r.(map[string]any)["data"].(string); strings.Contains(text, "PUBLIC KEY") {
			pems = append(pems, text)
		}
	}
	return string(p.Do(t, "GET", "/.well-known/jwks.json", nil).Body), pems
}

func TestVerifyKnowsEveryFormat(t *testing.T) {
	t.Parallel()
	p := apptest.Serve(t, []string{"LICET_ADMIN_API_KEY=" + apptest.AdminKey})
	p.Key = apptest.AdminKey
	jwks, pems := publicKeys(t, p)
	jwksFile, pemFile := write(t, jwks), write(t, strings.Join(pems, "\n"))
	for format := range 5 {
		lic := p.Issue(t, map[string]any{"format": format, "licensingMode": 1, "expireDate": "2090-01-01", "licenseeName": "Ada",
			"product": map[string]any{"name": "Nut 😀"}})
		want := fmt.Sprintf("valid: license %s, format %d, signed by key ", lic.KeyID, format)
		file := write(t, lic.Document)
		for _, keyFile := range []string{jwksFile, pemFile} {
			out, stderr, code := output(t, nil, "verify", file, "--key", keyFile)
			if code != 0 || stderr != "" || !strings.HasPrefix(out, want) || !strings.Contains(out, "2090-01-01T00:00:00Z") || !strings.Contains(out, "Nut 😀") {
				t.Errorf("format %d: code %d\n%s%s", format, code, out, stderr)
			}
		}
		machine := p.Must(t, "POST", "/v1/license/activate", map[string]any{"userKey": lic.UserKey, "machineId": "M1"})
		locked := write(t, granted(machine))
		for _, c := range []struct {
			name, says string
			file       string
			args       []string
		}{
			{"of this machine", "", locked, []string{"--machine", "M1"}},
			{"of another machine", "it is for M1", locked, []string{"--machine", "M2"}},
			{"of none", "tied to no machine", file, []string{"--machine", "M1"}},
			{"still good", "", file, []string{"--at", "2089-12-31T23:59:59Z"}},
			{"expired", "it ended at 2090-01-01", file, []string{"--at", "2090-01-01"}},
			{"revoked", "revoked", file, []string{"--revoked=x", "--revoked=" + keyOf(t, file, jwksFile)}},
			{"changed", "not valid", write(t, strings.Replace(lic.Document, lic.Document[100:101], "~", 1)), nil},
			{"cut", "not valid", write(t, lic.Document[:len(lic.Document)-4]), nil},
			{"malformed", "malformed", write(t, "hello"), nil},
			{"empty", "malformed", write(t, ""), nil},
		} {
			_, stderr, code := output(t, nil, append([]string{"verify", c.file, "--key", jwksFile}, c.args...)...)
			if wantCode := map[bool]int{true: 0, false: 1}[c.says == ""]; code != wantCode || !strings.Contains(stderr, c.says) {
				t.Errorf("format %d, %s: code %d, %s", format, c.name, code, stderr)
			}
		}
	}
}

// granted is the license document in a grant, which is bytes as numbers.
func granted(grant map[string]any) string {
	var text []byte
	for _, b := range grant["license"].(map[string]any)["licenseKey"].([]any) {
		text = append(text, byte(b.(float64)))
	}
	return string(text)
}

// keyOf is the id of the key that signed a valid document.
func keyOf(t *testing.T, file, keyFile string) string {
	t.Helper()
	out, _, _ := output(t, nil, "verify", file, "--key", keyFile)
	m := regexp.MustCompile(`signed by key (\S+)`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("no key in %q", out)
	}
	return m[1]
}

func TestVerifySaysWhatKeepsItFromFindingOut(t *testing.T) {
	t.Parallel()
	other := apptest.Serve(t, []string{"LICET_ADMIN_API_KEY=" + apptest.AdminKey})
	other.Key = apptest.AdminKey
	lic := other.Issue(t, map[string]any{})
	jwks, _ := publicKeys(t, other)
	file, keyFile := write(t, lic.Document), write(t, jwks)
	stranger := write(t, "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=") // RFC 8032, test 1
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{file, "--key", stranger}, 1, "unknown key"},
		{[]string{file, "--key", stranger, "--key", keyFile}, 0, ""},
		{[]string{file}, 2, "--key"},
		{[]string{"--key", keyFile}, 2, "<file>"},
		{[]string{file, "--key", file + "x"}, 2, "no such file"},
		{[]string{file + "x", "--key", keyFile}, 2, "no such file"},
		{[]string{file, "--key", file}, 2, "key file"},
		{[]string{file, "--key", keyFile, "--at", "soon"}, 2, "--at"},
	} {
		_, stderr, code := output(t, nil, append([]string{"verify"}, c.args...)...)
		if code != c.code || !strings.Contains(stderr, c.says) {
			t.Errorf("%v: code %d, %s; want %d and %q", c.args, code, stderr, c.code, c.says)
		}
	}
	cmd := apptest.Command(t, nil, "verify", "-", "--key", keyFile)
	cmd.Stdin = strings.NewReader(lic.Document + "\n")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "valid: license "+lic.KeyID) {
		t.Errorf("from standard input: %v, %s", err, out)
	}
}

func TestVerifyKnowsTheFileOfALicenseOrder(t *testing.T) {
	t.Parallel()
	key, err := keys.Generate(entity.ResourceEd25519)
	if err != nil {
		t.Fatal(err)
	}
	pem, err := key.PEM()
	if err != nil {
		t.Fatal(err)
	}
	hosts, err := hostid.ParseText("", "USERNAME=ada,ETHERNET=48-2C-6A-1E-59-3D")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := document.SignOrder(&document.Order{
		ActivationKey: "II1HP-TX8EQ-R1QXZ-7LYXF", Generated: entity.TimeOf(time.Unix(1e9, 0)), Licensee: "Ada\x1b[2J", HostIDs: hosts, MatchRate: 100,
		Features: []document.OrderFeature{{Name: "Licstat", Version: "6.0", End: "2019-11-14"}, {Name: "more", Version: "1.0", End: "2090-01-01"}},
	}, key)
	if err != nil {
		t.Fatal(err)
	}
	file, keyFile := write(t, doc+"\n"), write(t, pem)
	out, stderr, code := output(t, nil, "verify", file, "--key", keyFile)
	want := "valid: license II1HP-TX8EQ-R1QXZ-7LYXF, format 5, signed by key " + key.ID() + `
  licensee  Ada\x1b[2J
  expires   2090-01-01T23:59:59Z
  machine   ETHERNET=482c6a1e593d,USERNAME=ada
  feature   Licstat 6.0, ends 2019-11-14
  feature   more 1.0, ends 2090-01-01
`
	if code != 0 || stderr != "" || out != want {
		t.Errorf("code %d, %s\n%s, want\n%s", code, stderr, out, want)
	}
	for _, c := range []struct {
		name, says string
		code       int
		file       string
		args       []string
	}{
		{"on this machine", "", 0, file, []string{"--machine", "username=Ada,ethernet=482c6a1e593d,bios=1"}},
		{"on another machine", "100 % must match and 1 of 2 do", 1, file, []string{"--machine", "USERNAME=ada"}},
		{"on a machine by name", "it is for ETHERNET=482c6a1e593d,USERNAME=ada", 1, file, []string{"--machine", "M1"}},
		{"on no HostID", "12 hexadecimal digits", 1, file, []string{"--machine", "ETHERNET=x"}},
		{"still good", "", 0, file, []string{"--at", "2090-01-01T23:59:58Z"}},
		{"expired", "it ended at 2090-01-01T23:59:59Z", 1, file, []string{"--at", "2090-01-01T23:59:59Z"}},
		{"revoked", "revoked", 1, file, []string{"--revoked=" + key.ID()}},
		{"changed", "bad signature", 1, write(t, strings.Replace(doc, "2090", "2091", 1)), nil},
		{"laid out anew", "line 8", 1, write(t, strings.Replace(doc, "VERSION=6.0 END=2019-11-14", "END=2019-11-14 VERSION=6.0", 1)), nil},
		{"CRLF", "", 0, write(t, strings.ReplaceAll(doc, "\n", "\r\n")), nil},
		{"no such key", "no Ed25519 key", 1, file, []string{"--key", write(t, "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")}},
	} {
		args := append([]string{"verify", c.file}, c.args...)
		if c.name != "no such key" {
			args = append(args, "--key", keyFile)
		}
		if _, stderr, code := output(t, nil, args...); code != c.code || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: code %d, %s; want %d and %q", c.name, code, stderr, c.code, c.says)
		}
	}
}
