package client

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// testKey is a key of its own for every seed.
func testKey(seed byte) ed25519.PrivateKey {
	b := make([]byte, ed25519.SeedSize)
	b[0] = seed
	return ed25519.NewKeyFromSeed(b)
}

func publicOf(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

func keySet(t testing.TB, keys ...ed25519.PrivateKey) *KeySet {
	t.Helper()
	var public []ed25519.PublicKey
	for _, k := range keys {
		public = append(public, publicOf(k))
	}
	set, err := NewKeySet(public...)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// sign makes a JWS of any header and payload.
func sign(key ed25519.PrivateKey, header, payload string) string {
	enc := base64.RawURLEncoding.EncodeToString
	signed := enc([]byte(header)) + "." + enc([]byte(payload))
	return signed + "." + enc(ed25519.Sign(key, []byte(signed)))
}

func headerOf(key ed25519.PrivateKey) string {
	return fmt.Sprintf(`{"alg":"EdDSA","kid":%q,"typ":"license+jwt"}`, thumbprint(publicOf(key)))
}

const payload = `{"licenseId":"lic1","type":"Full","mode":"activation","sites":3,"issueDate":"2026-01-01T00:00:00Z",
	"expireDate":"2027-01-01T00:00:00Z","supportExpireDate":"2026-07-01T00:00:00.123456Z",
	"licensee":{"name":"Ada","company":"ACME","contactInfo":"ada@acme.test","url":"https://acme.test"},
	"product":{"id":"P1","name":"Product","version":"2"},"components":["A","B"],"assemblies":[{"name":"L","version":"1.*"}],
	"fields":[{"name":"f","value":"v"}],
	"features":[{"id":"pro","name":"Pro","expireDate":"2026-06-01T00:00:00Z","data":"AQI="},{"id":"base"}],
	"restrictions":[{"name":"Hardware","properties":{"HardwareKey":"M1"}},{"name":"Hardware","properties":{"HardwareKey":"M2"}}],
	"iat":1767225600,"exp":1798761600,"unknown":{"a":[1]}}`

func TestVerifyLicense(t *testing.T) {
	t.Parallel()
	key := testKey(1)
	doc := sign(key, headerOf(key), payload)
	at := time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC)
	l, err := VerifyLicense([]byte("\ufeff"+doc+"\r\n"), keySet(t, testKey(2), key), Check{At: at, MachineID: "M2"})
	if err != nil {
		t.Fatal(err)
	}
	if l.ID != "lic1" || l.Type != "Full" || l.Mode != "activation" || *l.Sites != 3 || l.Licensee.Company != "ACME" ||
		l.Product.ID != "P1" || len(l.Components) != 2 || l.Assemblies[0].Version != "1.*" || l.Fields[0] != (Field{"f", "v"}) ||
		!l.ExpireDate.Equal(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)) || l.SupportExpireDate.Nanosecond() != 123456000 {
		t.Errorf("got %+v", l)
	}
	if _, ok := l.Feature("base", at); !ok {
		t.Error("a feature without an end is not in force")
	}
	if _, ok := l.Feature("pro", at); ok {
		t.Error("an expired feature is in force")
	}
	if f, ok := l.Feature("pro", at.AddDate(0, -2, 0)); !ok || f.Data != "AQI=" {
		t.Errorf("feature %+v, %t", f, ok)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	key := testKey(1)
	end := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	bare := `{"licenseId":"lic1","sites":null}`
	unfilled := `{"licenseId":"lic1","restrictions":[{"name":"Hardware"},{"name":"Trial","properties":{"HardwareKey":"M1"}}]}`
	tests := []struct {
		name, payload string
		check         Check
		want          error
	}{
		{"valid", payload, Check{At: end.Add(-1), MachineID: "M1"}, nil},
		{"at its end", payload, Check{At: end}, DocumentExpired},
		{"long ago, by the machine's clock", `{"expireDate":"2001-01-01T00:00:00Z"}`, Check{}, DocumentExpired},
		{"without end", bare, Check{At: end.AddDate(900, 0, 0)}, nil},
		{"another machine", payload, Check{At: end.Add(-1), MachineID: "m1"}, WrongMachine},
		{"machine not asked", payload, Check{At: end.Add(-1)}, nil},
		{"bound to none", bare, Check{MachineID: "M1"}, WrongMachine},
		{"not filled", unfilled, Check{MachineID: "M1"}, WrongMachine},
		{"not filled, and an odd machine", unfilled, Check{MachineID: " "}, WrongMachine},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := VerifyLicense([]byte(sign(key, headerOf(key), tt.payload)), keySet(t, key), tt.check)
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestReadLicenseRefuses(t *testing.T) {
	t.Parallel()
	key, other := testKey(1), testKey(2)
	id := thumbprint(publicOf(key))
	good := sign(key, headerOf(key), payload)
	parts := strings.Split(good, ".")
	// 64 bytes leave four bits of the last character unused; they must be 0.
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, good[len(good)-1])
	with := func(header string) string { return sign(key, fmt.Sprintf(header, id), payload) }
	tests := []struct {
		name, doc string
		want      error
	}{
		{"empty", "", DocumentMalformed},
		{"XML", "<Licenses/>", DocumentMalformed},
		{"two parts", parts[0] + "." + parts[1], DocumentMalformed},
		{"four parts", good + ".", DocumentMalformed},
		{"no signature", parts[0] + "." + parts[1] + ".", BadSignature},
		{"padding", good + "=", DocumentMalformed},
		{"trailing bits", good[:len(good)-1] + string(alphabet[last+1]), DocumentMalformed},
		{"line break inside", parts[0] + ".\n" + parts[1] + "." + parts[2], BadSignature},
		{"line break in the signature", parts[0] + "." + parts[1] + "." + parts[2][:9] + "\n" + parts[2][9:], DocumentMalformed},
		{"standard alphabet", with(`{"alg":"EdDSA","kid":"%s","typ":"license+jwt"}`)[:9] + "+", DocumentMalformed},
		{"unknown key", sign(other, headerOf(other), payload), UnknownKey},
		{"signed by another", sign(other, headerOf(key), payload), BadSignature},
		{"alg none", with(`{"alg":"none","kid":"%s","typ":"license+jwt"}`), DocumentMalformed},
		{"alg HS256", with(`{"alg":"HS256","kid":"%s","typ":"license+jwt"}`), DocumentMalformed},
		{"alg in another case", with(`{"alg":"eddsa","kid":"%s","typ":"license+jwt"}`), DocumentMalformed},
		{"ALG", with(`{"ALG":"EdDSA","kid":"%s","typ":"license+jwt"}`), DocumentMalformed},
		{"alg twice", with(`{"alg":"none","alg":"EdDSA","kid":"%s","typ":"license+jwt"}`), DocumentMalformed},
		{"crit", with(`{"alg":"EdDSA","kid":"%s","typ":"license+jwt","crit":["exp"]}`), DocumentMalformed},
		{"another type", with(`{"alg":"EdDSA","kid":"%s","typ":"report+jwt"}`), DocumentMalformed},
		{"no type", with(`{"alg":"EdDSA","kid":"%s"}`), DocumentMalformed},
		{"no kid", sign(key, `{"alg":"EdDSA","typ":"license+jwt"}`, payload), DocumentMalformed},
		{"kid null", sign(key, `{"alg":"EdDSA","typ":"license+jwt","kid":null}`, payload), DocumentMalformed},
		{"header no object", sign(key, `["EdDSA"]`, payload), DocumentMalformed},
		{"header and more", with(`{"alg":"EdDSA","kid":"%s","typ":"license+jwt"}{}`), DocumentMalformed},
		{"payload no object", sign(key, headerOf(key), `[]`), DocumentMalformed},
		{"odd date", sign(key, headerOf(key), `{"expireDate":"tomorrow"}`), DocumentMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := ReadLicense([]byte(tt.doc), keySet(t, key)); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
	if _, err := ReadLicense([]byte(good), nil); !errors.Is(err, UnknownKey) {
		t.Errorf("without keys: %v", err)
	}
}

// No byte of a document can be changed, and nothing added or taken away.
func TestEveryByteCounts(t *testing.T) {
	t.Parallel()
	key := testKey(1)
	good := sign(key, headerOf(key), payload)
	keys := keySet(t, key)
	rapid.Check(t, func(t *rapid.T) {
		doc := []byte(good)
		at := rapid.IntRange(0, len(doc)-1).Draw(t, "at")
		b := rapid.Byte().Draw(t, "byte")
		switch rapid.IntRange(0, 2).Draw(t, "how") {
		case 0:
			doc[at] = b
		case 1:
			doc = append(doc[:at], doc[at+1:]...)
		case 2:
			doc = append(doc[:at], append([]byte{b}, good[at:]...)...)
		}
		if strings.TrimSpace(string(doc)) == good {
			t.Skip("unchanged")
		}
		if l, err := ReadLicense(doc, keys); err == nil {
			t.Fatalf("%q was read as %+v", doc, l)
		}
	})
}

// The key and its thumbprint are those of RFC 8037, appendix A.
func TestThumbprintOfRFC8037(t *testing.T) {
	t.Parallel()
	set, err := ParseKeys([]byte(`{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := set.find("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"); !ok {
		t.Errorf("got %v", set.byID)
	}
}

func TestKeySets(t *testing.T) {
	t.Parallel()
	set := keySet(t, testKey(1), testKey(2))
	raw, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	mixed := strings.Replace(string(raw), `[`, `[{"kty":"RSA","kid":"r","n":"AQAB","e":"AQAB","use":"sig"},{"kty":"OKP","crv":"X25519","x":"AA"},{"kty":"OKP","crv":"Ed25519","x":"AA","use":"enc"},`, 1)
	fetched, err := newClient(t, says(200, "application/jwk-set+json", mixed)).FetchKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(fetched)
	if err != nil || string(again) != string(raw) {
		t.Errorf("got %s (%v), want %s", again, err, raw)
	}
	x := base64.RawURLEncoding.EncodeToString(publicOf(testKey(1)))
	y := base64.RawURLEncoding.EncodeToString(publicOf(testKey(2)))
	for name, bad := range map[string]string{
		"not JSON": `<html>`, "no keys": `{"keys":[]}`, "only RSA": `{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}`,
		"short": `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AAAA"}]}`, "no base64url": `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"++++"}]}`,
		"one id for two": `{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"` + x + `"},{"kty":"OKP","crv":"Ed25519","kid":"a","x":"` + y + `"}]}`,
	} {
		if set, err := ParseKeys([]byte(bad)); err == nil {
			t.Errorf("%s: read as %v", name, set)
		}
		if _, err := newClient(t, says(200, "application/json", bad), WithoutRetry()).FetchKeys(t.Context()); !IsOutage(err) {
			t.Errorf("%s: fetched with %v", name, err)
		}
	}
	if _, err := NewKeySet(); err == nil {
		t.Error("an empty set was made")
	}
	if _, err := NewKeySet(ed25519.PublicKey("short")); err == nil {
		t.Error("a short key was taken")
	}
}

func FuzzReadLicense(f *testing.F) {
	key := testKey(1)
	f.Add([]byte(sign(key, headerOf(key), payload)))
	f.Add([]byte(sign(key, headerOf(key), `{}`)))
	f.Add([]byte("e30.e30."))
	f.Add([]byte("..."))
	set := keySet(f, key)
	f.Fuzz(func(t *testing.T, doc []byte) {
		l, err := ReadLicense(doc, set)
		if (l == nil) == (err == nil) {
			t.Fatalf("%v and %v", l, err)
		}
	})
}

func FuzzSignedPayload(f *testing.F) {
	key := testKey(1)
	f.Add(headerOf(key), payload)
	f.Add(`{"alg":"EdDSA"}`, `{"restrictions":[null],"features":null}`)
	set := keySet(f, key)
	f.Fuzz(func(t *testing.T, header, payload string) {
		if l, err := ReadLicense([]byte(sign(key, header, payload)), set); err == nil {
			l.Check(Check{MachineID: "M"})
			l.Feature("pro", time.Time{})
		}
	})
}

func FuzzParseKeys(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"AAAA"}]}`))
	f.Add([]byte(`{"keys":null}`))
	f.Fuzz(func(t *testing.T, jwks []byte) {
		set, err := ParseKeys(jwks)
		if err != nil {
			return
		}
		raw, err := json.Marshal(set)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseKeys(raw); err != nil {
			t.Fatalf("%s does not read again: %v", raw, err)
		}
	})
}
