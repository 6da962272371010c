package demo

import (
	"fmt"
	"io"
	"time"
)

// printer writes the story. A writer that fails does not end the walk: what was
// made must still be taken back.
type printer struct {
	w     io.Writer
	start time.Time
	steps int
}

func (p *printer) title(format string, args ...any) {
	fmt.Fprintf(p.w, "\n"+format+"\n", args...)
}

func (p *printer) note(format string, args ...any) {
	fmt.Fprintf(p.w, "            "+format+"\n", args...)
}

// step does one thing and tells it with the time it took. A failed one is told
// by whoever gets the error.
func (p *printer) step(do func() (string, error)) error {
	start := time.Now()
	said, err := do()
	if err != nil {
		return err
	}
	p.steps++
	fmt.Fprintf(p.w, "  %8s  %s\n", short(time.Since(start)), said)
	return nil
}

// short is a duration with what digits a reader wants.
func short(d time.Duration) string {
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(time.Microsecond).String()
}
