package seat

import (
	"fmt"
	"time"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
)

// epoch is how leases are judged since the server started. Its zero value
// judges them by the clock alone, as PostgreSQL does.
//
// Clients cannot renew while a SQLite server is down, so a start gives one more
// lease to all that lived at the last mark. The rows are not touched for that:
// there may be millions. Until grace no lease ends, but for those that had
// ended by lapsed, when the server before this one was last known to run. From
// grace on every row is judged by its own end again: who was granted or renewed
// since the start has one at grace or later, and who was not had his one lease.
type epoch struct {
	lapsed time.Time     // leases that end at or before it are over
	grace  time.Time     // all others live until then at least
	shift  time.Duration // how much further lease time is than the clock's
}

// instant is one look at the clock, as leases are judged by it.
type instant struct {
	clock.Reading
	epoch
}

func (s *Service) now() instant {
	n := instant{Reading: s.clock.Read(), epoch: s.epoch}
	n.Lease = n.Lease.Add(n.shift)
	return n
}

// over is until when leases have ended: those whose end is not after it.
func (n instant) over() time.Time {
	if n.Lease.Before(n.grace) {
		return n.lapsed
	}
	return n.Lease
}

// end is when a lease ends, from what its row says. An activation has no end.
func (n instant) end(kept entity.Time) entity.Time {
	if kept.Reached(n.over()) || kept.IsZero() || !kept.Std().Before(n.grace) {
		return kept
	}
	return entity.TimeOf(n.grace)
}

// leaseEnd is min(now + lease, license end), but not before the grace, when it
// would not be judged. The license's end is on the wall clock, so what is left
// of it is added to the lease clock.
func (n instant) leaseEnd(lease time.Duration, license entity.Time) entity.Time {
	if least := n.grace.Sub(n.Lease); lease < least {
		lease = least
	}
	if !license.IsZero() {
		lease = min(lease, license.Std().Sub(n.Wall))
	}
	return entity.TimeOf(n.Lease.Add(lease))
}

// onWall tells the end of a lease by the wall clock, which is what clients see:
// it may have been set since the lease clock started. No lease is told to end
// after its license.
func (n instant) onWall(end, license entity.Time) entity.Time {
	if end.IsZero() {
		return end
	}
	told := n.Wall.Add(end.Std().Sub(n.Lease))
	if license.Reached(told) {
		return license
	}
	return entity.TimeOf(told)
}

// Leases are how the rows of leases are to be read now, by those who list them.
type Leases struct {
	Over entity.Time // a lease is over whose row ends at it or before
	now  instant
}

// Leases looks at the clock.
func (s *Service) Leases() Leases {
	n := s.now()
	return Leases{Over: entity.TimeOf(n.over()), now: n}
}

// EndSQL is an expression for when a lease ends, as its holder was told, from
// the expressions for the end in its row and for that of its license.
func (l Leases) EndSQL(kept, license string) string {
	n := l.now
	shifted := kept
	if n.shift != 0 {
		shifted = fmt.Sprintf("%s - %d", kept, n.shift.Microseconds())
	}
	if !n.Lease.Before(n.grace) {
		return shifted
	}
	// Only SQLite has a grace, and there min of two values.
	grace := entity.TimeOf(n.grace.Add(-n.shift)).Micros()
	return fmt.Sprintf("CASE WHEN %[1]s > %[2]d AND %[1]s < %[3]d THEN min(%[4]d, COALESCE(%[5]s, %[4]d)) ELSE %[6]s END",
		kept, l.Over.Micros(), entity.TimeOf(n.grace).Micros(), grace, license, shifted)
}
