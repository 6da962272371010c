package hostid

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/licet/licet/internal/fault"
)

// maxValue bounds a value, in characters.
const maxValue = 255

// HostID is one value of one type, in its one form: HostIDs that mean the same
// are equal. The zero HostID is none.
type HostID struct {
	kind  Type
	value string
}

// New makes a HostID of a value in any spelling. The fault (HostIDInvalid) is of
// the named member, and says the type and what is wrong.
func New(field string, t Type, value string) (HostID, error) {
	k, ok := find(string(t))
	if !ok {
		return HostID{}, wrong(field, "%.40q is not a HostID type", t)
	}
	if value == "" && !k.raw.Locks() {
		return HostID{kind: k.raw}, nil
	}
	if err := checkCharacters(k.raw, value); err != nil {
		return HostID{}, wrong(field, "%s: %v", k.name, err)
	}
	value = strings.ToLower(value)
	if k.form == nil {
		return HostID{k.raw, value}, nil
	}
	formed, err := k.form(value)
	if err != nil {
		return HostID{}, wrong(field, "%s: %v", k.name, err)
	}
	return HostID{k.raw, formed}, nil
}

// Type is the type of the HostID.
func (h HostID) Type() Type { return h.kind }

// Value is the value in its one form.
func (h HostID) Value() string { return h.value }

// String is TYPE=value.
func (h HostID) String() string { return string(h.kind) + "=" + h.value }

func wrong(field, format string, args ...any) error {
	f := fault.Bad(field, format, args...)
	f.Code = fault.HostIDInvalid
	return f
}

func checkCharacters(t Type, value string) error {
	if value == "" {
		return errors.New("the value is empty")
	}
	if len(value) > maxValue {
		return fmt.Errorf("the value has %d bytes, %d is the most", len(value), maxValue)
	}
	for _, r := range value {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune(`_.*:\-`, r):
		case r == '@' && t == Username:
		case r == '@':
			return fmt.Errorf("%.40q: only a %s may hold @", value, Username.Name())
		case r == ' ' || r == '\t':
			return fmt.Errorf("%.40q holds a blank", value)
		default:
			return fmt.Errorf(`%.40q holds %q; letters, digits and _ . * : \ - are allowed`, value, r)
		}
	}
	return nil
}

// ethernetForm drops separators, which may be mixed and anywhere.
func ethernetForm(value string) (string, error) {
	digits := strings.NewReplacer("-", "", ":", "", ".", "", "_", "").Replace(value)
	if len(digits) != 12 || strings.Trim(digits, "0123456789abcdef") != "" {
		return "", fmt.Errorf("%.40q is not an address of 12 hexadecimal digits", value)
	}
	return digits, nil
}

// addressForm wants one address: a HostID is of one host, so there is no place
// for a wildcard. An IPv4 address inside IPv6 is the IPv4 address.
func addressForm(value string) (string, error) {
	address, err := netip.ParseAddr(value)
	if err != nil {
		return "", fmt.Errorf("%.40q is not an IPv4 or IPv6 address", value)
	}
	return address.Unmap().String(), nil
}

// Canonical is the set of the HostIDs: sorted by type, then value, each once.
func Canonical(ids []HostID) []HostID {
	set := slices.Clone(ids)
	slices.SortFunc(set, func(a, b HostID) int {
		return cmp.Or(strings.Compare(string(a.kind), string(b.kind)), strings.Compare(a.value, b.value))
	})
	return slices.Compact(set)
}
