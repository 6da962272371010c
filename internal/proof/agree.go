package proof

import (
	"fmt"

	"github.com/licet/licet/internal/entity"
)

type poolKey struct {
	license int64
	kind    entity.PoolKind
}

// seatKey is an identity as the books number it.
type seatKey struct {
	license int64
	client  string
}

// Disagreements says where the books contradict themselves; every license in
// them is expected to be traced.
func (b *Books) Disagreements() []string {
	var d []string
	say := func(format string, args ...any) { d = append(d, fmt.Sprintf(format, args...)) }
	b.pools(say)
	b.copies(say)
	b.traces(say)
	b.audit(say)
	return d
}

type sayer func(format string, args ...any)

// pools: every license has the pool of its mode and no other, no pool counts
// anything but its tokens, none is over its limit.
func (b *Books) pools(say sayer) {
	tokens, pools, licenses := map[poolKey]int64{}, map[int64]PoolRow{}, map[int64]bool{}
	for _, t := range b.Tokens {
		tokens[poolKey{t.License, t.Kind}]++
	}
	for _, p := range b.Pools {
		if _, second := pools[p.License]; second {
			say("license %d has two pools", p.License)
		}
		pools[p.License] = p
		if n := tokens[poolKey{p.License, p.Kind}]; p.Held != n {
			say("the pool of license %d counts %d, there are %d tokens", p.License, p.Held, n)
		}
		if p.Allowed >= 0 && p.Held > p.Allowed {
			say("license %d allows %d and has given %d", p.License, p.Allowed, p.Held)
		}
		delete(tokens, poolKey{p.License, p.Kind})
	}
	for key := range tokens {
		say("tokens of kind %d of license %d have no pool", key.kind, key.license)
	}
	for _, l := range b.Licenses {
		licenses[l.ID] = true
		p, has := pools[l.ID]
		want := l.Parent == 0 && l.Mode != entity.File
		if has != want || has && (p.Kind != entity.PoolKind(l.Mode) || p.Allowed != l.Allowed) {
			say("license %+v has the pool %+v", l.ID, p)
		}
	}
	for id := range pools {
		if !licenses[id] {
			say("a pool without its license %d", id)
		}
	}
}

// copies: an activation has one node-locked copy of its own license, a lease
// none, and there are no others.
func (b *Books) copies(say sayer) {
	copies := map[int64]LicenseRow{}
	for _, l := range b.Licenses {
		if l.Parent != 0 {
			copies[l.ID] = l
		}
		if l.Document == "" {
			say("license %d has no document", l.ID)
		}
	}
	for _, t := range b.Tokens {
		if (t.Kind == entity.PoolActivation) != (t.Copy != 0) {
			say("token %s of kind %d has copy %d", t.Token, t.Kind, t.Copy)
		}
		if t.Copy == 0 {
			continue
		}
		if copies[t.Copy].Parent != t.License {
			say("the copy %d of token %s is of license %d, not %d", t.Copy, t.Token, copies[t.Copy].Parent, t.License)
		}
		delete(copies, t.Copy)
	}
	for id := range copies {
		say("node-locked copy %d has no token", id)
	}
}

// traces: replaying them gives exactly the seats that are held.
func (b *Books) traces(say sayer) {
	held := map[seatKey]bool{}
	for _, t := range b.Traces {
		key := seatKey{t.License, t.Client}
		switch t.Action {
		case entity.TraceRequest, entity.TraceActivate:
			held[key] = true
		default:
			if !held[key] {
				say("%+v gave back what it did not have", key)
			}
			held[key] = false
		}
	}
	for _, t := range b.Tokens {
		key := seatKey{t.License, t.Client}
		if !held[key] {
			say("%+v holds %s without a trace of it", key, t.Token)
		}
		delete(held, key)
	}
	for key, still := range held {
		if still {
			say("%+v has by its trace a seat, but no token", key)
		}
	}
}

// audit: one entry for each license, none for anything else.
func (b *Books) audit(say sayer) {
	made := map[string]int{}
	for _, a := range b.Audit {
		made[a.License]++
	}
	for _, l := range b.Licenses {
		id := fmt.Sprint(l.ID)
		if l.Parent == 0 && made[id] != 1 {
			say("license %s has %d audit entries of its making", id, made[id])
		}
		if l.Parent == 0 {
			delete(made, id)
		}
	}
	for id := range made {
		say("an audit entry of the license %s, which is not there", id)
	}
}
