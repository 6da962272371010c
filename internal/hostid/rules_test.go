package hostid_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/hostid"
)

func TestRulesThatAreTaken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		generator hostid.Generator
		rules     []hostid.Rule
		total     int
		want      []hostid.Type
	}{
		"published":     {"lm_x", []hostid.Rule{{"username", 1, 1}}, 1, []hostid.Type{"USERNAME"}},
		"template":      {"lm_x", []hostid.Rule{{"Not Locked", 1, 1}}, 1, []hostid.Type{"NOT_LOCKED"}},
		"four, 2 of 4":  {"lm_x", []hostid.Rule{{"Ethernet", 0, 1}, {"Username", 0, 1}, {"HOSTNAME", 0, 1}, {"IP address", 1, 1}}, 2, []hostid.Type{"ETHERNET", "USERNAME", "HOSTNAME", "IPADDRESS"}},
		"at the limits": {"lm_x", []hostid.Rule{{"Custom", 16, 16}, {"Bios", 0, 16}}, 32, []hostid.Type{"CUSTOM", "BIOS"}},
		"no total":      {"lm_x", []hostid.Rule{{"Custom", 1, 1}}, 0, []hostid.Type{"CUSTOM"}},
		"flexnet":       {"flexnet", []hostid.Rule{{"disk serial num", 0, 2}}, 2, []hostid.Type{"DISK_SERIAL_NUM"}},
		"reprise":       {"reprise", []hostid.Rule{{"Any", 1, 1}}, 0, []hostid.Type{"ANY"}},
	} {
		given := slices.Clone(c.rules)
		got, err := hostid.CheckRules(c.generator, c.rules, c.total)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, r := range got {
			if r.Type != c.want[i] || r.Min != given[i].Min || r.Max != given[i].Max {
				t.Errorf("%s: rule %d is %+v", name, i, r)
			}
		}
		if !slices.Equal(given, c.rules) {
			t.Errorf("%s: the caller's rules were changed", name)
		}
	}
}

