package keys_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"

	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/fault"
)

func b64(raw []byte) string { return base64.StdEncoding.EncodeToString(raw) }

func pemOf(t *testing.T, pkcs8 []byte) []byte {
	t.Helper()
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

// One RSA key in every form that openssl and sn.exe give it: testdata was made
// with openssl, the SNK from the numbers that openssl printed.
func TestImportKnowsTheSameKeyInEveryForm(t *testing.T) {
	t.Parallel()
	snk := b64(file(t, "rsa1024.snk"))
	pkcs1, pkcs8 := string(file(t, "rsa1024-pkcs1.pem")), string(file(t, "rsa1024-pkcs8.pem"))
	want := imported(t, "rsa1024-pkcs1.pem").ID()
	for _, form := range []struct{ name, dataFormat, data string }{
		{"SNK", "SNK", snk},
		{"SNK, lower case", " snk ", snk},
		{"SNK, wrapped lines", "SNK", snk[:76] + "\r\n" + snk[76:] + "\n"},
		{"SNK, unnamed", "", snk},
		{"PKCS#1", "PEM", pkcs1},
		{"PKCS#8", "pem", pkcs8},
		{"PKCS#8, unnamed", "", pkcs8},
		{"PKCS#8 in base64", "PEM", b64([]byte(pkcs8))},
		{"PKCS#8 in base64, unnamed", "", b64([]byte(pkcs8))},
		{"PEM with CRLF", "PEM", strings.ReplaceAll(pkcs8, "\n", "\r\n")},
	} {
		key, err := keys.Import(form.dataFormat, form.data, "ignored")
		if err != nil {
			t.Errorf("%s: %v", form.name, err)
			continue
		}
		if key.ID() != want {
			t.Errorf("%s: id %s, want %s", form.name, key.ID(), want)
		}
		signature, err := key.SignRSA(crypto.SHA1, []byte("message"))
		if err != nil || key.VerifyRSA(crypto.SHA1, []byte("message"), signature) != nil {
			t.Errorf("%s: does not sign: %v", form.name, err)
		}
	}
}

func TestImportRefuses(t *testing.T) {
	t.Parallel()
	snk := file(t, "rsa1024.snk")
	changed := func(at int, to ...byte) string {
		raw := bytes.Clone(snk)
		copy(raw[at:], to)
		return b64(raw)
	}
	length := func(bits uint32, size int) string {
		raw := make([]byte, size)
		copy(raw, snk)
		binary.LittleEndian.PutUint32(raw[12:], bits)
		return b64(raw)
	}
	text := func(name string) string { return string(file(t, name)) }
	for _, c := range []struct{ name, dataFormat, data, field, message string }{
		{"nothing", "SNK", "", "data", "empty"},
		{"white space", "", " \n", "data", "empty"},
		{"too much", "PEM", strings.Repeat("x", 70000), "data", "over"},
		{"noise", "", "hello", "data", "not a key"},
		{"noise as SNK", "SNK", "hello", "data", "truncated"},
		{"noise as PEM", "PEM", "hello", "data", "not PEM"},
		{"another format", "html", text("ed25519.pem"), "dataFormat", "not a key format"},
		{"PFX of noise", "PFX", "MIIB", "data", "cannot be read"},
		{"PFX recognised", "", b64([]byte{0x30, 0x82, 1, 2}), "data", "PFX cannot be read"},

		{"SNK header only", "SNK", b64(snk[:20]), "data", "truncated"},
		{"SNK truncated", "SNK", b64(snk[:595]), "data", "truncated"},
		{"SNK trailing", "SNK", b64(append(bytes.Clone(snk), 0)), "data", "too many"},
		{"SNK wrong magic", "SNK", changed(8, 'R', 'S', 'A', '1'), "data", "not an SNK"},
		{"SNK wrong version", "SNK", changed(1, 3), "data", "not an SNK"},
		{"SNK of DSA", "SNK", changed(4, 0, 0x22), "data", "algorithm"},
		{"SNK public", "SNK", b64(file(t, "rsa1024-public.snk")), "data", "only a public key"},
		{"SNK public, unnamed", "", b64(file(t, "rsa1024-public.snk")), "data", "only a public key"},
		{"SNK bare public", "", b64(file(t, "rsa1024-public.snk")[12:]), "data", "only a public key"},
		{"SNK of 512 bits", "SNK", length(512, 308), "data", "512 bits; at least 1024"},
		{"SNK of 16384 bits", "SNK", length(16384, 9236), "data", "at most 8192"},
		{"SNK of huge bits", "SNK", length(0xffffffff, 596), "data", "corrupt"},
		{"SNK of odd bits", "SNK", length(1025, 596), "data", "corrupt"},
		{"SNK even exponent", "SNK", changed(16, 4, 0, 0, 0), "data", "exponent"},
		{"SNK exponent 1", "SNK", changed(16, 1, 0, 0, 0), "data", "exponent"},
		{"SNK other exponent", "SNK", changed(16, 3, 0, 0, 0), "data", "corrupt"},
		{"SNK huge exponent", "SNK", changed(16, 0xff, 0xff, 0xff, 0xff), "data", "exponent"},
		{"SNK modulus changed", "SNK", changed(20, snk[20]^2), "data", "n does not equal p times q"},
		{"SNK modulus short", "SNK", changed(147, 0), "data", "modulus"},
		{"SNK p changed", "SNK", changed(148, snk[148]^2), "data", "n does not equal p times q"},
		{"SNK dp changed", "SNK", changed(276, snk[276]^1), "data", "exponents"},
		{"SNK dq changed", "SNK", changed(340, snk[340]^1), "data", "exponents"},
		{"SNK qInv changed", "SNK", changed(404, snk[404]^1), "data", "exponents"},
		{"SNK d changed", "SNK", changed(468, snk[468]^1), "data", "exponents"},

		{"PEM cut", "PEM", text("rsa1024-pkcs8.pem")[:300], "data", "not PEM"},
		{"PEM of noise", "PEM", string(pemOf(t, []byte("noise"))), "data", "corrupt"},
		{"PEM trailing", "PEM", text("ed25519.pem") + "x", "data", "after the PEM block"},
		{"PEM twice", "PEM", text("ed25519.pem") + text("ed25519.pem"), "data", "after the PEM block"},
		{"PEM public", "PEM", text("rsa1024-public.pem"), "data", "only a public key"},
		{"PEM EC", "PEM", text("ec.pem")[strings.Index(text("ec.pem"), "-----BEGIN EC PRIVATE"):], "data", "EC keys"},
		{"PEM EC in PKCS#8", "PEM", text("ec-pkcs8.pem"), "data", "EC keys"},
		{"PEM X25519", "PEM", text("x25519.pem"), "data", "neither RSA nor Ed25519"},
		{"PEM encrypted", "PEM", text("rsa1024-encrypted.pem"), "data", "encrypted"},
		{"PEM encrypted, old", "PEM", text("rsa1024-legacy-encrypted.pem"), "data", "encrypted"},
		{"PEM RSA 512", "PEM", text("rsa512.pem"), "data", "512 bits; at least 1024"},
		{"PEM of another thing", "PEM", "-----BEGIN X-----\nAAAA\n-----END X-----\n", "data", "expected PRIVATE KEY"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := keys.Import(c.dataFormat, c.data, "")
			f := fault.Of(err)
			if f == nil {
				t.Fatalf("got %v, want a fault", err)
			}
			if f.Kind != fault.Invalid || f.Field != c.field || !strings.Contains(f.Message, c.message) {
				t.Errorf("fault %d %q %q, want field %q and %q", f.Kind, f.Field, f.Message, c.field, c.message)
			}
		})
	}
}

