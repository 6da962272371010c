package transfer

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/licet/licet/internal/store"
)

// apply brings a batch into the transaction and says what became of each row. Bad
// rows are not in it afterwards; the others are.
func (b batch) apply(ctx context.Context, tx *store.Tx) ([]Result, error) {
	err := within(ctx, tx, "rows", func() error { return b.table.insert(ctx, tx, b.rows) })
	if err == nil {
		return b.results(Inserted), nil
	}
	if !isOfRow(err) {
		return nil, fmt.Errorf("lines %d to %d: %w", b.rows[0].line, b.rows[len(b.rows)-1].line, store.Normalise(err))
	}
	return b.applyEach(ctx, tx)
}

// within undoes what do did to the books where it fails.
func within(ctx context.Context, tx *store.Tx, name string, do func() error) error {
	if _, err := tx.NewRaw("SAVEPOINT " + name).Exec(ctx); err != nil {
		return err
	}
	err := do()
	if err != nil {
		if _, undo := tx.NewRaw("ROLLBACK TO SAVEPOINT " + name).Exec(ctx); undo != nil {
			return errors.Join(err, undo)
		}
	}
	_, release := tx.NewRaw("RELEASE SAVEPOINT " + name).Exec(ctx)
	return errors.Join(err, release)
}

// isOfRow says whether the books refused a row for what is in it.
func isOfRow(err error) bool {
	err = store.Normalise(err)
	return errors.Is(err, store.ErrDuplicate) || errors.Is(err, store.ErrReference) || errors.Is(err, store.ErrCheck)
}

// applyEach takes the rows one by one.
func (b batch) applyEach(ctx context.Context, tx *store.Tx) ([]Result, error) {
	there, err := b.table.existing(ctx, tx, b.rows)
	if err != nil {
		return nil, err
	}
	var results []Result
	for i := range b.rows {
		w := &b.rows[i]
		result, err := w.apply(ctx, tx, there[w.id])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", w.line, err)
		}
		if result.Result == Inserted {
			there[w.id] = w.values
		}
		results = append(results, result)
	}
	return results, nil
}

// apply takes a row; there is the one that has its id, nil for none.
func (w *row) apply(ctx context.Context, tx *store.Tx, there []any) (Result, error) {
	if there == nil {
		return w.insert(ctx, tx)
	}
	differ := w.table.differing(there, w.values)
	if differ == nil {
		return w.result(Unchanged, ""), nil
	}
	return w.result(Conflict, "a row with this id is there and differs in "+strings.Join(differ, ", ")), nil
}

func (w *row) insert(ctx context.Context, tx *store.Tx) (Result, error) {
	err := within(ctx, tx, "one_row", func() error { return w.table.insert(ctx, tx, []row{*w}) })
	switch kind := store.Normalise(err); {
	case err == nil:
		return w.result(Inserted, ""), nil
	case errors.Is(kind, store.ErrDuplicate):
		return w.result(Conflict, "another row has a value that only one may have"), nil
	case errors.Is(kind, store.ErrReference):
		message, err := w.missing(ctx, tx)
		return w.result(Invalid, message), err
	case errors.Is(kind, store.ErrCheck):
		return w.result(Invalid, "the values contradict each other, or one is not admitted"), nil
	}
	return Result{}, store.Normalise(err)
}

// missing says what the row refers to that is not there.
func (w *row) missing(ctx context.Context, tx *store.Tx) (string, error) {
	all := tables()
	for i, c := range w.table.columns {
		if c.refers == "" || w.values[i] == nil {
			continue
		}
		for _, t := range all {
			if t.name != c.refers {
				continue
			}
			var found bool
			err := tx.NewRaw(`SELECT EXISTS (SELECT 1 FROM `+quoted(t.name)+` WHERE `+t.keyNames()[0]+` = ?)`, w.values[i]).Scan(ctx, &found)
			if err != nil {
				return "", fmt.Errorf("look for %s: %w", c.name, store.Normalise(err))
			}
			if !found {
				return fmt.Sprintf("%s: there is no row %v of %s", c.name, w.values[i], t.name), nil
			}
		}
	}
	return "refers to a row that is not there", nil
}

func (t *table) differing(a, b []any) (names []string) {
	for i, c := range t.columns {
		if !same(a[i], b[i]) {
			names = append(names, c.name)
		}
	}
	return names
}
