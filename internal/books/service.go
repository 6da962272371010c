package books

import (
	"context"
	"fmt"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/identity"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
)

// Seats grants seats and says how leases are read; a *seat.Service does.
type Seats interface {
	Activate(ctx context.Context, userKey string, c seat.Client) (*seat.Grant, error)
	Request(ctx context.Context, userKey string, c seat.Client) (*seat.Grant, error)
	Leases() seat.Leases
}

// Service keeps the plain books. Make it with New; it is safe for concurrent use.
type Service struct {
	store    *store.Store
	seats    Seats
	ids      *identity.Service
	settings func() settings.Licensing
	clock    clock.Clock
	tokens   *tokenCount
}

// New keeps the books in st.
func New(st *store.Store, seats Seats, ids *identity.Service, set func() settings.Licensing, c clock.Clock) *Service {
	return &Service{store: st, seats: seats, ids: ids, settings: set, clock: c, tokens: newTokenCount(st, c, seats.Leases)}
}

// stamps say when a row was made and last changed; none for a new row.
type stamps struct{ created, updated entity.Time }

// stamp is the stamps of a change made now. sent is the updatedAt of the caller,
// who must have seen the row as it is.
func (s *Service) stamp(sent entity.Time, was stamps) (created, updated entity.Time, err error) {
	now := s.clock.Read().Wall
	if was.created.IsZero() {
		was.created = entity.TimeOf(now)
	}
	if was.updated.IsZero() { // a new row: what is sent is of another one
		return was.created, entity.TimeOf(now), nil
	}
	return was.created, was.updated.Next(now), entity.RefuseStale(sent, was.updated)
}

func (s *Service) entry(a journal.Action, kind string, id int64, format string, args ...any) journal.Entry {
	return journal.Entry{At: s.clock.Read().Wall, Action: a, Entity: kind, EntityID: journal.ID(id), Details: fmt.Sprintf(format, args...)}
}
