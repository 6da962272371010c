package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/vault"
)

// Importer brings a file in. Nobody else may have its store open.
type Importer struct {
	Store *store.Store
	// Vault is under the server key of the books; nil where nothing is sealed.
	Vault *vault.Vault
	// File is the file that Check found to be Contents.
	File     io.ReadSeeker
	Contents *Contents
	// DryRun judges every row and writes none.
	DryRun   bool
	Report   func(Result) // gets every row
	Progress Progress     // may be nil

	summary Summary
}

// Summary is how many rows had which result.
type Summary map[string]int64

// Bad is how many rows failed.
func (s Summary) Bad() int64 { return s[Conflict] + s[Invalid] }

var (
	errServed   = errors.New("a server has these books open: stop all servers first")
	errWrongKey = errors.New("what is sealed in the file is under another server key: give the key of the server that it came from (LICET_SERVER_KEY, LICET_SERVER_KEY_FILE, or its server.key in the data folder)")
	errJudged   = errors.New("judged") // undoes what was written to find out
	errChanged  = errors.New("the file was changed while it was read")
)

// Run brings the rows in. Books that have rows are judged whole before the first
// is written; empty ones take batch by batch, up to a bad one. An interrupted run
// is gone on with. An error that is not of the rows leaves what is written too.
func (im *Importer) Run(ctx context.Context) (Summary, error) {
	im.summary = Summary{}
	release, err := im.Store.Reserve(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	if err := im.checkKey(ctx); err != nil {
		return nil, err
	}
	m, err := readMark(ctx, im.Store.Read())
	if err != nil {
		return nil, err
	}
	goesOn := m != nil && m.SHA256 == im.Contents.Digest
	if !goesOn || im.DryRun {
		if err := im.judgeFirst(ctx); err != nil || im.DryRun {
			return im.summary, err
		}
	}
	return im.summary, im.write(ctx, m)
}

// checkKey compares server keys: the file's, the books' and the caller's.
func (im *Importer) checkKey(ctx context.Context) error {
	check := im.Contents.Header.ServerKeyCheck
	if check == "" {
		return nil
	}
	if im.Vault == nil {
		return errWrongKey
	}
	if err := im.Vault.Judge(check); err != nil {
		if errors.Is(err, vault.ErrWrongKey) {
			return errWrongKey
		}
		return fmt.Errorf("line 1: serverKeyCheck: %w", err)
	}
	set, err := vault.IsSet(ctx, im.Store)
	if err == nil && (set || !im.DryRun) {
		err = im.Vault.Check(ctx, im.Store)
	}
	return err
}

// judgeFirst judges all rows where the books are not empty, or for a dry run.
func (im *Importer) judgeFirst(ctx context.Context) error {
	if err := im.alone(ctx); err != nil {
		return err
	}
	if empty, err := im.isEmpty(ctx); err != nil || empty && !im.DryRun {
		return err
	}
	if err := im.judge(ctx); err != nil {
		return err
	}
	if bad := im.summary.Bad(); bad > 0 {
		return errBad{rows: bad}
	}
	if !im.DryRun {
		clear(im.summary) // only what is written counts
	}
	return nil
}

func (im *Importer) alone(ctx context.Context) error {
	served, err := im.Store.Served(ctx)
	if err == nil && served {
		err = errServed
	}
	return err
}

// isEmpty says whether the books have no rows but the server's own.
func (im *Importer) isEmpty(ctx context.Context) (bool, error) {
	for _, t := range tables() {
		if t.leaves != nil {
			continue
		}
		var found bool
		if err := im.Store.Read().NewRaw(`SELECT EXISTS (SELECT 1 FROM `+quoted(t.name)+`)`).Scan(ctx, &found); err != nil {
			return false, fmt.Errorf("look into %s: %w", t.name, store.Normalise(err))
		}
		if found {
			return false, nil
		}
	}
	return true, nil
}

// judge writes all rows in one transaction, verifies the books and undoes it all:
// the database itself is the judge.
func (im *Importer) judge(ctx context.Context) error {
	var judged error
	err := im.Store.Write(ctx, func(inner context.Context, tx *store.Tx) error {
		clear(im.summary)
		judged = im.each(ctx, "judge", func(b batch) error {
			results, err := b.apply(inner, tx)
			if err == nil {
				// Of good rows is told when they are written.
				im.tell(results, func(r Result) bool { return im.DryRun || r.IsBad() })
			}
			return err
		})
		if judged == nil && im.summary.Bad() == 0 {
			judged = verifySeats(inner, tx)
		}
		return errJudged
	})
	if errors.Is(err, errJudged) {
		return judged
	}
	return err
}

func (im *Importer) tell(results []Result, of func(Result) bool) {
	for _, r := range results {
		im.summary[r.Result]++
		if of(r) {
			im.Report(r)
		}
	}
}

// write takes the batches. The mark is in the books before it looks for servers:
// one that starts now sees the mark, one that has started is seen.
func (im *Importer) write(ctx context.Context, m *mark) error {
	if m == nil || m.SHA256 != im.Contents.Digest {
		next := mark{SHA256: im.Contents.Digest}
		if m != nil {
			next.Written = m.Written
		}
		m = &next
	}
	if err := im.Store.Write(ctx, m.write); err != nil {
		return err
	}
	err := im.alone(ctx)
	if err == nil {
		err = im.each(ctx, "import", func(b batch) error { return im.take(ctx, b, m) })
	}
	if err == nil {
		return im.finish(ctx)
	}
	if m.Written == 0 { // the books are as they were
		err = errors.Join(err, im.Store.Write(ctx, removeMark))
	}
	return err
}

// take writes a batch, all of it or nothing.
func (im *Importer) take(ctx context.Context, b batch, m *mark) error {
	last := b.rows[len(b.rows)-1].line
	if last <= m.Line { // an earlier run has written it
		im.tell(b.results(Unchanged), func(Result) bool { return true })
		return nil
	}
	var results []Result
	var next mark
	err := im.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if results, err = b.apply(ctx, tx); err != nil {
			return err
		}
		bad, written := tally(results)
		if bad > 0 {
			return errBad{rows: bad, written: m.Written}
		}
		next = mark{SHA256: m.SHA256, Line: last, Written: m.Written + written}
		return next.write(ctx, tx)
	})
	if errors.As(err, new(errBad)) {
		for i, r := range results {
			if !r.IsBad() && r.Result != Unchanged {
				results[i].Result = Skipped
			}
		}
		im.tell(results, func(Result) bool { return true })
	}
	if err != nil {
		return err
	}
	*m = next
	im.tell(results, func(Result) bool { return true })
	return nil
}

func tally(results []Result) (bad, written int64) {
	for _, r := range results {
		if r.IsBad() {
			bad++
		}
		if r.Result == Inserted {
			written++
		}
	}
	return bad, written
}
