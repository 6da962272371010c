package config_test

import (
	"testing"

	"github.com/alecthomas/kong"

	"github.com/licet/licet/internal/config"
	"github.com/licet/licet/internal/settings"
)

// TestEveryPinningFlagPins: a flag that the registry names is one, pins its
// setting when it is given, even with the default, and nothing when it is not.
func TestEveryPinningFlagPins(t *testing.T) {
	t.Parallel()
	parse := func(args ...string) config.Config {
		t.Helper()
		var c config.Config
		parser, err := kong.New(&c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.Parse(args); err != nil {
			t.Fatal(err)
		}
		return c
	}
	if pins := parse().Pins(); len(pins) != 0 {
		t.Errorf("nothing is given, pinned are %v", pins)
	}
	for _, s := range settings.All() {
		if s.Flag == "" {
			continue
		}
		pins := parse("--" + s.Flag + "=" + goText(s)).Pins()
		if len(pins) != 1 {
			t.Errorf("--%s pins %v", s.Flag, pins)
		}
		if text, err := s.Canonical(pins[s.Flag]); err != nil || text != s.Default() {
			t.Errorf("--%s gives %q, %v", s.Flag, text, err)
		}
	}
}

// goText is the default as a flag is written.
func goText(s settings.Setting) string {
	if d, err := settings.ParseTimeSpan(s.Default()); err == nil {
		return d.String()
	}
	return s.Default()
}
