package keys

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"

	"github.com/licet/licet/internal/fault"
)

func readPEM(raw []byte) (Key, error) {
	block, rest := pem.Decode(raw)
	if block == nil {
		return Key{}, fault.Bad("data", "this is not PEM: no complete block between BEGIN and END lines")
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return Key{}, fault.Bad("data", "there is something after the PEM block; send the private key alone")
	}
	if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "" {
		return Key{}, fault.Bad("data", "the PEM is encrypted, which is not supported; decrypt it first")
	}
	switch block.Type {
	case "PRIVATE KEY":
		return readPKCS8(block.Bytes)
	case "RSA PRIVATE KEY":
		private, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return Key{}, corruptPEM(err)
		}
		return checkedRSA(private)
	case "EC PRIVATE KEY", "EC PARAMETERS":
		return Key{}, notEC()
	case "PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE":
		return Key{}, fault.Bad("data", "the PEM holds only a public key; the private key is needed to sign")
	}
	return Key{}, fault.Bad("data", "the PEM block is %.40q, expected PRIVATE KEY or RSA PRIVATE KEY", block.Type)
}

func readPKCS8(der []byte) (Key, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return Key{}, corruptPEM(err)
	}
	switch private := parsed.(type) {
	case *rsa.PrivateKey:
		return checkedRSA(private)
	case ed25519.PrivateKey:
		return ofEd25519(private), nil
	case *ecdsa.PrivateKey:
		return Key{}, notEC()
	}
	return Key{}, fault.Bad("data", "the key is neither RSA nor Ed25519")
}

func checkedRSA(private *rsa.PrivateKey) (Key, error) {
	if err := checkRSA(private); err != nil {
		return Key{}, err
	}
	return ofRSA(private), nil
}

func corruptPEM(err error) error {
	return fault.Bad("data", "the PEM key is corrupt: %v", err)
}

func notEC() error {
	return fault.Bad("data", "EC keys are not supported; RSA or Ed25519 is")
}
