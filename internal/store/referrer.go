package store

import (
	"context"
	"fmt"

	"github.com/licet/licet/internal/fault"
)

// Referrer is a kind of row that may refer to one that is being deleted.
type Referrer struct {
	Plural string // for people: "licenses"
	Count  string // SQL that counts them; its one parameter is the id of the row
}

// RefuseReferred is a Conflict that says which of them refer to a row, and how
// many; nil when none does. what names the row, for people.
func RefuseReferred(ctx context.Context, tx *Tx, what string, by []Referrer, id int64) error {
	for _, r := range by {
		n, err := r.CountOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if n > 0 {
			return fault.New(fault.Conflict, "%s is in use: %s that refer to it: %d", what, r.Plural, n)
		}
	}
	return nil
}

// CountOf is how many refer to the row with that id.
func (r Referrer) CountOf(ctx context.Context, tx *Tx, id int64) (n int64, err error) {
	if err := tx.NewRaw(r.Count, id).Scan(ctx, &n); err != nil {
		return 0, fmt.Errorf("count the %s that refer to row %d: %w", r.Plural, id, err)
	}
	return n, nil
}
