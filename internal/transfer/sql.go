package transfer

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/licet/licet/internal/store"
)

// insert writes rows that are not there.
func (t *table) insert(ctx context.Context, tx *store.Tx, rows []row) error {
	if tx.Prepares() {
		return t.insertPrepared(tx, rows)
	}
	args := make([]any, 0, len(rows)*len(t.columns))
	for i := range rows {
		args = append(args, rows[i].values...)
	}
	one := ", (" + marks(len(t.columns)) + ")"
	_, err := tx.NewRaw(t.insertInto()+strings.Repeat(one, len(rows))[len(", "):], args...).Exec(ctx)
	return err
}

// insertPrepared binds the values, as SQLite reads a floating-point number from
// the text of a statement less exactly than it keeps it.
func (t *table) insertPrepared(tx *store.Tx, rows []row) error {
	st, err := tx.Stmt(t.insertInto() + "(" + marks(len(t.columns)) + ")")
	if err != nil {
		return err
	}
	for i := range rows {
		if _, err := st.Exec(rows[i].values...); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) insertInto() string {
	return `INSERT INTO ` + quoted(t.name) + ` (` + t.names() + `) VALUES `
}

func marks(n int) string { return strings.Repeat(", ?", n)[len(", "):] }

// existing reads the rows that have the ids of these, by id.
func (t *table) existing(ctx context.Context, tx *store.Tx, rows []row) (_ map[string][]any, err error) {
	names, list := t.keyNames(), marks(len(rows))
	if len(names) > 1 {
		one := ", (" + marks(len(names)) + ")"
		list = "VALUES " + strings.Repeat(one, len(rows))[len(", "):]
	}
	var args []any
	for i := range rows {
		args = append(args, t.keyOf(rows[i].values)...)
	}
	found, err := tx.QueryContext(ctx, `SELECT `+t.names()+` FROM `+quoted(t.name)+
		` WHERE (`+strings.Join(names, ", ")+`) IN (`+list+`)`, args...)
	if err != nil {
		return nil, fmt.Errorf("read what is there of %s: %w", t.name, store.Normalise(err))
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	there := map[string][]any{}
	for found.Next() {
		values, err := t.scan(found)
		if err != nil {
			return nil, err
		}
		there[t.id(values)] = values
	}
	return there, store.Normalise(found.Err())
}
