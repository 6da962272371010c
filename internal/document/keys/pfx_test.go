package keys_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/fault"
)

// The PFX files in testdata were made from the PEM files beside them with
//
//	openssl req -x509 -new -key KEY.pem -subj /CN=licet-test -days 36500 -out KEY.crt
//	openssl pkcs12 -export [-legacy] -inkey KEY.pem -in KEY.crt -passout pass:secret -out KEY.pfx
func TestImportPFX(t *testing.T) {
	t.Parallel()
	rsaID, edID := imported(t, "rsa1024-pkcs8.pem").ID(), imported(t, "ed25519.pem").ID()
	for _, c := range []struct{ name, dataFormat, password, want string }{
		{"rsa1024.pfx", "PFX", "secret", rsaID},
		{"rsa1024.pfx", "", "secret", rsaID},
		{"rsa1024.pfx", "p12", "secret", rsaID},
		{"rsa1024-legacy.pfx", "pkcs12", "secret", rsaID},
		{"rsa1024-empty-password.pfx", "PFX", "", rsaID},
		{"ed25519.pfx", "PFX", "secret", edID},
	} {
		key, err := keys.Import(c.dataFormat, b64(file(t, c.name)), c.password)
		if err != nil || key.ID() != c.want {
			t.Errorf("%s as %q: %v, %v", c.name, c.dataFormat, key, err)
		}
	}
}

func TestImportRefusesPFX(t *testing.T) {
	t.Parallel()
	good := file(t, "rsa1024.pfx")
	for _, c := range []struct {
		name     string
		raw      []byte
		password string
		field    string
		message  string
	}{
		{"wrong password", good, "Secret", "password", "does not open with this password"},
		{"no password", good, "", "password", "needs a password"},
		{"a password that PFX cannot hold", good, "\U0001F600", "password", "cannot be a PFX's"},
		{"a password where there is none", bagsPFX(t, keyBag(t, "ed25519.pem"), certBag(t)), "secret", "data", "no MAC"},
		{"cut", good[:len(good)-1], "secret", "data", "cannot be read"},
		{"trailing", append(bytes.Clone(good), 0), "secret", "data", "cannot be read"},
		{"no key", file(t, "no-key.pfx"), "secret", "data", "private key missing"},
		{"no certificate", bagsPFX(t, keyBag(t, "ed25519.pem")), "", "data", "certificate missing"},
		{"two keys", bagsPFX(t, keyBag(t, "ed25519.pem"), keyBag(t, "rsa1024-pkcs8.pem"), certBag(t)), "", "data", "exactly one key"},
		{"EC", file(t, "ec.pfx"), "secret", "data", "EC keys are not supported"},
		{"PEM", file(t, "ed25519.pem"), "secret", "data", "cannot be read"},
		{"a few rounds", slowPFX(t, 1), "secret", "password", "does not open"},
		{"endless derivation", slowPFX(t, 1<<31-1), "secret", "data", "2147483647 rounds"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := keys.Import("PFX", b64(c.raw), c.password)
			f := fault.Of(err)
			if f == nil || f.Kind != fault.Invalid || f.Field != c.field || !strings.Contains(f.Message, c.message) {
				t.Errorf("got %+v, want field %q and %q", err, c.field, c.message)
			}
		})
	}
}

// The file is checked by its MAC, but for what stands around it.
func TestADamagedPFXIsAFault(t *testing.T) {
	t.Parallel()
	good, want := file(t, "ed25519.pfx"), imported(t, "ed25519.pem").ID()
	for at := range good {
		raw := bytes.Clone(good)
		raw[at] ^= 0x04
		key, err := keys.Import("PFX", b64(raw), "secret")
		if err != nil && !fault.IsKind(err, fault.Invalid) || err == nil && key.ID() != want {
			t.Errorf("byte %d flipped: %v, %v", at, key, err)
		}
	}
}

// A key that the library's own writer wrapped, with the strongest and weakest of
// its ways.
func TestImportPFXOfOtherWriters(t *testing.T) {
	t.Parallel()
	key := imported(t, "ed25519.pem")
	raw, err := key.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.ParsePKCS8PrivateKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(certificate(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, encoder := range map[string]*pkcs12.Encoder{
		"2026": pkcs12.Modern2026, "2023": pkcs12.Modern2023, "DES": pkcs12.LegacyDES, "RC2": pkcs12.LegacyRC2,
	} {
		raw, err := encoder.Encode(private, cert, []*x509.Certificate{cert}, "zwölf")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := keys.Import("PFX", b64(raw), "zwölf"); err != nil || got.ID() != key.ID() {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func certificate(t testing.TB) []byte {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "t"}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// What no writer makes is put together by hand, after RFC 7292.
type (
	tagged struct {
		ID    asn1.ObjectIdentifier
		Value asn1.RawValue
	}
	macData struct {
		Mac struct {
			Algorithm pkix.AlgorithmIdentifier
			Digest    []byte
		}
		Salt   []byte
		Rounds int
	}
)

func oid(numbers ...int) asn1.ObjectIdentifier { return numbers }

func der(t testing.TB, v any) []byte {
	t.Helper()
	raw, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func explicit(raw []byte) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: raw}
}

func keyBag(t testing.TB, name string) tagged {
	t.Helper()
	block, _ := pem.Decode(file(t, name))
	return tagged{oid(1, 2, 840, 113549, 1, 12, 10, 1, 1), explicit(block.Bytes)}
}

func certBag(t testing.TB) tagged {
	t.Helper()
	x509Cert := tagged{oid(1, 2, 840, 113549, 1, 9, 22, 1), explicit(der(t, certificate(t)))}
	return tagged{oid(1, 2, 840, 113549, 1, 12, 10, 1, 3), explicit(der(t, x509Cert))}
}

// safeOf holds the bags in the clear.
func safeOf(t testing.TB, bags ...tagged) tagged {
	t.Helper()
	data := oid(1, 2, 840, 113549, 1, 7, 1)
	contents := tagged{data, explicit(der(t, der(t, bags)))}
	return tagged{data, explicit(der(t, der(t, []tagged{contents})))}
}

func bagsPFX(t testing.TB, bags ...tagged) []byte {
	t.Helper()
	return der(t, struct {
		Version int
		Safe    tagged
	}{3, safeOf(t, bags...)})
}

func slowPFX(t testing.TB, rounds int) []byte {
	t.Helper()
	mac := macData{Salt: []byte("salt"), Rounds: rounds}
	mac.Mac.Algorithm.Algorithm, mac.Mac.Digest = oid(2, 16, 840, 1, 101, 3, 4, 2, 1), make([]byte, 32)
	return der(t, struct {
		Version int
		Safe    tagged
		Mac     macData
	}{3, safeOf(t, keyBag(t, "ed25519.pem"), certBag(t)), mac})
}
