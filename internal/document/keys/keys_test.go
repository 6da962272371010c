package keys_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
)

func file(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func imported(t testing.TB, name string) keys.Key {
	t.Helper()
	key, err := keys.Import("PEM", string(file(t, name)), "")
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func generated(t *testing.T, keyType string) keys.Key {
	t.Helper()
	key, err := keys.Generate(keyType)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestThumbprintIsThatOfRFC8037(t *testing.T) {
	t.Parallel()
	seed, err := base64.RawURLEncoding.DecodeString("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A") // RFC 8037, A.1
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(seed))
	if err != nil {
		t.Fatal(err)
	}
	key, err := keys.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := key.ID(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"; got != want { // RFC 8037, A.3
		t.Errorf("id %s, want %s", got, want)
	}
}

func TestJWKReadsAsTheSameKeyElsewhere(t *testing.T) {
	t.Parallel()
	for _, key := range []keys.Key{generated(t, entity.ResourceEd25519), imported(t, "rsa1024-pkcs1.pem")} {
		raw, err := json.Marshal(key.JWK())
		if err != nil {
			t.Fatal(err)
		}
		var jwk jose.JSONWebKey
		if err := json.Unmarshal(raw, &jwk); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		sum, err := jwk.Thumbprint(crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		if got := base64.RawURLEncoding.EncodeToString(sum); got != key.ID() || jwk.KeyID != key.ID() {
			t.Errorf("id %s, kid %s, thumbprint %s", key.ID(), jwk.KeyID, got)
		}
		if jwk.Use != "sig" || !jwk.Valid() || !jwk.IsPublic() {
			t.Errorf("%s is not a valid public signing key", raw)
		}
		if strings.Contains(string(raw), `"d"`) {
			t.Errorf("%s holds a private part", raw)
		}
	}
}

func TestMarshalAndPEMRoundTrip(t *testing.T) {
	t.Parallel()
	for _, keyType := range []string{entity.ResourceEd25519, entity.ResourceRSA} {
		t.Run(keyType, func(t *testing.T) {
			t.Parallel()
			key := generated(t, keyType)
			der, err := key.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			back, err := keys.Parse(der)
			if err != nil {
				t.Fatal(err)
			}
			if back.ID() != key.ID() || back.Type() != keyType {
				t.Errorf("%s came back as %s", key, back)
			}
			text, err := key.PEM()
			if err != nil {
				t.Fatal(err)
			}
			public, err := keys.ParsePublic(text)
			if err != nil || public.ID() != key.ID() {
				t.Errorf("PEM came back as %s, %v", public, err)
			}
			checkSigns(t, back, public)
			again, err := keys.Import("", base64.StdEncoding.EncodeToString(pemOf(t, der)), "")
			if err != nil || again.ID() != key.ID() {
				t.Errorf("imported as %s, %v", again, err)
			}
		})
	}
}

func checkSigns(t *testing.T, key keys.Key, public keys.Public) {
	t.Helper()
	message, other := []byte("message"), []byte("massage")
	ed, edErr := key.SignEd25519(message)
	rs, rsErr := key.SignRSA(crypto.SHA1, message)
	if key.Type() == entity.ResourceRSA {
		if rsErr != nil || public.VerifyRSA(crypto.SHA1, message, rs) != nil || public.VerifyRSA(crypto.SHA1, other, rs) == nil {
			t.Errorf("RSA signature: %v", rsErr)
		}
		if edErr == nil || public.VerifyEd25519(message, rs) == nil {
			t.Error("an RSA key did Ed25519")
		}
		return
	}
	if edErr != nil || public.VerifyEd25519(message, ed) != nil || public.VerifyEd25519(other, ed) == nil {
		t.Errorf("Ed25519 signature: %v", edErr)
	}
	if rsErr == nil || public.VerifyRSA(crypto.SHA1, message, ed) == nil {
		t.Error("an Ed25519 key did RSA")
	}
}

// The order of the group, L of RFC 8032, little-endian: adding it to the scalar
// of a signature gives another encoding of the same scalar.
var groupOrder = []byte{
	0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
}

func TestEd25519RefusesAScalarThatIsNotCanonical(t *testing.T) {
	t.Parallel()
	key := generated(t, entity.ResourceEd25519)
	message := []byte("message")
	signature, err := key.SignEd25519(message)
	if err != nil {
		t.Fatal(err)
	}
	carry := 0
	for i, b := range groupOrder {
		carry += int(signature[32+i]) + int(b)
		signature[32+i], carry = byte(carry), carry>>8
	}
	if key.VerifyEd25519(message, signature) == nil {
		t.Error("a malleated signature verifies")
	}
}

func TestKeysNeverPrintTheirPrivatePart(t *testing.T) {
	t.Parallel()
	for _, key := range []keys.Key{imported(t, "rsa1024-pkcs1.pem"), imported(t, "ed25519.pem")} {
		want := key.Type() + " key " + key.ID()
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			if got := fmt.Sprintf(verb, key); got != want {
				t.Errorf("%s printed %q", verb, got)
			}
		}
	}
}

func TestGenerateRefusesOtherTypes(t *testing.T) {
	t.Parallel()
	if _, err := keys.Generate("EC"); err == nil {
		t.Error("generated an EC key")
	}
	key := generated(t, entity.ResourceRSA)
	n, err := base64.RawURLEncoding.DecodeString(key.JWK().N)
	if err != nil || len(n)*8 != 3072 {
		t.Errorf("RSA key of %d bits, %v", len(n)*8, err)
	}
}

func TestParsePublicReadsBareBase64(t *testing.T) {
	t.Parallel()
	text := string(file(t, "rsa1024-public.pem"))
	lines := strings.Split(strings.TrimSpace(text), "\n")
	bare, err := keys.ParsePublic(strings.Join(lines[1:len(lines)-1], ""))
	if err != nil {
		t.Fatal(err)
	}
	if want := imported(t, "rsa1024-pkcs1.pem").ID(); bare.ID() != want {
		t.Errorf("id %s, want %s", bare.ID(), want)
	}
	sum := sha256.Sum256(nil)
	for name, bad := range map[string]string{
		"nothing":     "",
		"not base64":  "*",
		"not a key":   base64.StdEncoding.EncodeToString(sum[:]),
		"private key": string(file(t, "ed25519.pem")),
		"two blocks":  text + text,
	} {
		if _, err := keys.ParsePublic(bad); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}
