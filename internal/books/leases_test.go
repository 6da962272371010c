package books

import (
	"testing"
	"time"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// After a start the list of tokens shows, and is filtered by, the ends that
// holders are told, and the count judges by them.
func TestTokensShowTheEndsThatHoldersAreTold(t *testing.T) {
	t.Parallel()
	for _, step := range []time.Duration{time.Minute, -time.Hour, 24 * time.Hour} {
		h := newHouse(t, storetest.URL(t, store.SQLite))
		start := h.clock.Read().Wall
		h.write(`INSERT INTO licenses (id, license_id, user_key, format, licensing_mode, expire_date) VALUES (1, 'l1', 'k1', 4, 2, NULL), (2, 'l2', 'k2', 4, 2, ?)`,
			entity.TimeOf(start.Add(step+time.Minute)))
		h.write(`INSERT INTO seat_pools (license_id, kind) VALUES (1, 2), (2, 2)`)
		h.write(`INSERT INTO license_tokens (kind, token, machine_id, issue_date, expire_at, license_id) VALUES (2, 't1', 'm', 0, ?0, 1), (2, 't2', 'm', 0, ?0, 2), (2, 't3', 'gone', 0, ?1, 1)`,
			entity.TimeOf(start.Add(2*time.Second)), entity.TimeOf(start))
		seats := seat.New(h.store, nil, settings.DefaultLicensing, h.clock)
		if err := seats.MarkClock(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.clock = clock.NewFake(start.Add(step))
		seats = seat.New(h.store, nil, settings.DefaultLicensing, h.clock)
		if err := seats.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		again := &house{Service: New(h.store, seats, nil, nil, h.clock), t: t, clock: h.clock}
		list, err := again.Tokens(t.Context(), TokenFilter{}, entity.Page{Filter: "ExpireDate > null or ExpireDate != null", Sort: "expireDate"})
		if err != nil {
			t.Fatal(err)
		}
		shown := map[string]time.Time{}
		for token, err := range list.Items {
			if err != nil {
				t.Fatal(err)
			}
			shown[token.Token] = token.ExpireDate.Std()
		}
		for key, token := range map[string]string{"k1": "t1", "k2": "t2"} {
			g, err := seats.Validate(t.Context(), key, seat.Client{MachineID: "m"})
			if err != nil {
				t.Fatal(err)
			}
			if !g.ExpireAt.Std().Equal(shown[token]) {
				t.Errorf("after %s %s ends at %s, the list shows %s", step, key, g.ExpireAt.Std(), shown[token])
			}
		}
		if gone := shown["t3"]; gone.After(start.Add(step)) {
			t.Errorf("after %s a dead lease shows the end %s", step, gone)
		}
		if f := again.figures().Tokens; f.Floating != 2 || f.Expired != 1 {
			t.Errorf("after %s: %+v", step, f)
		}
	}
}
