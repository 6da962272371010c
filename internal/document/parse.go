package document

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	dsig "github.com/russellhaering/goxmldsig"
)

// maxDepth bounds nesting, of custom XML and of documents alike.
const maxDepth = 64

// parser builds the tree, adjacent text joined. Raw tokens keep prefixes as they
// are written.
type parser struct {
	decoder *xml.Decoder
	open    []*node // from the root, which stands for the whole text, inward
}

// parse reads XML text into the nodes at its top, as .NET does.
func parse(text string) ([]*node, error) {
	nodes, err := parseExact(text)
	root := &node{children: nodes}
	dropSpace(root)
	return root.children, err
}

// parseExact is parse with all white space kept. It refuses what no license
// document has: comments, processing instructions, a doctype, a namespace other
// than those of xmlns:xsi and of the Signature of format 1.
func parseExact(text string) ([]*node, error) {
	d := xml.NewDecoder(strings.NewReader(text))
	// A Go string is decoded already, whatever the declaration says.
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	root := &node{}
	p := &parser{decoder: d, open: []*node{root}}
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("not well-formed: %w", err)
		}
		if err := p.take(token); err != nil {
			return nil, err
		}
	}
	if len(p.open) > 1 {
		return nil, fmt.Errorf("not well-formed: element %s is not closed", p.inner().name)
	}
	return root.children, nil
}

// parseRoot reads a document: a declaration, which ours do not have, and the
// root.
func parseRoot(doc string, parse func(string) ([]*node, error)) (*node, error) {
	nodes, err := parse(dropDeclaration(doc))
	if err != nil {
		return nil, err
	}
	if len(nodes) != 1 || nodes[0].name != "Licenses" {
		return nil, errors.New("the root is not one element Licenses")
	}
	return nodes[0], nil
}

func dropDeclaration(doc string) string {
	if !strings.HasPrefix(doc, "<?xml ") {
		return doc
	}
	_, rest, _ := strings.Cut(doc, "?>")
	return strings.TrimLeft(rest, " \t\r\n")
}

func (p *parser) inner() *node { return p.open[len(p.open)-1] }

func (p *parser) take(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return p.start(t)
	case xml.EndElement:
		name := t.Name.Local
		if len(p.open) == 1 || t.Name.Space != "" || p.inner().name != name {
			return fmt.Errorf("not well-formed: unexpected end of element %.40q", name)
		}
		p.open = p.open[:len(p.open)-1]
		return nil
	case xml.CharData:
		p.text(string(t))
		return nil
	case xml.Comment:
		return errors.New("comments are not allowed")
	case xml.ProcInst:
		return fmt.Errorf("the processing instruction or declaration %.40q is not allowed", t.Target)
	}
	return errors.New("a doctype is not allowed")
}

func (p *parser) start(t xml.StartElement) error {
	if len(p.open) > maxDepth {
		return fmt.Errorf("elements are nested more than %d deep", maxDepth)
	}
	name, err := plainName(t.Name)
	if err != nil {
		return err
	}
	n := &node{name: name}
	seen := make(map[string]bool, len(t.Attr))
	for _, a := range t.Attr {
		name, err := attributeName(n.name, a)
		if err != nil {
			return err
		}
		if seen[name] {
			return fmt.Errorf("not well-formed: element %s has attribute %s twice", n.name, name)
		}
		seen[name] = true
		n.always(name, a.Value)
	}
	p.inner().add(n)
	p.open = append(p.open, n)
	return nil
}

func (p *parser) text(s string) {
	siblings := p.inner().children
	if len(siblings) > 0 && siblings[len(siblings)-1].name == "" {
		siblings[len(siblings)-1].text += s
		return
	}
	p.inner().add(&node{text: s})
}

func attributeName(element string, a xml.Attr) (string, error) {
	if a.Name == xsiName() && a.Value == xsiNamespace {
		return xsiAttribute, nil
	}
	if a.Name.Local == "xmlns" && a.Name.Space == "" && element == signatureElement && a.Value == dsig.Namespace {
		return "xmlns", nil
	}
	return plainName(a.Name)
}

func xsiName() xml.Name { return xml.Name{Space: "xmlns", Local: "xsi"} }

func plainName(name xml.Name) (string, error) {
	if name.Space != "" || strings.Contains(name.Local, ":") || name.Local == "xmlns" {
		return "", fmt.Errorf("%.40q: namespaces are not allowed", strings.Trim(name.Space+":"+name.Local, ":"))
	}
	return name.Local, nil
}

func dropSpace(n *node) {
	kept := n.children[:0]
	for _, child := range n.children {
		if child.name == "" && isXMLSpace(child.text) {
			continue
		}
		dropSpace(child)
		kept = append(kept, child)
	}
	n.children = kept
}

// canonicalFragment checks a restriction's custom XML and writes it as the
// document will hold it.
func canonicalFragment(text string) (string, error) {
	nodes, err := parseFragment(text)
	if err != nil {
		return "", err
	}
	return compact(nodes...), nil
}

func parseFragment(text string) ([]*node, error) {
	nodes, err := parse(text)
	if err != nil {
		return nil, err
	}
	for _, n := range nodes {
		if err := tame(n); err != nil {
			return nil, err
		}
	}
	return nodes, nil
}

// tame refuses what only the document itself may have and folds line breaks.
func tame(n *node) error {
	n.foldText()
	return forbid(n)
}

func (n *node) foldText() {
	n.text = foldLines(n.text)
	for _, child := range n.children {
		child.foldText()
	}
}

// forbid refuses what only the root may have.
func forbid(n *node) error {
	if n.name == signatureElement {
		return errors.New("an element named Signature is not allowed")
	}
	if n.value(xsiAttribute) != "" {
		return fmt.Errorf("%q: namespaces are not allowed", xsiAttribute)
	}
	for _, child := range n.children {
		if err := forbid(child); err != nil {
			return err
		}
	}
	return nil
}
