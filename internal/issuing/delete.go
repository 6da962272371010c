package issuing

import (
	"context"
	"errors"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/store"
)

// DeleteLicense deletes a license with its traces, all at once. Tokens are in
// the way: they are a Conflict.
func (s *Service) DeleteLicense(ctx context.Context, id int64) error {
	err := journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		// The pools go first: with their lock no seat call can come in between.
		if err := seat.RemovePools(ctx, tx, id); err != nil {
			return journal.Entry{}, err
		}
		lic, err := store.Lock[entity.License](ctx, tx, id)
		if err != nil {
			return journal.Entry{}, store.Missing(err, "license", id)
		}
		if err := refuseCopy(lic); err != nil {
			return journal.Entry{}, err
		}
		for _, statement := range []string{`DELETE FROM license_traces WHERE license_id = ?`, `DELETE FROM licenses WHERE id = ?`} {
			if _, err := tx.NewRaw(statement, id).Exec(ctx); err != nil {
				return journal.Entry{}, fmt.Errorf("delete license %d: %w", id, err)
			}
		}
		return s.entry(journal.Delete, "license", id, "%s", lic.LicenseID), nil
	})
	if errors.Is(err, store.ErrReference) {
		return fault.New(fault.Conflict, "license %d is still referred to", id)
	}
	return err
}
