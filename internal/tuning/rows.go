package tuning

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
)

// versionName is the row of server_state that each change counts up. It also
// makes changes take turns.
const versionName = "settings_version"

// row is a setting as the books keep it.
type row struct {
	bun.BaseModel `bun:"table:settings"`
	Group         string      `bun:"group_name,pk"`
	Name          string      `bun:"name,pk"`
	Value         string      `bun:"value"`
	Sealed        []byte      `bun:"sealed"` // nil: no secret
	UpdatedAt     entity.Time `bun:"updated_at"`
}

func (r row) id() string { return r.Group + "." + r.Name }

// sealContext is the place of a secret: a sealed value opens nowhere else.
func (r row) sealContext() string { return "setting " + r.id() }

func readVersion(ctx context.Context, db bun.IDB) (version int64, err error) {
	err = db.NewRaw(`SELECT CAST(value AS bigint) FROM server_state WHERE name = ?`, versionName).Scan(ctx, &version)
	if errors.Is(store.Normalise(err), store.ErrNoRow) {
		return 0, nil // nothing was ever set
	}
	if err != nil {
		return 0, fmt.Errorf("read the version of the settings: %w", store.Normalise(err))
	}
	return version, nil
}

// nextVersion counts up, and keeps others from doing so until the end of tx.
func nextVersion(ctx context.Context, tx *store.Tx) (version int64, err error) {
	_, err = tx.NewRaw(`INSERT INTO server_state (name, value) VALUES (?, '1') ON CONFLICT (name)
		DO UPDATE SET value = CAST(CAST(server_state.value AS bigint) + 1 AS text)`, versionName).Exec(ctx)
	if err != nil {
		return 0, fmt.Errorf("count the version of the settings: %w", err)
	}
	return readVersion(ctx, tx)
}

func readRows(ctx context.Context, db bun.IDB) ([]row, error) {
	var rows []row
	if err := db.NewSelect().Model(&rows).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read the settings: %w", store.Normalise(err))
	}
	return rows, nil
}

// textsOf opens what is sealed.
func (s *Service) textsOf(rows []row) (map[string]string, error) {
	texts := make(map[string]string, len(rows))
	for _, r := range rows {
		texts[r.id()] = r.Value
		if r.Sealed == nil {
			continue
		}
		plain, err := s.sealer.Open(r.Sealed, r.sealContext())
		if err != nil {
			return nil, fmt.Errorf("open the setting %s: %w", r.id(), err)
		}
		texts[r.id()] = string(plain)
	}
	return texts, nil
}

// write stores the text of a setting.
func (s *Service) write(ctx context.Context, tx *store.Tx, set settings.Setting, text string) error {
	r := row{Group: set.Group, Name: set.Name, Value: text, UpdatedAt: entity.TimeOf(s.clock.Read().Wall)}
	if set.Type == settings.Secret {
		r.Value, r.Sealed = "", s.sealer.Seal([]byte(text), r.sealContext())
	}
	_, err := tx.NewInsert().Model(&r).On("CONFLICT (group_name, name) DO UPDATE").
		Set("value = EXCLUDED.value").Set("sealed = EXCLUDED.sealed").Set("updated_at = EXCLUDED.updated_at").Exec(ctx)
	if err != nil {
		return fmt.Errorf("store the setting %s: %w", set.ID(), err)
	}
	return nil
}

func remove(ctx context.Context, tx *store.Tx, set settings.Setting) error {
	_, err := tx.NewDelete().Model((*row)(nil)).Where("group_name = ?", set.Group).Where("name = ?", set.Name).Exec(ctx)
	if err != nil {
		return fmt.Errorf("remove the setting %s: %w", set.ID(), err)
	}
	return nil
}

// Reseal seals every secret setting anew, from one server key to another, in the
// transaction that changes the server key.
func Reseal(ctx context.Context, tx *store.Tx, from, to Sealer) error {
	rows, err := readRows(ctx, tx)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.Sealed == nil {
			continue
		}
		plain, err := from.Open(r.Sealed, r.sealContext())
		if err != nil {
			return fmt.Errorf("open the setting %s: %w", r.id(), err)
		}
		r.Sealed = to.Seal(plain, r.sealContext())
		if _, err := tx.NewUpdate().Model(&r).Column("sealed").WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("store the setting %s: %w", r.id(), err)
		}
	}
	return nil
}
