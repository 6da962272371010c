package tuning_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
	"github.com/licet/licet/internal/tuning"
	"github.com/licet/licet/internal/vault"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// house is books with the settings of one node.
type house struct {
	*tuning.Service
	t     *testing.T
	store *store.Store
	vault *vault.Vault
}

func eachEngine(t *testing.T, test func(t *testing.T, h *house)) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		h := &house{t: t, store: storetest.Open(t, url), vault: vaultOf(t, 1)}
		if err := h.vault.Check(t.Context(), h.store); err != nil {
			t.Fatal(err)
		}
		h.Service = h.node(nil)
		test(t, h)
	})
}

func vaultOf(t *testing.T, b byte) *vault.Vault {
	t.Helper()
	v, err := vault.New(bytes.Repeat([]byte{b}, vault.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// node opens the books' settings once more, as another node would.
func (h *house) node(pins settings.Pins) *tuning.Service {
	h.t.Helper()
	s, err := tuning.Open(h.t.Context(), h.store, h.vault, clock.NewSystem(), pins)
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// change is one setting by its id.
func change(id, value string) tuning.Change {
	group, name, _ := strings.Cut(id, ".")
	return tuning.Change{Group: group, Name: name, Value: json.RawMessage(value)}
}

func (h *house) put(changes ...tuning.Change) {
	h.t.Helper()
	if err := h.Put(h.t.Context(), changes); err != nil {
		h.t.Fatal(err)
	}
}

func interval(s *tuning.Service) time.Duration {
	return time.Duration(s.Licensing().HeartbeatInterval)
}

func (h *house) audit() (all []string) {
	h.t.Helper()
	err := h.store.Read().NewRaw(`SELECT action || ' ' || entity || ' ' || entity_id || ': ' || details FROM audit_entries ORDER BY id`).Scan(h.t.Context(), &all)
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

func TestAChangeIsInForceHereAtOnceAndElsewhereAfterRefresh(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		other := h.node(nil)
		h.put(change("Licensing.HeartbeatInterval", `"1m"`), change("Email.Password", `"hunter2"`))
		if interval(h.Service) != time.Minute || interval(other) != 5*time.Minute {
			t.Fatalf("here %s, elsewhere %s", interval(h.Service), interval(other))
		}
		if err := other.Refresh(t.Context()); err != nil || interval(other) != time.Minute || other.Email().Password != "hunter2" {
			t.Errorf("elsewhere after a refresh: %s, %v", interval(other), err)
		}
		h.put(change("Licensing.HeartbeatInterval", `null`))
		if err := other.Refresh(t.Context()); err != nil || interval(other) != 5*time.Minute || interval(h.Service) != 5*time.Minute {
			t.Errorf("the default again: here %s, elsewhere %s, %v", interval(h.Service), interval(other), err)
		}
		if after := h.node(nil); after.Email().Password != "hunter2" {
			t.Error("after a start the password is another")
		}
		want := "update setting Licensing.HeartbeatInterval: 00:05:00 -> 00:01:00\nupdate setting Email.Password: changed\n" +
			"update setting Licensing.HeartbeatInterval: 00:01:00 -> 00:05:00 (default)"
		if got := strings.Join(h.audit(), "\n"); got != want {
			t.Errorf("audit:\n%s\nwant:\n%s", got, want)
		}
	})
}

func TestARefusedChangeLeavesNothing(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		err := h.Put(t.Context(), []tuning.Change{change("Email.Password", `"hunter2"`), change("Licensing.Lease", `"00:04:00"`)})
		if !fault.IsKind(err, fault.Invalid) || !strings.Contains(err.Error(), "longer than the heartbeat interval") {
			t.Errorf("a lease that is too short: %v", err)
		}
		var rows int
		if err := h.store.Read().NewRaw(`SELECT COUNT(*) FROM settings`).Scan(t.Context(), &rows); err != nil || rows != 0 || len(h.audit()) != 0 {
			t.Errorf("%d rows, audit %v, %v", rows, h.audit(), err)
		}
		if h.Email().Password != "" || h.Licensing().LeaseTime() != 15*time.Minute {
			t.Errorf("in force: %+v", h.Licensing())
		}
		// What fits only together is taken together.
		h.put(change("Licensing.Lease", `"00:04:00"`), change("Licensing.HeartbeatInterval", `"00:01:00"`))
		if h.Licensing().LeaseTime() != 4*time.Minute {
			t.Errorf("in force: %s", h.Licensing().LeaseTime())
		}
	})
}

func TestAPinnedSettingCannotBeChanged(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.put(change("Licensing.HeartbeatInterval", `"1m"`))
		pinned := h.node(settings.Pins{"heartbeat-interval": "2m"})
		for _, value := range []string{`"1m"`, `null`} {
			err := pinned.Put(t.Context(), []tuning.Change{change("Licensing.HeartbeatInterval", value)})
			if !fault.IsKind(err, fault.Conflict) || !strings.Contains(err.Error(), "--heartbeat-interval") {
				t.Errorf("to %s: %v", value, err)
			}
		}
		if err := pinned.Put(t.Context(), []tuning.Change{change("Licensing.HeartbeatInterval", `"00:02:00"`)}); err != nil {
			t.Errorf("as it is: %v", err)
		}
		list, err := pinned.List(t.Context(), "Licensing.HeartbeatInterval,Licensing.Lease")
		if err != nil || len(list) != 2 || !list[0].ReadOnly || list[0].Value != "00:02:00" || list[1].ReadOnly {
			t.Errorf("%+v, %v", list, err)
		}
		if _, err := tuning.Open(t.Context(), h.store, h.vault, clock.NewSystem(), settings.Pins{"lease": "30s"}); err == nil || !strings.Contains(err.Error(), "do not go together") {
			t.Errorf("a pin against the books: %v", err)
		}
	})
}

