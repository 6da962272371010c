package order

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/hostid"
	"github.com/licet/licet/internal/store"
)

// State is how far the license that an end user asked for is.
type State string

// The states.
const (
	InProgress State = "in_progress"
	Success    State = "success"
	Failed     State = "failed"
)

// Generated is a license that an end user asked for. Only one in the state
// Success has a content, a file name and ends; only one that Failed has errors,
// and it has neither an ID nor a Time.
type Generated struct {
	Activation
	State     State
	Requested entity.Time
	Errors    []GenerationError
}

// GenerationError says why a license could not be made.
type GenerationError struct {
	Message string
	Time    entity.Time
}

// Generate asks for the license of a machine: it takes a slot and puts the work
// into the queue. The same HostIDs again get what is there. Faults:
// ActivationKeyInvalid, OrderDisabled, NoGenerator, LicenseExpired, HostIDMissing,
// ActivationsExhausted, AccountExhausted.
func (s *Service) Generate(ctx context.Context, key string, sent []hostid.HostID) (*Generated, error) {
	o, err := s.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	if row, err := identOf(o, sent).find(ctx, s.store.Read(), o.LicenseID); err == nil {
		return row.generated(o.License.UserKey) // a repeat needs no lock
	} else if !errors.Is(err, store.ErrNoRow) {
		return nil, err
	}
	if err := s.refuseWithout(ctx, o); err != nil {
		return nil, err
	}
	var g *Generated
	err = s.withToken(ctx, func(token string) error {
		return s.lock(ctx, o.LicenseID, func(ctx context.Context, u *under) error {
			row, err := s.ask(ctx, u, claim{ident: identOf(u.order, sent), token: token, time: u.now})
			if err != nil {
				return err
			}
			g, err = row.generated(o.License.UserKey)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	s.wakeUp()
	return g, nil
}

// ask gives a machine its activation, or a new one with a job to make its text.
func (s *Service) ask(ctx context.Context, u *under, c claim) (*activation, error) {
	if err := disabled(u.order); err != nil {
		return nil, err
	}
	row, err := c.find(ctx, u.tx, u.order.LicenseID)
	if !errors.Is(err, store.ErrNoRow) {
		return row, err
	}
	if row, err = s.take(ctx, u, c); err != nil {
		return nil, err
	}
	work := job{TokenID: row.TokenID, CreatedAt: u.now, NextAt: u.now}
	if _, err := u.tx.NewInsert().Model(&work).Exec(ctx); err != nil {
		return nil, fmt.Errorf("queue the generation: %w", err)
	}
	return row, u.trace(ctx, entity.TraceActivate, c.ident, c.client)
}

// Generated is what was asked for with the HostIDs, in whatever state. Faults:
// ActivationKeyInvalid, OrderDisabled, LicenseMissing.
func (s *Service) Generated(ctx context.Context, key string, sent []hostid.HostID) (*Generated, error) {
	o, err := s.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	return s.generated(ctx, o, identOf(o, sent))
}

func (s *Service) generated(ctx context.Context, o *entity.LicenseOrder, id ident) (*Generated, error) {
	row, err := id.find(ctx, s.store.Read(), o.LicenseID)
	if err == nil {
		return row.generated(o.License.UserKey)
	}
	if !errors.Is(err, store.ErrNoRow) {
		return nil, err
	}
	failures, err := id.failures(ctx, s.store.Read(), o.LicenseID)
	if err != nil {
		return nil, err
	}
	if len(failures) == 0 {
		return nil, noLicense()
	}
	return failed(o.License.UserKey, failures)
}

// maxInState bounds a list that has no pages: anybody with a key may ask for it.
const maxInState = 1000

// InState lists what was asked for under an order, in those states: the latest
// thousand of each at most, the oldest first, failures last. Faults: ActivationKeyInvalid,
// OrderDisabled.
func (s *Service) InState(ctx context.Context, key string, states []State) ([]Generated, error) {
	o, err := s.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	list := []Generated{}
	if ready, making := slices.Contains(states, Success), slices.Contains(states, InProgress); ready || making {
		var rows []activation
		q := s.store.Read().NewSelect().Model(&rows).Relation("Token").Where("activation.license_id = ?", o.LicenseID).
			OrderExpr("activation.token_id DESC").Limit(maxInState)
		if ready != making {
			q = q.Where("activation.ready = ?", ready)
		}
		if err := q.Scan(ctx); err != nil {
			return nil, fmt.Errorf("list activations: %w", store.Normalise(err))
		}
		slices.Reverse(rows)
		for i := range rows {
			g, err := rows[i].generated(o.License.UserKey)
			if err != nil {
				return nil, err
			}
			list = append(list, *g)
		}
	}
	if slices.Contains(states, Failed) {
		return s.addFailed(ctx, o, list)
	}
	return list, nil
}

func (s *Service) addFailed(ctx context.Context, o *entity.LicenseOrder, list []Generated) ([]Generated, error) {
	var rows []failure
	err := s.store.Read().NewSelect().Model(&rows).Where("license_id = ?", o.LicenseID).OrderExpr("id DESC").Limit(maxInState).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("list failures: %w", store.Normalise(err))
	}
	slices.Reverse(rows)
	for _, f := range rows {
		g, err := failed(o.License.UserKey, []failure{f})
		if err != nil {
			return nil, err
		}
		list = append(list, *g)
	}
	return list, nil
}
