package document_test

import (
	"bytes"
	"crypto"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"pgregory.net/rapid"

	"github.com/licet/licet/internal/document"
	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
)

// xmlsec verifies a document of format 1 with xmlsec1, a program that shares no
// code with us. It is given the key under the name that the document must use.
func xmlsec(t testing.TB, doc string, key keys.Key) error {
	t.Helper()
	public, err := key.PEM()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	keyFile, docFile := filepath.Join(dir, "key.pem"), filepath.Join(dir, "license.xml")
	if err := errors.Join(os.WriteFile(keyFile, []byte(public), 0o600), os.WriteFile(docFile, []byte(doc), 0o600)); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd := exec.Command("xmlsec1", "--verify", "--enabled-key-data", "key-name",
		"--pubkey-pem:"+key.ID(), keyFile, docFile)
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	if errors.Is(err, exec.ErrNotFound) {
		t.Fatal("xmlsec1 is needed (make test installs it)")
	}
	if err != nil {
		return errors.New(out.String())
	}
	return nil
}

func TestXMLSecVerifiesFormat1(t *testing.T) {
	t.Parallel()
	key := rsaKey(t)
	for name, doc := range map[string]string{
		"everything":     sign(t, known(entity.FormatXMLDSig), key),
		"next to none":   sign(t, &entity.License{LicenseID: "lic1", Format: entity.FormatXMLDSig}, key),
		"with the value": sign(t, known(entity.FormatXMLDSig), key, document.WithKeyValue()),
	} {
		if err := xmlsec(t, doc, key); err != nil {
			t.Errorf("%s: %v\n%s", name, err, doc)
		}
		if strings.Contains(doc, "KeyValue") != (name == "with the value") {
			t.Errorf("%s: %s", name, doc)
		}
	}
	doc := sign(t, known(entity.FormatXMLDSig), key)
	if err := xmlsec(t, strings.Replace(doc, "ACME", "ACMF", 1), key); err == nil {
		t.Error("a changed document verifies, so the check checks nothing")
	}
}

// Whatever text a license holds, xmlsec1 computes the same digest as we do. It is
// a process for each, so only a few are tried.
func TestXMLSecVerifiesAnyText(t *testing.T) {
	t.Parallel()
	key := rsaKey(t)
	licenses := rapid.Custom(func(t *rapid.T) *entity.License { return anyLicense(t, entity.FormatXMLDSig, tameText()) })
	for seed := range 20 {
		doc := sign(t, licenses.Example(seed), key)
		if err := xmlsec(t, doc, key); err != nil {
			t.Errorf("%v\n%q", err, doc)
		}
		if _, err := document.Verify(doc, key.Public); err != nil {
			t.Errorf("%v\n%q", err, doc)
		}
	}
}

