package document_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"pgregory.net/rapid"

	"github.com/licet/licet/internal/document"
	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
)

const knownPayload = `{"licenseId":"lic929CEF01","type":"Enterprise & \"Co\"","mode":"floating","sites":3,` +
	`"issueDate":"2026-01-31T12:00:00.123456Z","expireDate":"2027-01-31T23:59:59Z","supportExpireDate":"2026-07-31T00:00:00Z",` +
	`"licensee":{"name":"Zoë O'Brien","company":"ACME","contactInfo":"info@acme.com"},` +
	`"product":{"id":"P01","name":"ACME Product","version":"1.0","description":"a < b & c > d \"quoted\"\n😀"},` +
	`"components":["Core"],` +
	`"assemblies":[{"name":"Acme.Core","version":"[1.0.0.0-2.0.0.0]","publicKeyToken":"a5d85ef2c81d0f8a"}],` +
	`"fields":[{"name":"seats","value":"3"},{"name":"note","value":"one\r\ntwo\tthree"},{"name":"empty","value":""}],` +
	`"features":[{"id":"f1","name":"Reporting","description":"Reports","expireDate":"2026-12-31T00:00:00Z","key":"k","data":"AQID"}],` +
	`"restrictions":[{"name":"Hardware","properties":{"HardwareKey":"ADSQH-89GGJ"}},` +
	`{"id":"r2","name":"Memory","customXmlContent":"<memory totalMemory=\"4096\">at <b>least</b></memory>"}],` +
	`"iat":1769860800,"exp":1801439999}`

// verifyElsewhere checks a document with a JOSE library and the JWK alone.
func verifyElsewhere(t testing.TB, doc string, key keys.Key) string {
	t.Helper()
	parsed, err := jose.ParseSignedCompact(doc, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		t.Fatal(err)
	}
	payload, err := parsed.Verify(stdPublic(t, key))
	if err != nil {
		t.Fatal(err)
	}
	header := parsed.Signatures[0].Protected
	if header.KeyID != key.ID() || header.ExtraHeaders[jose.HeaderType] != "license+jwt" {
		t.Errorf("header %+v", header)
	}
	return string(payload)
}

func TestAJOSELibraryVerifies(t *testing.T) {
	t.Parallel()
	key := edKey(t)
	if got := verifyElsewhere(t, sign(t, known(entity.FormatJWS), key), key); got != knownPayload {
		t.Errorf("payload\n%s, want\n%s", got, knownPayload)
	}
	bare := &entity.License{LicenseID: "lic1", Format: entity.FormatJWS}
	if got, want := verifyElsewhere(t, sign(t, bare, key), key), `{"licenseId":"lic1","mode":"file","sites":null}`; got != want {
		t.Errorf("payload %s, want %s", got, want)
	}
}

// forge signs any header and payload with a key of its own.
func forge(t testing.TB) (public keys.Public, sign func(header, payload string) string) {
	t.Helper()
	key := edKey(t)
	sign = func(header, payload string) string {
		signed := base64.RawURLEncoding.EncodeToString([]byte(strings.ReplaceAll(header, "KID", key.ID()))) + "." +
			base64.RawURLEncoding.EncodeToString([]byte(payload))
		signature, err := key.SignEd25519([]byte(signed))
		if err != nil {
			t.Fatal(err)
		}
		return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
	}
	return key.Public, sign
}

