package transfer_test

import (
	"testing"
	"time"

	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/store"
)

// TestLeasesAheadOfTheClock: a SQLite server whose clock was set back keeps lease
// time ahead of it. Other books, PostgreSQL's most of all, judge by their clock,
// and must not keep its leases for years.
func TestLeasesAheadOfTheClock(t *testing.T) {
	t.Parallel()
	url, s := stocked(t, store.SQLite)
	now := int64(4e9 * 1e6) // of all exports here
	const years, lease = int64(74 * 365 * 24 * 3600e6), int64(900e6)
	write(t, s, `INSERT INTO server_state (name, value) VALUES (?, ?), (?, ?)`, seat.LeaseClock, now+years-lease, seat.LeaseTime, now+years)
	write(t, s, `UPDATE license_tokens SET expire_at = ? WHERE kind = 2`, now+years+lease)
	write(t, s, `UPDATE license_tokens SET expire_at = ? WHERE id = 3`, now+years-lease)
	file := exported(t, url)
	for _, to := range []store.Engine{store.SQLite, store.Postgres} {
		url, look := at(t, to)
		if o := brought(t, url, file, false); o.err != nil {
			t.Fatal(o.err)
		}
		look(func(s *store.Store) {
			var lives, lapsed int64
			if err := s.Read().NewRaw(`SELECT MAX(expire_at), MIN(expire_at) FROM license_tokens WHERE kind = 2`).Scan(t.Context(), &lives, &lapsed); err != nil {
				t.Fatal(err)
			}
			if lives != now+lease {
				t.Errorf("into %s: the lease ends in %s", to, time.Duration(lives-now)*time.Microsecond)
			}
			if to == store.Postgres {
				return
			}
			var alive int64
			if err := s.Read().NewRaw(`SELECT CAST(value AS bigint) FROM server_state WHERE name = ?`, seat.LeaseClock).Scan(t.Context(), &alive); err != nil {
				t.Fatal(err)
			}
			if lapsed > alive || lives <= alive {
				t.Errorf("leases that end at %d and %d are judged by %d", lapsed, lives, alive)
			}
		})
	}
}
