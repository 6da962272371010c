package entity

// LicensingMode says how a license is used. The numbers are the published ones
// (behaviour file, section 1.1).
type LicensingMode int

// The modes.
const (
	File       LicensingMode = 0 // a signed document; the server counts nothing
	Activation LicensingMode = 1 // node-locked seats, held until deactivated
	Floating   LicensingMode = 2 // leases kept by heartbeats
)

// Valid says whether m is one of the three.
func (m LicensingMode) Valid() bool { return m >= File && m <= Floating }

func (m LicensingMode) String() string {
	switch m {
	case Activation:
		return "activation"
	case Floating:
		return "floating"
	}
	return "file"
}

// Format is the form of a license document. The numbers are ours to fix
// (behaviour file, section 1.2).
type Format int

// The formats of DESIGN's table. Those that this server can sign are listed by
// document.Supported.
const (
	FormatXML     Format = 0 // XML by the vendor's signature rule, RSA
	FormatXMLDSig Format = 1 // W3C enveloped signature, RSA
	FormatASCII   Format = 2 // the payload of JWS, armoured
	FormatBase32  Format = 3 // the payload of JWS, base32
	FormatJWS     Format = 4 // JWS compact, EdDSA; the default
	FormatLMX     Format = 5 // the text of an activated license order; no license has it
)

// PoolKind says which pool of a license a seat comes from.
type PoolKind int

// The kinds are stored, so they are fixed.
const (
	PoolActivation PoolKind = 1
	PoolFloating   PoolKind = 2
)

func (k PoolKind) String() string {
	if k == PoolFloating {
		return "floating"
	}
	return "activation"
}

// Action is what a license trace records. The numbers are ours (the published
// pages print none).
type Action int

// The traced seat calls.
const (
	TraceActivate   Action = 1
	TraceDeactivate Action = 2
	TraceRequest    Action = 3
	TraceRelease    Action = 4
)
