package issuing

import (
	"context"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

// Reseal seals every private key anew, from one server key to another, in the
// transaction that changes the server key.
func Reseal(ctx context.Context, tx *store.Tx, from, to Sealer) error {
	var rows []entity.Resource
	if err := tx.NewSelect().Model(&rows).Column("id", "key_id", "sealed").Where("sealed IS NOT NULL").Order("id").Scan(ctx); err != nil {
		return fmt.Errorf("read the sealed signing keys: %w", err)
	}
	for _, r := range rows {
		private, err := from.Open(r.Sealed, sealContext(r.KeyID))
		if err != nil {
			return fmt.Errorf("open signing key %d: %w", r.ID, err)
		}
		_, err = tx.NewRaw(`UPDATE resources SET sealed = ? WHERE id = ?`, to.Seal(private, sealContext(r.KeyID)), r.ID).Exec(ctx)
		if err != nil {
			return fmt.Errorf("store signing key %d: %w", r.ID, err)
		}
	}
	return nil
}
