package org

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/store"
)

type usageRow struct {
	bun.BaseModel  `bun:"table:limit_usage,alias:u"`
	OrganisationID int64 `bun:"organisation_id,pk"`
	DefinitionID   int64 `bun:"limit_definition_id,pk"`
	Used           int64 `bun:"used"`
}

// requestRow is a request that was granted, and its answer. Units that were given
// back are negative. The time is the lease clock's, which never steps.
type requestRow struct {
	bun.BaseModel  `bun:"table:limit_requests,alias:r"`
	OrganisationID int64       `bun:"organisation_id,pk"`
	Key            string      `bun:"idempotency_key,pk"`
	DefinitionID   int64       `bun:"limit_definition_id"`
	Units          int64       `bun:"units"`
	Used           int64       `bun:"used"`
	Value          int64       `bun:"value"`
	MadeAt         entity.Time `bun:"made_at"`
}

// Consume uses units of a limit for an organisation. What is used is never more
// than what the organisation and its parent may at the commit: NotEntitled where
// they have no such limit, LimitExhausted where too little is left. A repeat of
// a request with the same key gets the same answer and uses nothing more;
// another request with it is IdempotencyKeyReused. A refusal keeps no key.
func (s *Service) Consume(ctx context.Context, organisationID int64, r entity.LimitRequest) (*entity.LimitUse, error) {
	return s.use(ctx, organisationID, r, r.Units)
}

// Release gives back units that were consumed, also where the organisation may
// consume no more. More than are used is a Conflict. Keys are those of Consume.
func (s *Service) Release(ctx context.Context, organisationID int64, r entity.LimitRequest) (*entity.LimitUse, error) {
	return s.use(ctx, organisationID, r, -r.Units)
}

func (s *Service) use(ctx context.Context, organisationID int64, r entity.LimitRequest, units int64) (*entity.LimitUse, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	made := entity.TimeOf(s.clock.Read().Lease)
	var answer entity.LimitUse
	try := func() error {
		return s.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			f, err := share(ctx, tx, s.store.Engine(), organisationID)
			if err != nil {
				return err
			}
			d, err := limitNamed(ctx, tx, r.Limit)
			if err != nil {
				return err
			}
			row := requestRow{OrganisationID: organisationID, Key: r.IdempotencyKey, DefinitionID: d.ID, Units: units, MadeAt: made}
			if err := f.answer(ctx, tx, &row); err != nil {
				return err
			}
			answer = entity.NewLimitUse(d.PublicID, row.Value, row.Used)
			return nil
		})
	}
	err := again(errMoved, func() error {
		// The same key with another limit is committed by somebody else just now:
		// the next try finds it.
		return again(store.ErrDuplicate, try)
	})
	if errors.Is(err, store.ErrReference) {
		return nil, fault.Named(fault.Conflict, fault.OrgUnknownDefinition, "the limit definition was deleted meanwhile")
	}
	if err != nil {
		return nil, err
	}
	return &answer, nil
}

// answer fills in the answer to a request: that of the first one with its key,
// or a new one.
func (f family) answer(ctx context.Context, tx *store.Tx, r *requestRow) error {
	// This locks the row until the commit: what follows sees all that was
	// committed by those who had it before.
	var used int64
	err := tx.NewRaw(`INSERT INTO limit_usage (organisation_id, limit_definition_id, used) VALUES (?, ?, 0)
		ON CONFLICT (organisation_id, limit_definition_id) DO UPDATE SET used = limit_usage.used RETURNING used`,
		r.OrganisationID, r.DefinitionID).Scan(ctx, &used)
	if err != nil {
		return fmt.Errorf("lock the use of a limit: %w", store.Normalise(err))
	}
	before := requestRow{OrganisationID: r.OrganisationID, Key: r.Key}
	switch err := store.Normalise(tx.NewSelect().Model(&before).WherePK().Scan(ctx)); {
	case errors.Is(err, store.ErrNoRow):
		return f.grant(ctx, tx, r, used)
	case err != nil:
		return fmt.Errorf("look up a request: %w", err)
	case before.DefinitionID != r.DefinitionID || before.Units != r.Units:
		return &fault.Error{Kind: fault.Conflict, Code: fault.IdempotencyKeyReused, Field: "idempotencyKey", Message: "was that of another request"}
	}
	*r = before
	return nil
}

// grant judges a new request and writes it down.
func (f family) grant(ctx context.Context, tx *store.Tx, r *requestRow, used int64) error {
	own, most, err := f.rightsBy(func(id int64) (*held, error) { return storedLimit(ctx, tx, id, r.DefinitionID) })
	if err != nil {
		return err
	}
	value, ok := f.cut(own, most).limit(r.DefinitionID)
	if err := judgeUse(value, ok, used, r.Units); err != nil {
		return err
	}
	r.Value, r.Used = value, used+r.Units
	if _, err := tx.NewUpdate().Model(&usageRow{OrganisationID: r.OrganisationID, DefinitionID: r.DefinitionID, Used: r.Used}).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("write the use of a limit: %w", err)
	}
	if _, err := tx.NewInsert().Model(r).Exec(ctx); err != nil {
		return fmt.Errorf("keep a request: %w", store.Normalise(err))
	}
	return nil
}

// judgeUse refuses to use more than there is, and to give back more than is used.
// None of the numbers is beyond MaxLimit.
func judgeUse(value int64, ok bool, used, units int64) error {
	switch {
	case units < 0 && used+units < 0:
		return fault.New(fault.Conflict, "%d units are used, so %d cannot be given back", used, -units)
	case units < 0:
		return nil
	case !ok:
		return fault.Named(fault.Forbidden, fault.NotEntitled, "the organization does not have this limit now")
	case value == entity.NoMaximum:
		value = entity.MaxLimit
	}
	if used+units > value {
		return fault.Named(fault.Conflict, fault.LimitExhausted, fmt.Sprintf("%d of %d units are used, so there are no %d more", used, value, units))
	}
	return nil
}

// storedLimit reads one limit of the rights that the books have.
func storedLimit(ctx context.Context, tx *store.Tx, organisationID, definitionID int64) (*held, error) {
	var rows []limitRow
	err := tx.NewSelect().Model(&rows).Where("organisation_id = ?", organisationID).Where("limit_definition_id = ?", definitionID).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read a limit of organisation %d: %w", organisationID, store.Normalise(err))
	}
	h := &held{}
	for _, r := range rows {
		h.limits = append(h.limits, limit{id: r.DefinitionID, value: r.Value})
	}
	return h, nil
}
