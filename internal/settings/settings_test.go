package settings_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/settings"
)

func TestTimeSpans(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"00:05:00": "00:05:00", "5m": "00:05:00", "1.00:00:00": "1.00:00:00", "24h": "1.00:00:00", "0s": "00:00:00",
		"1h30m": "01:30:00", "0:00:01": "00:00:01", "00:00:01.5": "00:00:01.5000000", "1500ms": "00:00:01.5000000",
		"10675.02:48:05.4775": "10675.02:48:05.4775000",
	} {
		d, err := settings.ParseTimeSpan(text)
		if err != nil || settings.TimeSpan(d) != want {
			t.Errorf("%s: %v, %s, %v", text, d, settings.TimeSpan(d), err)
		}
	}
	for _, text := range []string{"", "5", "24:00:00", "00:60:00", "00:00:60", "00:00", "-00:05:00", "-5m", "1.5.00:00:00", "00:00:00.00000001",
		"00:00:00.0000001", "1ns", "123456.00:00:00", " 5m", "5m ", "٠٠:٠٥:٠٠", "9999999h", "PT5M"} {
		if d, err := settings.ParseTimeSpan(text); err == nil {
			t.Errorf("%q is %v", text, d)
		}
	}
}

func FuzzParseTimeSpan(f *testing.F) {
	for _, seed := range []string{"00:05:00", "1.00:00:00.5", "5m", "99999.23:59:59.9999999", "-1s"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := settings.ParseTimeSpan(text)
		if err != nil {
			return
		}
		again, err := settings.ParseTimeSpan(settings.TimeSpan(d))
		if d < 0 || err != nil && d < 99999*24*time.Hour || err == nil && again != d {
			t.Errorf("%q is %d, written %s, read %d, %v", text, d, settings.TimeSpan(d), again, err)
		}
	})
}

func TestTimeSpansAreReadAsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(0, int64(50000*24*time.Hour/time.Microsecond)).Draw(t, "µs")) * time.Microsecond
		for _, text := range []string{settings.TimeSpan(d), d.String()} {
			if got, err := settings.ParseTimeSpan(text); err != nil || got != d {
				t.Fatalf("%s: %v, %v", text, got, err)
			}
		}
	})
}

func TestEveryDefaultIsAllowedAndReadAsWritten(t *testing.T) {
	t.Parallel()
	if err := settings.Defaults().Validate(); err != nil {
		t.Fatal(err)
	}
	seen, flags := map[string]bool{}, map[string]bool{}
	for _, s := range settings.All() {
		if id := strings.ToLower(s.ID()); seen[id] || s.Meaning == "" {
			t.Errorf("%s is there twice, or has no meaning", id)
		} else {
			seen[id] = true
		}
		if s.Flag != "" && flags[s.Flag] {
			t.Errorf("--%s pins two settings", s.Flag)
		}
		flags[s.Flag] = true
		if found, ok := settings.Find(strings.ToUpper(s.Group), strings.ToLower(s.Name)); !ok || found.ID() != s.ID() || !settings.HasGroup(s.Group) {
			t.Errorf("%s is not found", s.ID())
		}
		raw, err := json.Marshal(s.Show(settings.Defaults()))
		if err != nil {
			t.Fatal(err)
		}
		if s.Type == settings.Secret {
			if string(raw) != "null" || s.Default() != "" {
				t.Errorf("%s has the default %s", s.ID(), raw)
			}
			continue
		}
		text, err := s.FromJSON(raw)
		if err != nil || text != s.Default() {
			if s.Default() != "" || text != "" {
				t.Errorf("%s: %s is read as %q, %v", s.ID(), raw, text, err)
			}
		}
	}
}

// TestNoTwoSettingsShareAMember: a value that is set shows in that setting only.
func TestNoTwoSettingsShareAMember(t *testing.T) {
	t.Parallel()
	for _, s := range settings.All() {
		other := map[settings.Type]string{settings.Bool: "true", settings.Int: "7", settings.Duration: "01:02:03", settings.Secret: "x", settings.String: "tls"}[s.Type]
		if strings.HasSuffix(s.Name, "Format") {
			other = "x{TOKEN:99}"
		}
		if strings.HasSuffix(s.Name, "Url") {
			other = "https://a.example"
		}
		if s.Group == "Orders" && s.Type == settings.String {
			other = "2026-01-31"
		}
		if s.Default() == "true" {
			other = "false"
		}
		v := settings.Defaults()
		if err := s.Set(&v, other); err != nil {
			t.Fatalf("%s: %v", s.ID(), err)
		}
		for _, o := range settings.All() {
			if changed := o.Text(v) != o.Default(); changed != (o.ID() == s.ID()) {
				t.Errorf("%s was set to %s: %s is %s", s.ID(), other, o.ID(), o.Text(v))
			}
		}
	}
}

func TestPinsWinOverBooksAndBooksOverDefaults(t *testing.T) {
	t.Parallel()
	stored := map[string]string{"Licensing.HeartbeatInterval": "00:01:00", "Licensing.Lease": "00:20:00", "Later.Thing": "from another version"}
	v, err := settings.Combine(stored, settings.Pins{"heartbeat-interval": "10m"})
	if err != nil || time.Duration(v.Licensing.HeartbeatInterval) != 10*time.Minute || v.Licensing.LeaseTime() != 20*time.Minute || v.Email.Port != 587 {
		t.Errorf("%+v, %v", v, err)
	}
	for want, bad := range map[string]func() (settings.Values, error){
		"Licensing.Lease: must be longer": func() (settings.Values, error) {
			return settings.Combine(stored, settings.Pins{"heartbeat-interval": "20m"})
		},
		"Licensing.HeartbeatInterval: expected a duration": func() (settings.Values, error) {
			return settings.Combine(map[string]string{"Licensing.HeartbeatInterval": "soon"}, nil)
		},
	} {
		if _, err := bad(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestAPublicUrlIsAnAddress(t *testing.T) {
	t.Parallel()
	s, _ := settings.Find("Application", "PublicUrl")
	for text, want := range map[string]string{
		"": "", "https://a.example": "https://a.example", "http://a.example:8080/": "http://a.example:8080", "https://a.example/licet//": "https://a.example/licet",
	} {
		if got, err := s.Canonical(text); err != nil || got != want {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"a.example", "ftp://a.example", "https://", "https://u:p@a.example", "https://a.example?x=1", "https://a.example?", "https://a.example#x", "https://a example", "/saas"} {
		if got, err := s.Canonical(text); err == nil {
			t.Errorf("%q is %q", text, got)
		}
	}
}

// TestTheDocumentShowsEverySetting compares docs/settings.md with the registry.
func TestTheDocumentShowsEverySetting(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	table.WriteString("| group | name | type | default | flag that pins it | what it is |\n|---|---|---|---|---|---|\n")
	for _, s := range settings.All() {
		code := func(text, before string) string {
			if text == "" {
				return ""
			}
			return "`" + before + text + "`"
		}
		fmt.Fprintf(&table, "| %s | %s | %s | %s | %s | %s |\n", s.Group, s.Name, s.Type, code(s.Default(), ""), code(s.Flag, "--"), s.Meaning)
	}
	text, err := os.ReadFile("../../docs/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "\n\n"+table.String()+"\n") {
		t.Errorf("docs/settings.md shall have this table:\n\n%s", table.String())
	}
}
