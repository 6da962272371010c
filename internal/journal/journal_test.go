package journal_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

type row struct {
	At                                                   entity.Time
	UserID, Address, RequestID, Action, Entity, EntityID string
	Details                                              string
	APIKeyID                                             int64
}

func rows(t *testing.T, s *store.Store) []row {
	t.Helper()
	var all []row
	err := s.Read().NewRaw(`SELECT at, user_id, api_key_id, address, request_id, action, entity, entity_id, details FROM audit_entries ORDER BY id`).Scan(t.Context(), &all)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAChangeAndItsEntryAreOne(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		at := time.Date(2026, 3, 1, 12, 0, 0, 5000, time.UTC)
		ctx := journal.WithActor(t.Context(), journal.Actor{UserID: "u", KeyID: 3, Address: "10.0.0.1", RequestID: "r"})
		change := func(ctx context.Context, name string, fail error) error {
			return journal.Write(ctx, s, func(ctx context.Context, tx *store.Tx) (journal.Entry, error) {
				p := &entity.Product{Name: name}
				if _, err := tx.NewInsert().Model(p).Exec(ctx); err != nil {
					return journal.Entry{}, err
				}
				return journal.Entry{At: at, Action: journal.Insert, Entity: "product", EntityID: journal.ID(p.ID), Details: name}, fail
			})
		}
		no := errors.New("no")
		if err := change(ctx, "refused", no); !errors.Is(err, no) {
			t.Fatalf("a refused change: %v", err)
		}
		if err := change(ctx, "made", nil); err != nil {
			t.Fatal(err)
		}
		if err := change(t.Context(), "by the server", nil); err != nil {
			t.Fatal(err)
		}
		var products []entity.Product
		if err := s.Read().NewSelect().Model(&products).Order("id").Scan(t.Context()); err != nil || len(products) != 2 {
			t.Fatalf("%d products, %v; want the two that were made", len(products), err)
		}
		want := []row{
			{At: entity.TimeOf(at), UserID: "u", APIKeyID: 3, Address: "10.0.0.1", RequestID: "r", Action: "insert", Entity: "product", EntityID: journal.ID(products[0].ID), Details: "made"},
			{At: entity.TimeOf(at), Action: "insert", Entity: "product", EntityID: journal.ID(products[1].ID), Details: "by the server"},
		}
		if diff := cmp.Diff(want, rows(t, s)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestDetailsAreBounded(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.URL(t, store.SQLite))
	err := journal.Write(t.Context(), s, func(context.Context, *store.Tx) (journal.Entry, error) {
		return journal.Entry{At: time.Unix(1, 0), Action: journal.Update, Entity: "license", EntityID: "1", Details: "a" + strings.Repeat("é", 5000)}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := rows(t, s)[0].Details; len(d) > 1030 || !utf8.ValidString(d) {
		t.Errorf("%d bytes, valid %v", len(d), utf8.ValidString(d))
	}
}

// TestAPurgeIsAuditedOnce, also where another has deleted the first rows before.
func TestAPurgeIsAuditedOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.NewInsert().Model(&[]entity.Product{{Name: "a"}, {Name: "b"}, {Name: "c"}}).Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		n, err := journal.Purge(t.Context(), s, journal.Purging[entity.Product]{
			Rows:  store.Listing[entity.Product]{Chunk: 1},
			ID:    func(p *entity.Product) int64 { return p.ID + 100 }, // as if all were gone already
			Entry: func(int64) journal.Entry { return journal.Entry{At: time.Unix(1, 0), Entity: "product"} },
		})
		if entries := rows(t, s); err != nil || n != 0 || len(entries) != 1 {
			t.Errorf("%d gone, %v, %d entries", n, err, len(entries))
		}
	})
}
