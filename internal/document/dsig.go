package document

import (
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
)

// The only algorithms of format 1.
const (
	algExclusiveC14N = string(dsig.CanonicalXML10ExclusiveAlgorithmId)
	algEnveloped     = string(dsig.EnvelopedSignatureAltorithmId)
	algRSASHA256     = dsig.RSASHA256SignatureMethod
	algSHA256        = "http://www.w3.org/2001/04/xmlenc#sha256"
)

// looksLikeDSig finds the one thing that format 0 never has: an attribute of
// Signature. As text it would be escaped.
func looksLikeDSig(doc string) bool {
	return strings.HasPrefix(doc, "<") && strings.Contains(doc, "<"+signatureElement+" xmlns=")
}

func signDSig(c *Content, key keys.Key, o options) (string, error) {
	root, err := checkedNode(c)
	if err != nil {
		return "", err
	}
	digest, err := digestOf(root)
	if err != nil {
		return "", err
	}
	toSign, err := canonicalInfo(digest)
	if err != nil {
		return "", err
	}
	signature, err := key.SignRSA(crypto.SHA256, toSign)
	if err != nil {
		return "", err
	}
	return compact(root.add(dsigNode(digest, signature, key.Public, o.keyValue))), nil
}

// dsigNode is the Signature, the same for every document but for what is given.
func dsigNode(digest string, signature []byte, key keys.Public, withKeyValue bool) *node {
	return element(signatureElement,
		signedInfo(digest),
		base64Node("SignatureValue", signature),
		keyInfo(key, withKeyValue),
	).always("xmlns", dsig.Namespace)
}

func base64Node(name string, b []byte) *node {
	return element(name, &node{text: base64.StdEncoding.EncodeToString(b)})
}

// signedInfo is what is signed: which part of the document counts, and how.
func signedInfo(digest string) *node {
	algorithm := func(name, value string) *node { return element(name).always("Algorithm", value) }
	return element("SignedInfo",
		algorithm("CanonicalizationMethod", algExclusiveC14N),
		algorithm("SignatureMethod", algRSASHA256),
		element("Reference",
			element("Transforms", algorithm("Transform", algEnveloped), algorithm("Transform", algExclusiveC14N)),
			algorithm("DigestMethod", algSHA256),
			element("DigestValue", &node{text: digest}),
		).always("URI", ""),
	)
}

// keyInfo names the key, and says what it is where that is wanted.
func keyInfo(key keys.Public, withValue bool) *node {
	info := element("KeyInfo", element("KeyName", &node{text: key.ID()}))
	if !withValue {
		return info
	}
	modulus, exponent := key.RSANumbers()
	return info.add(element("KeyValue", element("RSAKeyValue", base64Node("Modulus", modulus), base64Node("Exponent", exponent))))
}

// digestOf is the DigestValue of a document without its signature.
func digestOf(root *node) (string, error) {
	canonical, err := canonical(root)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(canonical)
	return base64.StdEncoding.EncodeToString(sum[:]), nil
}

// canonicalInfo is the canonical form of SignedInfo, which takes its namespace
// from the Signature around it.
func canonicalInfo(digest string) ([]byte, error) {
	return canonical(signedInfo(digest).always("xmlns", dsig.Namespace))
}

// canonical is exclusive XML canonicalization without comments.
func canonical(n *node) ([]byte, error) {
	b, err := dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("").Canonicalize(n.etree())
	if err != nil {
		return nil, fmt.Errorf("canonicalize %s: %w", n.name, err)
	}
	return b, nil
}

// etree is a copy of the element in the form that the canonicalizer takes.
func (n *node) etree() *etree.Element {
	e := etree.NewElement(n.name)
	for _, a := range n.attrs {
		e.CreateAttr(a.name, a.value)
	}
	for _, child := range n.children {
		if child.name == "" {
			e.CreateText(child.text)
			continue
		}
		e.AddChild(child.etree())
	}
	return e
}

func verifyDSig(doc string, known []keys.Public) (*Verified, error) {
	root, signature, err := splitDSig(doc)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	key, err := dsigKey(signature, known)
	if err != nil {
		return nil, err
	}
	if err := checkDSig(root, signature, key); err != nil {
		return nil, err
	}
	content, err := readLicense(root.first("License"))
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	return &Verified{Format: entity.FormatXMLDSig, KeyID: key.ID(), Content: content}, nil
}

// splitDSig takes the Signature out of a document of one license. With one
// License, one Signature and nothing else there is no place to which what was
// signed could be moved, and nothing that could stand in for it.
func splitDSig(doc string) (root, signature *node, err error) {
	if root, err = parseRoot(doc, parseExact); err != nil {
		return nil, nil, err
	}
	if len(root.children) != 2 || root.children[0].name != "License" || root.children[1].name != signatureElement {
		return nil, nil, errors.New("the root does not hold exactly one License and one Signature")
	}
	license, signature := root.children[0], root.children[1]
	if err := forbid(license); err != nil {
		return nil, nil, err
	}
	root.children = []*node{license}
	return root, signature, nil
}

func dsigKey(signature *node, known []keys.Public) (keys.Public, error) {
	name := signature.first("KeyInfo").first("KeyName").content()
	for _, key := range known {
		if key.Type() == entity.ResourceRSA && key.ID() == name {
			return key, nil
		}
	}
	return keys.Public{}, fmt.Errorf("%w: no RSA key %.64q was given", ErrUnknownKey, name)
}

// checkDSig writes the Signature anew from the digest, value and key it states:
// anything that differs (an algorithm, a transform, a reference, a second one,
// another public key) is refused before anything is computed as it asks.
func checkDSig(root, signature *node, key keys.Public) error {
	stated := signature.first("SignedInfo").first("Reference").first("DigestValue").content()
	value, err := decodeBase64(signature.first("SignatureValue").content())
	if err != nil {
		return fmt.Errorf("%w: the SignatureValue is %v", ErrMalformed, err)
	}
	as := compact(signature)
	if as != compact(dsigNode(stated, value, key, false)) && as != compact(dsigNode(stated, value, key, true)) {
		return fmt.Errorf("%w: its Signature asks for another algorithm, transform, reference or key than license documents have", ErrMalformed)
	}
	signed, err := canonicalInfo(stated)
	if err != nil {
		return fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	if err := key.VerifyRSA(crypto.SHA256, signed, value); err != nil {
		return fmt.Errorf("%w: by key %s: %v", ErrBadSignature, key.ID(), err)
	}
	digest, err := digestOf(root)
	if err != nil {
		return fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	if digest != stated {
		return fmt.Errorf("%w: it was changed after key %s had signed it", ErrBadSignature, key.ID())
	}
	return nil
}
