package document_test

import (
	"encoding/base32"
	"errors"
	"strings"
	"testing"

	"github.com/licet/licet/internal/document"
	"github.com/licet/licet/internal/entity"
)

// ofFormat signs the same license in another format of Ed25519 keys.
func TestFormats2And3WrapFormat4(t *testing.T) {
	t.Parallel()
	key := edKey(t)
	jws := sign(t, known(entity.FormatJWS), key)
	ascii := sign(t, known(entity.FormatASCII), key)
	lines := strings.Split(ascii, "\n")
	for i, line := range lines[1 : len(lines)-1] {
		if len(line) > 64 || len(line) < 64 && i+3 != len(lines) {
			t.Errorf("line %d has %d characters", i+2, len(line))
		}
	}
	if lines[0] != "-----BEGIN LICENSE-----" || lines[len(lines)-1] != "-----END LICENSE-----" ||
		strings.Join(lines[1:len(lines)-1], "") != jws {
		t.Errorf("armoured\n%s\nof\n%s", ascii, jws)
	}
	plain, err := base32.StdEncoding.DecodeString(sign(t, known(entity.FormatBase32), key))
	if err != nil || string(plain) != jws {
		t.Errorf("base32 of %s, %v", plain, err)
	}
	if got := verifyElsewhere(t, string(plain), key); got != knownPayload {
		t.Errorf("payload %s", got)
	}
}

func TestArmourHasOneForm(t *testing.T) {
	t.Parallel()
	key := edKey(t)
	doc := sign(t, known(entity.FormatASCII), key)
	lines := strings.Split(doc, "\n")
	for name, good := range map[string]string{
		"CRLF": strings.ReplaceAll(doc, "\n", "\r\n"), "space around": "\r\n" + doc + "\n\n",
	} {
		if v, err := document.Verify(good, key.Public); err != nil || v.Format != entity.FormatASCII {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
	for name, bad := range map[string]string{
		"one line":          lines[0] + "\n" + strings.Join(lines[1:len(lines)-1], "") + "\n" + lines[len(lines)-1],
		"two lines as one":  strings.Replace(doc, "\n"+lines[2], lines[2], 1),
		"a line split":      strings.Replace(doc, lines[2], lines[2][:9]+"\n"+lines[2][9:], 1),
		"one CRLF":          strings.Replace(doc, "\n", "\r\n", 1),
		"an empty line":     strings.Replace(doc, "\n", "\n\n", 1),
		"space in a line":   strings.Replace(doc, lines[2], " "+lines[2], 1),
		"space at its end":  strings.Replace(doc, lines[2], lines[2]+" ", 1),
		"another header":    strings.Replace(doc, "BEGIN LICENSE", "BEGIN LICENCE", 1),
		"lower case":        strings.Replace(doc, "BEGIN LICENSE", "begin license", 1),
		"a header line":     strings.Replace(doc, "\n", "\nVersion: 1\n", 1),
		"no footer":         strings.Join(lines[:len(lines)-1], "\n"),
		"text after":        doc + "\nx",
		"text before":       "x\n" + doc,
		"twice":             doc + "\n" + doc,
		"nothing inside":    lines[0] + "\n\n" + lines[len(lines)-1],
		"header alone":      lines[0],
		"header and footer": lines[0] + "\n" + lines[len(lines)-1],
		"PEM":               "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
	} {
		if _, err := document.Verify(bad, key.Public); !errors.Is(err, document.ErrMalformed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestBase32HasOneForm(t *testing.T) {
	t.Parallel()
	key := edKey(t)
	lic := known(entity.FormatBase32)
	doc := sign(t, lic, key)
	for !strings.HasSuffix(doc, "=") { // so that there is padding to leave out
		lic.LicenseType += "x"
		doc = sign(t, lic, key)
	}
	unpadded := strings.TrimRight(doc, "=")
	last := len(unpadded) - 1
	for name, bad := range map[string]string{
		"lower case":     strings.ToLower(doc),
		"one lower case": strings.ToLower(doc[:1]) + doc[1:],
		"no padding":     unpadded,
		"more padding":   doc + "========",
		"broken":         doc[:64] + "\n" + doc[64:],
		"grouped":        doc[:5] + "-" + doc[5:],
		"trailing bits":  unpadded[:last] + string(unpadded[last]+1) + doc[last+1:],
		"0 for O":        strings.Replace(doc, "O", "0", 1),
		"no JWS inside":  base32.StdEncoding.EncodeToString([]byte("hello")),
		"itself inside":  base32.StdEncoding.EncodeToString([]byte(doc)),
		"twice":          doc + doc,
	} {
		if _, err := document.Verify(bad, key.Public); !errors.Is(err, document.ErrMalformed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
