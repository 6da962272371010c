package document_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
)

// A shipped application as far as it matters here: it parses a document as .NET
// does, takes the signature out, writes the rest anew compactly as XmlWriter
// does, and checks the bytes. It shares no code with the signer, not even
// encoding/xml; it knows the XML that documents may be made of and fails on
// anything else.

// shippedApplication verifies a document and returns what it wrote anew.
func shippedApplication(doc string, key *rsa.PublicKey) (string, error) {
	p := &dotnetParser{in: doc}
	root, err := p.element()
	if err != nil {
		return "", fmt.Errorf("at byte %d: %w", p.at, err)
	}
	if p.at != len(doc) {
		return "", errors.New("something follows the root")
	}
	var value string
	kept := root.nodes[:0]
	for _, n := range root.nodes {
		if n.name == "Signature" {
			value = n.nodes[1].nodes[0].text
			continue
		}
		kept = append(kept, n)
	}
	root.nodes = kept
	signature, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return "", err
	}
	anew := root.String()
	hash := sha1.New()
	hash.Write([]byte{0xff, 0xfe})
	if err := binary.Write(hash, binary.LittleEndian, utf16.Encode([]rune(anew))); err != nil {
		return "", err
	}
	return anew, rsa.VerifyPKCS1v15(key, crypto.SHA1, hash.Sum(nil), signature)
}

type dotnetNode struct {
	name, text string
	attrs      [][2]string
	nodes      []*dotnetNode
	empty      bool // written <x />, and to be written so again
}

// String is XmlWriter with NewLineHandling.Replace on Windows, the default: a
// document with a line break in its text cannot pass here.
func (n *dotnetNode) String() string {
	if n.name == "" {
		s := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(n.text)
		return strings.NewReplacer("\r\n", "\r\n", "\r", "\r\n", "\n", "\r\n").Replace(s)
	}
	s := "<" + n.name
	for _, a := range n.attrs {
		s += " " + a[0] + `="` + strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;",
			"\t", "&#x9;", "\n", "&#xA;", "\r", "&#xD;").Replace(a[1]) + `"`
	}
	if n.empty {
		return s + " />"
	}
	s += ">"
	for _, child := range n.nodes {
		s += child.String()
	}
	return s + "</" + n.name + ">"
}

type dotnetParser struct {
	in string
	at int
}

func (p *dotnetParser) rest() string { return p.in[p.at:] }

func (p *dotnetParser) accept(s string) bool {
	if !strings.HasPrefix(p.rest(), s) {
		return false
	}
	p.at += len(s)
	return true
}

func (p *dotnetParser) until(stops string) string {
	end := strings.IndexAny(p.rest(), stops)
	if end < 0 {
		end = len(p.rest())
	}
	taken := p.rest()[:end]
	p.at += end
	return taken
}

func (p *dotnetParser) element() (*dotnetNode, error) {
	if !p.accept("<") {
		return nil, errors.New("expected an element")
	}
	n := &dotnetNode{name: p.until(" />\t\r\n=\"'<&!?")}
	if n.name == "" {
		return nil, errors.New("expected a name")
	}
	if err := p.attributes(n); err != nil {
		return nil, err
	}
	p.accept(" ")
	if p.accept("/>") {
		n.empty = true
		return n, nil
	}
	if !p.accept(">") {
		return nil, errors.New("expected the end of a tag")
	}
	return n, p.inside(n)
}

func (p *dotnetParser) attributes(n *dotnetNode) error {
	for strings.HasPrefix(p.rest(), " ") && !strings.HasPrefix(p.rest(), " />") {
		p.at++
		name := p.until(" />\t\r\n=\"'<&!?")
		if name == "" || !p.accept(`="`) {
			return errors.New("expected an attribute")
		}
		raw := p.until(`"<`)
		if !p.accept(`"`) {
			return errors.New("attribute value is not closed")
		}
		// XML 1.0, 3.3.3: white space in an attribute is read as spaces.
		value, err := unescape(strings.NewReplacer("\r\n", " ", "\r", " ", "\n", " ", "\t", " ").Replace(raw))
		if err != nil {
			return err
		}
		for _, a := range n.attrs {
			if a[0] == name {
				return fmt.Errorf("attribute %s twice", name)
			}
		}
		n.attrs = append(n.attrs, [2]string{name, value})
	}
	return nil
}

func (p *dotnetParser) inside(n *dotnetNode) error {
	for {
		if p.accept("</" + n.name + ">") {
			return nil
		}
		if strings.HasPrefix(p.rest(), "<") {
			child, err := p.element()
			if err != nil {
				return err
			}
			n.nodes = append(n.nodes, child)
			continue
		}
		raw := p.until("<")
		if p.rest() == "" {
			return fmt.Errorf("%s is not closed", n.name)
		}
		// XML 1.0, 2.11: a line end is read as a line feed.
		text, err := unescape(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(raw))
		if err != nil {
			return err
		}
		if strings.Contains(raw, "]]>") {
			return errors.New("]]> in text")
		}
		if strings.Trim(text, " \t\r\n") != "" { // XmlDocument drops the rest
			n.nodes = append(n.nodes, &dotnetNode{text: text})
		}
	}
}

func unescape(s string) (string, error) {
	var b strings.Builder
	for s != "" {
		before, after, found := strings.Cut(s, "&")
		b.WriteString(before)
		if !found {
			break
		}
		name, tail, closed := strings.Cut(after, ";")
		if !closed {
			return "", errors.New("reference is not closed")
		}
		r, err := reference(name)
		if err != nil {
			return "", err
		}
		b.WriteRune(r)
		s = tail
	}
	for _, r := range b.String() {
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff || r == 0xfffd && !strings.Contains(b.String(), "\ufffd") {
			return "", fmt.Errorf("character %U", r)
		}
	}
	return b.String(), nil
}

func reference(name string) (rune, error) {
	if r, known := map[string]rune{"amp": '&', "lt": '<', "gt": '>', "quot": '"', "apos": '\''}[name]; known {
		return r, nil
	}
	digits, hex := strings.CutPrefix(name, "#x")
	if !hex {
		return 0, fmt.Errorf("unknown entity %q", name)
	}
	code, err := strconv.ParseUint(digits, 16, 21)
	return rune(code), err
}
