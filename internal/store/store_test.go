package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func TestSecondServerOnOneFileIsRefused(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, store.SQLite)
	storetest.Open(t, url)
	_, err := store.Open(t.Context(), store.Options{URL: url})
	if !errors.Is(err, store.ErrLocked) {
		t.Fatalf("second open: %v, want ErrLocked", err)
	}
}

func TestOpenRefusesUnknownURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "mysql://x", "sqlite:", "licet.db"} {
		if _, err := store.Open(t.Context(), store.Options{URL: url}); err == nil {
			t.Errorf("open %q succeeded", url)
		}
	}
}

// columns lists table.column:nullable of the books, in order.
func columns(t *testing.T, s *store.Store) []string {
	t.Helper()
	query := `SELECT m.name || '.' || p.name || CASE WHEN p."notnull" = 1 OR p.pk > 0 THEN '' ELSE '?' END
		FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table'`
	if s.Engine() == store.Postgres {
		query = `SELECT table_name || '.' || column_name || CASE is_nullable WHEN 'NO' THEN '' ELSE '?' END
			FROM information_schema.columns WHERE table_schema = 'public'`
	}
	var all []string
	if err := s.Read().NewRaw(query).Scan(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	all = slices.DeleteFunc(all, func(c string) bool {
		return len(c) > 6 && (c[:6] == "goose_" || c[:6] == "sqlite")
	})
	slices.Sort(all)
	return all
}

func TestBothSchemasHaveTheSameColumns(t *testing.T) {
	t.Parallel()
	lite := columns(t, storetest.Open(t, storetest.URL(t, store.SQLite)))
	pg := columns(t, storetest.Open(t, storetest.URL(t, store.Postgres)))
	if diff := cmp.Diff(lite, pg); diff != "" {
		t.Errorf("sqlite (-) and postgres (+) differ:\n%s", diff)
	}
	if len(lite) < 100 {
		t.Errorf("only %d columns found", len(lite))
	}
}

func TestManyNodesMigrateAtOnce(t *testing.T) {
	t.Parallel()
	url := storetest.Empty(t, store.Postgres)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := store.Open(t.Context(), store.Options{URL: url})
			if err != nil {
				t.Errorf("open: %v", err)
				return
			}
			s.Close()
		})
	}
	wg.Wait()
}

func TestWriteKeepsNeighboursApart(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Go(func() {
				err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
					p := &entity.Product{Name: "n"}
					if _, err := tx.NewInsert().Model(p).Exec(ctx); err != nil {
						return err
					}
					switch i % 3 {
					case 1:
						return fault.Bad("x", "no")
					case 2:
						panic("boom")
					}
					return nil
				})
				if (err == nil) != (i%3 == 0) {
					t.Errorf("write %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		n, err := s.Read().NewSelect().Model((*entity.Product)(nil)).Count(t.Context())
		if err != nil || n != 20 {
			t.Fatalf("%d products, %v; want 20", n, err)
		}
	})
}

func TestErrorsAreNormalised(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		insert := func(m any) error {
			return s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.NewInsert().Model(m).Exec(ctx)
				return err
			})
		}
		if err := insert(&entity.Product{Name: "a", Code: "P"}); err != nil {
			t.Fatal(err)
		}
		if err := insert(&entity.Product{Name: "b", Code: "P"}); !errors.Is(err, store.ErrDuplicate) {
			t.Errorf("duplicate: %v", err)
		}
		missing := int64(99)
		if err := insert(&entity.Product{Name: "b", SignatureKeysID: &missing}); !errors.Is(err, store.ErrReference) {
			t.Errorf("reference: %v", err)
		}
		var p entity.Product
		if err := s.Read().NewSelect().Model(&p).Where("id = ?", 77).Scan(t.Context()); !errors.Is(store.Normalise(err), store.ErrNoRow) {
			t.Errorf("no row: %v", err)
		}
	})
}

func TestReadersCannotWrite(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.URL(t, store.SQLite))
	if _, err := s.Read().NewInsert().Model(&entity.Product{Name: "a"}).Exec(t.Context()); err == nil {
		t.Fatal("a reader wrote")
	}
}

func TestCancelledWriteNeverStarts(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.URL(t, store.SQLite))
	ctx, cancel := context.WithCancel(t.Context())
	entered, release := make(chan struct{}), make(chan struct{})
	go func() {
		_ = s.Write(t.Context(), func(context.Context, *store.Tx) error {
			close(entered)
			<-release
			return nil
		})
	}()
	<-entered
	result := make(chan error, 1)
	go func() {
		result <- s.Write(ctx, func(context.Context, *store.Tx) error {
			t.Error("a cancelled write ran")
			return nil
		})
	}()
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled write: %v", err)
	}
	close(release)
	if err := s.Write(t.Context(), func(context.Context, *store.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
}

func TestClosedStoreRefusesWrites(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "a b%20?.db")})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	err = s.Write(t.Context(), func(context.Context, *store.Tx) error { return nil })
	if !fault.IsKind(err, fault.Unavailable) {
		t.Errorf("write after close: %v", err)
	}
}

func TestALinkToAnOpenDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	storetest.Open(t, "sqlite:"+filepath.Join(dir, "a.db"))
	link := filepath.Join(dir, "b.db")
	if err := os.Symlink(filepath.Join(dir, "a.db"), link); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + link}); !errors.Is(err, store.ErrLocked) {
		t.Fatalf("open through a link: %v, want ErrLocked", err)
	}
}

// TestConnectionsDoNotTrustTheServersDefaults: what a database or role sets
// must not weaken what a write promises.
func TestConnectionsDoNotTrustTheServersDefaults(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, store.Postgres)
	first := storetest.Open(t, url)
	for _, set := range []string{"default_transaction_isolation = 'serializable'", "synchronous_commit = off", "timezone = 'Asia/Tokyo'", "standard_conforming_strings = off"} {
		if _, err := first.Pool().Exec(t.Context(), "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET "+
			strings.ReplaceAll(set, "'", "''")+"', current_database()); END $$"); err != nil {
			t.Fatal(err)
		}
	}
	s := storetest.Open(t, url)
	for name, want := range map[string]string{"transaction_isolation": "read committed", "synchronous_commit": "on", "timezone": "UTC", "standard_conforming_strings": "on"} {
		var got string
		if err := s.Pool().QueryRow(t.Context(), "SHOW "+name).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, %v; want %q", name, got, err, want)
		}
	}
}

// TestSeatCommandsGoFirst: what waits together is ordered seats first, whoever
// came earlier.
func TestSeatCommandsGoFirst(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.URL(t, store.SQLite))
	entered, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = s.Write(t.Context(), func(context.Context, *store.Tx) error {
			close(entered)
			<-release
			return nil
		})
	})
	<-entered
	var order []string // written by the writer's goroutine only
	note := func(what string) func(context.Context, *store.Tx) error {
		return func(context.Context, *store.Tx) error {
			order = append(order, what)
			return nil
		}
	}
	for range 5 {
		wg.Go(func() { _ = s.Write(t.Context(), note("bulk")) })
	}
	for range 5 {
		wg.Go(func() { _ = s.WriteSeat(t.Context(), note("seat")) })
	}
	for s.Waiting() < 10 {
		runtime.Gosched()
	}
	close(release)
	wg.Wait()
	if diff := cmp.Diff(append(slices.Repeat([]string{"seat"}, 5), slices.Repeat([]string{"bulk"}, 5)...), order); diff != "" {
		t.Errorf("order:\n%s", diff)
	}
}
