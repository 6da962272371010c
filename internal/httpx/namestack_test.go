package httpx

import (
	"fmt"
	"testing"
)

// A body of many names must not cost their square: beyond manyNames they are
// looked up, not compared one by one.
func TestManyNamesAreIndexed(t *testing.T) {
	t.Parallel()
	var n nameStack
	name := func(s string) bool {
		n.begin()
		for _, r := range s {
			n.add(r)
		}
		return n.end()
	}
	outer := n.push()
	for i := range 10 * manyNames {
		if !name(fmt.Sprint("m", i)) {
			t.Fatalf("m%d is new", i)
		}
		if indexed := n.index != nil; indexed != (i >= manyNames) {
			t.Fatalf("after %d names, indexed %v", i+1, indexed)
		}
	}
	child := n.push()
	if !name("m1") || n.index != nil {
		t.Error("a child begins with names of its own")
	}
	n.pop(child)
	if name("M1") || name(fmt.Sprint("m", manyNames+1)) {
		t.Error("a name was taken twice")
	}
	n.pop(outer)
	if len(n.ends)+len(n.text) != 0 || n.index != nil {
		t.Error("names are left")
	}
}
