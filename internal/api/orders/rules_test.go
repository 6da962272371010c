package orders_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
)

// TestRulesOfAnOrder has a refused body for each rule; the error names the
// member, and nothing is written.
func TestRulesOfAnOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.URL(t, store.SQLite)).stocked()
	type change = map[string]any
	hostids := func(items ...any) any { return items }
	rule := func(name string, least, most any) any {
		return map[string]any{"name": name, "min_amount": least, "max_amount": most}
	}
	for _, c := range []struct {
		member string
		change change
	}{
		{"customer_id", change{"customer_id": nil}}, {"customer_id", change{"customer_id": 99}}, {"customer_id", change{"customer_id": true}},
		{"customer_id", change{"customer_id": "x"}}, {"customer_id", change{"customer_id": "99999999999999999999"}}, {"customer_id", change{"customer_id": 1.5}},
		{"product_template_id", change{"product_template_id": nil}}, {"product_template_id", change{"product_template_id": 99}},
		{"license_type", change{"license_type": nil}}, {"license_type", change{"license_type": "Local"}}, {"license_type", change{"license_type": 1}},
		{"licensee_type", change{"licensee_type": nil}}, {"licensee_type", change{"licensee_type": "nobody"}},
		{"licensee", change{"licensee_type": "fixed"}}, {"licensee", change{"licensee_type": "fixed", "licensee": " "}},
		{"licensee", change{"licensee_type": "fixed", "licensee": "a\nb"}}, {"licensee", change{"licensee_type": "fixed", "licensee": strings.Repeat("é", 257)}},
		{"hostid_match_rate", change{"hostid_match_rate": nil}}, {"hostid_match_rate", change{"hostid_match_rate": -1}}, {"hostid_match_rate", change{"hostid_match_rate": 101}},
		{"min_hostids", change{"min_hostids": nil}}, {"min_hostids", change{"min_hostids": -1}}, {"min_hostids", change{"min_hostids": 2}},
		{"activations_allowed", change{"activations_allowed": nil}}, {"activations_allowed", change{"activations_allowed": -1}},
		{"activations_allowed", change{"activations_allowed": 1 << 31}}, {"activations_allowed", change{"activations_allowed": 1e300}},
		{"enabled", change{"enabled": nil}}, {"enabled", change{"enabled": "true"}}, {"removal", change{"removal": nil}}, {"removal", change{"removal": 0}},
		{"description", change{"description": strings.Repeat("x", 4097)}}, {"settings_description", change{"settings_description": strings.Repeat("x", 4097)}},
		{"deactivations_allowed", change{"deactivations_allowed": true}}, {"deactivations_allowed", change{"deactivations_allowed": -1}},
		{"Hostids", change{"Hostids": nil}}, {"Hostids", change{"Hostids": hostids()}}, {"Hostids", change{"Hostids": "username"}},
		{"Hostids[0].name", change{"Hostids[0].name": nil}}, {"Hostids[0].name", change{"Hostids[0].name": "Shoe size"}},
		{"Hostids[0].min_amount", change{"Hostids[0].min_amount": nil}}, {"Hostids[0].min_amount", change{"Hostids[0].min_amount": 17}},
		{"Hostids[0].min_amount", change{"Hostids[0].min_amount": 2}}, {"Hostids[0].max_amount", change{"Hostids[0].max_amount": nil}},
		{"Hostids[0].max_amount", change{"Hostids[0].max_amount": 0}}, {"Hostids[0].max_amount", change{"Hostids[0].max_amount": 17}},
		{"Hostids[1].name", change{"Hostids": hostids(rule("Ethernet", 1, 1), rule("ETHERNET", 1, 1))}},
		{"Hostids[1].name", change{"Hostids": hostids(rule("Ethernet", 1, 1), rule("Not Locked", 1, 1))}},
		{"Features", change{"Features": nil}}, {"Features", change{"Features": []any{}}}, {"Features[0]", change{"Features": []any{"Licstat"}}},
		{"Features[0].name", change{"Features[0].name": nil}}, {"Features[0].name", change{"Features[0].name": "two words"}},
		{"Features[0].name", change{"Features[0].name": strings.Repeat("x", 65)}}, {"Features[0].version", change{"Features[0].version": nil}},
		{"Features[0].version", change{"Features[0].version": "6"}}, {"Features[0].version", change{"Features[0].version": "6.10000"}},
		{"Features[0].version", change{"Features[0].version": 6.0}}, {"Features[0].expiration_type", change{"Features[0].expiration_type": nil}},
		{"Features[0].expiration_type", change{"Features[0].expiration_type": "never"}},
		{"Features[0].expiration_date", change{"Features[0].expiration_type": "fixed"}},
		{"Features[0].expiration_date", change{"Features[0].expiration_type": "fixed", "Features[0].expiration_date": "2026-02-30"}},
		{"Features[0].expiration_date", change{"Features[0].expiration_type": "fixed", "Features[0].expiration_date": "31.12.2026"}},
		{"Features[0].days_from_activation", change{"Features[0].expiration_type": "days_from_activation"}},
		{"Features[0].days_from_activation", change{"Features[0].expiration_type": "days_from_activation", "Features[0].days_from_activation": 0}},
		{"Features[0].days_from_activation", change{"Features[0].expiration_type": "days_from_activation", "Features[0].days_from_activation": "ninety"}},
		{"Features[0].days_from_activation", change{"Features[0].expiration_type": "days_from_activation", "Features[0].days_from_activation": 36501}},
		{"Features[0].issued_type", change{"Features[0].issued_type": nil}}, {"Features[0].issued_type", change{"Features[0].issued_type": ""}},
		{"Features[0].issued_date", change{"Features[0].issued_type": "fixed"}},
		{"Features[0].maintenance_type", change{"Features[0].maintenance_type": nil}},
		{"Features[0].maintenance_type", change{"Features[0].maintenance_type": "no_expiration"}},
		{"Features[0].maintenance_date", change{"Features[0].maintenance_type": "fixed"}},
		{"Features[0].maintenance_days_from_activation", change{"Features[0].maintenance_type": "days_from_activation"}},
		{"Features[0].count", change{"license_type": "network"}}, {"Features[0].count", change{"license_type": "network", "Features[0].count": 0}},
		{"Features[0].count", change{"license_type": "network", "Features[0].count": 1 << 31}},
		{"Features[0].enabled", change{"Features[0].enabled": 1}}, {"Features[0].options", change{"Features[0].options": strings.Repeat("x", 1025)}},
		{"Features[0].comment", change{"Features[0].comment": strings.Repeat("x", 1025)}}, {"Features[0].comment", change{"Features[0].comment": 1}},
		{"Features[0].additional_settings", change{"Features[0].additional_settings": strings.Repeat("x", 64<<10+1)}},
	} {
		h.refused("POST", "/license-orders", request(t, "request1.json", c.change), http.StatusBadRequest, 108, c.member)
	}
	h.refused("POST", "/license-orders", "[]", http.StatusBadRequest, 108, "")
	h.refused("POST", "/license-orders", "{", http.StatusBadRequest, 108, "")
	h.refused("POST", "/license-orders", "", http.StatusBadRequest, 108, "customer_id")
	if all := h.ok("GET", "/license-orders", "").list; len(all) != 0 {
		t.Errorf("refused orders were written: %v", all)
	}
}

