package transfer

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/licet/licet/internal/entity"
)

const (
	// fileKind and formatVersion begin every file.
	fileKind      = "books"
	formatVersion = 1
	// maxLine bounds a row as a line, in bytes.
	maxLine = 64 << 20
)

// Header is the first line.
type Header struct {
	Licet   string      `json:"licet"`  // "books"
	Format  int         `json:"format"` // of the file
	Program string      `json:"program"`
	Schema  int64       `json:"schema"` // of the books
	Engine  string      `json:"engine"`
	At      entity.Time `json:"at"`
	// Leases that end after LeaseClock lived when LeaseTime was the time. Both and
	// the ends of leases are by the clock of At, not ahead of it.
	LeaseClock entity.Time `json:"leaseClock"`
	LeaseTime  entity.Time `json:"leaseTime"`
	// ServerKeyCheck tells whether a server key is the one that opens what is
	// sealed here; it is none without that key.
	ServerKeyCheck string `json:"serverKeyCheck"`
	// Sequences are the highest ids that were ever given.
	Sequences map[string]int64 `json:"sequences"`
}

// Footer is the last line.
type Footer struct {
	End  bool             `json:"end"`
	Rows map[string]int64 `json:"rows"`
	// SHA256 is of all lines before. "": the file was made or changed by hand.
	SHA256 string `json:"sha256,omitempty"`
}

// Total is how many rows there are.
func (f Footer) Total() (n int64) {
	for _, rows := range f.Rows {
		n += rows
	}
	return n
}

// digester is what a file is written through or read from.
type digester struct{ sum hash.Hash }

func newDigester() digester { return digester{sha256.New()} }

func (d digester) hex() string { return hex.EncodeToString(d.sum.Sum(nil)) }

// writer writes lines.
type writer struct {
	digester
	out *bufio.Writer
}

func newWriter(w io.Writer) *writer {
	d := newDigester()
	return &writer{d, bufio.NewWriterSize(io.MultiWriter(w, d.sum), 1<<16)}
}

func (w *writer) object(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write a line: %w", err)
	}
	return w.line(append(line, '\n'))
}

func (w *writer) line(line []byte) error {
	if _, err := w.out.Write(line); err != nil {
		return fmt.Errorf("write the file: %w", err)
	}
	return nil
}

func (w *writer) flush() error {
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("write the file: %w", err)
	}
	return nil
}

// errLine is a line that is longer than maxLine.
var errLine = errors.New("the line is too long")

// lines reads lines and counts them.
type lines struct {
	digester
	in   *bufio.Reader
	buf  []byte
	no   int64 // of the line that next returned, from 1
	read int64 // bytes
}

func newLines(r io.Reader) *lines {
	return &lines{digester: newDigester(), in: bufio.NewReaderSize(r, 1<<16)}
}

// next returns the next line without its end; io.EOF after the last. It is good
// until the next call, and in the digest by then.
func (l *lines) next() ([]byte, error) {
	_, _ = l.sum.Write(l.buf) // of a hash: never fails
	l.buf = l.buf[:0]
	for {
		part, err := l.in.ReadSlice('\n')
		l.buf = append(l.buf, part...)
		l.read += int64(len(part))
		if len(l.buf) > maxLine {
			return nil, fmt.Errorf("line %d: %w: %d MiB are the most", l.no+1, errLine, maxLine>>20)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(l.buf) > 0, err == nil:
			l.no++
			return trimEnd(l.buf), nil
		case errors.Is(err, io.EOF):
			return nil, io.EOF
		default:
			return nil, fmt.Errorf("read line %d: %w", l.no+1, err)
		}
	}
}

func trimEnd(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		return line[:n-1]
	}
	return line
}
