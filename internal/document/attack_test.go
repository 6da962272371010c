package document_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/licet/licet/internal/document"
	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
)

// victim is a short license, since every byte of its documents is tried.
func victim(format entity.Format) *entity.License {
	return &entity.License{
		LicenseID: "lic1", Format: format, ExpireDate: date("2027-01-31T23:59:59Z"),
		Product:  &entity.ProductInfo{ID: "P", Description: "a b"},
		Contents: entity.Contents{Restrictions: []entity.Restriction{{Name: "Hardware", Properties: map[string]string{"HardwareKey": "M"}, CustomXMLContent: "<a>b c</a>"}}},
	}
}

// victimDocument is a signed victim; that of LM-X is an order.
func victimDocument(t testing.TB, format entity.Format, key keys.Key) string {
	if format != entity.FormatLMX {
		return sign(t, victim(format), key)
	}
	return signOrder(t, &document.Order{
		ActivationKey: "K-1", Generated: date("2026-01-31T00:00:00Z"), Licensee: "a \"b", HostIDs: hostIDs(t, "CUSTOM=m"), MatchRate: 50,
		Features: []document.OrderFeature{{Name: "F", Version: "1.0", End: "2027-01-31", Count: 2}, {Name: "G", Version: "10.0"}},
	}, key)
}

// attack tries changed documents of one that is good.
type attack struct {
	t    *testing.T
	doc  string
	key  keys.Key
	want *document.Verified
}

// eachVictim runs test on a signed document of every format.
func eachVictim(t *testing.T, test func(a attack, format entity.Format)) {
	all := keysOf(t)
	all[entity.FormatLMX] = edKey(t)
	for format, key := range all {
		t.Run(fmt.Sprint("format ", int(format)), func(t *testing.T) {
			t.Parallel()
			doc := victimDocument(t, format, key)
			v, err := document.Verify(doc, key.Public)
			if err != nil {
				t.Fatal(err)
			}
			test(attack{t, doc, key, v}, format)
		})
	}
}

// verifies says whether a changed document is accepted; one that is must state
// what was signed.
func (a attack) verifies(changed string) bool {
	v, err := document.Verify(changed, a.key.Public)
	if err != nil {
		return false
	}
	if !reflect.DeepEqual(v, a.want) {
		a.t.Fatalf("verifies and states something else:\n%s\n%s", changed, a.doc)
	}
	return true
}

const xmlSpace = " \t\r\n"

// Exception in every format: white space around the document. In XML (formats 0
// and 1) one white space is as good as another between the parts of a tag, and
// in format 0 also between elements, where shipped applications drop it.
func TestEveryChangedByteCounts(t *testing.T) {
	t.Parallel()
	eachVictim(t, func(a attack, format entity.Format) {
		for at := range len(a.doc) {
			others := []byte{' ', '\n', 'A'}
			for bit := range 8 {
				others = append(others, a.doc[at]^1<<bit)
			}
			for _, b := range others {
				changed := []byte(a.doc)
				changed[at] = b
				if b == a.doc[at] || !a.verifies(string(changed)) {
					continue
				}
				if !isXML(format) || !strings.ContainsRune(xmlSpace, rune(b)) || !strings.ContainsRune(xmlSpace, rune(a.doc[at])) {
					a.t.Errorf("byte %d as %q does not count: %s", at, b, changed)
				}
			}
		}
	})
}

func TestEveryInsertedAndRemovedByteCounts(t *testing.T) {
	t.Parallel()
	eachVictim(t, func(a attack, format entity.Format) {
		for at := range len(a.doc) + 1 {
			for _, b := range []byte("\x00 \nA=<>\"") {
				if !a.verifies(a.doc[:at] + string([]byte{b}) + a.doc[at:]) {
					continue
				}
				outside := at == 0 || at == len(a.doc)
				if !strings.ContainsRune(xmlSpace, rune(b)) || !outside && !isXML(format) {
					a.t.Errorf("%q before byte %d does not count", b, at)
				}
			}
			if at < len(a.doc) && a.verifies(a.doc[:at]+a.doc[at+1:]) && !strings.ContainsRune(xmlSpace, rune(a.doc[at])) {
				a.t.Errorf("byte %d can be left out", at)
			}
		}
	})
}

func TestTruncatedAndExtended(t *testing.T) {
	t.Parallel()
	eachVictim(t, func(a attack, _ entity.Format) {
		for n := range len(a.doc) {
			if a.verifies(a.doc[:n]) || n > 0 && a.verifies(a.doc[n:]) {
				a.t.Errorf("cut at %d it verifies", n)
			}
		}
		for _, more := range []string{a.doc, "\n" + a.doc, ".", ".e30", "AAAA", "====", "<a/>", "<!-- -->", "\x00", "\ufeff"} {
			if a.verifies(a.doc+more) || a.verifies(more+a.doc) && more != "\ufeff" {
				a.t.Errorf("with %.20q it verifies", more)
			}
		}
	})
}

func TestAnotherProductsKey(t *testing.T) {
	t.Parallel()
	others := map[string]keys.Key{}
	for _, keyType := range []string{entity.ResourceRSA, entity.ResourceEd25519} {
		key, err := keys.Generate(keyType)
		if err != nil {
			t.Fatal(err)
		}
		others[keyType] = key
	}
	all := []keys.Public{others[entity.ResourceRSA].Public, others[entity.ResourceEd25519].Public, {}}
	eachVictim(t, func(a attack, format entity.Format) {
		want := document.ErrUnknownKey
		if format == entity.FormatXML { // it does not name its key
			want = document.ErrBadSignature
		}
		if _, err := document.Verify(a.doc, all...); !errors.Is(err, want) {
			a.t.Errorf("got %v", err)
		}
		// Signed by the other key, but under the name of ours.
		forged := victimDocument(a.t, format, others[a.key.Type()])
		forged = strings.ReplaceAll(forged, others[a.key.Type()].ID(), a.key.ID())
		if a.verifies(forged) {
			a.t.Error("a document of another key verifies under our name")
		}
	})
}

