package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
)

// progress shows how far a command is: a bar on a terminal, else a line each
// tenth.
type progress struct {
	out      io.Writer
	terminal bool
	what     string
	shown    int64 // in steps
}

func newProgress(w io.Writer) *progress {
	f, is := w.(*os.File)
	return &progress{out: w, terminal: is && isatty.IsTerminal(f.Fd())}
}

// at shows done of all, where that is another step than the one that is shown.
func (p *progress) at(what string, done, all int64) {
	steps := int64(10)
	if p.terminal {
		steps = 200
	}
	step := steps
	if all > 0 {
		step = min(steps, done*steps/all)
	}
	if what != p.what {
		p.end()
		p.what, p.shown = what, 0
	}
	if step == p.shown {
		return
	}
	p.shown = step
	if !p.terminal {
		fmt.Fprintf(p.out, "%s: %d of %d\n", what, done, all)
		return
	}
	const width = 40
	full := int(step * width / steps)
	fmt.Fprintf(p.out, "\r%s [%s%s] %3d %%", what, strings.Repeat("=", full), strings.Repeat(" ", width-full), step*100/steps)
}

// end leaves the line of the bar.
func (p *progress) end() {
	if p.terminal && p.shown > 0 {
		fmt.Fprintln(p.out)
	}
}