// TestANodeKeepsWhatItHad where another's change does not fit its pins.
func TestANodeKeepsWhatItHad(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		pinned := h.node(settings.Pins{"lease": "10m"})
		h.put(change("Licensing.HeartbeatInterval", `"20m"`))
		if err := pinned.Refresh(t.Context()); err == nil || interval(pinned) != 5*time.Minute {
			t.Errorf("%s, %v", interval(pinned), err)
		}
		shown, err := pinned.List(t.Context(), "Licensing.HeartbeatInterval")
		if err != nil || len(shown) != 1 || shown[0].Value != "00:05:00" {
			t.Errorf("it shows %+v, %v; want what it has", shown, err)
		}
		h.put(change("Licensing.HeartbeatInterval", `"2m"`))
		if err := pinned.Refresh(t.Context()); err != nil || interval(pinned) != 2*time.Minute {
			t.Errorf("%s, %v", interval(pinned), err)
		}
	})
}

func TestSecretsAreSealedAndFollowTheServerKey(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		const password = "hunter2-hunter2"
		h.put(change("Email.Password", `"`+password+`"`))
		var value string
		var sealed []byte
		err := h.store.Read().NewRaw(`SELECT value, sealed FROM settings WHERE name = 'Password'`).Scan(t.Context(), &value, &sealed)
		if err != nil || value != "" || len(sealed) < len(password) || bytes.Contains(sealed, []byte(password)) {
			t.Errorf("stored %q, %q, %v", value, sealed, err)
		}
		if shown, err := json.Marshal(must(h.List(t.Context(), ""))); err != nil || strings.Contains(string(shown), password) || !strings.Contains(string(shown), settings.Mask) {
			t.Errorf("shown: %s, %v", shown, err)
		}
		for _, id := range []string{"Email.Port", "Email.Password"} {
			if err := h.Put(t.Context(), []tuning.Change{change(id, `"`+password+"\u0001"+`"`)}); err == nil || id == "Email.Password" && strings.Contains(err.Error(), password) {
				t.Errorf("%s: %v", id, err)
			}
		}
		next := vaultOf(t, 2)
		err = h.vault.Rotate(t.Context(), h.store, next, func(ctx context.Context, tx *store.Tx) error {
			return tuning.Reseal(ctx, tx, h.vault, next)
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Put(t.Context(), []tuning.Change{change("Email.Password", `"new"`)}); !fault.IsKind(err, fault.Unavailable) {
			t.Errorf("under the old key: %v", err)
		}
		if _, err := tuning.Open(t.Context(), h.store, h.vault, clock.NewSystem(), nil); !errors.Is(err, vault.ErrSealed) {
			t.Errorf("opened under the old key: %v", err)
		}
		h.vault = next
		if after := h.node(nil); after.Email().Password != password {
			t.Errorf("after the change of key: %q", after.Email().Password)
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestManyChangesAtOnce: none is lost, none is torn, and every node ends with
// the same whole. Interval and lease are always set together.
func TestManyChangesAtOnce(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		const puts = 4
		nodes := []*tuning.Service{h.Service, h.node(nil), h.node(nil)}
		stop := make(chan struct{})
		var writers, readers sync.WaitGroup
		for _, n := range nodes {
			readers.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					set := n.Licensing()
					if i := time.Duration(set.HeartbeatInterval); i != 5*time.Minute && set.LeaseTime() != i+time.Second {
						t.Errorf("torn: %s and %s", i, set.LeaseTime())
						return
					}
					if err := n.Refresh(t.Context()); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		for w, n := range nodes {
			writers.Go(func() {
				for i := range puts {
					seconds := 1000*(w+1) + i
					err := n.Put(t.Context(), []tuning.Change{
						change("Licensing.HeartbeatInterval", fmt.Sprintf(`"%ds"`, seconds)), change("Licensing.Lease", fmt.Sprintf(`"%ds"`, seconds+1)),
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		writers.Wait()
		close(stop)
		readers.Wait()
		for _, n := range nodes {
			if err := n.Refresh(t.Context()); err != nil || interval(n) != interval(nodes[0]) {
				t.Errorf("%s and %s, %v", interval(n), interval(nodes[0]), err)
			}
		}
		if n := len(h.audit()); n != 2*puts*len(nodes) {
			t.Errorf("%d audit entries", n)
		}
	})
}

// Who may change settings cannot read a secret, so they must not have it sent to
// a place of their choice either.
func TestASecretDoesNotFollowToAnotherServer(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.put(change("Email.Host", `"mail.vendor.example"`), change("Email.Port", `25`), change("Email.Password", `"hunter2"`))
		before := h.Email()
		for _, c := range [][]tuning.Change{
			{change("Email.Host", `"mail.thief.example"`)},
			{change("Email.Port", `2525`)},
			{change("Email.Port", `null`)},
			{change("Email.Tls", `"none"`)},
			{change("Email.Host", `null`)}, // or it could be given in a second step
			{change("Email.Host", `"mail.thief.example"`), change("Email.Password", `null`)},
			{change("Email.Host", `"mail.thief.example"`), change("Email.Password", `"********"`)},
		} {
			err := h.Put(t.Context(), c)
			if !fault.IsKind(err, fault.Invalid) || !strings.Contains(err.Error(), "Email.Password") || h.Email() != before {
				t.Errorf("%+v: %v, in force: %+v", c, err, h.Email())
			}
		}
		h.put(change("Email.Host", `"mail.vendor.example"`), change("Email.FromUser", `"Shop"`)) // the same place
		h.put(change("Email.Host", `"mail2.vendor.example"`), change("Email.Tls", `"tls"`), change("Email.Password", `"hunter2"`))
		h.put(change("Email.Port", `465`), change("Email.Password", `""`))
		h.put(change("Email.Host", `"mail.other.example"`)) // there is none to protect
		if got := h.Email(); got.Host != "mail.other.example" || got.Port != 465 || got.Password != "" {
			t.Errorf("in force: %+v", got)
		}
	})
}
