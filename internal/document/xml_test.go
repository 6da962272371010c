package document_test

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/document"
	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
)

// testdata/known.xml was put together by hand, without this package: the text
// without its Signature was typed, prefixed with FF FE, converted to UTF-16LE
// and signed by
//
//	openssl dgst -sha1 -sign keys/testdata/rsa1024-pkcs1.pem signed.bin | base64 -w0
//
// which is the key that rsaKey reads as SNK.
func TestKnownDocument(t *testing.T) {
	t.Parallel()
	want := read(t, "testdata/known.xml")
	if got := sign(t, known(entity.FormatXML), rsaKey(t)); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
}

func TestAShippedApplicationVerifies(t *testing.T) {
	t.Parallel()
	key := rsaKey(t)
	doc := sign(t, known(entity.FormatXML), key)
	anew, err := shippedApplication(doc, stdRSA(t, key))
	if err != nil {
		t.Fatal(err)
	}
	start := strings.Index(doc, "<Signature>")
	if want := doc[:start] + "</Licenses>"; anew != want {
		t.Errorf("written anew\n%s, want\n%s", anew, want)
	}
	if _, err := shippedApplication(strings.Replace(doc, "ACME", "ACMF", 1), stdRSA(t, key)); err == nil {
		t.Error("a changed document verifies, so the check checks nothing")
	}
}

// The form in which the vendor's own files are stored.
func TestVerifyReadsAnIndentedDocument(t *testing.T) {
	t.Parallel()
	key := rsaKey(t)
	doc := strings.ReplaceAll(sign(t, known(entity.FormatXML), key), "><", ">\r\n  <")
	doc = `<?xml version="1.0" encoding="utf-32"?>` + "\r\n" + doc
	if _, err := document.Verify(doc, key.Public); err != nil {
		t.Error(err)
	}
}

