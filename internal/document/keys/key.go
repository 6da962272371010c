package keys

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1"   // crypto.SHA1, for the vendor's XML rule
	_ "crypto/sha256" // crypto.SHA256, for the import probe
	"crypto/x509"
	"fmt"

	"github.com/licet/licet/internal/entity"
)

// The sizes of RSA keys in bits.
const (
	minRSABits       = 1024 // what crypto/rsa still signs with
	maxRSABits       = 8192 // beyond it a signature costs a noticeable part of a second
	generatedRSABits = 3072
)

// Key is a key pair that signs. The zero Key signs nothing.
type Key struct {
	Public
	rsa *rsa.PrivateKey
	ed  ed25519.PrivateKey
}

// Generate makes a key of a type: entity.ResourceEd25519, or
// entity.ResourceRSA (of 3072 bits).
func Generate(keyType string) (Key, error) {
	switch keyType {
	case entity.ResourceEd25519:
		_, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return Key{}, fmt.Errorf("generate an Ed25519 key: %w", err)
		}
		return ofEd25519(private), nil
	case entity.ResourceRSA:
		private, err := rsa.GenerateKey(rand.Reader, generatedRSABits)
		if err != nil {
			return Key{}, fmt.Errorf("generate an RSA key: %w", err)
		}
		return ofRSA(private), nil
	}
	return Key{}, fmt.Errorf("generate a key: unknown type %q", keyType)
}

// Parse reads back what Marshal wrote.
func Parse(pkcs8 []byte) (Key, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		return Key{}, fmt.Errorf("parse a PKCS#8 key: %w", err)
	}
	switch private := parsed.(type) {
	case *rsa.PrivateKey:
		return ofRSA(private), nil
	case ed25519.PrivateKey:
		return ofEd25519(private), nil
	}
	return Key{}, fmt.Errorf("parse a PKCS#8 key: neither RSA nor Ed25519")
}

// Marshal writes the private key as PKCS#8 DER. The result is secret.
func (k Key) Marshal() ([]byte, error) {
	var private any = k.ed
	if k.rsa != nil {
		private = k.rsa
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("marshal key %s: %w", k.ID(), err)
	}
	return der, nil
}

// SignRSA signs the hash of message by PKCS#1 v1.5.
func (k Key) SignRSA(hash crypto.Hash, message []byte) ([]byte, error) {
	if k.rsa == nil {
		return nil, fmt.Errorf("%s is not an RSA key", k)
	}
	signature, err := rsa.SignPKCS1v15(nil, k.rsa, hash, digest(hash, message))
	if err != nil {
		return nil, fmt.Errorf("sign with %s: %w", k, err)
	}
	return signature, nil
}

// SignEd25519 signs message by RFC 8032.
func (k Key) SignEd25519(message []byte) ([]byte, error) {
	if k.ed == nil {
		return nil, fmt.Errorf("%s is not an Ed25519 key", k)
	}
	return ed25519.Sign(k.ed, message), nil
}

// GoString keeps the private part out of %#v, as String keeps it out of %v.
func (k Key) GoString() string { return k.String() }

func ofRSA(private *rsa.PrivateKey) Key {
	return Key{Public: publicRSA(&private.PublicKey), rsa: private}
}

func ofEd25519(private ed25519.PrivateKey) Key {
	return Key{Public: publicEd25519(private.Public().(ed25519.PublicKey)), ed: private}
}

func digest(hash crypto.Hash, message []byte) []byte {
	h := hash.New()
	h.Write(message)
	return h.Sum(nil)
}
