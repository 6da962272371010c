package issuing

import (
	"context"
	"errors"
	"fmt"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
)

// delete removes a row that check finds nothing against.
func (s *Service) delete(ctx context.Context, kind string, model any, id int64, check func(context.Context, *store.Tx) error) error {
	err := journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		if err := check(ctx, tx); err != nil {
			return journal.Entry{}, err
		}
		res, err := tx.NewDelete().Model(model).Where("id = ?", id).Exec(ctx)
		if err != nil {
			return journal.Entry{}, fmt.Errorf("delete %s %d: %w", kind, id, err)
		}
		n, err := res.RowsAffected()
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "there is no %s %d", kind, id)
		}
		return s.entry(journal.Delete, kind, id, ""), err
	})
	if errors.Is(err, store.ErrReference) {
		return fault.New(fault.Conflict, "%s %d is in use", kind, id)
	}
	return err
}
