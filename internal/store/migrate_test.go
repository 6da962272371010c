package store_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// TestReleasesBecomeReferences: before there were releases, templates could name
// any. Nothing else of them may be lost.
func TestReleasesBecomeReferences(t *testing.T) {
	t.Parallel()
	storetest.EachEmpty(t, func(t *testing.T, url string) {
		driver, dsn, engine := "pgx", url, store.Postgres
		if file, ok := strings.CutPrefix(url, "sqlite:"); ok {
			driver, dsn, engine = "sqlite", file, store.SQLite
		}
		db, err := sql.Open(driver, dsn)
		if err != nil {
			t.Fatal(err)
		}
		if err := store.MigrateTo(t.Context(), engine, db, 2); err != nil {
			t.Fatal(err)
		}
		_, err = db.ExecContext(t.Context(), `INSERT INTO license_templates (name, format, licensing_mode, release_id, description, components)
			VALUES ('old', 4, 2, 7, 'as it was', '["c"]')`)
		if err = errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		s := storetest.Open(t, url)
		tpl, err := store.Get[entity.LicenseTemplate](t.Context(), s.Read(), 1)
		if err != nil || tpl.ReleaseID != nil || tpl.Name != "old" || tpl.Description != "as it was" || len(tpl.Components) != 1 || tpl.LicensingMode != entity.Floating {
			t.Errorf("migrated to %+v, %v", tpl, err)
		}
		err = s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.NewRaw(`UPDATE license_templates SET release_id = 7`).Exec(ctx)
			return err
		})
		if !errors.Is(err, store.ErrReference) {
			t.Errorf("a release that is not there: %v", err)
		}
	})
}
