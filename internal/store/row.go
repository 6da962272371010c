package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// Get reads the row of an entity by its id. No row is ErrNoRow.
func Get[T any](ctx context.Context, db bun.IDB, id int64) (*T, error) {
	row := new(T)
	if err := db.NewSelect().Model(row).Where("?TableAlias.id = ?", id).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read row %d: %w", id, Normalise(err))
	}
	return row, nil
}

// Lock is Get inside a transaction that is going to change the row: until its
// end nobody else changes it.
func Lock[T any](ctx context.Context, tx *Tx, id int64) (*T, error) {
	// The lock comes before the look, so that what is read stays true. SQLite
	// has one writer and needs no lock, and knows no SELECT … FOR UPDATE.
	_, err := tx.NewUpdate().Model((*T)(nil)).Set("id = ?TableAlias.id").Where("?TableAlias.id = ?", id).Exec(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock row %d: %w", id, Normalise(err))
	}
	return Get[T](ctx, tx, id)
}

// InUse says which of the values rows of an entity have in a column.
func InUse[T any](ctx context.Context, s *Store, column string, values []string) (map[string]bool, error) {
	var found []string
	err := s.read.NewSelect().Model((*T)(nil)).Column(column).Where("? IN (?)", bun.Ident(column), bun.List(values)).Scan(ctx, &found)
	if err != nil {
		return nil, fmt.Errorf("look up values in use: %w", Normalise(err))
	}
	used := make(map[string]bool, len(found))
	for _, v := range found {
		used[v] = true
	}
	return used, nil
}
