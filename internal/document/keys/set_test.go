package keys_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
)

func publicPEM(t testing.TB, key keys.Key) string {
	t.Helper()
	text, err := key.PEM()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestParseSetReadsEveryForm(t *testing.T) {
	t.Parallel()
	rsaKey, edKey := imported(t, "rsa1024-pkcs8.pem"), imported(t, "ed25519.pem")
	set, err := json.Marshal(map[string]any{"keys": []any{
		rsaKey.JWK(), map[string]any{"kty": "EC", "crv": "P-256"}, edKey.JWK(), map[string]any{"kty": "OKP", "crv": "X25519"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	one, err := json.Marshal(edKey.JWK())
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(publicPEM(t, edKey)))
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"jwks":      {string(set), []string{rsaKey.ID(), edKey.ID()}},
		"one JWK":   {string(one), []string{edKey.ID()}},
		"BOM":       {"\ufeff\n" + string(one) + "\r\n", []string{edKey.ID()}},
		"PEM":       {publicPEM(t, rsaKey), []string{rsaKey.ID()}},
		"two PEM":   {publicPEM(t, rsaKey) + "\n" + publicPEM(t, edKey), []string{rsaKey.ID(), edKey.ID()}},
		"bare DER":  {base64.StdEncoding.EncodeToString(block.Bytes), []string{edKey.ID()}},
		"kid lies":  {strings.Replace(string(one), edKey.ID(), "x", 1), []string{edKey.ID()}},
		"new names": {`{"keys":[],"more":1,"keys":[` + string(one) + `]}`, []string{edKey.ID()}},
	} {
		found, err := keys.ParseSet(c.text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var ids []string
		for _, key := range found {
			ids = append(ids, key.ID())
		}
		if !slices.Equal(ids, c.want) {
			t.Errorf("%s: %v, want %v", name, ids, c.want)
		}
	}
}

func TestParseSetRefuses(t *testing.T) {
	t.Parallel()
	n := imported(t, "rsa1024-pkcs8.pem").JWK().N
	for name, c := range map[string]struct{ text, want string }{
		"nothing":           {"", "not a PKIX public key"},
		"noise":             {"hello!", "PEM or the base64"},
		"no JSON":           {"{", "not a JWK set"},
		"an empty set":      {`{"keys":[]}`, "no RSA or Ed25519 key"},
		"only EC":           {`{"keys":[{"kty":"EC"}]}`, "no RSA or Ed25519 key"},
		"a private JWK":     {`{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA","d":"AA"}]}`, "private"},
		"a secret":          {`{"kty":"oct","k":"AA"}`, "private or secret"},
		"short x":           {`{"kty":"OKP","crv":"Ed25519","x":"AA"}`, "this has 1"},
		"padded x":          {`{"kty":"OKP","crv":"Ed25519","x":"AA=="}`, "without padding"},
		"trailing bits":     {`{"kty":"OKP","crv":"Ed25519","x":"AB"}`, "without padding"},
		"even exponent":     {`{"kty":"RSA","n":"` + n + `","e":"AQAA"}`, "exponent"},
		"exponent one":      {`{"kty":"RSA","n":"` + n + `","e":"AQ"}`, "exponent"},
		"no exponent":       {`{"kty":"RSA","n":"` + n + `"}`, "exponent"},
		"a large exponent":  {`{"kty":"RSA","n":"` + n + `","e":"AQAAAAAAAAAB"}`, "exponent"},
		"a small modulus":   {`{"kty":"RSA","n":"AQAB","e":"AQAB"}`, "17 bits"},
		"a private PEM":     {string(file(t, "ed25519.pem")), "expected PUBLIC KEY"},
		"text after a PEM":  {publicPEM(t, generated(t, entity.ResourceEd25519)) + "x", "after 1 keys"},
		"an incomplete PEM": {"-----BEGIN PUBLIC KEY-----", "after 0 keys"},
	} {
		if _, err := keys.ParseSet(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func FuzzParseSet(f *testing.F) {
	key := imported(f, "ed25519.pem")
	one, err := json.Marshal(key.JWK())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(one))
	f.Add(`{"keys":[` + string(one) + `]}`)
	f.Add(publicPEM(f, key))
	f.Add(`{"kty":"RSA","n":"AQAB","e":"AQAB"}`)
	f.Fuzz(func(t *testing.T, text string) {
		found, err := keys.ParseSet(text)
		if (err == nil) != (len(found) > 0) {
			t.Fatalf("%d keys, %v", len(found), err)
		}
		for _, key := range found {
			text, err := key.PEM()
			if err != nil {
				t.Fatal(err)
			}
			if again, err := keys.ParsePublic(text); err != nil || again.ID() != key.ID() {
				t.Fatalf("%s came back as %s, %v", key, again, err)
			}
		}
	})
}

// weakPoints are all encodings of the points of small order, and an encoding
// with a y past the prime.
func weakPoints(t testing.TB) [][]byte {
	t.Helper()
	var all [][]byte
	for _, text := range []string{
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	} {
		point, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		signed := slices.Clone(point)
		signed[31] |= 0x80
		all = append(all, point, signed)
	}
	return all
}

// Under a public key of small order a signature verifies that nobody made. Such
// a key is refused before it can be used, in both forms.
func TestWeakEd25519KeysAreRefused(t *testing.T) {
	t.Parallel()
	identity := append([]byte{1}, make([]byte, 31)...)
	if !ed25519.Verify(identity, []byte("anything"), append(slices.Clone(identity), make([]byte, 32)...)) {
		t.Fatal("the forgery does not verify, so there is nothing to refuse")
	}
	prefix, _ := hex.DecodeString("302a300506032b6570032100") // PKIX, RFC 8410
	for _, point := range weakPoints(t) {
		for _, text := range []string{
			base64.StdEncoding.EncodeToString(append(bytes.Clone(prefix), point...)),
			fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","x":%q}`, base64.RawURLEncoding.EncodeToString(point)),
		} {
			if _, err := keys.ParseSet(text); err == nil || !strings.Contains(err.Error(), "weak") {
				t.Errorf("%x: got %v", point, err)
			}
		}
	}
}
