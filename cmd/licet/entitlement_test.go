package main

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/licet/licet/internal/app/apptest"
)

// TestTwoNodesRaceForTheLastUnits: applications of an organization consume units
// of a limit through both nodes at once, each request with its key at both. No
// more is granted than its parent's limit leaves, and each key counts once.
func TestTwoNodesRaceForTheLastUnits(t *testing.T) {
	t.Parallel()
	const limit, units, keys = 100, 7, 40
	two := startTwo(t)
	staff := [2]apptest.Vendor{{URL: two.nodes[0].URL, Bearer: apptest.AdminKey}, {URL: two.nodes[1].URL, Bearer: apptest.AdminKey}}
	jobs := staff[0].Must(t, "POST", "/v1/limit-definitions", map[string]any{"limitDefinition": map[string]any{"name": "jobs"}})["publicId"]
	have := func(org any, value int) {
		t.Helper()
		staff[0].Must(t, "PUT", fmt.Sprintf("/v1/organizations/%v/licenses", org), map[string]any{"licenses": map[string]any{
			"customLimits": []any{map[string]any{"limitDefinition": jobs, "value": value}},
		}})
	}
	have(1, 1000)
	branch := staff[0].Must(t, "POST", "/v1/organizations", map[string]any{"organization": map[string]any{"name": "Branch", "parentId": 1}})["publicId"]
	have(1, limit) // less than the branch was given

	var granted [keys]atomic.Int64
	var all sync.WaitGroup
	for i := range 2 * keys {
		all.Go(func() {
			a := staff[i%2].Do(t, "POST", "/v1/entitlements/consume", map[string]any{
				"orgId": branch, "limit": "jobs", "units": units, "idempotencyKey": fmt.Sprint("job-", i/2),
			})
			switch {
			case a.Status == http.StatusOK:
				granted[i/2].Add(1)
			case a.Status != http.StatusConflict || a.Header.Get("X-Licet-Code") != "LimitExhausted":
				t.Errorf("job %d: %d %s", i/2, a.Status, a.Body)
			}
		})
	}
	all.Wait()
	var got int
	for i := range granted {
		switch granted[i].Load() {
		case 1:
			t.Errorf("job %d is granted on one node and refused on the other", i)
		case 2:
			got++
		}
	}
	if got != limit/units {
		t.Errorf("%d jobs are granted, there are units for %d", got, limit/units)
	}
	for i := range staff {
		left := staff[i].Must(t, "POST", "/v1/entitlements/check", map[string]any{"orgId": branch, "limits": []any{"jobs"}})
		shown := left["entitlements"].(map[string]any)["limits"].([]any)[0].(map[string]any)
		if shown["used"] != float64(got*units) || shown["left"] != float64(limit-got*units) {
			t.Errorf("node %d says %v", i, shown)
		}
	}
}
