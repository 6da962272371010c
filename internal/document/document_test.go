package document_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/licet/licet/internal/document"
	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
)

func read(t testing.TB, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func rsaKey(t testing.TB) keys.Key {
	t.Helper()
	key, err := keys.Import("SNK", base64.StdEncoding.EncodeToString([]byte(read(t, "keys/testdata/rsa1024.snk"))), "")
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func edKey(t testing.TB) keys.Key {
	t.Helper()
	key, err := keys.Generate(entity.ResourceEd25519)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// stdPublic is the public key as an application would embed it.
func stdPublic(t testing.TB, key keys.Key) any {
	t.Helper()
	text, err := key.PEM()
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(text))
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return public
}

func stdRSA(t testing.TB, key keys.Key) *rsa.PublicKey { return stdPublic(t, key).(*rsa.PublicKey) }

// keysOf has a fitting key for every format.
func keysOf(t testing.TB) map[entity.Format]keys.Key {
	t.Helper()
	all := map[entity.Format]keys.Key{}
	rsaPair, edPair := rsaKey(t), edKey(t)
	for _, format := range document.Supported() {
		all[format] = edPair
		if isXML(format) {
			all[format] = rsaPair
		}
	}
	return all
}

func isXML(format entity.Format) bool {
	return format == entity.FormatXML || format == entity.FormatXMLDSig
}

func date(text string) entity.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return entity.TimeOf(t)
}

// known is the license of testdata/known.xml; it has every member that a
// document states, and some that none does.
func known(format entity.Format) *entity.License {
	sites, file := int64(3), int64(9)
	return &entity.License{
		ID: 7, LicenseID: "lic929CEF01", LicenseType: `Enterprise & "Co"`, Format: format,
		UserKey: "JXYIK-WIMAR-8HTOW-5ULM7", Description: "internal note", Meta: "internal meta",
		LicensingMode: entity.Floating, MaxAllowedSites: &sites,
		IssueDate:         date("2026-01-31T12:00:00.123456Z"),
		ExpireDate:        date("2027-01-31T23:59:59Z"),
		SupportExpireDate: date("2026-07-31T00:00:00Z"),
		LicenseeEmail:     "other@acme.com",
		LicenseeName:      "Zoë O'Brien",
		Licensee:          &entity.Licensee{Company: "ACME", ContactInfo: "info@acme.com"},
		Product: &entity.ProductInfo{
			ID: "P01", Name: "ACME Product", Version: "1.0", Description: "a < b & c > d \"quoted\"\n😀",
		},
		Contents: entity.Contents{
			Components: []string{"Core"},
			Assemblies: []entity.AssemblyRef{{
				ID: 4, Name: "Acme.Core", Version: "[1.0.0.0-2.0.0.0]", PublicKeyToken: "a5d85ef2c81d0f8a",
				MappingFileID: &file, DebugSymbolsKey: "internal key",
			}},
			Fields: []entity.Field{
				{Name: "seats", Value: "3"}, {Name: "note", Value: "one\r\ntwo\tthree"}, {Name: "empty"},
			},
			Features: []entity.Feature{{
				ID: "f1", Name: "Reporting", Description: "Reports",
				ExpireDate: date("2026-12-31T00:00:00Z"), Key: "k", Data: "AQID",
			}},
			Restrictions: []entity.Restriction{
				{Name: "Hardware", Properties: map[string]string{"HardwareKey": "ADSQH-89GGJ"}},
				{ID: "r2", Name: "Memory", CustomXMLContent: "\n  <memory totalMemory='4096'>at <b>least</b>\n  </memory>\n"},
			},
		},
	}
}

// content is what the document of known states.
func content() document.Content {
	sites := int64(3)
	return document.Content{
		LicenseID: "lic929CEF01", Type: `Enterprise & "Co"`, Mode: "floating", Sites: &sites,
		IssueDate:         date("2026-01-31T12:00:00.123456Z"),
		ExpireDate:        date("2027-01-31T23:59:59Z"),
		SupportExpireDate: date("2026-07-31T00:00:00Z"),
		Licensee:          document.Licensee{Name: "Zoë O'Brien", Company: "ACME", ContactInfo: "info@acme.com"},
		Product: document.Product{
			ID: "P01", Name: "ACME Product", Version: "1.0", Description: "a < b & c > d \"quoted\"\n😀",
		},
		Components: []string{"Core"},
		Assemblies: []document.Assembly{{Name: "Acme.Core", Version: "[1.0.0.0-2.0.0.0]", PublicKeyToken: "a5d85ef2c81d0f8a"}},
		Fields:     []document.Field{{Name: "seats", Value: "3"}, {Name: "note", Value: "one\r\ntwo\tthree"}, {Name: "empty"}},
		Features: []document.Feature{{
			ID: "f1", Name: "Reporting", Description: "Reports",
			ExpireDate: date("2026-12-31T00:00:00Z"), Key: "k", Data: "AQID",
		}},
		Restrictions: []document.Restriction{
			{Name: "Hardware", Properties: map[string]string{"HardwareKey": "ADSQH-89GGJ"}},
			{ID: "r2", Name: "Memory", CustomXMLContent: `<memory totalMemory="4096">at <b>least</b></memory>`},
		},
	}
}

func sign(t testing.TB, lic *entity.License, key keys.Key, opts ...document.Option) string {
	t.Helper()
	doc, err := document.Sign(lic, key, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestEveryMemberSurvivesAndNothingElseIsStated(t *testing.T) {
	t.Parallel()
	for format, key := range keysOf(t) {
		doc := sign(t, known(format), key)
		if again := sign(t, known(format), key); again != doc {
			t.Errorf("format %d: two documents of one license differ", format)
		}
		want := content()
		if isXML(format) {
			want.Mode, want.Sites = "", nil
			want.Product.Description = strings.ReplaceAll(want.Product.Description, "\n", " ")
		}
		got, err := document.Verify("\ufeff\n"+doc+"\r\n", edKey(t).Public, key.Public)
		if err != nil {
			t.Fatalf("format %d: %v", format, err)
		}
		if got.Format != format || got.KeyID != key.ID() {
			t.Errorf("format %d, key %s; want %d, %s", got.Format, got.KeyID, format, key.ID())
		}
		if !reflect.DeepEqual(got.Content, want) {
			t.Errorf("format %d: content\n%+v, want\n%+v", format, got.Content, want)
		}
		if strings.Contains(doc, "JXYIK") || strings.Contains(doc, "internal") {
			t.Errorf("format %d states what it must not: %s", format, doc)
		}
	}
}

func TestFormatsThatDoNotExist(t *testing.T) {
	t.Parallel()
	for format, message := range map[entity.Format]string{
		6: "format 6 does not exist", -1: "format -1 does not exist",
	} {
		_, err := document.Sign(known(format), edKey(t))
		checkFault(t, fmt.Sprint("format ", format), err, "format", message)
		_, err = document.KeyType(format)
		checkFault(t, fmt.Sprint("key type of format ", format), err, "format", message)
	}
	if got := document.Supported(); !slices.Equal(got, []entity.Format{0, 1, 2, 3, 4}) {
		t.Errorf("supported formats %v", got)
	}
}

func TestAKeyOfTheWrongTypeIsRefused(t *testing.T) {
	t.Parallel()
	all := map[string]keys.Key{entity.ResourceRSA: rsaKey(t), entity.ResourceEd25519: edKey(t)}
	for _, format := range document.Supported() {
		keyType, err := document.KeyType(format)
		if err != nil {
			t.Fatal(err)
		}
		for given, key := range all {
			_, err := document.Sign(known(format), key)
			if given == keyType && err != nil {
				t.Errorf("format %d by %s: %v", format, given, err)
			}
			if given != keyType {
				checkFault(t, fmt.Sprint("format ", format), err, "signatureKeysId", "is signed by an "+keyType+" key")
			}
		}
		_, err = document.Sign(known(format), keys.Key{})
		checkFault(t, "the zero key", err, "signatureKeysId", "is signed by")
	}
}

func TestMembersThatCannotBeSigned(t *testing.T) {
	t.Parallel()
	const both, xmlOnly = "both", "xml"
	for _, c := range []struct {
		name, in, field string
		change          func(*entity.License)
	}{
		{"no id", both, "licenseId", func(l *entity.License) { l.LicenseID = "" }},
		{"mode", both, "licensingMode", func(l *entity.License) { l.LicensingMode = 3 }},
		{"bad UTF-8", both, "fields[1].value", func(l *entity.License) { l.Fields[1].Value = "a\xff" }},
		{"control character", xmlOnly, "product.name", func(l *entity.License) { l.Product.Name = "a\x01" }},
		{"NUL", xmlOnly, "components[0]", func(l *entity.License) { l.Components[0] = "\x00" }},
		{"no character", xmlOnly, "licenseType", func(l *entity.License) { l.LicenseType = "\ufffe" }},
		{"property name", xmlOnly, "restrictions[0].properties", func(l *entity.License) {
			l.Restrictions[0].Properties["\x1f"] = ""
		}},
		{"custom XML", both, "restrictions[1].customXmlContent", func(l *entity.License) {
			l.Restrictions[1].CustomXMLContent = "<a>"
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for format, key := range keysOf(t) {
				lic := known(format)
				c.change(lic)
				_, err := document.Sign(lic, key)
				if c.in == both || isXML(format) {
					checkFault(t, fmt.Sprint("format ", format), err, c.field, "")
				} else if err != nil {
					t.Errorf("format %d: %v", format, err)
				}
			}
		})
	}
}

func checkFault(t *testing.T, what string, err error, field, message string) {
	t.Helper()
	f := fault.Of(err)
	if f == nil {
		t.Errorf("%s: got %v, want a fault", what, err)
		return
	}
	if f.Kind != fault.Invalid || f.Field != field || !strings.Contains(f.Message, message) {
		t.Errorf("%s: fault %d %q %q, want field %q and %q", what, f.Kind, f.Field, f.Message, field, message)
	}
}

func TestVerifySaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	rsaPair, edPair, stranger := rsaKey(t), edKey(t), edKey(t)
	xmlDoc, jwsDoc := sign(t, known(entity.FormatXML), rsaPair), sign(t, known(entity.FormatJWS), edPair)
	for _, c := range []struct {
		name, doc string
		keys      []keys.Public
		want      error
	}{
		{"nothing", "", nil, document.ErrMalformed},
		{"noise", "hello", nil, document.ErrMalformed},
		{"XML without keys", xmlDoc, nil, document.ErrUnknownKey},
		{"XML with an Ed25519 key", xmlDoc, []keys.Public{edPair.Public}, document.ErrUnknownKey},
		{"XML changed", strings.Replace(xmlDoc, "ACME", "ACMF", 1), []keys.Public{rsaPair.Public}, document.ErrBadSignature},
		{"XML cut", xmlDoc[:len(xmlDoc)-3], []keys.Public{rsaPair.Public}, document.ErrMalformed},
		{"XML of another root", "<a />", []keys.Public{rsaPair.Public}, document.ErrMalformed},
		{"JWS without keys", jwsDoc, nil, document.ErrUnknownKey},
		{"JWS with another key", jwsDoc, []keys.Public{stranger.Public, rsaPair.Public}, document.ErrUnknownKey},
		{"JWS padded", jwsDoc + "=", []keys.Public{edPair.Public}, document.ErrMalformed},
		{"JWS broken", jwsDoc[:9] + "\n" + jwsDoc[9:], []keys.Public{edPair.Public}, document.ErrMalformed},
	} {
		if _, err := document.Verify(c.doc, c.keys...); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
}

// TestTheMemberThatWasSentIsBlamed: a flat member stands in for an empty one of
// the licensee, and is what an error must name.
func TestTheMemberThatWasSentIsBlamed(t *testing.T) {
	t.Parallel()
	key, err := keys.Generate(entity.ResourceRSA)
	if err != nil {
		t.Fatal(err)
	}
	bad := "a\u0001b"
	for field, lic := range map[string]entity.License{
		"licenseeName":         {LicenseeName: bad},
		"licenseeCompany":      {LicenseeCompany: bad, Licensee: &entity.Licensee{Name: "n"}},
		"licenseeEmail":        {LicenseeEmail: bad},
		"licensee.name":        {LicenseeName: "fine", Licensee: &entity.Licensee{Name: bad}},
		"licensee.contactInfo": {Licensee: &entity.Licensee{ContactInfo: bad}},
	} {
		lic.LicenseID, lic.Format = "lic1", entity.FormatXML
		_, err := document.Sign(&lic, key)
		if f := fault.Of(err); f == nil || f.Kind != fault.Invalid || f.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
