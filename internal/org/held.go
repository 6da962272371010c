package org

import (
	"cmp"
	"slices"

	"github.com/licet/licet/internal/entity"
)

// held are the rights of one organisation. Its methods know no clock and change
// nothing: they make new rights.
type held struct {
	licenses []license
	editions []edition
	limits   []limit
}

// license is a custom license: it stands before what editions say.
type license struct {
	id          int64
	publicID    string
	inheritable bool
	typ         entity.OrgLicenseType
	end         entity.Time
}

type edition struct {
	id       int64
	publicID string
	end      entity.Time
	carries  []license // definitions only: without type and end; by their ids
}

type limit struct {
	id       int64
	publicID string
	value    int64
}

// license is until when a definition may be used, as far as these rights go; no
// time is for ever. A custom license decides, else the edition that ends last.
func (h *held) license(id int64) (end entity.Time, ok bool) {
	if i := slices.IndexFunc(h.licenses, func(l license) bool { return l.id == id }); i >= 0 {
		return h.licenses[i].end, h.licenses[i].typ != entity.OrgNone
	}
	for _, e := range h.editions {
		if e.has(id) && (!ok || later(e.end, end)) {
			end, ok = e.end, true
		}
	}
	return end, ok
}

func (e *edition) has(id int64) bool {
	_, ok := slices.BinarySearchFunc(e.carries, id, func(l license, id int64) int { return cmp.Compare(l.id, id) })
	return ok
}

// carries says whether an edition has the definition.
func (h *held) carries(id int64) bool {
	return slices.ContainsFunc(h.editions, func(e edition) bool { return e.has(id) })
}

func (h *held) edition(id int64) (end entity.Time, ok bool) {
	for _, e := range h.editions {
		if e.id == id {
			return e.end, true
		}
	}
	return entity.Time{}, false
}

func (h *held) limit(id int64) (value int64, ok bool) {
	for _, l := range h.limits {
		if l.id == id {
			return l.value, true
		}
	}
	return 0, false
}

// inherited is what an organisation below gets of these rights when it is made,
// and all the time where they are synchronised. What is not inherited is not so
// by an edition either: a license of the type NONE takes it away.
func (h *held) inherited() *held {
	next := &held{editions: h.editions, limits: h.limits}
	for _, l := range h.licenses {
		if l.inheritable || l.typ == entity.OrgNone {
			next.licenses = append(next.licenses, l)
		}
	}
	for _, e := range h.editions {
		for _, d := range e.carries {
			if d.inheritable {
				continue
			}
			if _, ok := next.license(d.id); ok {
				d.typ = entity.OrgNone
				next.licenses = append(next.licenses, d)
			}
		}
	}
	return next.cutTo(h)
}

// cutTo is as much of these rights as the parent has: no definition, edition or
// limit is more, or longer.
func (h *held) cutTo(parent *held) *held {
	next := &held{}
	for _, e := range h.editions {
		if end, ok := parent.edition(e.id); ok {
			e.end = earlier(e.end, end)
			next.editions = append(next.editions, e)
		}
	}
	for _, l := range h.limits {
		if most, ok := parent.limit(l.id); ok {
			l.value = least(l.value, most)
			next.limits = append(next.limits, l)
		}
	}
	for _, l := range h.licenses {
		if l, ok := l.cutTo(parent); ok || next.carries(l.id) {
			next.licenses = append(next.licenses, l)
		}
	}
	next.boundEditions(parent)
	return next
}

// cutTo is the license as far as the parent has it, else one that grants nothing.
func (l license) cutTo(parent *held) (cut license, ok bool) {
	end, has := parent.license(l.id)
	switch {
	case l.typ == entity.OrgNone:
		return l, true
	case !has:
		l.typ, l.end = entity.OrgNone, entity.Time{}
		return l, false
	}
	l.end = earlier(l.end, end)
	return l, true
}

// boundEditions adds a license where an edition would give a definition that the
// parent, who has the edition, has not, or not as long.
func (h *held) boundEditions(parent *held) {
	for _, e := range h.editions {
		for _, d := range e.carries {
			end, ok := h.license(d.id)
			most, has := parent.license(d.id)
			switch {
			case !ok:
			case !has:
				d.typ = entity.OrgNone
				h.licenses = append(h.licenses, d)
			case later(end, most):
				d.typ, d.end = entity.OrgSubscription, most
				h.licenses = append(h.licenses, d)
			}
		}
	}
}

// without is these rights without a custom license.
func (h *held) without(id int64) *held {
	next := *h
	next.licenses = slices.DeleteFunc(slices.Clone(h.licenses), func(l license) bool { return l.id == id })
	return &next
}

// later says whether an end is after another one; no end is after all others.
func later(a, b entity.Time) bool {
	if a.IsZero() || b.IsZero() {
		return a.IsZero() && !b.IsZero()
	}
	return a.Std().After(b.Std())
}

func earlier(a, b entity.Time) entity.Time {
	if later(a, b) {
		return b
	}
	return a
}

// least is the smaller of two values of a limit.
func least(a, b int64) int64 {
	if a == entity.NoMaximum {
		return b
	}
	if b == entity.NoMaximum {
		return a
	}
	return min(a, b)
}
