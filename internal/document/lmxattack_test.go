package document_test

import (
	"encoding/base64"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/licet/licet/internal/document"
	"github.com/licet/licet/internal/document/keys"
)

// resigned puts a signature of the key over a text that was changed by hand, as
// a signer with another layout would.
func resigned(t testing.TB, text string, key keys.Key) string {
	t.Helper()
	old := regexp.MustCompile(`(?m)^KEY=.*$`)
	signature, err := key.SignEd25519([]byte(old.ReplaceAllString(text, "KEY=")))
	if err != nil {
		t.Fatal(err)
	}
	return old.ReplaceAllString(text, "KEY="+base64.StdEncoding.EncodeToString(signature))
}

// Even the right key cannot sign another layout: there is one text for what is
// stated, so two readers never read different things.
func TestOtherLayoutsOfOrders(t *testing.T) {
	t.Parallel()
	key := edKey(t)
	doc := signOrder(t, knownOrder(t), key)
	if resigned(t, doc, key) != doc {
		t.Fatal("a text that is not changed is signed as something else")
	}
	lines := strings.Split(doc, "\n")
	block := strings.Join(lines[5:14], "\n")
	for name, changed := range map[string]string{
		"a header twice":             strings.Replace(doc, lines[2], lines[2]+"\n"+lines[2], 1),
		"another title":              strings.Replace(doc, lines[0], "# This license is generated using something else", 1),
		"no title":                   strings.Join(lines[1:], "\n"),
		"headers in another order":   strings.Replace(doc, lines[1]+"\n"+lines[2], lines[2]+"\n"+lines[1], 1),
		"a comment":                  strings.Replace(doc, lines[2], lines[2]+"\n# more", 1),
		"a header after a feature":   doc + "\n\n" + lines[2],
		"another zone":               strings.Replace(doc, " GMT", " CET", 1),
		"parts of seconds":           strings.Replace(doc, ":25 GMT", ":25.5 GMT", 1),
		"an empty line more":         strings.Replace(doc, "\n\n", "\n\n\n", 1),
		"an empty line in a block":   strings.Replace(doc, "\nLICENSEE", "\n\nLICENSEE", 1),
		"no empty line":              strings.Replace(doc, "\n\n", "\n", 1),
		"a brace more":               strings.Replace(doc, "{\n", "{\n{\n", 1),
		"a brace outside":            doc + "\n}",
		"an open brace outside":      doc + "\n{",
		"a brace on the line":        strings.Replace(doc, "FEATURE Licstat\n{", "FEATURE Licstat {", 1),
		"no name":                    strings.Replace(doc, "FEATURE Licstat", "FEATURE ", 1),
		"a word twice":               strings.Replace(doc, "COUNT=15", "COUNT=15 COUNT=15", 1),
		"two counts":                 strings.Replace(doc, "COUNT=15", "COUNT=15 COUNT=16", 1),
		"an end later":               strings.Replace(doc, "END=2019-11-14", "END=2019-11-14 END=2029-11-14", 1),
		"words in another order":     strings.Replace(doc, "VENDOR=ACME VERSION=6.0", "VERSION=6.0 VENDOR=ACME", 1),
		"two blanks":                 strings.Replace(doc, "VENDOR=ACME ", "VENDOR=ACME  ", 1),
		"a blank at the end":         strings.Replace(doc, "COUNT=15", "COUNT=15 ", 1),
		"words on two lines":         strings.Replace(doc, " COUNT=15", "\nCOUNT=15", 1),
		"lower case":                 strings.Replace(doc, "COUNT=15", "count=15", 1),
		"an unknown word":            strings.Replace(doc, "COUNT=15", "COUNT=15 SOFTLIMIT=3", 1),
		"an unknown setting":         strings.Replace(doc, "\nCOMMENT=", "\nDATA=\"x\"\nCOMMENT=", 1),
		"a count of zero":            strings.Replace(doc, "COUNT=15", "COUNT=0", 1),
		"a leading zero":             strings.Replace(doc, "COUNT=15", "COUNT=015", 1),
		"a sign":                     strings.Replace(doc, "COUNT=15", "COUNT=+15", 1),
		"a negative count":           strings.Replace(doc, "COUNT=15", "COUNT=-15", 1),
		"a count that overflows":     strings.Replace(doc, "COUNT=15", "COUNT=18446744073709551631", 1),
		"no version":                 strings.Replace(doc, "VERSION=6.0 ", "", 1),
		"no such day":                strings.Replace(doc, "END=2019-11-14", "END=2019-11-31", 1),
		"another rate in one block":  strings.Replace(doc, "HOSTID_MATCH_RATE=50", "HOSTID_MATCH_RATE=10", 1),
		"no rate":                    strings.ReplaceAll(doc, " HOSTID_MATCH_RATE=50", ""),
		"a rate of 101":              strings.ReplaceAll(doc, "HOSTID_MATCH_RATE=50", "HOSTID_MATCH_RATE=101"),
		"another vendor in one":      strings.Replace(doc, "VENDOR=ACME", "VENDOR=ACMF", 1),
		"no hosts in one block":      strings.Replace(doc, "CLIENT_HOSTID=ETHERNET=482c6a1e593d,USERNAME=ada\n", "", 1),
		"other hosts in one block":   strings.Replace(doc, "482c6a1e593d", "482c6a1e593e", 1),
		"a rate without hosts":       strings.ReplaceAll(doc, "CLIENT_HOSTID=ETHERNET=482c6a1e593d,USERNAME=ada\n", ""),
		"hosts in another order":     strings.ReplaceAll(doc, "ETHERNET=482c6a1e593d,USERNAME=ada", "USERNAME=ada,ETHERNET=482c6a1e593d"),
		"hosts in another spelling":  strings.ReplaceAll(doc, "482c6a1e593d", "48-2C-6A-1E-59-3D"),
		"hosts twice":                strings.ReplaceAll(doc, "USERNAME=ada", "USERNAME=ada,USERNAME=ada"),
		"hosts quoted":               strings.ReplaceAll(doc, "CLIENT_HOSTID=ETHERNET=482c6a1e593d,USERNAME=ada", `CLIENT_HOSTID="ETHERNET=482c6a1e593d,USERNAME=ada"`),
		"hosts and a machine":        strings.ReplaceAll(doc, "CLIENT_HOSTID=", "CLIENT_HOSTID=\"M\"\nCLIENT_HOSTID="),
		"hosts that tie nothing":     strings.ReplaceAll(doc, "USERNAME=ada", "NOT_LOCKED=ada"),
		"an empty text":              strings.Replace(doc, "COMMENT=\"Feature comment\"", `COMMENT=""`, 1),
		"null":                       strings.Replace(doc, "COMMENT=\"Feature comment\"", `COMMENT=null`, 1),
		"a comment twice":            strings.Replace(doc, "COMMENT=\"Feature comment\"", "COMMENT=\"Feature comment\"\nCOMMENT=\"other\"", 1),
		"no quotes":                  strings.Replace(doc, "COMMENT=\"Feature comment\"", `COMMENT=x`, 1),
		"an escape that need not be": strings.Replace(doc, "Feature comment", `\u0046eature comment`, 1),
		"bad UTF-8":                  strings.Replace(doc, "Feature comment", "\xff", 1),
		"text after the quotes":      strings.Replace(doc, `comment"`, `comment" `, 1),
		"a line break as CRLF":       strings.Replace(doc, "\n", "\r\n", 1),
		"a key in two lines":         strings.Replace(doc, lines[12], lines[12][:40]+" \\\n\t"+lines[12][40:], 1),
		"no keys":                    regexp.MustCompile(`(?m)^KEY=.*\n`).ReplaceAllString(doc, ""),
		"a key in one block only":    strings.Replace(doc, lines[12]+"\n", "", 1),
		"no features":                strings.Join(lines[:4], "\n"),
	} {
		if changed == doc {
			t.Errorf("%s: nothing was changed", name)
		}
		if _, err := document.Verify(resigned(t, changed, key), key.Public); !errors.Is(err, document.ErrMalformed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	// What is laid out well is only a matter of the signature.
	for name, changed := range map[string]string{
		"a feature twice":   doc + "\n\n" + block,
		"one feature fewer": strings.Join(lines[:14], "\n"),
		"features swapped":  strings.Join(lines[:5], "\n") + "\n" + strings.Join(lines[15:], "\n") + "\n\n" + block,
		"more seats":        strings.Replace(doc, "COUNT=15", "COUNT=16", 1),
		"a later end":       strings.Replace(doc, "END=2019-11-14", "END=2029-11-14", 1),
		"no end":            strings.Replace(doc, "END=2019-11-14 ", "", 1),
		"another host":      strings.ReplaceAll(doc, "482c6a1e593d", "482c6a1e593e"),
		"a laxer rate":      strings.ReplaceAll(doc, "MATCH_RATE=50", "MATCH_RATE=0"),
		"another key":       strings.Replace(doc, "7LYXF", "7LYXG", 1),
		"a later time":      strings.Replace(doc, "10:24:25", "10:24:26", 1),
	} {
		if _, err := document.Verify(changed, key.Public); !errors.Is(err, document.ErrBadSignature) {
			t.Errorf("%s: got %v", name, err)
		}
		if _, err := document.Verify(resigned(t, changed, key), key.Public); err != nil {
			t.Errorf("%s, signed: %v", name, err)
		}
	}
}

func TestKeysOfOrdersHaveOneForm(t *testing.T) {
	t.Parallel()
	key := edKey(t)
	doc := signOrder(t, knownOrder(t), key)
	good := regexp.MustCompile(`(?m)^KEY=(.*)$`).FindStringSubmatch(doc)[1]
	raw, err := base64.StdEncoding.DecodeString(good)
	if err != nil || !strings.HasSuffix(good, "==") {
		t.Fatal(good, err)
	}
	next := strings.NewReplacer("A", "B", "Q", "R", "g", "h", "w", "x").Replace(good[85:86]) // sets a bit past the end
	for name, bad := range map[string]string{
		"no padding": good[:86], "one pad": good[:87], "more padding": good + "=", "url-safe": base64.URLEncoding.EncodeToString(append([]byte{0xfb, 0xff}, raw[2:]...)),
		"trailing bits": good[:85] + next + "==", "a blank": good[:9] + " " + good[9:], "a CR": good[:9] + "\r" + good[9:], "empty bits": "=", "hex": strings.Repeat("zz", 65),
	} {
		if _, err := document.Verify(strings.ReplaceAll(doc, good, bad), key.Public); !errors.Is(err, document.ErrMalformed) {
			t.Errorf("%s (%s): got %v", name, bad, err)
		}
	}
	for _, size := range []int{0, 32, 63, 65, 128} {
		bad := base64.StdEncoding.EncodeToString(append(append([]byte{}, raw...), raw...)[:size])
		if _, err := document.Verify(strings.ReplaceAll(doc, good, bad), key.Public); !errors.Is(err, document.ErrBadSignature) {
			t.Errorf("%d bytes: got %v", size, err)
		}
	}
}

// FuzzOrderText signs any text as the text of an order. One that verifies is the
// very text that is written for what it states.
func FuzzOrderText(f *testing.F) {
	key, err := keys.Import("PEM", read(f, "keys/testdata/ed25519.pem"), "")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signOrder(f, knownOrder(f), key))
	f.Add("# This license is generated using licet\n# Signature Key: " + key.ID() + "\n\nFEATURE a\n{\nVERSION=1.0\nKEY=\n}")
	f.Fuzz(func(t *testing.T, text string) {
		doc := resigned(t, text, key)
		v, err := document.Verify(doc, key.Public)
		if err != nil || v.Order == nil {
			return
		}
		doc = strings.TrimSpace(strings.TrimPrefix(doc, "\ufeff"))
		if again, err := document.SignOrder(v.Order, key); err != nil || again != doc && again != strings.ReplaceAll(doc, "\r\n", "\n") {
			t.Fatalf("%s\nverifies, and is written as (%v)\n%s", doc, err, again)
		}
	})
}
