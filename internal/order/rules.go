package order

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/hostid"
)

// What a member may hold at most: characters, items, or the number itself.
const (
	maxName     = 256
	maxText     = 4096
	maxSettings = 64 << 10
	maxFeatures = 1000
	maxCount    = 1<<31 - 1
)

// The license types on the wire.
const (
	local   = "local"
	network = "network"
)

// draft is an order or template on its way into the books.
type draft struct {
	entity.OrderTerms
	mode        entity.LicensingMode
	description string
	features    entity.FeatureList
}

// apply merges what was sent into the draft and judges the whole. Lists replace
// those that were there. generator is that of the product.
func (d *draft) apply(in *Terms, generator hostid.Generator) error {
	var c check
	if in.LicenseType != nil {
		d.mode = modeOf(c.choice("license_type", *in.LicenseType, local, network))
	}
	if in.LicenseeType != nil {
		d.LicenseeType = c.choice("licensee_type", *in.LicenseeType, entity.Fixed, entity.LicenseeCustomer, entity.LicenseeNone)
	}
	if in.Licensee != nil {
		d.Licensee = c.line("licensee", *in.Licensee)
	}
	c.number("hostid_match_rate", in.MatchRate, 0, 100, &d.MatchRate)
	c.number("min_hostids", in.MinHostIDs, 0, maxCount, &d.MinHostIDs)
	c.number("activations_allowed", in.ActivationsAllowed, 0, maxCount, &d.ActivationsAllowed)
	if in.Description != nil {
		d.description = c.text("description", *in.Description, maxText)
	}
	c.number("deactivations_allowed", in.DeactivationsAllowed, 0, maxCount, &d.DeactivationsAllowed)
	switch {
	case d.LicenseeType != entity.Fixed:
		d.Licensee = ""
	case strings.TrimSpace(d.Licensee) == "":
		c.bad("licensee", "is needed where licensee_type is fixed")
	}
	if c.err != nil {
		return c.err
	}
	if err := d.applyHostIDs(in.HostIDs, generator); err != nil {
		return err
	}
	return d.applyFeatures(in.Features)
}

func modeOf(licenseType string) entity.LicensingMode {
	if licenseType == network {
		return entity.Floating
	}
	return entity.Activation
}

// TypeOf is the license type, on the wire, of a license with the mode.
func TypeOf(mode entity.LicensingMode) string {
	if mode == entity.Floating {
		return network
	}
	return local
}

func (d *draft) applyHostIDs(sent *[]HostIDInput, generator hostid.Generator) error {
	if sent != nil {
		rules := make([]entity.HostIDRule, len(*sent))
		for i, in := range *sent {
			var c check
			rules[i].Type = c.needed(at("Hostids", i, "name"), in.Name)
			rules[i].Min = c.amount(at("Hostids", i, "min_amount"), in.Min)
			rules[i].Max = c.amount(at("Hostids", i, "max_amount"), in.Max)
			if c.err != nil {
				return c.err
			}
		}
		d.HostIDs = rules
	}
	judged, err := hostid.CheckRules(generator, Rules(d.HostIDs), int(d.MinHostIDs))
	if err != nil {
		return err
	}
	d.HostIDs = make([]entity.HostIDRule, len(judged))
	for i, r := range judged {
		d.HostIDs[i] = entity.HostIDRule{Type: string(r.Type), Min: r.Min, Max: r.Max}
	}
	return nil
}

// Rules are the HostID rules of an order as package hostid judges by them.
func Rules(stored []entity.HostIDRule) []hostid.Rule {
	rules := make([]hostid.Rule, len(stored))
	for i, r := range stored {
		rules[i] = hostid.Rule{Type: hostid.Type(r.Type), Min: r.Min, Max: r.Max}
	}
	return rules
}

// applyFeatures takes the features that were sent, or looks at those that are
// there as the license type may be another now.
func (d *draft) applyFeatures(sent *[]FeatureInput) error {
	isNetwork := d.mode == entity.Floating
	if sent == nil {
		for i := range d.features {
			if t := d.features[i].OrderTerms(); isNetwork && t.Count == nil {
				return fault.Bad(at("Features", i, "count"), "is needed where license_type is network")
			}
		}
		return nil
	}
	if n := len(*sent); n == 0 || n > maxFeatures {
		return fault.Bad("Features", "has %d items, must have from 1 to %d", n, maxFeatures)
	}
	features := make(entity.FeatureList, len(*sent))
	for i := range *sent {
		f, err := featureOf(&(*sent)[i], i, isNetwork)
		if err != nil {
			return err
		}
		features[i] = f
	}
	features.KeepRest(d.features)
	d.features = features
	return nil
}

// check collects the first thing that is wrong.
type check struct{ err error }

func (c *check) bad(member, format string, args ...any) {
	if c.err == nil {
		c.err = fault.Bad(member, format, args...)
	}
}

// choice wants one of some words.
func (c *check) choice(member, value string, of ...string) string {
	if !slices.Contains(of, value) {
		c.bad(member, "must be one of %s, not %.40q", strings.Join(of, ", "), value)
	}
	return value
}

// number takes a number that was sent.
func (c *check) number(member string, sent *entity.Whole, least, most int64, into *int64) {
	if sent == nil {
		return
	}
	n := int64(*sent)
	if n < least || n > most {
		c.bad(member, "must be from %d to %d", least, most)
	}
	*into = n
}

// amount is a number of HostIDs, which package hostid judges.
func (c *check) amount(member string, sent *entity.Whole) int {
	if sent == nil {
		c.bad(member, "is missing")
		return 0
	}
	n := int64(-1) // what does not fit is out of every range
	c.number(member, sent, -maxCount, maxCount, &n)
	return int(n)
}

func (c *check) text(member, value string, most int) string {
	if n := utf8.RuneCountInString(value); n > most {
		c.bad(member, "has %d characters, %d is the most", n, most)
	}
	return value
}

// line is a short text without control characters.
func (c *check) line(member, value string) string {
	if strings.ContainsFunc(value, unicode.IsControl) {
		c.bad(member, "may not hold line breaks or other control characters")
	}
	return c.text(member, value, maxName)
}

// needed is a line that must be there.
func (c *check) needed(member string, value *string) string {
	if value == nil || *value == "" {
		c.bad(member, "is missing")
		return ""
	}
	return c.line(member, *value)
}