func TestEveryByteOfASNKCounts(t *testing.T) {
	t.Parallel()
	snk := file(t, "rsa1024.snk")
	for at := range snk {
		raw := bytes.Clone(snk)
		raw[at] ^= 0x04
		if _, err := keys.Import("SNK", b64(raw), ""); fault.Of(err) == nil {
			t.Errorf("byte %d flipped: %v", at, err)
		}
	}
}

// A factor that is no prime: every part fits the others by arithmetic, and yet
// the key signs nothing that verifies.
func TestAKeyOfCompositeFactorsIsRefused(t *testing.T) {
	t.Parallel()
	one, e := big.NewInt(1), big.NewInt(65537)
	var n, p, q, d, qInv *big.Int
	for d == nil || qInv == nil || n.BitLen() != 1024 {
		p = new(big.Int).Mul(prime(t, 256), prime(t, 256))
		q = prime(t, 512)
		n = new(big.Int).Mul(p, q)
		d = new(big.Int).ModInverse(e, new(big.Int).Mul(less(p, one), less(q, one)))
		qInv = new(big.Int).ModInverse(q, p)
	}
	der, err := asn1.Marshal(struct {
		Version                   int
		N, E, D, P, Q, DP, DQ, QI *big.Int
	}{0, n, e, d, p, q, new(big.Int).Mod(d, less(p, one)), new(big.Int).Mod(d, less(q, one)), qInv})
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: der})
	_, err = keys.Import("PEM", string(text), "")
	if f := fault.Of(err); f == nil || !strings.Contains(f.Message, "its own signature") {
		t.Errorf("got %v", err)
	}
}

func prime(t *testing.T, bits int) *big.Int {
	t.Helper()
	p, err := rand.Prime(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func less(a, b *big.Int) *big.Int { return new(big.Int).Sub(a, b) }

func FuzzImport(f *testing.F) {
	for _, name := range []string{
		"rsa1024.snk", "rsa1024-public.snk", "rsa1024-pkcs1.pem", "rsa1024-pkcs8.pem",
		"ed25519.pem", "ec.pem", "rsa512.pem", "rsa1024-encrypted.pem", "rsa1024.pfx", "ed25519.pfx",
	} {
		f.Add("", b64(file(f, name)))
		f.Add("PEM", string(file(f, name)))
	}
	f.Add("SNK", "BwIAAAAkAABSU0Ey")
	f.Fuzz(func(t *testing.T, dataFormat, data string) {
		key, err := keys.Import(dataFormat, data, "secret")
		if err != nil {
			if found := fault.Of(err); found == nil || found.Kind != fault.Invalid {
				t.Fatalf("not a fault of the caller: %v", err)
			}
			return
		}
		der, err := key.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x509.ParsePKCS8PrivateKey(der); err != nil {
			t.Fatal(err)
		}
		back, err := keys.Parse(der)
		if err != nil || back.ID() != key.ID() {
			t.Fatalf("%s came back as %s, %v", key, back, err)
		}
	})
}
