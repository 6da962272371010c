package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// Results of a row.
const (
	Inserted  = "inserted"
	Unchanged = "unchanged"
	Conflict  = "conflict" // another row has this id, or what must be its alone
	Invalid   = "invalid"
	Skipped   = "skipped" // its batch was not written because of another row
)

// Result is what became of a row.
type Result struct {
	Line    int64  `json:"line"`
	Kind    string `json:"kind"`
	ID      string `json:"id"`
	Result  string `json:"result"`
	Message string `json:"message,omitempty"`
}

// IsBad says whether the row is why an import fails.
func (r Result) IsBad() bool { return r.Result == Conflict || r.Result == Invalid }

// Contents are what Check found a file to be.
type Contents struct {
	Header Header
	Footer Footer
	Digest string // SHA-256 in hex, without the last line
	Size   int64  // in bytes
	Bad    int64  // rows that are no rows of licet, reported one by one
}

// Check reads a whole file without any books: its form, the types of all values,
// that it is all there. Report gets the bad rows. An error is of the file as such.
func Check(ctx context.Context, in io.Reader, size int64, report func(Result), progress Progress) (*Contents, error) {
	r, err := openFile(in)
	if err != nil {
		return nil, err
	}
	c := &Contents{Header: r.header, Size: size}
	for {
		found, err := r.next()
		if errors.Is(err, io.EOF) {
			c.Footer, c.Digest = r.footer, r.digest
			return c, nil
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		if found.wrong != "" {
			c.Bad++
			report(found.result(Invalid, found.wrong))
		}
		if progress != nil {
			progress("check, bytes", r.read, size)
		}
	}
}

func (w *row) result(result, message string) Result {
	return Result{Line: w.line, Kind: w.kind, ID: w.id, Result: result, Message: message}
}

// errBad is an import that was given up because of rows.
type errBad struct {
	rows    int64
	written int64 // rows that are in the books by now
}

func (e errBad) Error() string {
	if e.written == 0 {
		return fmt.Sprintf("%d bad rows; nothing was written", e.rows)
	}
	return fmt.Sprintf("%d bad rows; %d rows before them are written, and no server opens these books until the import is finished: correct the file and run it again, or begin with an empty database", e.rows, e.written)
}
