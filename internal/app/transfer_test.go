package app_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/licet/licet/client"
	"github.com/licet/licet/internal/app"
	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/identity"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
	"github.com/licet/licet/internal/transfer"
)

// exportOf is the file of the books at a URL.
func exportOf(t *testing.T, url string) []byte {
	t.Helper()
	var out bytes.Buffer
	if _, err := app.Export(t.Context(), apptest.Config(t, url), &out, "test", nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func importInto(t *testing.T, url string, file []byte, dry bool) (transfer.Summary, error) {
	t.Helper()
	f, err := os.Open(onDisk(t, file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return app.Import{File: f, DryRun: dry, Report: func(transfer.Result) {}}.Import(t.Context(), apptest.Config(t, url))
}

// TestExportUnderLoadIsOfOneMoment: claims go on while books are exported, and in
// each file every pool counts its tokens.
func TestExportUnderLoadIsOfOneMoment(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := apptest.New(t, url)
		var keys []string
		for range 3 {
			keys = append(keys, s.Issue(t, map[string]any{"licensingMode": 2, "maxAllowedSites": 5}).UserKey)
		}
		stop, granted := make(chan struct{}), make(chan struct{}, 1)
		var load sync.WaitGroup
		for i := range 4 {
			c, seat := s.Client(t), client.Seat{UserKey: keys[i%3], ClientID: fmt.Sprint(i)}
			load.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					grant, err := c.Request(t.Context(), seat)
					if err == nil {
						_, err = c.Release(t.Context(), grant.Token, seat)
					}
					if err != nil {
						t.Error(err)
						return
					}
					select {
					case granted <- struct{}{}:
					default:
					}
				}
			})
		}
		for range 4 {
			<-granted // the load goes on
			file := exportOf(t, url)
			held, tokens := map[string]float64{}, map[string]float64{}
			for line := range bytes.Lines(file) {
				var row struct {
					Kind string
					Row  map[string]any
				}
				if err := json.Unmarshal(line, &row); err != nil {
					t.Fatal(err)
				}
				switch pool := fmt.Sprint(row.Row["license_id"], "/", row.Row["kind"]); row.Kind {
				case "seat_pools":
					held[pool] += row.Row["held"].(float64)
				case "license_tokens":
					tokens[pool]++
				}
			}
			for pool := range held {
				if held[pool] != tokens[pool] {
					t.Errorf("pool %s counts %v, the file has %v tokens", pool, held[pool], tokens[pool])
				}
			}
			if len(held) != 3 {
				t.Errorf("pools %v", held)
			}
		}
		close(stop)
		load.Wait()
	})
}

// TestImportNeedsTheBooksForItself: a running server is not disturbed, and what it
// would write does not get between.
func TestImportNeedsTheBooksForItself(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := apptest.New(t, url)
		file := exportOf(t, url)
		for _, dry := range []bool{false, true} {
			if _, err := importInto(t, url, file, dry); err == nil || !errors.Is(err, store.ErrLocked) && !strings.Contains(err.Error(), "stop all servers") {
				t.Errorf("beside a server: %v", err)
			}
		}
		s.Issue(t, map[string]any{"licensingMode": 2})
		if err := s.App.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := importInto(t, url, exportOf(t, url), false); err != nil {
			t.Errorf("its own books again: %v", err)
		}
		// A reader keeps no server from starting.
		snapshot, err := store.OpenSnapshot(t.Context(), url, "licet export")
		if err != nil {
			t.Fatal(err)
		}
		again := apptest.New(t, url)
		again.Issue(t, map[string]any{"licensingMode": 2})
		if err := snapshot.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestTheFirstStartOnImportedBooksMakesNothing: the administrator and the signing
// keys are those of the file, and ids that were given are not given again.
func TestTheFirstStartOnImportedBooksMakesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		from := apptest.New(t, storetest.URL(t, store.SQLite))
		last := from.Issue(t, map[string]any{})
		from.Must(t, "DELETE", fmt.Sprintf("/v1/licenses/%d", last.ID), nil)
		from.Must(t, "PUT", "/v1/settings", `{"settings":[{"group":"Email","name":"Password","value":"hunter2"}]}`)
		keys := from.Do(t, "GET", "/.well-known/jwks.json", nil).Body
		file := exportOf(t, "sqlite:"+databaseOf(t, from))
		if bytes.Contains(file, []byte("hunter2")) {
			t.Error("a secret is in the file as it is")
		}
		if _, err := importInto(t, url, file, false); err != nil {
			t.Fatal(err)
		}
		a, err := app.Start(t.Context(), app.Options{Config: apptest.Config(t, url), Announce: func(f identity.FirstStart) {
			t.Errorf("%s was made", f.UserName)
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		v := apptest.Vendor{URL: a.URL(), Key: apptest.AdminKey}
		if got := v.Do(t, "GET", "/.well-known/jwks.json", nil).Body; !bytes.Equal(got, keys) {
			t.Errorf("keys %s, were %s", got, keys)
		}
		if next := v.Issue(t, map[string]any{}); next.ID <= last.ID {
			t.Errorf("the id %d was given before", next.ID)
		}
	})
}

// databaseOf is the file of a SQLite server's books.
func databaseOf(t *testing.T, s *apptest.Server) (file string) {
	t.Helper()
	if err := s.App.Store().Read().NewRaw(`SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(t.Context(), &file); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestADryRunMakesNoBooks: where there are none, it judges by empty ones.
func TestADryRunMakesNoBooks(t *testing.T) {
	t.Parallel()
	source := apptest.New(t, storetest.URL(t, store.SQLite))
	file := exportOf(t, "sqlite:"+databaseOf(t, source))
	storetest.EachEmpty(t, func(t *testing.T, url string) {
		summary, err := importInto(t, url, file, true)
		if err != nil || summary[transfer.Inserted] == 0 {
			t.Errorf("%v, %v", summary, err)
		}
		_, err = app.Export(t.Context(), apptest.Config(t, url), io.Discard, "test", nil)
		if !errors.Is(err, store.ErrNoBooks) {
			t.Errorf("afterwards there are books: %v", err)
		}
		if name, is := strings.CutPrefix(url, "sqlite:"); is {
			if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the file: %v", err)
			}
		}
	})
}

// TestTheServerKeyIsNotMadeForAnImport: without the key of the source there is no
// import, and a start afterwards makes its own as ever.
func TestTheServerKeyIsNotMadeForAnImport(t *testing.T) {
	t.Parallel()
	source := apptest.New(t, storetest.URL(t, store.SQLite))
	file := exportOf(t, "sqlite:"+databaseOf(t, source))
	f, err := os.Open(onDisk(t, file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c := apptest.Config(t, "")
	c.ServerKey = ""
	_, err = app.Import{File: f, Report: func(transfer.Result) {}}.Import(t.Context(), c)
	if err == nil || !strings.Contains(err.Error(), "copy the server.key") {
		t.Errorf("without a key: %v", err)
	}
	if found, err := os.ReadDir(c.Data); err != nil || len(found) > 0 {
		t.Errorf("in the folder are %v, %v", found, err)
	}
}

func onDisk(t *testing.T, text []byte) (name string) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "books")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
