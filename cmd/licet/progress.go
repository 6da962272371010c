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
	name     string
	unit     string
	terminal bool
	shown    int64 // in steps; -1: nothing yet
}

func newProgress(w io.Writer, name, unit string) *progress {
	f, is := w.(*os.File)
	return &progress{out: w, name: name, unit: unit, terminal: is && isatty.IsTerminal(f.Fd()), shown: -1}
}

// at shows done of all, where that is more than a step from what is shown. An
// import reads its file twice, so it may go back.
func (p *progress) at(done, all int64) {
	steps := int64(10)
	if p.terminal {
		steps = 200
	}
	step := steps
	if all > 0 {
		step = min(steps, done*steps/all)
	}
	if step == p.shown {
		return
	}
	p.shown = step
	if !p.terminal {
		fmt.Fprintf(p.out, "%s: %d of %d %s\n", p.name, done, all, p.unit)
		return
	}
	const width = 40
	full := int(step * width / steps)
	fmt.Fprintf(p.out, "\r%s [%s%s] %3d %%", p.name, strings.Repeat("=", full), strings.Repeat(" ", width-full), step*100/steps)
}

// end leaves the line of the bar.
func (p *progress) end() {
	if p.terminal && p.shown >= 0 {
		fmt.Fprintln(p.out)
	}
}
