package order

import (
	"fmt"

	"github.com/licet/licet/internal/books"
	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/issuing"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/seat"
	"github.com/licet/licet/internal/settings"
	"github.com/licet/licet/internal/store"
)

// PageSize is how many rows a list gives at once; an offset leads to the next.
const PageSize = 100

// Service keeps license orders. Make it with New; it is safe for concurrent use.
type Service struct {
	store    *store.Store
	issuing  *issuing.Service
	seats    *seat.Service
	books    *books.Service
	settings func() settings.Orders
	clock    clock.Clock
	wake     chan struct{} // tells the worker that there is something new
}

// New keeps orders in st. Their activations take seats of seats, which is to be
// told who answers for them: seats.ServeOrders(service.Licensing()).
func New(st *store.Store, iss *issuing.Service, seats *seat.Service, b *books.Service, set func() settings.Orders, c clock.Clock) *Service {
	return &Service{store: st, issuing: iss, seats: seats, books: b, settings: set, clock: c, wake: make(chan struct{}, 1)}
}

func (s *Service) now() entity.Time { return entity.TimeOf(s.clock.Read().Wall) }

func (s *Service) entry(a journal.Action, kind string, id int64, format string, args ...any) journal.Entry {
	return journal.Entry{At: s.clock.Read().Wall, Action: a, Entity: kind, EntityID: journal.ID(id), Details: fmt.Sprintf(format, args...)}
}

// offset judges how many rows of a list to leave out.
func offset(n int64) (int64, error) {
	const most = 1<<31 - 1
	if n < 0 || n > most {
		return 0, fault.Bad("offset", "must be from 0 to %d", most)
	}
	return n, nil
}
