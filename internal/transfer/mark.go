package transfer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/store"
)

// markName is the row of server_state that says how far an import came. It is
// there from before the first row until the books are whole.
const markName = "import"

// errUnfinished is met by who opens books in the middle of an import.
var errUnfinished = errors.New("an import into these books was not finished: run licet import with the same file again")

// mark is how far an import came. It is written with each batch.
type mark struct {
	SHA256  string `json:"sha256"`  // of the file
	Line    int64  `json:"line"`    // all lines up to here are in the books
	Written int64  `json:"written"` // rows, by this and earlier runs
}

// Unfinished fails on books that an import has not finished: seats may be counted
// that are not there yet, or the other way round.
func Unfinished(ctx context.Context, st *store.Store) error {
	m, err := readMark(ctx, st.Read())
	if err == nil && m != nil {
		err = errUnfinished
	}
	return err
}

// readMark returns nil where no import is under way.
func readMark(ctx context.Context, db bun.IDB) (*mark, error) {
	var value string
	err := store.Normalise(db.NewRaw(`SELECT value FROM server_state WHERE name = ?`, markName).Scan(ctx, &value))
	if errors.Is(err, store.ErrNoRow) {
		return nil, nil
	}
	m := new(mark)
	if err == nil {
		err = json.Unmarshal([]byte(value), m)
	}
	if err != nil {
		return nil, fmt.Errorf("read the mark of an import: %w", err)
	}
	return m, nil
}

func (m mark) write(ctx context.Context, tx *store.Tx) error {
	value, err := json.Marshal(m)
	if err == nil {
		_, err = tx.NewRaw(`INSERT INTO server_state (name, value) VALUES (?, ?)
			ON CONFLICT (name) DO UPDATE SET value = excluded.value`, markName, string(value)).Exec(ctx)
	}
	if err != nil {
		return fmt.Errorf("mark how far the import came: %w", err)
	}
	return nil
}

func removeMark(ctx context.Context, tx *store.Tx) error {
	if _, err := tx.NewRaw(`DELETE FROM server_state WHERE name = ?`, markName).Exec(ctx); err != nil {
		return fmt.Errorf("remove the mark of the import: %w", err)
	}
	return nil
}
