package document

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/hostid"
)

// Order is what the text of an activated license order states (format 5).
type Order struct {
	ActivationKey string
	Generated     entity.Time // when the text is made; whole seconds are stated
	Vendor        string      // the vendor's id at LM-X; empty is left out
	Licensee      string      // empty is left out
	// HostIDs are the frozen set of the activation and MatchRate the percentage
	// of them that a machine must have; none where the order is Not Locked. In a
	// verified order they are canonical. MatchRate is stated with HostIDs only.
	HostIDs   []hostid.HostID
	MatchRate int // 0 to 100
	// Machine is the machine id of an activation that was made without HostIDs,
	// by a name of the application's own. It excludes HostIDs.
	Machine  string
	Features []OrderFeature // the enabled ones, at least one, as they stand in the order
}

// OrderFeature is one FEATURE block. Dates are YYYY-MM-DD and mean the end of
// that day, UTC; empty: none.
type OrderFeature struct {
	Name           string // letters, digits, _ and -, 64 at most
	Version        string // major.minor, each 0 to 9999
	End            string // empty: it never ends
	MaintenanceEnd string
	Issued         string
	Count          int64  // seats of a network license, from 1; 0 for a local one
	Comment        string // 1024 characters at most, as Options
	Options        string
}

const (
	dateLayout   = "2006-01-02"
	maxCount     = 1<<31 - 1
	maxOrderText = 1024 // characters of a text
	maxFeatures  = 1000
)

// SignOrder makes the text of an activated license order (format 5, LM-X) with
// an Ed25519 key. The same order and key always give the same text. A fault
// names the member that cannot be stated as it is.
func SignOrder(o *Order, key keys.Key) (string, error) {
	if key.Type() != entity.ResourceEd25519 {
		return "", fault.Bad("signatureKeysId", "format %d (%s) is signed by an %s key, this one is %s",
			entity.FormatLMX, nameLMX, entity.ResourceEd25519, key.Type())
	}
	if err := o.check(); err != nil {
		return "", fmt.Errorf("sign license order in format %s: %w", nameLMX, err)
	}
	signature, err := key.SignEd25519([]byte(o.write(key.ID(), "")))
	if err != nil {
		return "", fmt.Errorf("sign license order in format %s: %w", nameLMX, err)
	}
	return o.write(key.ID(), encodeKey(signature)), nil
}

// check refuses what the text has no place for.
func (o *Order) check() error {
	if err := checkWord("activation_key", o.ActivationKey); err != nil {
		return err
	}
	if o.Generated.IsZero() {
		return fault.Bad("creation_time", "the text of a license needs the time at which it is made")
	}
	if o.Vendor != "" && !isOrderName(o.Vendor) {
		return fault.Bad("vendor", "%.80q is not 1 to 64 letters, digits, _ and -", o.Vendor)
	}
	if err := checkOrderText("licensee", o.Licensee); err != nil {
		return err
	}
	if err := o.checkMachine(); err != nil {
		return err
	}
	if n := len(o.Features); n == 0 || n > maxFeatures {
		return fault.Bad("Features", "a license has from 1 to %d enabled features, this has %d", maxFeatures, n)
	}
	for i := range o.Features {
		if err := o.Features[i].check(fmt.Sprintf("Features[%d].", i)); err != nil {
			return err
		}
	}
	return nil
}

func (o *Order) checkMachine() error {
	if len(o.HostIDs) > 0 && o.Machine != "" {
		return fault.Bad("Hostids", "a license is tied to HostIDs or to a machine id, not to both")
	}
	if len(o.HostIDs) > hostid.MaxListed {
		return fault.Bad("Hostids", "has %d items, %d is the most", len(o.HostIDs), hostid.MaxListed)
	}
	for i, id := range o.HostIDs {
		if !id.Type().Locks() || id == (hostid.HostID{}) {
			return fault.Bad(fmt.Sprintf("Hostids[%d]", i), "ties the license to nothing")
		}
	}
	if o.MatchRate < 0 || o.MatchRate > 100 {
		return fault.Bad("hostid_match_rate", "must be from 0 to 100")
	}
	if _, lists, _ := hostid.ParseMachineID("", o.Machine); lists {
		return fault.Bad("machineId", "%.80q lists HostIDs, so it is no name for a machine", o.Machine)
	}
	return checkOrderText("machineId", o.Machine)
}