func TestRulesThatAreRefused(t *testing.T) {
	t.Parallel()
	ok := hostid.Rule{Type: "Custom", Min: 1, Max: 1}
	many := slices.Repeat([]hostid.Rule{ok}, 1000)
	for _, c := range []struct {
		generator   hostid.Generator
		rules       []hostid.Rule
		total       int
		field, says string
	}{
		{"LM_X", []hostid.Rule{ok}, 0, "license_generator_type", `"LM_X"`},
		{"lm_x", nil, 0, "Hostids", "Not Locked"},
		{"lm_x", many, 0, "Hostids", "1000 items"},
		{"lm_x", []hostid.Rule{{"Ethernets", 1, 1}}, 0, "Hostids[0].name", "of lm_x"},
		{"lm_x", []hostid.Rule{ok, {"", 1, 1}}, 0, "Hostids[1].name", `""`},
		{"lm_x", []hostid.Rule{{"FlexID", 1, 1}}, 0, "Hostids[0].name", "of lm_x"},
		{"flexnet", []hostid.Rule{{"Not Locked", 1, 1}}, 0, "Hostids[0].name", "of flexnet"},
		{"reprise", []hostid.Rule{{"Hostname", 1, 1}}, 0, "Hostids[0].name", "of reprise"},
		{"flexnet", []hostid.Rule{{"Ethernet", 1, 1}, {"User", 1, 1}}, 0, "Hostids", "one type only"},
		{"reprise", []hostid.Rule{{"Ethernet", 1, 1}, {"User", 1, 1}}, 0, "Hostids", "one type only"},
		{"lm_x", []hostid.Rule{ok, {"CUSTOM", 0, 1}}, 0, "Hostids[1].name", "Custom has a rule already"},
		{"lm_x", []hostid.Rule{ok, {"Not Locked", 0, 1}}, 0, "Hostids[1].name", "stands alone"},
		{"lm_x", []hostid.Rule{{"Not Locked", 0, 1}, ok}, 0, "Hostids[0].name", "stands alone"},
		{"lm_x", []hostid.Rule{{"Custom", -1, 1}}, 0, "Hostids[0].min_amount", "0 to 16"},
		{"lm_x", []hostid.Rule{{"Custom", 17, 16}}, 0, "Hostids[0].min_amount", "0 to 16"},
		{"lm_x", []hostid.Rule{{"Custom", 0, 0}}, 0, "Hostids[0].max_amount", "1 to 16"},
		{"lm_x", []hostid.Rule{{"Custom", 0, 17}}, 0, "Hostids[0].max_amount", "1 to 16"},
		{"lm_x", []hostid.Rule{{"Custom", 2, 1}}, 0, "Hostids[0].min_amount", "more than max_amount (1)"},
		{"lm_x", []hostid.Rule{ok, {"Bios", 0, 3}}, 5, "min_hostids", "0 to 4"},
		{"lm_x", []hostid.Rule{ok}, -1, "min_hostids", "0 to 1"},
	} {
		got, err := hostid.CheckRules(c.generator, c.rules, c.total)
		f := fault.Of(err)
		if f == nil || f.Kind != fault.Invalid || f.Field != c.field || !strings.Contains(f.Message, c.says) || got != nil {
			t.Errorf("%s %v: %v, %v; want a fault of %s that says %q", c.generator, c.rules[:min(len(c.rules), 2)], got, err, c.field, c.says)
		}
	}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	four := []hostid.Rule{{hostid.Ethernet, 0, 1}, {hostid.Username, 0, 1}, {hostid.Hostname, 0, 1}, {hostid.IPAddress, 1, 1}}
	two := []hostid.Rule{{hostid.Ethernet, 1, 2}, {hostid.Custom, 2, 3}}
	free := []hostid.Rule{{hostid.NotLocked, 1, 2}}
	for _, c := range []struct {
		name           string
		rules          []hostid.Rule
		total          int
		supplied, want string
		lacks          string
	}{
		{"just enough", four, 2, "IPADDRESS=::1,USERNAME=Ada", "IPADDRESS=::1,USERNAME=ada", ""},
		{"a type is missing", four, 2, "ETHERNET=482c6a1e593d,USERNAME=Ada", "", "1 more of type IP Address"},
		{"the total is missing", four, 3, "IPADDRESS=::1,USERNAME=ada", "", "1 more of the types Ethernet, Username, Hostname, IP Address"},
		{"surplus does not count", four, 3, "IPADDRESS=::1,IPADDRESS=::2,USERNAME=ada,USERNAME=bob,BIOS=1", "", "1 more of the types"},
		{"repetition does not count", two, 0, "ETHERNET=48-2c-6a-1e-59-3d,ETHERNET=482C6A1E593D,CUSTOM=a,CUSTOM=A", "", "1 more of type Custom"},
		{"two are missing", two, 0, "BIOS=1", "", "1 more of type Ethernet, 2 more of type Custom"},
		{"nothing", two, 3, "", "", "1 more of type Ethernet, 2 more of type Custom"},
		{"surplus is dropped", two, 5, "CUSTOM=d,CUSTOM=c,CUSTOM=b,CUSTOM=a,ETHERNET=bbbbbbbbbbbb,ETHERNET=cccccccccccc,ETHERNET=aaaaaaaaaaaa",
			"CUSTOM=a,CUSTOM=b,CUSTOM=c,ETHERNET=aaaaaaaaaaaa,ETHERNET=bbbbbbbbbbbb", ""},
		{"foreign types are dropped", two, 0, "CUSTOM=a,CUSTOM=b,ETHERNET=aaaaaaaaaaaa,BIOS=1,NOT_LOCKED=x", "CUSTOM=a,CUSTOM=b,ETHERNET=aaaaaaaaaaaa", ""},
		{"all are optional, none fits", four[:3], 0, "IPADDRESS=::1", "", "1 more of the types Ethernet, Username, Hostname"},
		{"all are optional, one fits", four[:3], 0, "IPADDRESS=::1,USERNAME=Ada", "USERNAME=ada", ""},
		{"not locked, nothing sent", free, 2, "", "", ""},
		{"not locked, one sent", free, 2, "USERNAME=Ada", "USERNAME=ada", ""},
		{"not locked, too many", free, 2, "USERNAME=Ada,NOT_LOCKED=,CUSTOM=a", "CUSTOM=a,NOT_LOCKED=", ""},
		{"no rules", nil, 0, "USERNAME=Ada", "", ""},
	} {
		got, err := hostid.Select(c.rules, c.total, parsed(t, c.supplied))
		if c.lacks == "" {
			if err != nil || hostid.Text(got) != c.want {
				t.Errorf("%s: %v, %v; want %s", c.name, got, err, c.want)
			}
			continue
		}
		f := fault.Of(err)
		if f == nil || f.Kind != fault.Forbidden || f.Code != fault.HostIDMissing || !strings.Contains(f.Message, c.lacks) || got != nil {
			t.Errorf("%s: %v, %v; want %q", c.name, got, err, c.lacks)
		}
	}
	for rules, want := range map[*[]hostid.Rule]bool{&four: true, &free: false, {{hostid.Any, 0, 1}}: false} {
		if hostid.Locked(*rules) != want {
			t.Errorf("%v: locked %v", *rules, !want)
		}
	}
}

