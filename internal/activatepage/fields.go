package activatepage

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/hostid"
	"github.com/licet/licet/internal/httpx"
)

// field asks for the HostIDs of one type.
type field struct {
	Name     string // of the input, and its id
	Label    string
	Hint     string
	Where    string // to find the value
	Value    string
	Offers   []string // values to pick
	Required bool
	Error    string

	rule hostid.Type
}

// keyOf is the key of a form. People copy keys with blanks, without dashes, or
// with those of a word processor; what is no key in any of these ways stays, but
// for what is no text.
func keyOf(r *http.Request) string {
	sent := strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(r.PostForm.Get("key"), "\x00", "\ufffd"), "\ufffd"))
	bare := strings.ToUpper(strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) || unicode.Is(unicode.Pd, c) {
			return -1
		}
		return c
	}, sent))
	const group = 5
	if len(bare) != 4*group || strings.Trim(bare, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
		return sent
	}
	return bare[:group] + "-" + bare[group:2*group] + "-" + bare[2*group:3*group] + "-" + bare[3*group:]
}

// fields makes a field for each rule of an order, with what was sent in it.
func (v *view) fields(o *entity.LicenseOrder, r *http.Request) {
	v.Needed = o.MinHostIDs
	least := int64(0)
	for _, rule := range o.HostIDs {
		least += int64(rule.Min)
		t := hostid.Type(rule.Type)
		f := field{
			Name: "id-" + rule.Type, Label: t.Name(), Required: rule.Min > 0, rule: t,
			Hint: amounts(rule), Value: strings.TrimSpace(r.PostForm.Get("id-" + rule.Type)), Where: whereIs(t),
		}
		switch t {
		case hostid.IPAddress, hostid.Internet:
			f.Offers = append(f.Offers, httpx.ClientAddr(r.Context()))
		case hostid.NotLocked, hostid.Any:
			v.Unlocked, v.Needed, f.Required = true, 0, false
			f.Label, f.Hint = "Name of this machine", "Optional. The license runs on any machine; each name uses one activation and tells yours apart."
		}
		v.Fields = append(v.Fields, f)
	}
	if len(v.Fields) == 1 && v.Needed > 0 {
		v.Fields[0].Required = true
	}
	if v.Needed <= least { // the fields say it already
		v.Needed = 0
	}
}

// amounts says how many HostIDs of a type are wanted.
func amounts(r entity.HostIDRule) string {
	numbers := strings.Fields("none one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen")
	number := func(n int) string { return numbers[min(max(n, 0), len(numbers)-1)] }
	switch {
	case r.Max <= 1 && r.Min == 0:
		return "Optional."
	case r.Max <= 1:
		return ""
	case r.Min == 0:
		return "Optional, up to " + number(r.Max) + ", with commas between."
	case r.Min == r.Max:
		return strings.ToUpper(number(r.Min)[:1]) + number(r.Min)[1:] + ", with commas between."
	}
	return strings.ToUpper(number(r.Min)[:1]) + number(r.Min)[1:] + " to " + number(r.Max) + ", with commas between."
}

// whereIs says where people find a value.
func whereIs(t hostid.Type) string {
	return map[hostid.Type]string{
		hostid.Ethernet:         "Twelve digits and letters, such as 48-2C-6A-1E-59-3D. Windows: getmac. Linux: ip link. macOS: ifconfig.",
		hostid.IPAddress:        "Such as 192.0.2.17.",
		hostid.Hostname:         "The computer's name. All systems: hostname.",
		hostid.Username:         "The name you log in with. All systems: whoami.",
		hostid.HardDisk:         "The serial number of the disk. Windows: vol c:. Linux: lsblk -o name,serial.",
		hostid.WindowsProductID: "Windows: Settings, System, About.",
		hostid.AWSInstanceID:    "Such as i-0abcd1234ef567890.",
		hostid.RaspberryPi:      "The line Serial of /proc/cpuinfo.",
		hostid.Custom:           "The value that the application shows.",
		hostid.Dongle:           "The number that is printed on the dongle, or that its driver shows.",
	}[t]
}

// readFields makes HostIDs of the fields; where it cannot, the fields say why.
func (v *view) readFields() (ids []hostid.HostID, ok bool) {
	ok = true
	for i := range v.Fields {
		f := &v.Fields[i]
		values := strings.FieldsFunc(f.Value, func(r rune) bool { return r == ',' || r == ';' })
		if len(values) == 0 && !f.rule.Locks() {
			values = []string{""}
		}
		if len(values) == 0 && f.Required {
			ok = v.wrong(f, "Enter the "+f.Label+".")
		}
		for _, value := range values {
			id, err := hostid.New(f.Name, f.rule, strings.TrimSpace(value))
			if err != nil {
				ok = v.wrong(f, said(f.Label, err))
				continue
			}
			ids = append(ids, id)
		}
		if len(ids) > hostid.MaxListed { // they could not be named again
			return nil, v.wrong(f, fmt.Sprintf("At most %d can be listed.", hostid.MaxListed))
		}
	}
	if ok && len(ids) == 0 {
		v.missing("Enter at least one of these.")
		return nil, false
	}
	return ids, ok
}

// said is what is wrong with a value, without the name of its field.
func said(label string, err error) string {
	f := fault.Of(err)
	if f == nil {
		return "This cannot be read."
	}
	why := strings.TrimPrefix(f.Message, label+": ")
	return strings.ToUpper(why[:1]) + why[1:] + "."
}

func (v *view) wrong(f *field, why string) bool {
	if f.Error == "" {
		f.Error = why
	}
	if v.Focus == "" {
		v.Focus = f.Name
	}
	return false
}

// missing says that the fields together are not enough.
func (v *view) missing(why string) {
	if len(v.Fields) == 1 {
		v.wrong(&v.Fields[0], why)
		return
	}
	v.FieldError = why
	i := max(0, slices.IndexFunc(v.Fields, func(f field) bool { return f.Value == "" }))
	if len(v.Fields) > 0 {
		v.Focus = v.Fields[i].Name
	}
}

// forgetFields empties the form for the next machine.
func (v *view) forgetFields() {
	for i := range v.Fields {
		v.Fields[i].Value = ""
	}
}
