package keyformat

import (
	"context"
	"errors"
	"regexp"
	"testing"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/fault"
)

func TestPublishedFormats(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{
		"lic{HEX:8}": `^lic[0-9A-F]{8}$`,
		"{TOKEN:5}-{TOKEN:5}-{TOKEN:5}-{TOKEN:5}": `^([A-Z0-9]{5}-){3}[A-Z0-9]{5}$`,
		"actk_{token:12}":                         `^actk_[a-z0-9]{12}$`,
		"api_{token:24}":                          `^api_[a-z0-9]{24}$`,
		"x{hex:2}y":                               `^x[0-9a-f]{2}y$`,
	} {
		f, err := Parse(format)
		if err != nil {
			t.Fatal(err)
		}
		for range 50 {
			if key := f.Random(); !regexp.MustCompile(want).MatchString(key) {
				t.Errorf("%s made %q", format, key)
			}
		}
	}
}

func TestBadFormatsAreRefused(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"", "abc", "{TOKEN}", "{TOKEN:0}", "{FOO:3}", "{Token:3}", "{TOKEN:5", "a b{TOKEN:5}",
		"ä{TOKEN:5}", "{TOKEN:257}", "{TOKEN:-1}", "{{TOKEN:5}}", "\n{TOKEN:5}"} {
		if f, err := Parse(format); err == nil {
			t.Errorf("%q parsed as %+v", format, f)
		}
	}
}

func TestFreeFindsEveryCombination(t *testing.T) {
	t.Parallel()
	f := Must("k{hex:2}")
	used := map[string]bool{}
	taken := func(context.Context, []string) (map[string]bool, error) { return used, nil }
	for i := range 256 {
		key, err := f.Free(t.Context(), taken)
		if err != nil {
			t.Fatalf("key %d: %v", i, err)
		}
		if used[key] {
			t.Fatalf("key %d: %s came twice", i, key)
		}
		used[key] = true
	}
	if _, err := f.Free(t.Context(), taken); !fault.IsKind(err, fault.Conflict) {
		t.Errorf("a full format: %v", err)
	}
	broken := errors.New("broken")
	if _, err := f.Free(t.Context(), func(context.Context, []string) (map[string]bool, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("broken look-up: %v", err)
	}
}

func TestAnyAcceptedFormatMakesKeysOfItsLength(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f, err := Parse(rapid.StringMatching(`[a-z_-]{0,4}(\{(TOKEN|token|HEX|hex):[1-9]\}[a-z]?){1,4}`).Draw(t, "format"))
		if err != nil {
			t.Fatal(err)
		}
		if key := f.Random(); len(key) > maxLength || f.Bits() <= 0 {
			t.Fatalf("%s made %q", f, key)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("lic{HEX:8}")
	f.Fuzz(func(t *testing.T, s string) {
		if format, err := Parse(s); err == nil && len(format.Random()) > maxLength {
			t.Errorf("%q makes too long keys", s)
		}
	})
}

func TestBase62Format(t *testing.T) {
	t.Parallel()
	f, seen := Base62Format(22), map[rune]bool{}
	for range 200 {
		key := f.Random()
		if !regexp.MustCompile(`^[A-Za-z0-9]{22}$`).MatchString(key) {
			t.Fatal(key)
		}
		for _, r := range key {
			seen[r] = true
		}
	}
	if len(seen) != 62 || f.Bits() < 130 {
		t.Errorf("%d different characters, %.0f bits", len(seen), f.Bits())
	}
}