// Documents of one format never pass for those of another.
func TestSwappedAlgorithms(t *testing.T) {
	t.Parallel()
	rsaPair := rsaKey(t)
	simple, w3c := sign(t, victim(entity.FormatXML), rsaPair), sign(t, victim(entity.FormatXMLDSig), rsaPair)
	cut := func(doc, from, to string) string {
		start, end := strings.Index(doc, from), strings.Index(doc, to)
		return doc[start : end+len(to)]
	}
	old, now := cut(simple, "<Signature>", "</Signature>"), cut(w3c, "<Signature ", "</Signature>")
	value := func(doc string) string { return cut(doc, "<SignatureValue>", "</SignatureValue>") }
	for name, changed := range map[string]string{
		"SHA-1 signature in a W3C document":    strings.Replace(w3c, value(w3c), value(simple), 1),
		"W3C signature in an old document":     strings.Replace(simple, value(simple), value(w3c), 1),
		"both, old one first":                  strings.Replace(w3c, now, old+now, 1),
		"both, W3C one first":                  strings.Replace(simple, old, now+old, 1),
		"old Signature in the W3C's namespace": strings.Replace(simple, "<Signature>", `<Signature xmlns="http://www.w3.org/2000/09/xmldsig#">`, 1),
		"ECDSA":                                strings.Replace(simple, `name="RSA"`, `name="ECDSA"`, 1),
	} {
		if _, err := document.Verify(changed, rsaPair.Public); err == nil {
			t.Errorf("%s verifies", name)
		}
	}
}

func TestPayloadMembersOccurOnce(t *testing.T) {
	t.Parallel()
	public, sign := forge(t)
	const header = `{"alg":"EdDSA","kid":"KID","typ":"license+jwt"}`
	for name, payload := range map[string]string{
		"twice":             `{"licenseId":"a","licenseId":"b"}`,
		"twice, other case": `{"licenseId":"a","LICENSEID":"b"}`,
		"twice, escaped":    `{"licenseId":"a","\u006cicenseId":"b"}`,
		"twice, folded":     `{"licenseId":"a","\u017fites":1,"sites":2}`,
		"inside":            `{"licenseId":"a","product":{"id":"1","id":"2"}}`,
		"in a list":         `{"licenseId":"a","fields":[{"name":"1","Name":"2","value":""}]}`,
		"property twice":    `{"licenseId":"a","restrictions":[{"properties":{"a":"1","a":"2"}}]}`,
		"more after it":     `{"licenseId":"a"} {}`,
		"deep":              `{"x":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`,
		"not closed":        `{"licenseId":"a"`,
		"bad UTF-8":         "{\"licenseId\":\"\xff\"}",
		"null":              `null`,
	} {
		if _, err := document.Verify(sign(header, payload), public); !errors.Is(err, document.ErrMalformed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for _, payload := range []string{
		`{"licenseId":"a","restrictions":[{"properties":{"a":"1","A":"2"}}]}`, // names of the vendor's own
		`{"licenseId":"a","later":{"than":["this",null,1,{}]}}`,               // members of a newer server
	} {
		if _, err := document.Verify(sign(header, payload), public); err != nil {
			t.Errorf("%s: %v", payload, err)
		}
	}
}

// One Ed25519 signature has one encoding, and nobody but the signer can make a
// second that verifies.
func TestNonCanonicalEd25519(t *testing.T) {
	t.Parallel()
	key := edKey(t)
	doc := sign(t, victim(entity.FormatJWS), key)
	at := strings.LastIndexByte(doc, '.') + 1
	good, err := base64.RawURLEncoding.DecodeString(doc[at:])
	if err != nil {
		t.Fatal(err)
	}
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	for name, change := range map[string]func(r, s []byte){
		"S plus L":         func(_, s []byte) { addLittleEndian(s, order) },
		"S plus 2 L":       func(_, s []byte) { addLittleEndian(s, new(big.Int).Lsh(order, 1)) },
		"S with a top bit": func(_, s []byte) { s[31] |= 0x80 },
		"S zero":           func(_, s []byte) { clear(s) },
		"R with its sign":  func(r, _ []byte) { r[31] ^= 0x80 },
		"R of order one":   func(r, _ []byte) { clear(r); r[0] = 1 },
		"R not canonical":  func(r, _ []byte) { copy(r, bytes.Repeat([]byte{0xff}, 32)); r[0], r[31] = 0xee, 0x7f },
		"both zero":        func(r, s []byte) { clear(r); clear(s) },
	} {
		signature := slices.Clone(good)
		change(signature[:32], signature[32:])
		if _, err := document.Verify(doc[:at]+base64.RawURLEncoding.EncodeToString(signature), key.Public); !errors.Is(err, document.ErrBadSignature) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for _, size := range []int{0, 32, 63, 65, 128} {
		signature := append(slices.Clone(good), good...)[:size]
		if _, err := document.Verify(doc[:at]+base64.RawURLEncoding.EncodeToString(signature), key.Public); !errors.Is(err, document.ErrBadSignature) {
			t.Errorf("%d bytes: got %v", size, err)
		}
	}
}

func addLittleEndian(s []byte, n *big.Int) {
	slices.Reverse(s)
	sum := new(big.Int).Add(new(big.Int).SetBytes(s), n)
	sum.FillBytes(s)
	slices.Reverse(s)
}
