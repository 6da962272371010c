package keys

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
)

// Public is the half of a key that verifies and may be shown. The zero Public
// verifies nothing.
type Public struct {
	id  string
	rsa *rsa.PublicKey
	ed  ed25519.PublicKey
}

// JWK is a public key as jwks.json lists it (RFC 7517, RFC 8037).
type JWK struct {
	Kty string `json:"kty"`
	Use string `json:"use"`
	Alg string `json:"alg"`
	Kid string `json:"kid"`
	Crv string `json:"crv,omitempty"`
	X   string `json:"x,omitempty"`
	N   string `json:"n,omitempty"`
	E   string `json:"e,omitempty"`
}

// ParsePublic reads a PKIX public key: PEM, or the bare base64 of its DER, which
// is how applications usually embed it.
func ParsePublic(text string) (Public, error) {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "-----BEGIN") {
		der, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return Public{}, fault.New(fault.Invalid, "a public key is PEM or the base64 of its DER")
		}
		return publicOf(&pem.Block{Type: publicBlock, Bytes: der})
	}
	block, rest := pem.Decode([]byte(text))
	if block == nil || len(rest) > 0 {
		return Public{}, fault.New(fault.Invalid, "this is not one PEM block")
	}
	return publicOf(block)
}

const publicBlock = "PUBLIC KEY"

func publicOf(block *pem.Block) (Public, error) {
	if block.Type != publicBlock {
		return Public{}, fault.New(fault.Invalid, "the PEM block is %q, expected %s", block.Type, publicBlock)
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return Public{}, fault.New(fault.Invalid, "this is not a PKIX public key: %v", err)
	}
	switch public := parsed.(type) {
	case *rsa.PublicKey:
		if err := checkRSASize(public.N.BitLen()); err != nil {
			return Public{}, err
		}
		return publicRSA(public), nil
	case ed25519.PublicKey:
		key, err := checkedEd25519(public)
		if err != nil {
			return Public{}, fault.New(fault.Invalid, "%v", err)
		}
		return key, nil
	}
	return Public{}, fault.New(fault.Invalid, "the public key is neither RSA nor Ed25519")
}

// Type is entity.ResourceRSA or entity.ResourceEd25519; "" of the zero Public.
func (p Public) Type() string {
	switch {
	case p.rsa != nil:
		return entity.ResourceRSA
	case p.ed != nil:
		return entity.ResourceEd25519
	}
	return ""
}

// ID is the RFC 7638 thumbprint of the key, the kid of its documents.
func (p Public) ID() string { return p.id }

// String is the type and the id; a Key formats the same way.
func (p Public) String() string { return fmt.Sprintf("%s key %s", p.Type(), p.id) }

// PEM is the PKIX form that openssl and most libraries read.
func (p Public) PEM() (string, error) {
	var public any = p.ed
	if p.rsa != nil {
		public = p.rsa
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", fmt.Errorf("marshal public %s: %w", p, err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: publicBlock, Bytes: der})), nil
}

// JWK is the key for jwks.json.
func (p Public) JWK() JWK {
	switch p.Type() {
	case entity.ResourceRSA:
		n, e := rsaNumbers(p.rsa)
		return JWK{Kty: "RSA", Use: "sig", Alg: "RS256", Kid: p.id, N: n, E: e}
	case entity.ResourceEd25519:
		return JWK{Kty: "OKP", Use: "sig", Alg: "EdDSA", Kid: p.id, Crv: "Ed25519", X: base64URL(p.ed)}
	}
	return JWK{}
}

// VerifyRSA checks a PKCS#1 v1.5 signature of the hash of message.
func (p Public) VerifyRSA(hash crypto.Hash, message, signature []byte) error {
	if p.rsa == nil {
		return fmt.Errorf("%s is not an RSA key", p)
	}
	return rsa.VerifyPKCS1v15(p.rsa, hash, digest(hash, message), signature)
}

// VerifyEd25519 checks an RFC 8032 signature of message. crypto/ed25519 refuses
// signatures whose scalar or point is not canonical.
func (p Public) VerifyEd25519(message, signature []byte) error {
	if p.ed == nil {
		return fmt.Errorf("%s is not an Ed25519 key", p)
	}
	if !ed25519.Verify(p.ed, message, signature) {
		return errors.New("ed25519: verification error")
	}
	return nil
}

func publicRSA(public *rsa.PublicKey) Public {
	n, e := rsaNumbers(public)
	return Public{id: thumbprint(`{"e":"` + e + `","kty":"RSA","n":"` + n + `"}`), rsa: public}
}

func publicEd25519(public ed25519.PublicKey) Public {
	return Public{id: thumbprint(`{"crv":"Ed25519","kty":"OKP","x":"` + base64URL(public) + `"}`), ed: public}
}

// RSANumbers are the modulus and the exponent of an RSA key, big-endian.
func (p Public) RSANumbers() (modulus, exponent []byte) {
	if p.rsa == nil {
		return nil, nil
	}
	return p.rsa.N.Bytes(), big.NewInt(int64(p.rsa.E)).Bytes()
}

func rsaNumbers(public *rsa.PublicKey) (n, e string) {
	modulus, exponent := Public{rsa: public}.RSANumbers()
	return base64URL(modulus), base64URL(exponent)
}

// thumbprint hashes the required members of a JWK in the order of RFC 7638.
func thumbprint(members string) string {
	sum := sha256.Sum256([]byte(members))
	return base64URL(sum[:])
}

func base64URL(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