// What canonical XML says is the same is the same.
func TestVerifyTakesEveryWritingOfTheSameXML(t *testing.T) {
	t.Parallel()
	key := rsaKey(t)
	doc := sign(t, known(entity.FormatXMLDSig), key)
	for name, same := range map[string]string{
		"a declaration":      `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + doc,
		"other quotes":       strings.Replace(doc, `name="seats"`, `name='seats'`, 1),
		"another order":      strings.Replace(doc, `name="seats" value="3"`, `value="3" name="seats"`, 1),
		"space in a tag":     strings.Replace(doc, `name="seats" `, "name = \"seats\"\r\n\t ", 1),
		"an end tag":         strings.Replace(doc, `<Component name="Core" />`, `<Component name="Core"></Component>`, 1),
		"a character by num": strings.Replace(doc, "ACME", "&#x41;CME", 1),
		"no unused prefix":   strings.Replace(doc, ` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`, "", 1),
	} {
		if same == doc {
			t.Fatalf("%s: changes nothing", name)
		}
		got, err := document.Verify(same, key.Public)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.Content.Licensee.Company != "ACME" || got.Content.Fields[0].Value != "3" {
			t.Errorf("%s: content %+v", name, got.Content)
		}
		if err := xmlsec(t, same, key); err != nil {
			t.Errorf("%s: xmlsec1 thinks otherwise: %v", name, err)
		}
	}
}

// signedBy makes the Signature of a document with goxmldsig's own signer, as an
// attacker with the key of another product could, or with other algorithms.
func signedBy(t *testing.T, doc string, change func(*dsig.SigningContext)) string {
	t.Helper()
	tree := etree.NewDocument()
	if err := tree.ReadFromString(doc); err != nil {
		t.Fatal(err)
	}
	tree.Root().RemoveChild(tree.Root().SelectElement("Signature"))
	c := dsig.NewDefaultSigningContext(dsig.RandomKeyStoreForTest())
	c.Canonicalizer, c.Prefix = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList(""), ""
	change(c)
	signed, err := c.SignEnveloped(tree.Root().Copy())
	if err != nil {
		t.Fatal(err)
	}
	tree.SetRoot(signed)
	text, err := tree.WriteToString()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestFormat1RefusesWhatIsNotOurSignature(t *testing.T) {
	t.Parallel()
	key := rsaKey(t)
	doc := sign(t, known(entity.FormatXMLDSig), key)
	start := strings.Index(doc, "<Signature ")
	signature := strings.TrimSuffix(doc[start:], "</Licenses>")
	license := strings.TrimSuffix(doc[:start], "</Licenses>")
	license = license[strings.Index(license, "<License "):]
	evil := strings.Replace(license, "ACME", "EVIL", 1)
	in := func(old, new string) string { return strings.Replace(doc, old, new, 1) }
	inSignature := func(more string) string { return strings.Replace(signature, "</Signature>", more+"</Signature>", 1) }
	for name, changed := range map[string]string{
		// Signature wrapping: what was signed is kept somewhere, something else is read.
		"license before":        in(license, evil+license),
		"license after":         in(license, license+evil),
		"license after both":    in(signature, signature+evil),
		"another license":       in(license, evil),
		"object in signature":   in(license+signature, evil+inSignature(`<Object Id="x">`+license+`</Object>`)),
		"signed root inside":    `<Licenses>` + evil + doc + `</Licenses>`,
		"signed root in ours":   in(license+signature, evil+inSignature(doc)),
		"reference by id":       in(`URI=""`, `URI="#lic929CEF01"`),
		"reference to a file":   in(`URI=""`, `URI="http://example.com/license.xml"`),
		"xpointer":              in(`URI=""`, `URI="#xpointer(/)"`),
		"no reference URI":      in(` URI=""`, ``),
		"a second reference":    in("</Reference>", "</Reference><Reference URI=\"\" />"),
		"no reference":          doc[:strings.Index(doc, "<Reference")] + doc[strings.Index(doc, "</Reference>")+len("</Reference>"):],
		"two signatures":        in(signature, signature+signature),
		"signature first":       in(license+signature, signature+license),
		"signature in license":  in(license+signature, strings.Replace(license, "</License>", signature+"</License>", 1)),
		"signature with id":     in("<Signature xmlns=", `<Signature Id="x" xmlns=`),
		"another namespace":     in(dsig.Namespace, "urn:x"),
		"prefix":                strings.NewReplacer("<Signature ", "<ds:Signature ", "</Signature>", "</ds:Signature>").Replace(doc),
		"comment":               in("Reports", "Rep<!-- -->orts"),
		"comment in the digest": in("<DigestValue>", "<DigestValue><!-- -->"),
		"doctype":               `<!DOCTYPE Licenses [<!ENTITY a "b">]>` + doc,
		"instruction":           in("<License ", "<?x?><License "),
		"two roots":             doc + doc,
		"white space":           in("<License ", "\n<License "),
		"xsi inside":            in(`<Fields>`, `<Fields xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">`),
		"another key value":     in("</KeyName>", "</KeyName><KeyValue><RSAKeyValue><Modulus>AQAB</Modulus><Exponent>AQAB</Exponent></RSAKeyValue></KeyValue>"),
		"a certificate":         in("</KeyName>", "</KeyName><X509Data />"),
		"rsa-sha1":              in(dsig.RSASHA256SignatureMethod, dsig.RSASHA1SignatureMethod),
		"hmac-sha1":             in(dsig.RSASHA256SignatureMethod, "http://www.w3.org/2000/09/xmldsig#hmac-sha1"),
		"hmac-sha256":           in(dsig.RSASHA256SignatureMethod, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"),
		"rsa-sha512":            in(dsig.RSASHA256SignatureMethod, dsig.RSASHA512SignatureMethod),
		"sha1 digest":           in("http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2000/09/xmldsig#sha1"),
		"inclusive c14n":        in("http://www.w3.org/2001/10/xml-exc-c14n#", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
		"c14n with comments":    in("http://www.w3.org/2001/10/xml-exc-c14n#", "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"),
		"xslt":                  in(`<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature" />`, `<Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116" />`),
		"xpath":                 in("</Transforms>", `<Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><XPath>not(1)</XPath></Transform></Transforms>`),
		"truncated hmac":        in(`rsa-sha256" />`, `rsa-sha256"><HMACOutputLength>1</HMACOutputLength></SignatureMethod>`),
		"no transforms":         doc[:strings.Index(doc, "<Transforms>")] + doc[strings.Index(doc, "<DigestMethod"):],
		"wrapped base64":        in("<SignatureValue>", "<SignatureValue>\n"),
	} {
		got, err := document.Verify(changed, key.Public)
		if err == nil {
			t.Errorf("%s: verifies and states %s", name, got.Content.Licensee.Company)
		}
		if changed == doc {
			t.Errorf("%s: changes nothing", name)
		}
	}
}

// A Signature made by another program over the same license: by a stranger's
// key, and with what an older XML DSig would allow.
func TestFormat1RefusesOtherSigners(t *testing.T) {
	t.Parallel()
	key := rsaKey(t)
	doc := sign(t, known(entity.FormatXMLDSig), key)
	named := func(text string) string {
		return text[:strings.Index(text, "<KeyInfo>")] + "<KeyInfo><KeyName>" + key.ID() + "</KeyName></KeyInfo></Signature></Licenses>"
	}
	for name, c := range map[string]struct {
		doc  string
		want error
	}{
		"a stranger's":            {signedBy(t, doc, func(*dsig.SigningContext) {}), document.ErrUnknownKey},
		"a stranger's under ours": {named(signedBy(t, doc, func(*dsig.SigningContext) {})), document.ErrBadSignature},
		"SHA-1":                   {named(signedBy(t, doc, func(c *dsig.SigningContext) { c.Hash = crypto.SHA1 })), document.ErrMalformed},
		"with comments": {named(signedBy(t, doc, func(c *dsig.SigningContext) {
			c.Canonicalizer = dsig.MakeC14N10ExclusiveWithCommentsCanonicalizerWithPrefixList("")
		})), document.ErrMalformed},
	} {
		if _, err := document.Verify(c.doc, key.Public); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}
