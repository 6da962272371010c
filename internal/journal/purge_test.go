package journal_test

import (
	"context"
	"testing"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// A purge is one change, also when somebody else was faster with its first rows.
func TestAPurgeHasOneEntry(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		entries := []entity.LogEntry{{TimeStamp: entity.TimeOfMicros(1)}, {TimeStamp: entity.TimeOfMicros(2)}, {TimeStamp: entity.TimeOfMicros(3)}}
		write := func(fn func(context.Context, *store.Tx) error) {
			if err := s.Write(t.Context(), fn); err != nil {
				t.Fatal(err)
			}
		}
		write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.NewInsert().Model(&entries).Exec(ctx)
			return err
		})
		gone, err := journal.Purge(t.Context(), s, journal.Purging[entity.LogEntry]{
			Rows: store.Listing[entity.LogEntry]{Chunk: 1},
			ID: func(e *entity.LogEntry) int64 {
				if e.ID == entries[0].ID {
					write(func(ctx context.Context, tx *store.Tx) error {
						_, err := tx.NewRaw("DELETE FROM log_entries WHERE id = ?", e.ID).Exec(ctx)
						return err
					})
				}
				return e.ID
			},
			Entry: func(int64) journal.Entry {
				return journal.Entry{At: time.Unix(1, 0), Action: journal.Delete, Entity: "log"}
			},
		})
		if err != nil || gone != 2 || len(rows(t, s)) != 1 {
			t.Errorf("%d rows gone, %v; entries: %+v", gone, err, rows(t, s))
		}
	})
}
