package org

import (
	"context"
	"time"

	"github.com/licet/licet/internal/entity"
)

// cut is as much of an organisation's rights as its parent has: nothing unless
// both are active.
func (f family) cut(own, most *held) *held {
	switch {
	case f.org.Status != entity.OrgActive:
		return &held{}
	case f.parent == nil:
		return own
	case f.parent.Status != entity.OrgActive:
		return &held{}
	}
	return own.cutTo(most)
}

// EffectiveRights are the rights that an organisation may use now. Each license
// definition in force is among the custom licenses, also where it comes with an
// edition; then its type is SUBSCRIPTION.
func (s *Service) EffectiveRights(ctx context.Context, id int64) (*entity.OrgRights, error) {
	f, own, most, err := s.read(ctx, id)
	if err != nil {
		return nil, err
	}
	return f.cut(own, most).inForce(s.clock.Read().Wall).shown(f.org, f.parent), nil
}

// inForce are these rights without what has ended, and with what editions carry
// as licenses.
func (h *held) inForce(now time.Time) *held {
	next := &held{limits: h.limits}
	for _, l := range h.licenses {
		if l.typ != entity.OrgNone && !l.end.Reached(now) {
			next.licenses = append(next.licenses, l)
		}
	}
	listed := map[int64]bool{}
	for _, l := range h.licenses {
		listed[l.id] = true
	}
	for _, e := range h.editions {
		if e.end.Reached(now) {
			continue
		}
		next.editions = append(next.editions, e)
		for _, d := range e.carries {
			if !listed[d.id] {
				listed[d.id] = true
				d.typ = entity.OrgSubscription
				d.end, _ = h.license(d.id)
				next.licenses = append(next.licenses, d)
			}
		}
	}
	return next
}
