package org

import (
	"context"
	"errors"
	"fmt"

	"github.com/licet/licet/internal/clock"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/journal"
	"github.com/licet/licet/internal/store"
)

// Service keeps organisations and what they have. Make it with New; it is safe
// for concurrent use.
type Service struct {
	store *store.Store
	clock clock.Clock
}

// New keeps organisations in st.
func New(st *store.Store, c clock.Clock) *Service { return &Service{store: st, clock: c} }

// What the audit calls the rows.
const (
	organisationKind = "organization"
	rightsKind       = "organization rights"
	memberKind       = "organization member"
)

func (s *Service) entry(a journal.Action, kind string, id int64, format string, args ...any) journal.Entry {
	return journal.Entry{At: s.clock.Read().Wall, Action: a, Entity: kind, EntityID: journal.ID(id), Details: fmt.Sprintf(format, args...)}
}

// write is journal.Write, begun again where an organisation got another parent
// between the look at it and the locks.
func (s *Service) write(ctx context.Context, change func(ctx context.Context, tx *store.Tx) (journal.Entry, error)) error {
	return again(errMoved, func() error { return journal.Write(ctx, s.store, change) })
}

// again runs a write until it does not fail with lost, but not for ever.
func again(lost error, write func() error) error {
	for range moveTries {
		if err := write(); !errors.Is(err, lost) {
			return err
		}
	}
	return fault.New(fault.Unavailable, "the organization is being changed; try again")
}

// moveTries bounds how often a write is begun again. Each time somebody else has
// linked or unlinked the organisation in between.
const moveTries = 8

var errMoved = errors.New("the organisation has another parent now")

// family is an organisation and its parent, both locked; nil: it has none.
type family struct{ org, parent *entity.Organisation }

// lock locks an organisation and its parent. Who changes the rights of an
// organisation holds both locks, the parent's first, so that nothing is judged
// by what a parent no longer has.
func lock(ctx context.Context, tx *store.Tx, id int64) (f family, err error) {
	seen, err := store.Get[entity.Organisation](ctx, tx, id)
	if err != nil {
		return f, missing(err, id)
	}
	if seen.ParentID != nil {
		if f.parent, err = store.Lock[entity.Organisation](ctx, tx, *seen.ParentID); err != nil {
			return f, fmt.Errorf("lock the parent of organisation %d: %w", id, err)
		}
	}
	if f.org, err = store.Lock[entity.Organisation](ctx, tx, id); err != nil {
		return f, missing(err, id)
	}
	if !same(f.org.ParentID, seen.ParentID) {
		return f, errMoved
	}
	return f, nil
}

func same(a, b *int64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// touch moves the time of the last change on. Readers take it for a revision.
func (s *Service) touch(ctx context.Context, tx *store.Tx, o *entity.Organisation) error {
	o.UpdatedAt = o.UpdatedAt.Next(s.clock.Read().Wall)
	if _, err := tx.NewUpdate().Model(o).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("update organisation %d: %w", o.ID, err)
	}
	return nil
}

func missing(err error, id int64) error {
	if errors.Is(err, store.ErrNoRow) {
		return fault.Named(fault.NotFound, fault.OrgNotFound, fmt.Sprintf("there is no organization %d", id))
	}
	return err
}

// unseen is the answer about an organisation that is not there, and about one
// that the caller may not see: they are the same.
func unseen(publicID string) error {
	return fault.Named(fault.NotFound, fault.OrgNotFound, fmt.Sprintf("there is no organization %.40q", publicID))
}
