package document

import (
	"errors"
	"fmt"
	"strings"

	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
)

// What Verify finds wrong; its errors wrap one of these and say more.
var (
	ErrMalformed    = errors.New("malformed license document")
	ErrUnknownKey   = errors.New("license document signed by an unknown key")
	ErrBadSignature = errors.New("license document with a bad signature")
)

// Verified is a document whose signature holds. Dates are for the caller to
// judge: this package has no clock.
type Verified struct {
	Format  entity.Format
	KeyID   string // of the key that verified it
	Content Content
	Order   *Order // of format 5 only: all that the text of a license order states
}

// format is one row of the table.
type format struct {
	number     entity.Format
	name       string
	keyType    string                                                    // entity.ResourceRSA or entity.ResourceEd25519
	sign       func(c *Content, key keys.Key, o options) (string, error) // nil: see SignOrder
	recognises func(doc string) bool
	verify     func(doc string, known []keys.Public) (*Verified, error)
}

func formats() []format {
	return []format{
		{entity.FormatXML, "XML", entity.ResourceRSA, signXML, looksLikeXML, verifyXML},
		{entity.FormatXMLDSig, "XML DSig", entity.ResourceRSA, signDSig, looksLikeDSig, verifyDSig},
		{entity.FormatASCII, "ASCII", entity.ResourceEd25519, signASCII, looksLikeASCII, verifyASCII},
		{entity.FormatBase32, "BASE32", entity.ResourceEd25519, signBase32, looksLikeBase32, verifyBase32},
		{entity.FormatJWS, "JWS", entity.ResourceEd25519, signJWS, looksLikeJWS, verifyJWS},
		{entity.FormatLMX, nameLMX, entity.ResourceEd25519, nil, looksLikeLMX, verifyLMX},
	}
}

// Supported lists the formats that a license can be signed in. That of license
// orders is none of them.
func Supported() []entity.Format {
	var numbers []entity.Format
	for _, f := range formats() {
		if f.sign != nil {
			numbers = append(numbers, f.number)
		}
	}
	return numbers
}

// KeyType is the type of key that signs a format (entity.ResourceRSA or
// entity.ResourceEd25519), or the fault that the format cannot be signed.
func KeyType(number entity.Format) (string, error) {
	f, err := lookUp(number)
	return f.keyType, err
}

func lookUp(number entity.Format) (format, error) {
	for _, f := range formats() {
		if f.number == number {
			return f, nil
		}
	}
	return format{}, fault.Bad("format", "format %d does not exist", number)
}

// Option changes how a document is written, not what it states.
type Option func(*options)

type options struct{ keyValue bool }

// WithKeyValue puts the public key itself into a document of format 1, the only
// one that has a place for it. Verify does not believe it: it must be the key
// that the document names.
func WithKeyValue() Option { return func(o *options) { o.keyValue = true } }

// Sign makes the document of a license in the license's format. A fault names
// the member that cannot be signed as it is.
func Sign(lic *entity.License, key keys.Key, opts ...Option) (string, error) {
	f, err := lookUp(lic.Format)
	if err != nil {
		return "", err
	}
	if f.sign == nil {
		return "", fault.Bad("format", "format %d (%s) is the text of a license order; a license has no such document", f.number, f.name)
	}
	if key.Type() != f.keyType {
		return "", fault.Bad("signatureKeysId", "format %d (%s) is signed by an %s key, this one is %s",
			f.number, f.name, f.keyType, key.Type())
	}
	c, err := contentOf(lic)
	if err != nil {
		return "", err
	}
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	doc, err := f.sign(c, key, o)
	if err != nil {
		return "", fmt.Errorf("sign license %s in format %s: %w", lic.LicenseID, f.name, blamed(err, lic))
	}
	return doc, nil
}

// Verify recognises the format of a document and checks its signature against
// the keys. White space around the document is ignored.
func Verify(doc string, known ...keys.Public) (*Verified, error) {
	doc = strings.TrimSpace(strings.TrimPrefix(doc, "\ufeff"))
	for _, f := range formats() {
		if f.recognises(doc) {
			return f.verify(doc, known)
		}
	}
	return nil, fmt.Errorf("%w: it is of no known format", ErrMalformed)
}
