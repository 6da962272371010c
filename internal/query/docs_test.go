package query_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/query"
)

// examples are the lines of the reference between ```kind and ```.
func examples(t *testing.T, kind string) []string {
	text, err := os.ReadFile("../../docs/query-language.md")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, block := range regexp.MustCompile("(?ms)^```"+kind+"\n(.*?)^```$").FindAllSubmatch(text, -1) {
		lines = append(lines, strings.Split(strings.TrimSpace(string(block[1])), "\n")...)
	}
	if len(lines) == 0 {
		t.Fatalf("the reference has no examples of %s", kind)
	}
	return lines
}

func TestExamplesOfTheReference(t *testing.T) {
	t.Parallel()
	for kind, parse := range map[string]func(text string) error{
		"filter":  func(text string) error { _, err := query.ParseFilter(licenses(), text); return err },
		"sort":    func(text string) error { _, err := query.ParseSort(licenses(), text); return err },
		"select":  func(text string) error { _, err := query.ParseSelect(licenses(), text); return err },
		"include": func(text string) error { _, err := query.ParseInclude(licenses(), text); return err },
	} {
		for _, text := range examples(t, kind) {
			if err := parse(text); err != nil {
				t.Errorf("%s %s: %v", kind, text, err)
			}
		}
	}
}

// A refused example is followed by its message.
func TestRefusedExamplesOfTheReference(t *testing.T) {
	t.Parallel()
	lines := examples(t, "refused")
	for i := 0; i+1 < len(lines); i += 2 {
		_, err := query.ParseFilter(licenses(), lines[i])
		if f := fault.Of(err); f == nil || f.Message != strings.TrimSpace(lines[i+1]) {
			t.Errorf("%s: %v", lines[i], err)
		}
	}
}
