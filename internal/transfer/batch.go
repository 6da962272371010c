package transfer

import (
	"context"
	"errors"
	"io"
)

// How much one transaction takes at most: rows, and bytes of their lines. One row
// may be larger.
const (
	batchRows  = 500
	batchBytes = 4 << 20
)

// batch are rows of one kind that stand behind each other.
type batch struct {
	table *table
	rows  []row
}

func (b batch) results(result string) (all []Result) {
	for i := range b.rows {
		all = append(all, b.rows[i].result(result, ""))
	}
	return all
}

// each reads the file again, batch by batch.
func (im *Importer) each(ctx context.Context, what string, do func(batch) error) error {
	if _, err := im.File.Seek(0, io.SeekStart); err != nil {
		return err
	}
	r, err := openFile(im.File)
	if err != nil {
		return err
	}
	var b batch
	size := 0
	flush := func() error {
		if len(b.rows) == 0 {
			return nil
		}
		err := errors.Join(ctx.Err(), do(b))
		b, size = batch{}, 0
		if im.Progress != nil {
			im.Progress(what+", bytes", r.read, im.Contents.Size)
		}
		return err
	}
	for {
		found, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && found.wrong != "" {
			err = errChanged
		}
		if err != nil {
			return err
		}
		if found.table != b.table || len(b.rows) == batchRows || size+found.size > batchBytes {
			if err := flush(); err != nil {
				return err
			}
		}
		b.table = found.table
		b.rows, size = append(b.rows, found), size+found.size
	}
	if r.digest != im.Contents.Digest {
		return errChanged
	}
	return flush()
}
