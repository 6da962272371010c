package main

import (
	"os"
	"strings"
	"testing"
)

// TestProgress: a bar that grows on a terminal, a line each tenth elsewhere, and
// nothing twice.
func TestProgress(t *testing.T) {
	t.Parallel()
	walk := func(p *progress) {
		for done := range int64(101) {
			p.at("export, rows", done, 100)
			p.at("export, rows", done, 100)
		}
		p.at("check, bytes", 5, 0) // nothing to do is done
		p.at("check, bytes", 9, 3) // and so is more than was to do
		p.end()
	}
	var plain strings.Builder
	walk(&progress{out: &plain})
	lines := strings.Split(strings.TrimSuffix(plain.String(), "\n"), "\n")
	if len(lines) != 11 || lines[0] != "export, rows: 10 of 100" || lines[9] != "export, rows: 100 of 100" || lines[10] != "check, bytes: 5 of 0" {
		t.Errorf("lines: %q", lines)
	}
	if strings.ContainsAny(plain.String(), "\r[") {
		t.Errorf("a bar where there is no terminal: %q", plain.String())
	}
	var drawn strings.Builder
	walk(&progress{out: &drawn, terminal: true})
	bars := strings.Split(drawn.String(), "\r")[1:]
	full := "[" + strings.Repeat("=", 40) + "] 100 %\n"
	if len(bars) != 101 || !strings.HasSuffix(bars[0], "   1 %") || bars[99] != "export, rows "+full || bars[100] != "check, bytes "+full {
		t.Errorf("%d bars, from %q to %q", len(bars), bars[0], bars[len(bars)-1])
	}
	for i := 1; i < 100; i++ {
		if strings.Count(bars[i], "=") < strings.Count(bars[i-1], "=") {
			t.Errorf("%q after %q", bars[i], bars[i-1])
		}
	}
}

// A file or a pipe is no terminal, and neither is a writer that is no file.
func TestOnlyATerminalGetsABar(t *testing.T) {
	t.Parallel()
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if newProgress(file).terminal || newProgress(&strings.Builder{}).terminal {
		t.Error("taken for a terminal")
	}
}
