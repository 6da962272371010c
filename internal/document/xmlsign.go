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

func looksLikeXML(doc string) bool { return strings.HasPrefix(doc, "<") }

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

func signXML(c *Content, key keys.Key) (string, error) {
	root, err := checkedNode(c)
	if err != nil {
		return "", err
	}
	signature, err := key.SignRSA(crypto.SHA1, utf16LE(compact(root)))
	if err != nil {
		return "", err
	}
	value := &node{text: base64.StdEncoding.EncodeToString(signature)}
	root.add(element(signatureElement,
		element("Algorithm").always("name", "RSA"),
		element("SignatureValue", value),
	))
	return compact(root), nil
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
	nodes, err := parse(dropDeclaration(doc))
	if err != nil {
		return nil, nil, err
	}
	if len(nodes) != 1 || nodes[0].name != "Licenses" {
		return nil, nil, errors.New("the root is not one element Licenses")
	}
	root = nodes[0]
	signatures := root.all(signatureElement)
	if len(signatures) != 1 || len(root.all("License")) != 1 || len(root.children) != 2 {
		return nil, nil, errors.New("the root does not hold exactly one License and one Signature")
	}
	if name := signatures[0].first("Algorithm").value("name"); name != "RSA" {
		return nil, nil, fmt.Errorf("the signature algorithm is %.40q, expected RSA", name)
	}
	encoded := signatures[0].first("SignatureValue").content()
	signature, err = base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return nil, nil, errors.New("the SignatureValue is not base64")
	}
	root.children = root.all("License")
	return root, signature, nil
}

// dropDeclaration takes the XML declaration off, which ours do not have.
func dropDeclaration(doc string) string {
	if !strings.HasPrefix(doc, "<?xml ") {
		return doc
	}
	_, rest, _ := strings.Cut(doc, "?>")
	return rest
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
