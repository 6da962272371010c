package instance

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
)

// Organisations writes organisations; an *org.Service does.
type Organisations interface {
	Create(ctx context.Context, in entity.Organisation) (*entity.Organisation, error)
	Change(ctx context.Context, id int64, change func(*entity.Organisation) error) (*entity.Organisation, error)
}

// Service keeps instances and what belongs to them. Make it with New; it is safe
// for concurrent use.
type Service struct {
	store *store.Store
	orgs  Organisations
	clock clock.Clock
}

// New keeps instances in st.
func New(st *store.Store, orgs Organisations, c clock.Clock) *Service {
	return &Service{store: st, orgs: orgs, clock: c}
}

func (s *Service) now() entity.Time { return entity.TimeOf(s.clock.Read().Wall) }

func (s *Service) entry(a journal.Action, kind string, id int64, format string, args ...any) journal.Entry {
	return journal.Entry{At: s.clock.Read().Wall, Action: a, Entity: kind, EntityID: journal.ID(id), Details: fmt.Sprintf(format, args...)}
}

// Caller is on whose behalf something is done.
type Caller struct {
	UserID string
	Reads  bool // staff who see everything
	Writes bool // staff who change everything
}

// mine are the organisations that a user sees by membership; its one parameter
// is the user's id.
const mine = "SELECT m.organisation_id FROM memberships AS m JOIN organisations AS mo ON mo.id = m.organisation_id " +
	"WHERE m.user_id = ? AND mo.status <> 'DELETED'"

// admit is the door: who is neither staff nor a member has no business here, and
// who administers nothing writes nothing.
func (s *Service) admit(ctx context.Context, by Caller, write bool) error {
	if by.Writes || by.Reads && !write {
		return nil
	}
	sql, said := "SELECT COUNT(*) FROM ("+mine+") AS x", "this API is for the vendor's staff and for members of organisations"
	if write {
		sql = "SELECT COUNT(*) FROM (" + mine + " AND m.role = 'admin') AS x"
		said = "changes are for Administrator and LicenseManager, and for administrators of organisations"
	}
	var n int64
	if err := s.store.Read().NewRaw(sql, by.UserID).Scan(ctx, &n); err != nil {
		return fmt.Errorf("look up memberships: %w", store.Normalise(err))
	}
	if n == 0 {
		return fault.New(fault.Forbidden, "%s", said)
	}
	return nil
}

// scope narrows a query to rows that the caller sees; seen is the condition for
// members, with the user's id for each of its parameters; "" is all rows.
func scope(q *bun.SelectQuery, by Caller, seen string, params int) *bun.SelectQuery {
	if by.Reads || seen == "" {
		return q
	}
	args := make([]any, params)
	for i := range args {
		args[i] = by.UserID
	}
	return q.Where(seen, args...)
}

// mayWrite judges a caller who changes what belongs to an organisation that they
// see; nil: to the vendor.
func mayWrite(ctx context.Context, db bun.IDB, by Caller, organisation *int64) error {
	if by.Writes {
		return nil
	}
	if organisation == nil {
		return fault.New(fault.Forbidden, "this is for Administrator and LicenseManager")
	}
	var found []struct {
		Role   entity.OrgRole `bun:"role"`
		Status entity.Status  `bun:"status"`
	}
	err := db.NewRaw("SELECT m.role, o.status FROM memberships AS m JOIN organisations AS o ON o.id = m.organisation_id "+
		"WHERE m.user_id = ? AND m.organisation_id = ?", by.UserID, *organisation).Scan(ctx, &found)
	switch {
	case err != nil:
		return fmt.Errorf("look up a membership: %w", store.Normalise(err))
	case len(found) == 0 || found[0].Role != entity.OrgAdmin:
		return fault.New(fault.Forbidden, "changes of organisation %d are for its administrators", *organisation)
	case found[0].Status != entity.StatusActive:
		return fault.New(fault.Forbidden, "organisation %d is %s: its members change nothing", *organisation, found[0].Status)
	}
	return nil
}

// referred is a row that a new one refers to.
type referred struct {
	member string // of the body that names it
	noun   string
	table  string
	seen   string // as scope has it
	params int
	alone  bool // nobody else may refer to it meanwhile
}

// status looks for the row and keeps its status as it is until the transaction
// ends. None that the caller sees is Invalid, by the name of the member.
func (r referred) status(ctx context.Context, s *Service, tx *store.Tx, by Caller, id int64) (status entity.Status, err error) {
	q := scope(tx.NewSelect().TableExpr("? AS x", bun.Ident(r.table)).Column("x.status").Where("x.id = ?", id), by, r.seen, r.params)
	if s.store.Engine() == store.Postgres { // SQLite has one writer
		if r.alone {
			q = q.For("UPDATE")
		} else {
			q = q.For("SHARE")
		}
	}
	var found []entity.Status
	if err := q.Scan(ctx, &found); err != nil {
		return "", fmt.Errorf("look up %s %d: %w", r.noun, id, store.Normalise(err))
	}
	if len(found) == 0 {
		return "", fault.Bad(r.member, "there is no %s %d", r.noun, id)
	}
	return found[0], nil
}

// active refuses a row that is there and not in use.
func (r referred) active(status entity.Status, id int64) error {
	if status == entity.StatusActive {
		return nil
	}
	return &fault.Error{Kind: fault.Conflict, Field: r.member, Message: fmt.Sprintf("%s %d is %s", r.noun, id, status)}
}
