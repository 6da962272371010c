package app_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/licet/licet/client"
	"github.com/licet/licet/internal/app"
	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/oldbooks"
	"github.com/licet/licet/internal/store/storetest"
)

// upgraded is when the servers of these tests start: after all books were frozen.
var upgraded = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// knowsOldBooks: what the books of every schema hold is there for applications
// and vendors.
func knowsOldBooks(t *testing.T, v apptest.Vendor) {
	t.Helper()
	c := v.Client(t)
	for _, seat := range []client.Seat{
		{UserKey: "OLD-FLOAT", ClientID: "live-1"}, {UserKey: "OLD-FLOAT", ClientID: "live-2"}, {UserKey: "OLD-FEW", ClientID: "live-1"},
		{UserKey: "OLD-ACT", MachineID: "m-1", ClientID: "c-1"}, {UserKey: "OLD-ACT", MachineID: "m-3", ClientID: "c-1"},
	} {
		if g, err := c.Validate(t.Context(), seat); err != nil || g.Token == "" {
			t.Errorf("%+v: %+v, %v", seat, g, err)
		}
	}
	_, err := c.Validate(t.Context(), client.Seat{UserKey: "OLD-FLOAT", ClientID: "lapsed-1"})
	wantCode(t, err, client.TokenExpired)
	_, err = c.Validate(t.Context(), client.Seat{UserKey: "OLD-ACT", MachineID: "m-2", ClientID: "c-1"})
	wantCode(t, err, client.TokenNotFound)
	_, err = c.Request(t.Context(), client.Seat{UserKey: "OLD-FEW", ClientID: "third"})
	wantCode(t, err, client.NoSeatAvailable)
	_, err = c.Request(t.Context(), client.Seat{UserKey: "OLD-GONE", ClientID: "any"})
	wantCode(t, err, client.LicenseRevoked)
	for _, list := range []string{"products", "license-templates", "licenses", "license-tokens", "license-traces", "customers", "contacts",
		"orders", "resources", "users", "roles", "api-keys", "assemblies", "reports", "log", "emails", "settings", "info"} {
		if a := v.Do(t, "GET", "/v1/"+list, nil); a.Status != 200 || a.JSON["success"] != true && a.JSON["Success"] != true && list != "info" && list != "log" {
			t.Errorf("GET /v1/%s: %d %.300s", list, a.Status, a.Body)
		}
	}
	v.Issue(t, map[string]any{"templateId": 1, "licensingMode": 2}) // opens an old signing key
}

// TestAServerStartsOnBooksOfEverySchema: seats and activations are held, limits
// hold, every list is answered and the signing keys open. The first and the last
// schema are started on both engines, those between on one or the other: package
// oldbooks migrates each on both.
func TestAServerStartsOnBooksOfEverySchema(t *testing.T) {
	t.Parallel()
	versions, err := oldbooks.Versions()
	if err != nil {
		t.Fatal(err)
	}
	for i, version := range versions {
		for e, engine := range []store.Engine{store.SQLite, store.Postgres} {
			if i > 0 && i < len(versions)-1 && i%2 != e {
				continue
			}
			t.Run(fmt.Sprintf("schema %d on %s", version, engine), func(t *testing.T) {
				t.Parallel()
				url := storetest.Empty(t, engine)
				if _, err := oldbooks.LoadVersion(t.Context(), version, url); err != nil {
					t.Fatal(err)
				}
				knowsOldBooks(t, apptest.NewAt(t, upgraded, url).Vendor)
			})
		}
	}
}

// TestTwoNodesUpgradeAtOnce: one of them migrates, both serve.
func TestTwoNodesUpgradeAtOnce(t *testing.T) {
	t.Parallel()
	url := storetest.Empty(t, store.Postgres)
	if _, err := oldbooks.LoadVersion(t.Context(), 1, url); err != nil {
		t.Fatal(err)
	}
	var nodes [2]*app.App
	var failed [2]error
	var both sync.WaitGroup
	for i := range nodes {
		cfg := apptest.Config(t, url)
		both.Go(func() {
			nodes[i], failed[i] = app.Start(t.Context(), app.Options{Config: cfg, Version: "test", Clock: clock.NewFake(upgraded)})
		})
	}
	both.Wait()
	for i, node := range nodes {
		if failed[i] != nil {
			t.Fatal(failed[i])
		}
		t.Cleanup(func() {
			if err := node.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	for _, node := range nodes {
		knowsOldBooks(t, apptest.Vendor{URL: node.URL(), Key: apptest.AdminKey})
	}
}
