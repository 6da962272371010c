package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/licet/licet/internal/app/apptest"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// twoNodes are two processes on one PostgreSQL, and the token of a vendor.
type twoNodes struct {
	url    string // of the books
	nodes  []*apptest.Process
	vendor apptest.Vendor
}

func startTwo(t *testing.T) *twoNodes {
	t.Helper()
	two := &twoNodes{url: storetest.URL(t, store.Postgres), nodes: make([]*apptest.Process, 2)}
	env := []string{serverKey, "LICET_DATABASE=" + two.url, "LICET_ADMIN_API_KEY=" + apptest.AdminKey, "LICET_ADMIN_PASSWORD=correct horse battery"}
	var started sync.WaitGroup
	for i := range two.nodes {
		started.Go(func() { two.nodes[i] = apptest.Serve(t, env) })
	}
	started.Wait()
	if t.Failed() {
		t.FailNow()
	}
	v := apptest.Vendor{URL: two.nodes[1].URL}
	v.Bearer = v.Must(t, "POST", "/auth/tokens", map[string]any{"username": "admin", "password": "correct horse battery"})["token"].(string)
	v.Must(t, "POST", "/customers", map[string]any{"name": "Rivers Inc"})
	v.Must(t, "POST", "/products", map[string]any{"name": "Licstat", "version": "6.0", "license_generator_type": "lm_x", "feature_name": "Licstat"})
	two.vendor = v
	return two
}

// order makes an order for that many machines and gives its key.
func (two *twoNodes) order(t *testing.T, machines int) string {
	t.Helper()
	return two.vendor.Must(t, "POST", "/license-orders", map[string]any{
		"customer_id": 1, "product_template_id": 1, "license_type": "local", "licensee_type": "customer", "hostid_match_rate": 100,
		"min_hostids": 1, "activations_allowed": machines, "enabled": true, "removal": false, "deactivations_allowed": 9,
		"Hostids": []any{map[string]any{"name": "Custom", "min_amount": 1, "max_amount": 1}},
		"Features": []any{map[string]any{"name": "Licstat", "version": "6.0", "expiration_type": "no_expiration",
			"issued_type": "not_issued", "maintenance_type": "no_maintenance", "enabled": true}},
	})["activation_key"].(string)
}

// rest is one call of an end user to one node; it goes where no answer leads.
func (two *twoNodes) rest(t *testing.T, node int, method, room, key, host string) apptest.Answer {
	t.Helper()
	client := &http.Client{
		Transport:     http.DefaultTransport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	v := apptest.Vendor{URL: two.nodes[node].URL, HTTP: client}
	return v.Do(t, method, "/rest/v2/"+room+"/"+key+"/"+base64.StdEncoding.EncodeToString([]byte("CUSTOM="+host)), nil)
}

// made waits until the license is there, as a node says.
func (two *twoNodes) made(t *testing.T, node int, key, host string) string {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		a := two.rest(t, node, "GET", "license-queue", key, host)
		if a.Status == http.StatusSeeOther && strings.Contains(a.Header.Get("Location"), "/licenses/") {
			text, _ := two.rest(t, node, "GET", "licenses", key, host).JSON["content"].(string)
			return text
		}
		if a.Status != http.StatusOK {
			t.Errorf("%s: the queue says %d %s", host, a.Status, a.Body)
			return ""
		}
	}
	t.Errorf("the license of %s is never made", host)
	return ""
}

// TestTwoNodesRaceForTheLastActivation: machines ask both nodes at once for what
// is left of an order. No more get it than there are, and each of them gets its
// license, the same from both.
func TestTwoNodesRaceForTheLastActivation(t *testing.T) {
	t.Parallel()
	two := startTwo(t)
	for _, allowed := range []int{1, 5} {
		key := two.order(t, allowed)
		const machines = 20
		var accepted [machines]atomic.Int64
		var all sync.WaitGroup
		for i := range 2 * machines {
			all.Go(func() {
				switch a := two.rest(t, i%2, "PUT", "licenses", key, fmt.Sprint("m", i/2)); {
				case a.Status == http.StatusAccepted:
					accepted[i/2].Add(1)
				case a.Status != http.StatusForbidden || a.JSON["code"] != 200.0:
					t.Errorf("machine %d: %d %s", i/2, a.Status, a.Body)
				}
			})
		}
		all.Wait()
		got := 0
		for i := range accepted {
			host := fmt.Sprint("m", i)
			if accepted[i].Load() == 0 {
				if a := two.rest(t, i%2, "GET", "licenses", key, host); a.Status != http.StatusNotFound {
					t.Errorf("%s was refused and has %d %s", host, a.Status, a.Body)
				}
				continue
			}
			got++
			if one, other := two.made(t, 0, key, host), two.made(t, 1, key, host); one == "" || one != other {
				t.Errorf("the license of %s is on one node\n%s\non the other\n%s", host, one, other)
			}
		}
		if held := two.vendor.Must(t, "GET", "/license-orders/"+key, nil)["activated_licenses_count"]; got != allowed || held != float64(allowed) {
			t.Errorf("%d machines were activated, %v slots are held, %d allowed", got, held, allowed)
		}
	}
}

// TestAKilledNodesLicensesAreMade: a node says 202 and is killed before it has
// made the license. The other makes it. That none is made before is the books'
// doing: they refuse what a worker begins with.
func TestAKilledNodesLicensesAreMade(t *testing.T) {
	t.Parallel()
	two := startTwo(t)
	key := two.order(t, 3)
	st, err := store.Open(t.Context(), store.Options{URL: two.url})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	do := func(sql string) {
		t.Helper()
		err := st.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.NewRaw(sql).Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	do(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not now'; END $$`)
	do(`CREATE TRIGGER refuse BEFORE UPDATE ON order_jobs FOR EACH ROW EXECUTE FUNCTION refuse()`)
	for _, host := range []string{"a", "b", "c"} {
		if a := two.rest(t, 0, "PUT", "licenses", key, host); a.Status != http.StatusAccepted {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	}
	_ = two.nodes[0].Stop(syscall.SIGKILL)
	if a := two.rest(t, 1, "GET", "license-queue", key, "a"); a.Status != http.StatusOK {
		t.Fatalf("it was made before: %d %s", a.Status, a.Body)
	}
	do(`DROP TRIGGER refuse ON order_jobs`)
	for _, host := range []string{"a", "b", "c"} {
		if text := two.made(t, 1, key, host); !strings.Contains(text, "FEATURE Licstat") {
			t.Errorf("the license of %s is %s", host, text)
		}
	}
	if a := two.rest(t, 1, "PUT", "licenses", key, "d"); a.Status != http.StatusForbidden {
		t.Errorf("a fourth machine of three: %d %s", a.Status, a.Body)
	}
}
