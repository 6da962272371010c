package hostid_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/licet/licet/internal/hostid"
)

func TestTypesOfEveryGenerator(t *testing.T) {
	t.Parallel()
	for generator, want := range map[hostid.Generator]string{
		"lm_x": "BIOS=Bios CUSTOM=Custom DONGLE_HASPHL=Dongle HASP HL ETHERNET=Ethernet HARDDISK=Hard Disk HOSTNAME=Hostname " +
			"IPADDRESS=IP Address LONG=Long NOT_LOCKED=Not Locked USERNAME=Username WIN_PRODUCT_ID=Windows Product ID " +
			"AWS_INSTANCE_ID=AWS Instance ID GCE_ID=GCE Instance ID AZURE_ID=Azure Instance ID RPI_SN=Raspberry Pi Serial",
		"flexnet": "ETHERNET=Ethernet HOSTNAME=Hostname ANY=Any INTERNET=Internet USER=User FLEXID=FlexID DISK_SERIAL_NUM=Disk Serial Num DISPLAY=Display",
		"reprise": "ETHERNET=Ethernet IPADDRESS=IP Address LONG=Long ANY=Any USER=User HOST=Host RLMID1=RLM ID1 RLMID2=RLM ID2 SERIAL_NUMBER=Serial Number",
		"":        "", "LM_X": "",
	} {
		var got []string
		for _, id := range hostid.Types(generator) {
			got = append(got, string(id)+"="+id.Name())
			if !id.KnownTo(generator) {
				t.Errorf("%s does not know %s", generator, id)
			}
			for _, name := range []string{string(id), id.Name(), strings.ToLower(id.Name()), strings.ToUpper(id.Name()), strings.ToLower(string(id))} {
				if found, ok := hostid.Find(name); !ok || found != id {
					t.Errorf("%q is %q, %v; want %s", name, found, ok, id)
				}
			}
		}
		if strings.Join(got, " ") != want || generator.Valid() != (want != "") {
			t.Errorf("%s knows %s, want %s", generator, strings.Join(got, " "), want)
		}
	}
}

func TestFindKnowsNothingElse(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", " ", "type1", "Ethernet ", " Ethernet", "IP  Address", "IP_ADDRESS", "HARD DISK\x00", "LMX_HOSTID_BIOS", "Ethernets"} {
		if found, ok := hostid.Find(name); ok || found != "" {
			t.Errorf("%q is %q", name, found)
		}
	}
	if name := hostid.Type("x").Name(); name != "x" {
		t.Errorf("the name of an unknown type is %q", name)
	}
}

func TestNothingIsTiedByTwoTypes(t *testing.T) {
	t.Parallel()
	free := []hostid.Type{hostid.NotLocked, hostid.Any}
	for _, generator := range []hostid.Generator{hostid.LMX, hostid.FlexNet, hostid.Reprise} {
		for _, id := range hostid.Types(generator) {
			if id.Locks() == slices.Contains(free, id) {
				t.Errorf("%s: locks %v", id, id.Locks())
			}
		}
	}
}
