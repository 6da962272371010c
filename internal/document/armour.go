package document

import (
	"encoding/base32"
	"fmt"
	"strings"

	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
)

// The armour of format 2.
const (
	armourHeader = "-----BEGIN LICENSE-----"
	armourFooter = "-----END LICENSE-----"
	armourWidth  = 64 // characters of a line
)

func looksLikeASCII(doc string) bool { return strings.HasPrefix(doc, "-----BEGIN") }

func signASCII(c *Content, key keys.Key, o options) (string, error) {
	jws, err := signJWS(c, key, o)
	if err != nil {
		return "", err
	}
	return armour(jws), nil
}

func armour(jws string) string {
	lines := []string{armourHeader}
	for ; len(jws) > armourWidth; jws = jws[armourWidth:] {
		lines = append(lines, jws[:armourWidth])
	}
	return strings.Join(append(lines, jws, armourFooter), "\n")
}

// unixLines makes LF of the line ends of a text that has only CRLF: mail and
// editors change all of them or none.
func unixLines(text string) string {
	if strings.Count(text, "\r\n") != strings.Count(text, "\n") {
		return text
	}
	return strings.ReplaceAll(text, "\r\n", "\n")
}

// verifyASCII accepts the armour that armour makes and no other, so that one
// license has one text.
func verifyASCII(doc string, known []keys.Public) (*Verified, error) {
	text := unixLines(doc)
	body, begins := strings.CutPrefix(text, armourHeader+"\n")
	body, ends := strings.CutSuffix(body, "\n"+armourFooter)
	if !begins || !ends {
		return nil, fmt.Errorf("%w: it does not begin with the line %s and end with the line %s", ErrMalformed, armourHeader, armourFooter)
	}
	jws := strings.ReplaceAll(body, "\n", "")
	if armour(jws) != text {
		return nil, fmt.Errorf("%w: it is not broken into lines of %d characters", ErrMalformed, armourWidth)
	}
	return verifyInner(entity.FormatASCII, jws, known)
}

// looksLikeBase32 takes any single word, so that one in lower case is told what
// is wrong with it.
func looksLikeBase32(doc string) bool {
	return doc != "" && strings.Trim(doc, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789=") == ""
}

func signBase32(c *Content, key keys.Key, o options) (string, error) {
	jws, err := signJWS(c, key, o)
	if err != nil {
		return "", err
	}
	return base32.StdEncoding.EncodeToString([]byte(jws)), nil
}

// verifyBase32 accepts the one encoding: encoding/base32 skips line breaks and
// bits past the end.
func verifyBase32(doc string, known []keys.Public) (*Verified, error) {
	jws, err := base32.StdEncoding.DecodeString(doc)
	if err != nil || base32.StdEncoding.EncodeToString(jws) != doc {
		return nil, fmt.Errorf("%w: it is not base32 in upper case, with padding and on one line", ErrMalformed)
	}
	return verifyInner(entity.FormatBase32, string(jws), known)
}

// verifyInner checks the JWS that another format wraps.
func verifyInner(format entity.Format, jws string, known []keys.Public) (*Verified, error) {
	if !looksLikeJWS(jws) {
		return nil, fmt.Errorf("%w: there is no JWS in it", ErrMalformed)
	}
	v, err := verifyJWS(jws, known)
	if err != nil {
		return nil, err
	}
	v.Format = format
	return v, nil
}