const (
	digits  = "0123456789"
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// spelt says whether a word has 1 to most of the characters and no others.
func spelt(word string, most int, characters string) bool {
	return word != "" && len(word) <= most && strings.Trim(word, characters) == ""
}

func isOrderName(word string) bool { return spelt(word, 64, letters+digits+"_-") }

func isOrderVersion(version string) bool {
	major, minor, _ := strings.Cut(version, ".")
	return spelt(major, 4, digits) && spelt(minor, 4, digits)
}

func (f *OrderFeature) check(at string) error {
	if !isOrderName(f.Name) {
		return fault.Bad(at+"name", "%.80q is not 1 to 64 letters, digits, _ and -", f.Name)
	}
	if !isOrderVersion(f.Version) {
		return fault.Bad(at+"version", "%.40q is not major.minor, each from 0 to 9999", f.Version)
	}
	for _, date := range []text{
		{"expiration_date", f.End}, {"maintenance_date", f.MaintenanceEnd}, {"issued_date", f.Issued},
	} {
		if parsed, err := time.Parse(dateLayout, date.value); date.value != "" && (err != nil || parsed.Year() < 1) {
			return fault.Bad(at+date.member, "%.40q is not a date such as 2026-01-31", date.value)
		}
	}
	if f.Count < 0 || f.Count > maxCount {
		return fault.Bad(at+"count", "must be from 1 to %d, or 0 for a local license", maxCount)
	}
	if err := checkOrderText(at+"comment", f.Comment); err != nil {
		return err
	}
	return checkOrderText(at+"options", f.Options)
}

// checkWord wants visible characters, since the word ends its line.
func checkWord(member, word string) error {
	if word == "" || len(word) > maxOrderText || !utf8.ValidString(word) ||
		strings.ContainsFunc(word, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }) {
		return fault.Bad(member, "%.80q is not one word of visible characters", word)
	}
	return nil
}

func checkOrderText(member, value string) error {
	if !utf8.ValidString(value) {
		return fault.Bad(member, "the text is not valid UTF-8")
	}
	if n := utf8.RuneCountInString(value); n > maxOrderText {
		return fault.Bad(member, "has %d characters, %d is the most", n, maxOrderText)
	}
	return nil
}

// content is what the order states in the words of every format: its license
// ends when its last feature does.
func (o *Order) content() Content {
	c := Content{LicenseID: o.ActivationKey, IssueDate: o.Generated, Licensee: Licensee{Name: o.Licensee}}
	forever := false
	for _, f := range o.Features {
		end := endOf(f.End)
		c.Features = append(c.Features, Feature{Name: f.Name, ExpireDate: end})
		forever = forever || end.IsZero()
		if c.ExpireDate.IsZero() || end.Std().After(c.ExpireDate.Std()) {
			c.ExpireDate = end
		}
	}
	if forever {
		c.ExpireDate = entity.Time{}
	}
	if machine := o.machine(); machine != "" {
		c.Restrictions = []Restriction{{Name: hardwareRestriction, Properties: map[string]string{hardwareKey: machine}}}
	}
	return c
}

// machine is what the license is tied to, in one text.
func (o *Order) machine() string {
	if len(o.HostIDs) > 0 {
		return hostid.Text(o.HostIDs)
	}
	return o.Machine
}

// endOf is the last second of a day that check has accepted.
func endOf(date string) entity.Time {
	day, err := time.Parse(dateLayout, date)
	if err != nil {
		return entity.Time{}
	}
	return entity.TimeOf(day.Add(24*time.Hour - time.Second))
}
