package document

import (
	"strings"
	"unicode/utf16"
)

// node is an element, or a text node when name is empty.
type node struct {
	name     string
	attrs    []attr
	children []*node
	text     string
}

type attr struct{ name, value string }

func element(name string, children ...*node) *node {
	return &node{name: name, children: children}
}

// with adds an attribute, unless its value is empty.
func (n *node) with(name, value string) *node {
	if value == "" {
		return n
	}
	return n.always(name, value)
}

// always adds an attribute, empty or not.
func (n *node) always(name, value string) *node {
	n.attrs = append(n.attrs, attr{name, value})
	return n
}

// add appends children; nil ones are left out.
func (n *node) add(children ...*node) *node {
	for _, child := range children {
		if child != nil {
			n.children = append(n.children, child)
		}
	}
	return n
}

// orNil is nil for an element that says nothing.
func (n *node) orNil() *node {
	if len(n.attrs) == 0 && len(n.children) == 0 {
		return nil
	}
	return n
}

// value is the attribute's value, "" when it is not there.
func (n *node) value(name string) string {
	for _, a := range n.attrs {
		if a.name == name {
			return a.value
		}
	}
	return ""
}

// all lists the child elements of a name.
func (n *node) all(name string) []*node {
	var found []*node
	for _, child := range n.children {
		if child.name == name {
			found = append(found, child)
		}
	}
	return found
}

// first is the first child element of a name, an empty element if there is none.
func (n *node) first(name string) *node {
	if found := n.all(name); len(found) > 0 {
		return found[0]
	}
	return &node{name: name}
}

// content is the text directly inside n.
func (n *node) content() string {
	var b strings.Builder
	for _, child := range n.children {
		b.WriteString(child.text)
	}
	return b.String()
}

// write is .NET's XmlWriter without indentation and declaration.
func (n *node) write(b *strings.Builder) {
	if n.name == "" {
		escape(b, n.text, false)
		return
	}
	b.WriteString("<" + n.name)
	for _, a := range n.attrs {
		b.WriteString(" " + a.name + `="`)
		escape(b, a.value, true)
		b.WriteByte('"')
	}
	if len(n.children) == 0 {
		b.WriteString(" />")
		return
	}
	b.WriteString(">")
	writeAll(b, n.children)
	b.WriteString("</" + n.name + ">")
}

func writeAll(b *strings.Builder, nodes []*node) {
	for _, n := range nodes {
		n.write(b)
	}
}

func compact(nodes ...*node) string {
	var b strings.Builder
	writeAll(&b, nodes)
	return b.String()
}

// escape writes s as XmlWriter does, everything else raw. Line breaks in text
// are left alone: those that we write were folded before, and those that we
// verify belong to their writer.
func escape(b *strings.Builder, s string, inAttribute bool) {
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case inAttribute && r == '"':
			b.WriteString("&quot;")
		case inAttribute && r == '\t':
			b.WriteString("&#x9;")
		case inAttribute && r == '\n':
			b.WriteString("&#xA;")
		case inAttribute && r == '\r':
			b.WriteString("&#xD;")
		default:
			b.WriteRune(r)
		}
	}
}

// utf16LE is the byte order mark and s in UTF-16LE, which is what .NET's
// Encoding.Unicode gives a hash.
func utf16LE(s string) []byte {
	b := make([]byte, 0, 2+2*len(s))
	b = append(b, 0xff, 0xfe)
	for _, unit := range utf16.Encode([]rune(s)) {
		b = append(b, byte(unit), byte(unit>>8))
	}
	return b
}

// isXMLSpace is white space as XML has it; a no-break space is not.
func isXMLSpace(s string) bool { return strings.Trim(s, " \t\r\n") == "" }

// isXMLChar says whether XML 1.0 allows the character at all, escaped or not.
func isXMLChar(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r':
		return true
	case r < 0x20, r >= 0xd800 && r <= 0xdfff, r == 0xfffe, r == 0xffff:
		return false
	}
	return r <= 0x10ffff
}

// foldLines makes each line break one space.
func foldLines(s string) string {
	return strings.NewReplacer("\r\n", " ", "\r", " ", "\n", " ").Replace(s)
}
