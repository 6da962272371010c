package keys

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"encoding/base64"
	"strings"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
)

// maxData bounds what Import looks at, in bytes: the PEM of the largest key has
// 6 KiB, and a PFX brings a chain of certificates.
const maxData = 64 << 10

const formatHelp = "SNK or PFX (base64) or PEM (PKCS#1 or PKCS#8) is expected"

// Import reads a private key as the management API carries one: SNK and PFX as
// base64, PEM as it is or as base64 of the text. dataFormat is SNK, PFX or PEM
// in any case; left empty it is recognised. The password opens a PFX; neither
// SNK nor unencrypted PEM has one, so there it is not looked at.
//
// Every fault is Invalid and names the member it is about.
func Import(dataFormat, data, password string) (Key, error) {
	if strings.TrimSpace(data) == "" {
		return Key{}, fault.Bad("data", "the key is empty; %s", formatHelp)
	}
	if len(data) > maxData {
		return Key{}, fault.Bad("data", "the key is over %d bytes", maxData)
	}
	raw := unwrap(data)
	key, err := read(strings.ToUpper(strings.TrimSpace(dataFormat)), raw, password)
	if err != nil {
		return Key{}, err
	}
	if err := probe(key); err != nil {
		return Key{}, err
	}
	return key, nil
}

// unwrap takes base64 off, where there is any.
func unwrap(data string) []byte {
	if raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(data)); err == nil {
		return raw
	}
	return []byte(data)
}

func read(dataFormat string, raw []byte, password string) (Key, error) {
	switch dataFormat {
	case "SNK":
		return readSNK(raw)
	case "PEM":
		return readPEM(raw)
	case "PFX", "P12", "PKCS12":
		return readPFX(raw, password)
	case "":
		return recognise(raw, password)
	}
	return Key{}, fault.Bad("dataFormat", "%.20q is not a key format; %s", dataFormat, formatHelp)
}

func recognise(raw []byte, password string) (Key, error) {
	const derSequence = 0x30 // PFX is one; so is bare DER, which has no name in the API
	switch {
	case bytes.Contains(raw, []byte("-----BEGIN")):
		return readPEM(raw)
	case looksLikeBlob(raw):
		return readSNK(raw)
	case raw[0] == derSequence:
		return readPFX(raw, password)
	}
	return Key{}, fault.Bad("data", "this is not a key; %s", formatHelp)
}

// checkRSA refuses what cannot or should not sign; parse errors of crypto/x509
// were turned into faults before.
func checkRSA(private *rsa.PrivateKey) error {
	if err := checkRSASize(private.N.BitLen()); err != nil {
		return err
	}
	if err := private.Validate(); err != nil {
		return fault.Bad("data", "the RSA key is corrupt: %v", err)
	}
	return nil
}

func checkRSASize(bits int) error {
	switch {
	case bits < minRSABits:
		return fault.Bad("data", "the RSA key has %d bits; at least %d are needed", bits, minRSABits)
	case bits > maxRSABits:
		return fault.Bad("data", "the RSA key has %d bits; at most %d are supported", bits, maxRSABits)
	}
	return nil
}

// probe signs and verifies once: a key whose parts fit in number but not in
// nature (a prime that is none) fails here.
func probe(key Key) error {
	message := []byte("licet key probe")
	var err error
	switch key.Type() {
	case entity.ResourceRSA:
		var signature []byte
		if signature, err = key.SignRSA(crypto.SHA256, message); err == nil {
			err = key.VerifyRSA(crypto.SHA256, message, signature)
		}
	case entity.ResourceEd25519:
		var signature []byte
		if signature, err = key.SignEd25519(message); err == nil {
			err = key.VerifyEd25519(message, signature)
		}
	}
	if err != nil {
		return fault.Bad("data", "the key does not verify its own signature: its private and public parts do not belong together")
	}
	return nil
}