func TestJWSHeaders(t *testing.T) {
	t.Parallel()
	public, sign := forge(t)
	const payload = `{"licenseId":"lic1"}`
	if _, err := document.Verify(sign(` { "typ":"license+jwt", "kid":"KID","alg":"EdDSA"} `, payload), public); err != nil {
		t.Errorf("another order: %v", err)
	}
	for name, header := range map[string]string{
		"alg none":         `{"alg":"none","kid":"KID","typ":"license+jwt"}`,
		"alg HS256":        `{"alg":"HS256","kid":"KID","typ":"license+jwt"}`,
		"alg Ed448":        `{"alg":"Ed448","kid":"KID","typ":"license+jwt"}`,
		"alg spelled":      `{"alg":"eddsa","kid":"KID","typ":"license+jwt"}`,
		"alg named ALG":    `{"ALG":"EdDSA","kid":"KID","typ":"license+jwt"}`,
		"no alg":           `{"kid":"KID","typ":"license+jwt"}`,
		"alg a list":       `{"alg":["EdDSA"],"kid":"KID","typ":"license+jwt"}`,
		"alg twice":        `{"alg":"EdDSA","alg":"EdDSA","kid":"KID","typ":"license+jwt"}`,
		"alg twice, esc":   `{"alg":"none","\u0061lg":"EdDSA","kid":"KID","typ":"license+jwt"}`,
		"kid twice":        `{"alg":"EdDSA","kid":"x","kid":"KID","typ":"license+jwt"}`,
		"crit":             `{"alg":"EdDSA","kid":"KID","typ":"license+jwt","crit":["b64"],"b64":true}`,
		"empty crit":       `{"alg":"EdDSA","kid":"KID","typ":"license+jwt","crit":[]}`,
		"a key of its own": `{"alg":"EdDSA","kid":"KID","typ":"license+jwt","jwk":{"kty":"OKP"}}`,
		"typ JWT":          `{"alg":"EdDSA","kid":"KID","typ":"JWT"}`,
		"no typ":           `{"alg":"EdDSA","kid":"KID"}`,
		"a list":           `[]`,
		"nothing":          ``,
		"cut":              `{"alg":"EdDSA"`,
		"two objects":      `{"alg":"EdDSA","kid":"KID","typ":"license+jwt"}{}`,
		"bad UTF-8":        "{\"alg\":\"EdDSA\",\"kid\":\"KID\",\"typ\":\"license+jwt\",\"\xff\":1}",
	} {
		if _, err := document.Verify(sign(header, payload), public); !errors.Is(err, document.ErrMalformed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for name, header := range map[string]string{
		"no kid":      `{"alg":"EdDSA","typ":"license+jwt"}`,
		"another kid": `{"alg":"EdDSA","kid":"x","typ":"license+jwt"}`,
	} {
		if _, err := document.Verify(sign(header, payload), public, keys.Public{}); !errors.Is(err, document.ErrUnknownKey) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := document.Verify(sign(`{"alg":"EdDSA","kid":"KID","typ":"license+jwt"}`, `[]`), public); !errors.Is(err, document.ErrMalformed) {
		t.Errorf("payload that is no object: got %v", err)
	}
}

// A document MACed with the public key, which is what a verifier that believes
// the header would check it with.
func TestJWSOfHS256WithThePublicKeyIsRefused(t *testing.T) {
	t.Parallel()
	key := edKey(t)
	secret := stdPublic(t, key).(ed25519.PublicKey)
	options := (&jose.SignerOptions{}).WithType("license+jwt").WithHeader("kid", key.ID())
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte(secret)}, options)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign([]byte(`{"licenseId":"lic1"}`))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := document.Verify(doc, key.Public); !errors.Is(err, document.ErrMalformed) {
		t.Errorf("got %v", err)
	}
}

func TestAnyTextIsRefusedOrVerifiesInAJWS(t *testing.T) {
	t.Parallel()
	key := edKey(t)
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SampledFrom([]*rapid.Generator[string]{tameText(), wildText()}).Draw(t, "texts")
		lic := anyLicense(t, entity.FormatJWS, texts)
		doc, err := document.Sign(lic, key)
		if err != nil {
			checkMember(t, err)
			return
		}
		got, err := document.Verify(doc, key.Public)
		if err != nil {
			t.Fatal(err)
		}
		if c := got.Content; c.LicenseID != lic.LicenseID || c.Product.Description != lic.Product.Description ||
			c.Fields[0] != document.Field(lic.Fields[0]) {
			t.Fatalf("the document states %+v of %+v", c, lic)
		}
	})
}

func FuzzVerify(f *testing.F) {
	// A fixed key: the processes that fuzz must agree on it.
	edPair, err := keys.Import("PEM", read(f, "keys/testdata/ed25519.pem"), "")
	if err != nil {
		f.Fatal(err)
	}
	rsaPair := rsaKey(f)
	for _, format := range document.Supported() {
		key := edPair
		if isXML(format) {
			key = rsaPair
		}
		f.Add(sign(f, known(format), key))
	}
	order := knownOrder(f)
	order.ActivationKey = "lic929CEF01"
	f.Add(signOrder(f, order, edPair))
	f.Add(`<?xml version="1.0"?><Licenses><License Id="a" /><Signature><SignatureValue>AAAA</SignatureValue></Signature></Licenses>`)
	f.Add(`<Licenses><License /><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo /></Signature></Licenses>`)
	f.Add("-----BEGIN LICENSE-----\n..\n-----END LICENSE-----")
	f.Add("FYXA====")
	f.Add("..")
	f.Add("e30.e30.")
	f.Fuzz(func(t *testing.T, doc string) {
		got, err := document.Verify(doc, rsaPair.Public, edPair.Public)
		if err == nil && got.Content.LicenseID != "lic929CEF01" {
			t.Fatalf("verified what was never signed: %s", doc)
		}
		if err != nil && !errors.Is(err, document.ErrMalformed) && !errors.Is(err, document.ErrUnknownKey) && !errors.Is(err, document.ErrBadSignature) {
			t.Fatalf("an error that says nothing: %v", err)
		}
	})
}
