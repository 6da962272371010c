package document

import (
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
)

func looksLikeXML(doc string) bool { return strings.HasPrefix(doc, "<") && !looksLikeDSig(doc) }

// Skeleton is the XML of a template: the document of its licenses without id,
// dates and signature. It is XML whatever the template's format is.
func Skeleton(tpl *entity.LicenseTemplate) (string, error) {
	c := &Content{Type: tpl.LicenseType, Product: productOf(tpl.Product)}
	if err := c.addContents(&tpl.Contents); err != nil {
		return "", err
	}
	root, err := checkedNode(c)
	if err != nil {
		return "", err
	}
	return compact(root), nil
}

func signXML(c *Content, key keys.Key, _ options) (string, error) {
	root, err := checkedNode(c)
	if err != nil {
		return "", err
	}
	signature, err := key.SignRSA(crypto.SHA1, utf16LE(compact(root)))
	if err != nil {
		return "", err
	}
	return compact(root.add(signatureNode(signature))), nil
}

func signatureNode(signature []byte) *node {
	return element(signatureElement,
		element("Algorithm").always("name", "RSA"),
		base64Node("SignatureValue", signature),
	)
}

// checkedNode refuses what XML 1.0 cannot hold; XmlWriter would throw on it.
func checkedNode(c *Content) (*node, error) {
	for _, t := range c.texts() {
		if !utf8.ValidString(t.value) {
			return nil, fault.Bad(t.member, "the text is not valid UTF-8")
		}
		for _, r := range t.value {
			if !isXMLChar(r) {
				return nil, fault.Bad(t.member, "the character %U cannot be written in an XML document", r)
			}
		}
	}
	return licensesNode(c)
}

func verifyXML(doc string, known []keys.Public) (*Verified, error) {
	root, signature, err := splitSignature(doc)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	key, err := rsaKeyOf(utf16LE(compact(root)), signature, known)
	if err != nil {
		return nil, err
	}
	content, err := readLicense(root.first("License"))
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	return &Verified{Format: entity.FormatXML, KeyID: key.ID(), Content: content}, nil
}

// splitSignature takes the Signature out of a document of one license, which
// leaves exactly what was signed.
func splitSignature(doc string) (root *node, signature []byte, err error) {
	if root, err = parseRoot(doc, parse); err != nil {
		return nil, nil, err
	}
	signatures := root.all(signatureElement)
	if len(signatures) != 1 || len(root.all("License")) != 1 || len(root.children) != 2 {
		return nil, nil, errors.New("the root does not hold exactly one License and one Signature")
	}
	if name := signatures[0].first("Algorithm").value("name"); name != "RSA" {
		return nil, nil, fmt.Errorf("the signature algorithm is %.40q, expected RSA", name)
	}
	signature, err = decodeBase64(signatures[0].first("SignatureValue").content())
	if err != nil {
		return nil, nil, fmt.Errorf("the SignatureValue is %w", err)
	}
	if compact(signatures[0]) != compact(signatureNode(signature)) {
		return nil, nil, errors.New("the Signature holds more than Algorithm and SignatureValue")
	}
	root.children = root.all("License")
	return root, signature, nil
}

// decodeBase64 refuses every encoding but the one: encoding/base64 skips line
// breaks and, unless strict, bits past the end.
func decodeBase64(s string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || base64.StdEncoding.EncodeToString(b) != s {
		return nil, errors.New("not base64 on one line")
	}
	return b, nil
}

// rsaKeyOf tries every key: an XML document does not say which one signed it.
func rsaKeyOf(signed, signature []byte, known []keys.Public) (keys.Public, error) {
	tried := 0
	for _, key := range known {
		if key.Type() != entity.ResourceRSA {
			continue
		}
		if key.VerifyRSA(crypto.SHA1, signed, signature) == nil {
			return key, nil
		}
		tried++
	}
	if tried == 0 {
		return keys.Public{}, fmt.Errorf("%w: no RSA key was given", ErrUnknownKey)
	}
	return keys.Public{}, fmt.Errorf("%w: it was changed, or signed by none of the %d RSA keys given", ErrBadSignature, tried)
}
