package hostid_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/hostid"
)

// plain are the types whose values only lose their case.
func plain() []hostid.Type {
	var types []hostid.Type
	for _, id := range all() {
		if id != hostid.Ethernet && id != hostid.IPAddress && id != hostid.Internet {
			types = append(types, id)
		}
	}
	return types
}

// all are the types of every generator.
func all() []hostid.Type {
	types := hostid.Types(hostid.LMX)
	for _, generator := range []hostid.Generator{hostid.FlexNet, hostid.Reprise} {
		for _, id := range hostid.Types(generator) {
			if !id.KnownTo(hostid.LMX) && (generator == hostid.FlexNet || !id.KnownTo(hostid.FlexNet)) {
				types = append(types, id)
			}
		}
	}
	return types
}

func TestValuesHaveOneForm(t *testing.T) {
	t.Parallel()
	type row struct {
		kind     hostid.Type
		in, want string
	}
	rows := []row{
		{hostid.Ethernet, "48-2C-6A-1E-59-3D", "482c6a1e593d"},
		{hostid.Ethernet, "482c6a1e593d", "482c6a1e593d"},
		{hostid.Ethernet, "00:50:A7:B6-CC-1A", "0050a7b6cc1a"},
		{hostid.Ethernet, "ABC82739BEFA", "abc82739befa"},
		{hostid.Ethernet, "0050.a7b6.cc1a", "0050a7b6cc1a"},
		{hostid.IPAddress, "192.168.0.1", "192.168.0.1"},
		{hostid.IPAddress, "::FFFF:192.168.0.1", "192.168.0.1"},
		{hostid.IPAddress, "2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
		{hostid.Internet, "2001:0db8::0001", "2001:db8::1"},
		{hostid.Username, "Ada@Example.COM", "ada@example.com"},
		{"username", "Ada", "ada"}, // a type in another spelling
		{hostid.NotLocked, "", ""}, {hostid.Any, "", ""},
	}
	for _, kind := range plain() {
		rows = append(rows, row{kind, `aZ09_.*:\-`, `az09_.*:\-`}, row{kind, strings.Repeat("X", 255), strings.Repeat("x", 255)})
	}
	for _, r := range rows {
		id, err := hostid.New("hostids", r.kind, r.in)
		if err != nil || id.Value() != r.want {
			t.Errorf("%s %q is %q, %v; want %q", r.kind, r.in, id.Value(), err, r.want)
		}
	}
}

func TestValuesThatAreRefused(t *testing.T) {
	t.Parallel()
	type row struct {
		kind     hostid.Type
		in, says string
	}
	rows := []row{
		{"type2", "value", `"type2" is not a HostID type`},
		{"", "value", `"" is not a HostID type`},
		{hostid.Ethernet, "48-2C-6A-1E-59", "Ethernet: "}, {hostid.Ethernet, "482c6a1e593dff", "12 hexadecimal digits"},
		{hostid.Ethernet, "482c6a1e593g", "12 hexadecimal digits"}, {hostid.Ethernet, "482c6a1e593d0000", "12 hex"}, {hostid.Ethernet, "-", "12 hex"},
		{hostid.Ethernet, `48\2C\6A\1E\59\3D`, "12 hex"}, {hostid.Ethernet, "48*", "12 hex"},
		{hostid.IPAddress, "192.168.0", "IP Address: "}, {hostid.IPAddress, "192.168.*.*", "IPv4 or IPv6"}, {hostid.IPAddress, "192.168.0.256", "IPv4 or IPv6"},
		{hostid.IPAddress, "fe80::1%eth0", "'%'"}, {hostid.IPAddress, "010.0.0.1", "IPv4 or IPv6"}, {hostid.Internet, "x", "IPv4 or IPv6"},
	}
	for _, kind := range all() {
		rows = append(rows,
			row{kind, strings.Repeat("x", 256), "256 bytes, 255 is the most"},
			row{kind, "a b", "holds a blank"}, row{kind, " ", "holds a blank"}, row{kind, "a\t", "holds a blank"},
			row{kind, "value=2", `holds '='`}, row{kind, "a,b", `holds ','`}, row{kind, "a\x00", `holds '\x00'`}, row{kind, "ä", `holds 'ä'`},
			row{kind, "a\xff", "holds"}, row{kind, "\u212a", "holds"}, row{kind, "a\n", `holds '\n'`}, row{kind, "a\u00a0", "holds"},
		)
		if kind != hostid.Username {
			rows = append(rows, row{kind, "a@b", "only a Username may hold @"})
		}
		if kind.Locks() {
			rows = append(rows, row{kind, "", "empty"})
		}
	}
	for _, r := range rows {
		id, err := hostid.New("hostids", r.kind, r.in)
		wantInvalid(t, err, "hostids", r.says)
		if err != nil && r.kind.KnownTo(hostid.LMX) && !strings.Contains(err.Error(), r.kind.Name()) {
			t.Errorf("%v does not name the type %s", err, r.kind.Name())
		}
		if id != (hostid.HostID{}) {
			t.Errorf("%s %q is refused and gives %s", r.kind, r.in, id)
		}
	}
}

func wantInvalid(t testing.TB, err error, field, says string) {
	t.Helper()
	f := fault.Of(err)
	if f == nil || f.Kind != fault.Invalid || f.Code != fault.HostIDInvalid || f.Field != field || !strings.Contains(f.Message, says) {
		t.Errorf("got %v, want a fault of %s that says %q", err, field, says)
	}
}

// value draws a value of a type in any of its spellings.
func value(t *rapid.T, kind hostid.Type) string {
	switch kind {
	case hostid.Ethernet:
		return rapid.StringMatching(`([0-9a-cA-C]{2}[:.-]?){5}[0-9a-cA-C]{2}`).Draw(t, "ethernet")
	case hostid.IPAddress, hostid.Internet:
		return rapid.SampledFrom([]string{"10.0.0.1", "10.0.0.2", "::ffff:10.0.0.1", "2001:DB8::1", "2001:db8:0::1", "::", "fe80::a"}).Draw(t, "address")
	}
	return rapid.StringMatching(`[a-cA-C0-1_.*:\\-]{1,4}`).Draw(t, "value")
}

func TestNormalisingTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(all()).Draw(t, "type")
		once, err := hostid.New("", kind, value(t, kind))
		if err != nil {
			t.Fatal(err)
		}
		twice, err := hostid.New("", once.Type(), once.Value())
		if err != nil || twice != once {
			t.Fatalf("%s became %s, %v", once, twice, err)
		}
		upper, err := hostid.New("", kind, strings.ToUpper(once.Value()))
		if err != nil || upper != once {
			t.Fatalf("%s in upper case became %s, %v", once, upper, err)
		}
	})
}

func FuzzNew(f *testing.F) {
	for _, seed := range []string{"48-2C-6A-1E-59-3D", "::ffff:1.2.3.4", "ada@example.com", "", "a b", "\xff", "fe80::1%a"} {
		f.Add("Ethernet", seed)
		f.Add("IPADDRESS", seed)
		f.Add("username", seed)
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		id, err := hostid.New("hostids", hostid.Type(name), text)
		if err != nil {
			wantInvalid(t, err, "hostids", "")
			return
		}
		if strings.ContainsAny(id.Value(), ", =\t\r\n\x00") || len(id.Value()) > 255 || strings.ToLower(id.Value()) != id.Value() {
			t.Fatalf("%q %q became %q", name, text, id.Value())
		}
		if again, err := hostid.New("", id.Type(), id.Value()); err != nil || again != id {
			t.Fatalf("%s became %s, %v", id, again, err)
		}
	})
}