func someRules(t *rapid.T) []hostid.Rule {
	if rapid.IntRange(0, 4).Draw(t, "free") == 0 {
		return []hostid.Rule{{hostid.NotLocked, 0, rapid.IntRange(1, 4).Draw(t, "max")}}
	}
	types := rapid.SliceOfNDistinct(rapid.SampledFrom([]hostid.Type{hostid.Ethernet, hostid.IPAddress, hostid.Username, hostid.Custom}), 1, 4, rapid.ID).Draw(t, "types")
	var rules []hostid.Rule
	for _, kind := range types {
		r := hostid.Rule{Type: kind, Max: rapid.IntRange(1, 3).Draw(t, "max")}
		r.Min = rapid.IntRange(0, r.Max).Draw(t, "min")
		rules = append(rules, r)
	}
	return rules
}

func TestWhatSelectKeeps(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rules, total, supplied := someRules(t), rapid.IntRange(0, 4).Draw(t, "total"), set(t, "supplied")
		kept, err := hostid.Select(rules, total, supplied)
		again, errAgain := hostid.Select(rules, total, shuffled(t, supplied))
		if !slices.Equal(kept, again) || fmt.Sprint(err) != fmt.Sprint(errAgain) {
			t.Fatalf("%v, %v in another order is %v, %v", kept, err, again, errAgain)
		}
		most, least := 0, 0
		for _, r := range rules {
			had, has := count(supplied, r.Type), count(kept, r.Type)
			if has > r.Max || hostid.Locked(rules) && err == nil && (has < r.Min || has != min(had, r.Max)) {
				t.Fatalf("%+v of %d keeps %d", r, had, has)
			}
			most += r.Max
			if hostid.Locked(rules) && had < r.Min {
				least++
			}
		}
		if least > 0 && err == nil || len(kept) > most || err == nil && hostid.Locked(rules) && len(kept) == 0 || err == nil && hostid.Locked(rules) && len(kept) < total {
			t.Fatalf("%v keeps %v of %v, %v", rules, kept, supplied, err)
		}
		if err != nil {
			return
		}
		for _, id := range kept {
			if !slices.Contains(supplied, id) {
				t.Fatalf("%s was not supplied", id)
			}
		}
		if once, err := hostid.Select(rules, total, kept); err != nil || !slices.Equal(once, kept) {
			t.Fatalf("selected again, %v is %v, %v", kept, once, err)
		}
	})
}

// count counts the different ones of a type.
func count(ids []hostid.HostID, kind hostid.Type) int {
	n := 0
	for _, id := range hostid.Canonical(ids) {
		if id.Type() == kind {
			n++
		}
	}
	return n
}
