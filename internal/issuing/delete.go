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

// traceChunk is how many traces one transaction removes, so that seat calls
// never wait long for it.
const traceChunk = 500

// DeleteLicense deletes a license with its traces. Tokens are in the way: they
// are a Conflict.
func (s *Service) DeleteLicense(ctx context.Context, id int64) error {
	if _, err := s.original(ctx, id); err != nil {
		return err
	}
	if err := s.removeTraces(ctx, id); err != nil {
		return err
	}
	err := journal.Write(ctx, s.store, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
		lic, err := store.Get[entity.License](ctx, tx, id)
		if err != nil {
			return journal.Entry{}, missing(err, "license", id)
		}
		// The pools go first: with their lock no seat call can come in between.
		if err := seat.RemovePools(ctx, tx, id); err != nil {
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

// removeTraces removes the traces of a license without tokens in chunks; the
// few that come in afterwards go with the license.
func (s *Service) removeTraces(ctx context.Context, id int64) error {
	held, err := s.store.Read().NewSelect().Model((*entity.LicenseToken)(nil)).Where("license_id = ?", id).Exists(ctx)
	if err != nil {
		return fmt.Errorf("look for tokens: %w", store.Normalise(err))
	}
	for removed := int64(traceChunk); !held && removed == traceChunk; {
		err := s.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			res, err := tx.NewRaw(`DELETE FROM license_traces WHERE id IN
				(SELECT id FROM license_traces WHERE license_id = ? LIMIT ?)`, id, traceChunk).Exec(ctx)
			if err != nil {
				return err
			}
			removed, err = res.RowsAffected()
			return err
		})
		if err != nil {
			return fmt.Errorf("remove the traces of license %d: %w", id, err)
		}
	}
	return nil
}
