package hostid

import (
	"slices"
	"strings"
)

// Type is a type of HostID under its raw name, as in ETHERNET=482c6a1e593d.
type Type string

// The types of LM-X.
const (
	Bios             Type = "BIOS"
	Custom           Type = "CUSTOM"
	Dongle           Type = "DONGLE_HASPHL"
	Ethernet         Type = "ETHERNET"
	HardDisk         Type = "HARDDISK"
	Hostname         Type = "HOSTNAME"
	IPAddress        Type = "IPADDRESS"
	Long             Type = "LONG"
	NotLocked        Type = "NOT_LOCKED"
	Username         Type = "USERNAME"
	WindowsProductID Type = "WIN_PRODUCT_ID"
	AWSInstanceID    Type = "AWS_INSTANCE_ID"
	GCEInstanceID    Type = "GCE_ID"
	AzureInstanceID  Type = "AZURE_ID"
	RaspberryPi      Type = "RPI_SN"
)

// The types that only other generators have.
const (
	Any              Type = "ANY"
	Internet         Type = "INTERNET"
	User             Type = "USER"
	FlexID           Type = "FLEXID"
	DiskSerialNumber Type = "DISK_SERIAL_NUM"
	Display          Type = "DISPLAY"
	Host             Type = "HOST"
	RLMID1           Type = "RLMID1"
	RLMID2           Type = "RLMID2"
	SerialNumber     Type = "SERIAL_NUMBER"
)

// Generator is a license generator, spelled as on the wire.
type Generator string

// The generators.
const (
	LMX     Generator = "lm_x"
	FlexNet Generator = "flexnet"
	Reprise Generator = "reprise"
)

// Valid says whether there is such a generator.
func (g Generator) Valid() bool { return g == LMX || g == FlexNet || g == Reprise }

// kind is one row of the table.
type kind struct {
	raw   Type
	name  string // as people read it
	known []Generator
	form  func(value string) (string, error) // nil: letters in lower case is all
}

func table() []kind {
	lmx, flex, reprise := []Generator{LMX}, []Generator{FlexNet}, []Generator{Reprise}
	return []kind{
		{Bios, "Bios", lmx, nil},
		{Custom, "Custom", lmx, nil},
		{Dongle, "Dongle HASP HL", lmx, nil},
		{Ethernet, "Ethernet", []Generator{LMX, FlexNet, Reprise}, ethernetForm},
		{HardDisk, "Hard Disk", lmx, nil},
		{Hostname, "Hostname", []Generator{LMX, FlexNet}, nil},
		{IPAddress, "IP Address", []Generator{LMX, Reprise}, addressForm},
		{Long, "Long", []Generator{LMX, Reprise}, nil},
		{NotLocked, "Not Locked", lmx, nil},
		{Username, "Username", lmx, nil},
		{WindowsProductID, "Windows Product ID", lmx, nil},
		{AWSInstanceID, "AWS Instance ID", lmx, nil},
		{GCEInstanceID, "GCE Instance ID", lmx, nil},
		{AzureInstanceID, "Azure Instance ID", lmx, nil},
		{RaspberryPi, "Raspberry Pi Serial", lmx, nil},
		{Any, "Any", []Generator{FlexNet, Reprise}, nil},
		{Internet, "Internet", flex, addressForm},
		{User, "User", []Generator{FlexNet, Reprise}, nil},
		{FlexID, "FlexID", flex, nil},
		{DiskSerialNumber, "Disk Serial Num", flex, nil},
		{Display, "Display", flex, nil},
		{Host, "Host", reprise, nil},
		{RLMID1, "RLM ID1", reprise, nil},
		{RLMID2, "RLM ID2", reprise, nil},
		{SerialNumber, "Serial Number", reprise, nil},
	}
}

func find(name string) (kind, bool) {
	for _, k := range table() {
		if strings.EqualFold(name, k.name) || strings.EqualFold(name, string(k.raw)) {
			return k, true
		}
	}
	return kind{}, false
}

// Find is the type of a display or raw name, whatever its case: "username",
// "IP Address" and "IPADDRESS" are names.
func Find(name string) (Type, bool) {
	k, ok := find(name)
	return k.raw, ok
}

// Types lists the types that a generator knows.
func Types(g Generator) []Type {
	var known []Type
	for _, k := range table() {
		if slices.Contains(k.known, g) {
			known = append(known, k.raw)
		}
	}
	return known
}

// Name is the type as people read it: "Ethernet". A type that does not exist is
// its own name.
func (t Type) Name() string {
	if k, ok := find(string(t)); ok {
		return k.name
	}
	return string(t)
}

// KnownTo says whether a generator knows the type.
func (t Type) KnownTo(g Generator) bool { return slices.Contains(Types(g), t) }

// Locks says whether the type ties a license to something: all do but Not Locked
// and Any.
func (t Type) Locks() bool { return t != NotLocked && t != Any }
