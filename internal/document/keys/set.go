package keys

import (
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/licet/licet/internal/fault"
)

// ParseSet reads the public keys of a file: a JWK set (jwks.json) or one JWK,
// PEM blocks, or the bare base64 of a key's DER. Keys of a set that cannot sign
// licenses (EC, say) are passed over, as RFC 7517 asks; that none is left is an
// error.
func ParseSet(text string) ([]Public, error) {
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	switch {
	case strings.HasPrefix(text, "{"):
		return parseJWKs(text)
	case strings.HasPrefix(text, "-----BEGIN"):
		return parsePEMs(text)
	}
	key, err := ParsePublic(text)
	if err != nil {
		return nil, err
	}
	return []Public{key}, nil
}

func parsePEMs(text string) ([]Public, error) {
	var found []Public
	for rest := []byte(text); len(rest) > 0; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil, fault.New(fault.Invalid, "there is something that is not PEM after %d keys", len(found))
		}
		key, err := publicOf(block)
		if err != nil {
			return nil, err
		}
		found = append(found, key)
	}
	return found, nil
}

// anyJWK is a JWK and what tells that it is a private one.
type anyJWK struct {
	JWK
	D json.RawMessage `json:"d"`
	K json.RawMessage `json:"k"`
}

func parseJWKs(text string) ([]Public, error) {
	var set struct {
		anyJWK
		Keys []anyJWK `json:"keys"`
	}
	if err := json.Unmarshal([]byte(text), &set); err != nil {
		return nil, fault.New(fault.Invalid, "this is not a JWK set: %v", err)
	}
	if set.Keys == nil {
		set.Keys = []anyJWK{set.anyJWK}
	}
	var found []Public
	for i, jwk := range set.Keys {
		if jwk.D != nil || jwk.K != nil {
			return nil, fault.New(fault.Invalid, "key %d of the set is a private or secret key; the public one is wanted", i+1)
		}
		if jwk.Kty != "RSA" && (jwk.Kty != "OKP" || jwk.Crv != "Ed25519") {
			continue
		}
		key, err := jwk.public()
		if err != nil {
			return nil, fault.New(fault.Invalid, "key %d of the set: %v", i+1, err)
		}
		found = append(found, key)
	}
	if len(found) == 0 {
		return nil, fault.New(fault.Invalid, "there is no RSA or Ed25519 key in the set")
	}
	return found, nil
}

// public reads the key's numbers; its kid is not believed, since the id of a
// key is its thumbprint.
func (k JWK) public() (Public, error) {
	if k.Kty == "OKP" {
		x, err := decodeBase64URL(k.X)
		if err != nil {
			return Public{}, fmt.Errorf("x: %w", err)
		}
		return checkedEd25519(x)
	}
	n, err := decodeBase64URL(k.N)
	if err != nil {
		return Public{}, fmt.Errorf("n: %w", err)
	}
	e, err := decodeBase64URL(k.E)
	if err != nil {
		return Public{}, fmt.Errorf("e: %w", err)
	}
	exponent := new(big.Int).SetBytes(e)
	if !exponent.IsInt64() || exponent.Int64() < 3 || exponent.Int64() > 1<<31-1 || exponent.Bit(0) == 0 {
		return Public{}, errors.New("e is not an RSA exponent")
	}
	public := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent.Int64())}
	if err := checkRSASize(public.N.BitLen()); err != nil {
		return Public{}, err
	}
	return publicRSA(public), nil
}

func decodeBase64URL(s string) ([]byte, error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || base64URL(b) != s {
		return nil, errors.New("not base64url without padding")
	}
	return b, nil
}

// checkedEd25519 refuses the public keys under which anybody can make
// signatures that verify: the points of small order, and any point in a second
// encoding (a y of 2^255-19 or more), which crypto/ed25519 takes.
func checkedEd25519(raw []byte) (Public, error) {
	if len(raw) != ed25519.PublicKeySize {
		return Public{}, fmt.Errorf("an Ed25519 key has %d bytes, this has %d", ed25519.PublicKeySize, len(raw))
	}
	y := make([]byte, len(raw)) // big-endian, without the sign of x
	for i, b := range raw {
		y[len(y)-1-i] = b
	}
	y[0] &= 0x7f
	number := new(big.Int).SetBytes(y)
	prime := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	if number.Cmp(prime) >= 0 || smallOrder(number, prime) {
		return Public{}, errors.New("a weak Ed25519 key, under which anybody can sign")
	}
	return publicEd25519(raw), nil
}

// smallOrder knows the y of the eight points whose order divides eight: 1 and -1
// (orders 1 and 2), 0 (order 4), and those of order 8.
func smallOrder(y, prime *big.Int) bool {
	eighth, _ := new(big.Int).SetString("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7", 16)
	return y.Sign() == 0 || y.Cmp(big.NewInt(1)) == 0 ||
		new(big.Int).Add(y, big.NewInt(1)).Cmp(prime) == 0 ||
		y.Cmp(eighth) == 0 || new(big.Int).Add(y, eighth).Cmp(prime) == 0
}
