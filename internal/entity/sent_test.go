package entity

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMembersThatWereSent(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][]string{
		`{}`:                                   {},
		`{"format":0}`:                         {"format"},
		`{"format":null,"maxAllowedSites":0}`:  {"maxallowedsites"},
		`{"FORMAT":1,"licenseMode":"","x":{}}`: {"format", "licensemode", "x"},
		"{\"licen\u017fingMode\":2}":           {"licensingmode"}, // a long s
		"{\"\u212aey\":2}":                     {"key"},           // the Kelvin sign
	} {
		var s Sent[struct{}]
		if err := json.Unmarshal([]byte(body), &s); err != nil {
			t.Errorf("%s: %v", body, err)
		}
		if got := s.Members.Names(); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
	var s Sent[struct{}]
	for _, body := range []string{`[]`, `"x"`, `1`} {
		if err := json.Unmarshal([]byte(body), &s); err == nil {
			t.Errorf("%s was taken for an object", body)
		}
	}
}

// What encoding/json decodes into a member counts as sent, in whatever letters:
// or else a template would overwrite it.
func TestWhatIsDecodedWasSent(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"licensingMode", "LICENSINGMODE", "licen\u017fingMode", "LiCeN\u017fInGmOdE"} {
		var s Sent[License]
		if err := json.Unmarshal([]byte(`{"`+name+`":2}`), &s); err != nil {
			t.Fatal(err)
		}
		if s.Value.LicensingMode != 2 || !s.Members.Has("licensingMode") || !s.Members.Has(name) {
			t.Errorf("%s: decoded %d, sent %v", name, s.Value.LicensingMode, s.Members)
		}
	}
}

// Fold makes equal exactly what strings.EqualFold, and so encoding/json, holds
// for equal.
func TestFold(t *testing.T) {
	t.Parallel()
	letters := rapid.StringOf(rapid.SampledFrom([]rune("kK\u212asS\u017fiIİıåÅ\u212bσςΣßẞǅǆǄa1_\ufffd")))
	rapid.Check(t, func(t *rapid.T) {
		a, b := letters.Draw(t, "a"), letters.Draw(t, "b")
		if rapid.Bool().Draw(t, "same letters") {
			b = strings.ToUpper(a)
		}
		if got, want := Fold(a) == Fold(b), strings.EqualFold(a, b); got != want {
			t.Fatalf("%q and %q: equal %v, want %v", a, b, got, want)
		}
		if Fold(Fold(a)) != Fold(a) {
			t.Fatalf("%q folds to %q, and that to %q", a, Fold(a), Fold(Fold(a)))
		}
	})
}
