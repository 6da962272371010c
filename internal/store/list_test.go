package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// shelf fills books with n products named by their number and returns their ids.
func shelf(t *testing.T, s *store.Store, n int) []int64 {
	t.Helper()
	var ids []int64
	for len(ids) < n {
		var rows []entity.Product
		for range min(500, n-len(ids)) {
			rows = append(rows, entity.Product{Name: fmt.Sprint((len(ids) + len(rows)) % 3)})
		}
		err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.NewInsert().Model(&rows).Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

func collect(ctx context.Context, s *store.Store, l store.Listing[entity.Product], page entity.Page) (ids []int64, total int64, err error) {
	list, err := store.ReadList(ctx, s, l, page)
	if err != nil {
		return nil, 0, err
	}
	for p, err := range list.Items {
		if err != nil {
			return nil, 0, err
		}
		ids = append(ids, p.ID)
	}
	return ids, list.Total, nil
}

func TestAListIsTheSliceOfItsRows(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		all := shelf(t, s, 40)
		rapid.Check(t, func(t *rapid.T) {
			page, want := entity.Page{}, slices.Clone(all)
			l := store.Listing[entity.Product]{Chunk: rapid.Int64Range(1, 45).Draw(t, "chunk"), KeyChunk: rapid.Int64Range(1, 45).Draw(t, "key chunk")}
			if rapid.Bool().Draw(t, "narrow") {
				l.Where = func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("name = ?", "1") }
				want = slices.Collect(func(yield func(int64) bool) {
					for i := 1; i < len(all) && yield(all[i]); i += 3 {
					}
				})
			}
			total := int64(len(want))
			if rapid.Bool().Draw(t, "skips") {
				n := rapid.Int64Range(0, 50).Draw(t, "skip")
				page.Skip = &n
				want = want[min(n, int64(len(want))):]
			}
			if rapid.Bool().Draw(t, "takes") {
				n := rapid.Int64Range(0, 50).Draw(t, "take")
				page.Take = &n
				want = want[:min(n, int64(len(want)))]
			}
			got, n, err := collect(context.Background(), s, l, page)
			if err != nil || n != total || !slices.Equal(got, want) {
				t.Fatalf("got %v of %d, %v; want %v of %d", got, n, err, want, total)
			}
		})
	})
}

func TestALongListIsReadInChunks(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		all := shelf(t, s, 2500)
		reads := 0
		l := store.Listing[entity.Product]{Where: func(q *bun.SelectQuery) *bun.SelectQuery {
			reads++
			return q
		}}
		got, total, err := collect(t.Context(), s, l, entity.Page{})
		if err != nil || total != 2500 || !slices.Equal(got, all) {
			t.Fatalf("%d rows of %d, %v", len(got), total, err)
		}
		if reads != 5 { // the count, the keys, and three chunks
			t.Errorf("%d reads", reads)
		}
		list, err := store.ReadList(t.Context(), s, l, entity.Page{})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // a list may be left early, and ranged over again
			for p := range list.Items {
				if p.ID != all[0] {
					t.Fatalf("the first row is %d", p.ID)
				}
				break
			}
		}
	})
}

func TestAListThatCannotBeRead(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		shelf(t, s, 3)
		minus := int64(-1)
		for _, page := range []entity.Page{{Skip: &minus}, {Take: &minus}} {
			if _, _, err := collect(t.Context(), s, store.Listing[entity.Product]{}, page); !fault.IsKind(err, fault.Invalid) {
				t.Errorf("%+v: %v", page, err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		list, err := store.ReadList(ctx, s, store.Listing[entity.Product]{Chunk: 1}, entity.Page{})
		if err != nil {
			t.Fatal(err)
		}
		var seen int
		var last error
		for _, err := range list.Items {
			if seen++; seen == 1 {
				cancel()
			}
			last = err
		}
		if seen != 2 || !errors.Is(last, context.Canceled) {
			t.Errorf("%d items, then %v; want the error after the first", seen, last)
		}
	})
}

func TestRowsAreReadAndLocked(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		id := shelf(t, s, 1)[0]
		if p, err := store.Get[entity.Product](t.Context(), s.Read(), id); err != nil || p.ID != id {
			t.Fatalf("get: %+v, %v", p, err)
		}
		if _, err := store.Get[entity.Product](t.Context(), s.Read(), id+1); !errors.Is(err, store.ErrNoRow) {
			t.Errorf("get none: %v", err)
		}
		// Without the lock some of the increments would read the same number.
		done := make(chan error)
		const writers = 16
		for range writers {
			go func() {
				done <- s.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
					p, err := store.Lock[entity.Product](ctx, tx, id)
					if err != nil {
						return err
					}
					p.Price++
					_, err = tx.NewUpdate().Model(p).WherePK().Exec(ctx)
					return err
				})
			}()
		}
		for range writers {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if p, err := store.Get[entity.Product](t.Context(), s.Read(), id); err != nil || p.Price != writers {
			t.Errorf("after %d increments: %+v, %v", writers, p, err)
		}
		err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := store.Lock[entity.Product](ctx, tx, id+1)
			return err
		})
		if !errors.Is(err, store.ErrNoRow) {
			t.Errorf("lock none: %v", err)
		}
	})
}
