package hostid

import (
	"fmt"
	"slices"
	"strings"

	"github.com/licet/licet/internal/fault"
)

// maxAmount bounds the amounts of a rule.
const maxAmount = 16

// Rule says how many HostIDs of a type an order wants, and takes.
type Rule struct {
	Type Type
	Min  int // 0 to 16
	Max  int // 1 to 16
}

// CheckRules judges the rules of an order for a generator and gives them with
// the raw names of their types, which may be spelled as in Find. minTotal is how
// many HostIDs the order wants over all types. Faults name the members of an
// order: Hostids[0].min_amount.
func CheckRules(g Generator, rules []Rule, minTotal int) ([]Rule, error) {
	if err := checkList(g, rules); err != nil {
		return nil, err
	}
	checked, room := slices.Clone(rules), 0
	for i := range checked {
		r := &checked[i]
		if err := r.check(g, fmt.Sprintf("Hostids[%d].", i)); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(checked[:i], func(other Rule) bool { return other.Type == r.Type }) {
			return nil, fault.Bad(fmt.Sprintf("Hostids[%d].name", i), "%s has a rule already", r.Type.Name())
		}
		if !r.Type.Locks() && len(checked) > 1 {
			return nil, fault.Bad(fmt.Sprintf("Hostids[%d].name", i), "%s stands alone or not at all: it ties the license to nothing", r.Type.Name())
		}
		room += r.Max
	}
	if minTotal < 0 || minTotal > room {
		return nil, fault.Bad("min_hostids", "must be from 0 to %d, the sum of max_amount", room)
	}
	return checked, nil
}

func checkList(g Generator, rules []Rule) error {
	switch {
	case !g.Valid():
		return fault.Bad("license_generator_type", "%.40q is not %s, %s or %s", g, LMX, FlexNet, Reprise)
	case len(rules) == 0:
		return fault.Bad("Hostids", "is empty; %s is the type for a license that is tied to nothing", NotLocked.Name())
	case len(rules) > 1 && g != LMX:
		return fault.Bad("Hostids", "may have one type only for %s", g)
	case len(rules) > len(table()):
		return fault.Bad("Hostids", "has %d items, there are only %d types", len(rules), len(table()))
	}
	return nil
}

func (r *Rule) check(g Generator, at string) error {
	t, ok := Find(string(r.Type))
	if !ok || !t.KnownTo(g) {
		return fault.Bad(at+"name", "%.40q is not a HostID type of %s", r.Type, g)
	}
	r.Type = t
	switch {
	case r.Min < 0 || r.Min > maxAmount:
		return fault.Bad(at+"min_amount", "must be from 0 to %d", maxAmount)
	case r.Max < 1 || r.Max > maxAmount:
		return fault.Bad(at+"max_amount", "must be from 1 to %d", maxAmount)
	case r.Min > r.Max:
		return fault.Bad(at+"min_amount", "is %d, more than max_amount (%d)", r.Min, r.Max)
	}
	return nil
}

// Locked says whether the rules tie a license to anything.
func Locked(rules []Rule) bool {
	return !slices.ContainsFunc(rules, func(r Rule) bool { return !r.Type.Locks() })
}

// Select keeps of what was supplied what the rules take: sorted, each once, the
// first of each type up to its max; types without a rule are passed over. A rule
// that does not lock takes all types that no other rule takes, and then nothing
// is demanded; else one HostID is, where the rules demand none: without it one
// activation would serve all machines. The fault (Forbidden, HostIDMissing) says how many of which types
// are missing.
func Select(rules []Rule, minTotal int, supplied []HostID) ([]HostID, error) {
	room := make(map[Type]int, len(rules))
	var rest Type // of the rule that takes every type
	for _, r := range rules {
		room[r.Type] = r.Max
		if !r.Type.Locks() {
			rest = r.Type
		}
	}
	var kept []HostID
	for _, id := range Canonical(supplied) {
		taker := id.kind
		if _, has := room[taker]; !has {
			taker = rest
		}
		if room[taker] > 0 {
			room[taker]--
			kept = append(kept, id)
		}
	}
	if !Locked(rules) {
		return kept, nil
	}
	if err := missing(rules, minTotal, kept); err != nil {
		return nil, err
	}
	return kept, nil
}

// missing is the fault that there are too few, or nil.
func missing(rules []Rule, minTotal int, kept []HostID) error {
	var lacks, names []string
	for _, r := range rules {
		have := 0
		for _, id := range kept {
			if id.kind == r.Type {
				have++
			}
		}
		if have < r.Min {
			lacks = append(lacks, fmt.Sprintf("%d more of type %s", r.Min-have, r.Type.Name()))
		}
		names = append(names, r.Type.Name())
	}
	if len(rules) > 0 {
		minTotal = max(minTotal, 1) // a license that is to be tied is tied to something
	}
	if len(lacks) == 0 && len(kept) < minTotal {
		lacks = []string{fmt.Sprintf("%d more of the types %s", minTotal-len(kept), strings.Join(names, ", "))}
	}
	if len(lacks) == 0 {
		return nil
	}
	return fault.Named(fault.Forbidden, fault.HostIDMissing, "HostIDs are missing: "+strings.Join(lacks, ", "))
}