// TestOrdersThatAreTaken: what the rules allow, and what is tolerated.
func TestOrdersThatAreTaken(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.URL(t, store.SQLite)).stocked()
	for _, c := range []struct {
		change       map[string]any
		member, want string
	}{
		{map[string]any{"hostid_match_rate": "0", "min_hostids": "0", "customer_id": "1"}, "hostid_match_rate", "0"},
		{map[string]any{"activations_allowed": 1<<31 - 1}, "activations_allowed", "2147483647"},
		{map[string]any{"licensee_type": "customer", "licensee": "ignored"}, "licensee", "Rivers Inc"},
		{map[string]any{"licensee_type": "fixed", "licensee": "Ada"}, "licensee", "Ada"},
		{map[string]any{"license_type": "network", "Features[0].count": "7"}, "Features[0].count", "7"},
		{map[string]any{"Features[0].count": 15, "Features[0].expiration_date": "nonsense", "unknown": 1}, "license_type", "local"},
		{map[string]any{"Features[0].expiration_type": "days_from_activation", "Features[0].days_from_activation": "90"}, "Features[0].days_from_activation", "90"},
		{map[string]any{"Features[0].expiration_type": "fixed", "Features[0].expiration_date": "9999-12-31"}, "Features[0].expiration_date", "9999-12-31"},
		{map[string]any{"Features[0].enabled": nil}, "Features[0].name", "Licstat"},
		{map[string]any{"Hostids[0].name": "IPADDRESS", "Hostids[0].min_amount": 0, "Hostids[0].max_amount": "16"}, "Hostids[0].name", "IP Address"},
	} {
		_, o := h.order(c.change)
		in, member := o, c.member
		if list, inner, ok := strings.Cut(c.member, "[0]."); ok {
			in, member = o[list].([]any)[0].(map[string]any), inner
		}
		if in[member] != c.want {
			t.Errorf("%v: %s is %v, want %s", c.change, c.member, in[member], c.want)
		}
	}
}