func TestVerifyRefusesOtherShapes(t *testing.T) {
	t.Parallel()
	key := rsaKey(t)
	doc := sign(t, known(entity.FormatXML), key)
	start := strings.Index(doc, "<Signature>")
	signature := strings.TrimSuffix(doc[start:], "</Licenses>")
	for name, changed := range map[string]string{
		"a second license":   strings.Replace(doc, "<Signature>", "<License /><Signature>", 1),
		"a second signature": strings.Replace(doc, "<Signature>", signature+"<Signature>", 1),
		"no signature":       doc[:start] + "</Licenses>",
		"moved signature":    strings.Replace(doc[:start], "</License>", signature+"</License>", 1) + "</Licenses>",
		"text in the root":   strings.Replace(doc, "<Signature>", "x<Signature>", 1),
		"a comment":          strings.Replace(doc, "<Signature>", "<!-- x --><Signature>", 1),
		"a doctype":          "<!DOCTYPE x>" + doc,
		"an instruction":     strings.Replace(doc, "<Signature>", "<?x?><Signature>", 1),
		"another algorithm":  strings.Replace(doc, `<Algorithm name="RSA" />`, `<Algorithm name="ECDSA" />`, 1),
		"no base64":          strings.Replace(doc, "<SignatureValue>", "<SignatureValue>*", 1),
		"an unknown entity":  strings.Replace(doc, "ACME", "&acme;", 1),
		"two roots":          doc + "<a />",
	} {
		if _, err := document.Verify(changed, key.Public); !errors.Is(err, document.ErrMalformed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestCustomXML(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"white space", " \n\t", ""},
		{"text", "string", "string"},
		{"empty element", "<a></a>", "<a />"},
		{"quotes", `<a b='"x"' c="'" />`, `<a b="&quot;x&quot;" c="'" />`},
		{"indented", "<a>\r\n  <b />\r\n</a>\r\n", "<a><b /></a>"},
		{"two elements", "<a/> <b/>", "<a /><b />"},
		{"line breaks in text", "<a>one\r\ntwo&#13;three</a>", "<a>one two three</a>"},
		{"line breaks in attributes", `<a b="one&#10;two" />`, `<a b="one&#xA;two" />`},
		{"CDATA", "<a><![CDATA[ ]]>x<![CDATA[<&>]]></a>", "<a> x&lt;&amp;&gt;</a>"},
		{"references", "<a>&#x41;&lt;&apos;</a>", "<a>A&lt;'</a>"},
		{"empty attribute", `<a b="" />`, `<a b="" />`},
		{"no-break space", "<a>\u00a0</a>", "<a>\u00a0</a>"},
	} {
		lic := known(entity.FormatXML)
		lic.Restrictions[1].CustomXMLContent = c.in
		key := rsaKey(t)
		doc := sign(t, lic, key)
		if _, err := shippedApplication(doc, stdRSA(t, key)); err != nil {
			t.Errorf("%s: %v\n%s", c.name, err, doc)
		}
		got, err := document.Verify(doc, key.Public)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if xml := got.Content.Restrictions[1].CustomXMLContent; xml != c.want {
			t.Errorf("%s: %s, want %s", c.name, xml, c.want)
		}
	}
}

func TestCustomXMLThatIsRefused(t *testing.T) {
	t.Parallel()
	rsaPair, edPair := rsaKey(t), edKey(t)
	for name, in := range map[string]string{
		"not closed":         "<a>",
		"closed twice":       "<a></a></a>",
		"closed as another":  "<a></b>",
		"closed with prefix": "<a></x:a>",
		"crossed":            "<a><b></a></b>",
		"breaking out":       "</CustomXml><x />",
		"attribute twice":    `<a b="1" b="2" />`,
		"unquoted attribute": "<a b=1 />",
		"less in attribute":  `<a b="<" />`,
		"bare ampersand":     "<a>&</a>",
		"unknown entity":     "<a>&nbsp;</a>",
		"control character":  "<a>\x01</a>",
		"control reference":  "<a>&#1;</a>",
		"bad UTF-8":          "<a>\xff</a>",
		"CDATA end":          "<a>]]></a>",
		"default namespace":  `<a xmlns="urn:x" />`,
		"declared namespace": `<a xmlns:x="urn:x" />`,
		"xsi declared":       `<a xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" />`,
		"prefixed element":   "<x:a />",
		"prefixed attribute": `<a xsi:type="b" />`,
		"empty prefix":       "<:a />",
		"xml:space":          `<a xml:space="preserve" />`,
		"comment":            "<a><!-- x --></a>",
		"instruction":        "<?x y?><a />",
		"declaration":        `<?xml version="1.0"?><a />`,
		"doctype":            "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
		"signature":          "<a><Signature /></a>",
		"name with a digit":  "<1a />",
		"too deep":           strings.Repeat("<a>", 65) + strings.Repeat("</a>", 65),
		"very deep":          strings.Repeat("<a>", 100_000),
	} {
		for format, key := range map[entity.Format]keys.Key{entity.FormatXML: rsaPair, entity.FormatJWS: edPair} {
			lic := known(format)
			lic.Restrictions[1].CustomXMLContent = in
			doc, err := document.Sign(lic, key)
			if err == nil {
				t.Errorf("%s, format %d: signed %s", name, format, doc)
				continue
			}
			checkFault(t, name, err, "restrictions[1].customXmlContent", "")
		}
	}
}

func TestSkeleton(t *testing.T) {
	t.Parallel()
	contents := known(entity.FormatXML).Contents
	contents.Components, contents.Assemblies, contents.Fields, contents.Restrictions = nil, nil, nil, nil
	for _, c := range []struct {
		name string
		tpl  entity.LicenseTemplate
		want string
	}{
		{"empty", entity.LicenseTemplate{}, `<License />`},
		{"as the vendor's", entity.LicenseTemplate{
			LicenseType: "Full", Format: entity.FormatJWS,
			Product: &entity.ProductInfo{Name: "Licensed Product", Description: "Licensed Test Product"},
		}, `<License type="Full"><Product name="Licensed Product"><Description>Licensed Test Product</Description></Product></License>`},
		{"with contents", entity.LicenseTemplate{Contents: contents},
			`<License><Features><Feature Id="f1" name="Reporting" expireDate="2026-12-31T00:00:00.0000000Z" key="k" data="AQID"><Description>Reports</Description></Feature></Features></License>`},
	} {
		got, err := document.Skeleton(&c.tpl)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		want := `<Licenses xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">` + c.want + `</Licenses>`
		if got != want {
			t.Errorf("%s: %s, want %s", c.name, got, want)
		}
	}
	bad := entity.LicenseTemplate{LicenseType: "\x02"}
	_, err := document.Skeleton(&bad)
	checkFault(t, "control character", err, "licenseType", "U+0002")
	bad = entity.LicenseTemplate{Contents: entity.Contents{Restrictions: []entity.Restriction{{CustomXMLContent: "<"}}}}
	_, err = document.Skeleton(&bad)
	checkFault(t, "custom XML", err, "restrictions[0].customXmlContent", "well-formed")
}

// wildText leans on what breaks writers: quotes, markup, white space, characters
// that XML forbids, surrogate pairs, bytes that are no UTF-8.
func wildText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.StringOf(rapid.SampledFrom([]rune("<>&\"' \t\r\n\x00\x01\x7f\u0085\u00a0\u2028\ufeff\ufffd\ufffe\U0001F600]é"))),
		rapid.SampledFrom([]string{"", " ", "\n", "]]>", "<![CDATA[", "&amp;", "a\r\nb", "a\xffb", "\xed\xa0\x80"}),
	)
}

