package keys

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/asn1"
	"errors"
	"strings"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/licet/licet/internal/fault"
)

// maxPFXRounds bounds the key derivation that a file may ask for; programs write
// from 2,048 to 600,000 rounds, and the file alone decides how long they take.
const maxPFXRounds = 2_000_000

// readPFX reads PKCS#12 with one private key and its certificate, as Windows
// and openssl export it.
func readPFX(raw []byte, password string) (Key, error) {
	if rounds := derivationRounds(raw, 0); rounds > maxPFXRounds {
		return Key{}, fault.Bad("data", "the PFX asks for %d rounds of key derivation; at most %d are supported", rounds, maxPFXRounds)
	}
	if strings.ContainsFunc(password, func(r rune) bool { return r > 0xffff }) { // UCS-2
		return Key{}, fault.Bad("password", "this password cannot be a PFX's: it has a character past U+FFFF")
	}
	private, _, _, err := pkcs12.DecodeChain(raw, password)
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword) && password == "":
		return Key{}, fault.Bad("password", "the PFX needs a password")
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return Key{}, fault.Bad("password", "the PFX does not open with this password")
	case err != nil:
		reason, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "pkcs12: "), ": asn1: ")
		return Key{}, fault.Bad("data", "the PFX cannot be read; one private key with its certificate is expected: %s", reason)
	}
	switch private := private.(type) {
	case *rsa.PrivateKey:
		return checkedRSA(private)
	case ed25519.PrivateKey:
		return ofEd25519(private), nil
	case *ecdsa.PrivateKey:
		return Key{}, notEC()
	}
	return Key{}, fault.Bad("data", "the key in the PFX is neither RSA nor Ed25519")
}

// derivationRounds is the largest number of rounds that can be seen without the
// password: in PKCS#12 and PKCS#5 it is the INTEGER after the salt. A number that
// is itself encrypted cannot be seen: who sends such a file knows its password.
func derivationRounds(der []byte, depth int) int64 {
	var most int64
	afterSalt := false
	for len(der) > 0 && depth <= maxPFXDepth {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(der, &v)
		if err != nil {
			return most
		}
		der = rest
		if v.Tag == asn1.TagInteger && v.Class == asn1.ClassUniversal && afterSalt {
			most = max(most, roundsOf(v))
		}
		isOctets := v.Tag == asn1.TagOctetString && v.Class == asn1.ClassUniversal
		if v.IsCompound || isOctets { // DER is nested in octets too
			most = max(most, derivationRounds(v.Bytes, depth+1))
		}
		afterSalt = isOctets
	}
	return most
}

const maxPFXDepth = 32

func roundsOf(v asn1.RawValue) int64 {
	var rounds int64
	if _, err := asn1.Unmarshal(v.FullBytes, &rounds); err != nil {
		return maxPFXRounds + 1 // past 64 bits, or no number: nothing to derive by
	}
	return rounds
}
