package store_test

import (
	"context"
	"errors"
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
		db := older(t, url, 2)
		run(t, db, `INSERT INTO license_templates (name, format, licensing_mode, release_id, description, components)
			VALUES ('old', 4, 2, 7, 'as it was', '["c"]')`)
		s := newest(t, db, url)
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