// tameText is wildText without what a document cannot hold.
func tameText() *rapid.Generator[string] {
	return rapid.Map(wildText(), func(s string) string {
		return strings.Map(func(r rune) rune {
			if r < 0x20 && !strings.ContainsRune("\t\r\n", r) || r == 0xfffe || r == 0xffff {
				return -1
			}
			return r
		}, strings.ToValidUTF8(s, "?"))
	})
}

func anyLicense(t *rapid.T, format entity.Format, texts *rapid.Generator[string]) *entity.License {
	text := func(label string) string { return texts.Draw(t, label) }
	return &entity.License{
		LicenseID: "lic" + text("id"), LicenseType: text("type"), Format: format,
		LicenseeName: text("licensee"), LicenseeCompany: text("company"),
		Product: &entity.ProductInfo{Name: text("product"), Description: text("description")},
		Contents: entity.Contents{
			Components: []string{text("component")},
			Assemblies: []entity.AssemblyRef{{Name: text("assembly"), Version: text("version")}},
			Fields:     []entity.Field{{Name: text("field"), Value: text("value")}},
			Features:   []entity.Feature{{Name: text("feature"), Description: text("feature description"), Data: text("data")}},
			Restrictions: []entity.Restriction{{
				Name: text("restriction"), Properties: map[string]string{text("property"): text("property value"), "b": "c", "a": "b"},
			}},
		},
	}
}

// checkMember fails unless err is a fault that names the member at fault.
func checkMember(t *rapid.T, err error) {
	t.Helper()
	if !fault.IsKind(err, fault.Invalid) || fault.Of(err).Field == "" {
		t.Fatalf("not a fault of a member: %v", err)
	}
}

func TestAnyTextThatXMLCanHoldIsSigned(t *testing.T) {
	t.Parallel()
	key := rsaKey(t)
	public := stdRSA(t, key)
	rapid.Check(t, func(t *rapid.T) {
		lic := anyLicense(t, entity.FormatXML, tameText())
		doc, err := document.Sign(lic, key)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := shippedApplication(doc, public); err != nil {
			t.Fatalf("%v\n%s", err, doc)
		}
		got, err := document.Verify(doc, key.Public)
		if err != nil {
			t.Fatalf("%v\n%s", err, doc)
		}
		c, asked := got.Content, lic.Restrictions[0].Properties
		if c.LicenseID != lic.LicenseID || c.Components[0] != lic.Components[0] || c.Features[0].Data != lic.Features[0].Data ||
			c.Fields[0] != document.Field(lic.Fields[0]) || !maps.Equal(c.Restrictions[0].Properties, asked) {
			t.Fatalf("the document states %+v of %+v", c, lic)
		}
	})
}

func TestWildTextIsRefusedOrVerifies(t *testing.T) {
	t.Parallel()
	key := rsaKey(t)
	public := stdRSA(t, key)
	rapid.Check(t, func(t *rapid.T) {
		lic := known(entity.FormatXML)
		lic.Fields[0].Value = wildText().Draw(t, "value")
		lic.Product.Description = wildText().Draw(t, "description")
		lic.Restrictions[1].CustomXMLContent = wildText().Draw(t, "custom")
		doc, err := document.Sign(lic, key)
		if err != nil {
			checkMember(t, err)
			return
		}
		if _, err := shippedApplication(doc, public); err != nil {
			t.Fatalf("%v\n%s", err, doc)
		}
	})
}

func FuzzCustomXML(f *testing.F) {
	for _, seed := range []string{
		"", "string", "<a b='c'>d</a>", "<a><![CDATA[<]]></a>", "<a>&#13;&#10;</a>", "<a xmlns='x'/>", "<?x?>",
		"<!-- x -->", "<a b=\"\n\t\" />", "<a>\r\n</a>x", "<é à='1'/>",
	} {
		f.Add(seed)
	}
	key := rsaKey(f)
	public := stdRSA(f, key)
	f.Fuzz(func(t *testing.T, custom string) {
		lic := known(entity.FormatXML)
		lic.Restrictions[1].CustomXMLContent = custom
		doc, err := document.Sign(lic, key)
		if err != nil {
			checkFault(t, custom, err, "restrictions[1].customXmlContent", "")
			return
		}
		if _, err := shippedApplication(doc, public); err != nil {
			t.Fatalf("%v\n%s", err, doc)
		}
		if _, err := document.Verify(doc, key.Public); err != nil {
			t.Fatalf("%v\n%s", err, doc)
		}
	})
}
