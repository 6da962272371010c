package httpx

import (
	"unicode/utf8"

	"github.com/licet/licet/internal/entity"
)

// manyNames is the size from which an object's names are looked up by hash: a
// hostile body of 100,000 members must not cost their square.
const manyNames = 16

// nameStack holds the folded names of the objects that are open, to find a
// member given twice. Names of an object end where those of its children begin.
type nameStack struct {
	text  []byte // folded names, one after the other
	ends  []int  // where each name ends in text
	from  int    // the first entry in ends of the innermost object
	begun int    // where the name being read begins in text
	index map[string]struct{}
}

// openObject is what pop needs to return to the enclosing object.
type openObject struct {
	from, ends, text int
	index            map[string]struct{}
}

// push opens an object and returns what pop needs.
func (n *nameStack) push() openObject {
	outer := openObject{from: n.from, ends: len(n.ends), text: len(n.text), index: n.index}
	n.from, n.index = len(n.ends), nil
	return outer
}

// pop closes the innermost object and forgets its names.
func (n *nameStack) pop(outer openObject) {
	n.from, n.index = outer.from, outer.index
	n.ends, n.text = n.ends[:outer.ends], n.text[:outer.text]
}

func (n *nameStack) begin() { n.begun = len(n.text) }

func (n *nameStack) add(r rune) { n.text = utf8.AppendRune(n.text, entity.FoldRune(r)) }

// end completes a name; false if the object has it already.
func (n *nameStack) end() bool {
	name := n.text[n.begun:]
	if n.index == nil && len(n.ends)-n.from >= manyNames {
		n.index = make(map[string]struct{}, 4*manyNames)
		n.each(func(known []byte) bool {
			n.index[string(known)] = struct{}{}
			return true
		})
	}
	if n.index != nil {
		if _, twice := n.index[string(name)]; twice {
			return false
		}
		n.index[string(name)] = struct{}{}
	} else if !n.each(func(known []byte) bool { return string(known) != string(name) }) {
		return false
	}
	n.ends = append(n.ends, len(n.text))
	return true
}

// each visits the names of the innermost object until visit returns false.
func (n *nameStack) each(visit func([]byte) bool) bool {
	start := 0
	if n.from > 0 {
		start = n.ends[n.from-1]
	}
	for _, end := range n.ends[n.from:] {
		if !visit(n.text[start:end]) {
			return false
		}
		start = end
	}
	return true
}
