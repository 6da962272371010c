package keys

import (
	"bytes"
	"crypto/rsa"
	"encoding/binary"
	"math"
	"math/big"
	"slices"

	"github.com/licet/licet/internal/fault"
)

// The Microsoft PRIVATEKEYBLOB, little-endian throughout:
//
//	 0  bType 07, bVersion 02, reserved 00 00
//	 4  aiKeyAlg: 00 24 00 00 (CALG_RSA_SIGN) or 00 A4 00 00 (CALG_RSA_KEYX)
//	 8  magic "RSA2"
//	12  bitlen, 16 pubexp
//	20  modulus                                        bitlen/8 bytes
//	    prime1 prime2 exponent1 exponent2 coefficient  bitlen/16 bytes each
//	    privateExponent                                bitlen/8 bytes
const (
	blobHeader       = 20
	publicBlobOffset = 12 // sn.exe writes a header of its own before a public blob
)

func looksLikeBlob(raw []byte) bool {
	return bytes.HasPrefix(raw, []byte{0x07, 0x02}) || isPublicBlob(raw)
}

func isPublicBlob(raw []byte) bool {
	public := []byte{0x06, 0x02, 0x00, 0x00}
	return bytes.HasPrefix(raw, public) ||
		len(raw) > publicBlobOffset && bytes.HasPrefix(raw[publicBlobOffset:], public)
}

func readSNK(raw []byte) (Key, error) {
	if !bytes.HasPrefix(raw, []byte{0x07, 0x02}) && isPublicBlob(raw) {
		return Key{}, fault.Bad("data", "the SNK holds only a public key; the private key is needed to sign")
	}
	bits, exponent, err := readBlobHeader(raw)
	if err != nil {
		return Key{}, err
	}
	private, err := readBlobNumbers(raw[blobHeader:], bits, exponent)
	if err != nil {
		return Key{}, err
	}
	if err := checkRSA(private); err != nil {
		return Key{}, err
	}
	return ofRSA(private), nil
}

func readBlobHeader(raw []byte) (bits, exponent int, err error) {
	if len(raw) < blobHeader {
		return 0, 0, fault.Bad("data", "the SNK is truncated: %d bytes", len(raw))
	}
	if !bytes.Equal(raw[:4], []byte{0x07, 0x02, 0x00, 0x00}) || string(raw[8:12]) != "RSA2" {
		return 0, 0, fault.Bad("data", "this is not an SNK: it does not start as a private RSA key blob does")
	}
	const sign, keyExchange = 0x2400, 0xa400
	if alg := binary.LittleEndian.Uint32(raw[4:]); alg != sign && alg != keyExchange {
		return 0, 0, fault.Bad("data", "the SNK is for algorithm %#x, expected RSA", alg)
	}
	bitlen, pubexp := binary.LittleEndian.Uint32(raw[12:]), binary.LittleEndian.Uint32(raw[16:])
	if bitlen > math.MaxInt32 || bitlen%16 != 0 {
		return 0, 0, fault.Bad("data", "the SNK is corrupt: its key length is %d bits", bitlen)
	}
	if err := checkRSASize(int(bitlen)); err != nil {
		return 0, 0, err
	}
	if pubexp > math.MaxInt32 {
		return 0, 0, fault.Bad("data", "the RSA public exponent %d is too large", pubexp)
	}
	size := blobHeader + int(bitlen)/16*9
	switch {
	case len(raw) < size:
		return 0, 0, fault.Bad("data", "the SNK is truncated: %d bytes, expected %d", len(raw), size)
	case len(raw) > size:
		return 0, 0, fault.Bad("data", "the SNK has %d bytes too many at its end", len(raw)-size)
	}
	return int(bitlen), int(pubexp), nil
}

func readBlobNumbers(body []byte, bits, exponent int) (*rsa.PrivateKey, error) {
	half := bits / 16
	next := func(size int) *big.Int {
		number := slices.Clone(body[:size])
		body = body[size:]
		slices.Reverse(number)
		return new(big.Int).SetBytes(number)
	}
	n, p, q := next(2*half), next(half), next(half)
	dp, dq, qInv, d := next(half), next(half), next(half), next(2*half)
	if n.BitLen() != bits {
		return nil, fault.Bad("data", "the SNK is corrupt: its modulus has %d bits, its header says %d", n.BitLen(), bits)
	}
	if new(big.Int).Mul(p, q).Cmp(n) != 0 {
		return nil, fault.Bad("data", "the SNK is corrupt: n does not equal p times q")
	}
	if !crtFits(d, p, dp) || !crtFits(d, q, dq) || !inverts(q, qInv, p) {
		return nil, fault.Bad("data", "the SNK is corrupt: its exponents do not fit its primes")
	}
	return &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: n, E: exponent},
		D:         d,
		Primes:    []*big.Int{p, q},
	}, nil
}

// crtFits says whether exponent is d mod (prime-1).
func crtFits(d, prime, exponent *big.Int) bool {
	one := big.NewInt(1)
	if prime.Cmp(one) <= 0 {
		return false
	}
	return new(big.Int).Mod(d, new(big.Int).Sub(prime, one)).Cmp(exponent) == 0
}

// inverts says whether a*b is 1 mod m.
func inverts(a, b, m *big.Int) bool {
	product := new(big.Int).Mul(a, b)
	return product.Mod(product, m).Cmp(big.NewInt(1)) == 0
}
