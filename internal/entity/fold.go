package entity

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fold maps a name to what all its spellings share: names that encoding/json
// decodes into the same member, which are those that strings.EqualFold holds
// for equal, fold to one. ASCII letters become lower case.
func Fold(name string) string { return strings.Map(FoldRune, name) }

// FoldRune is Fold of one rune: the smallest of those that differ only in case,
// with letters of ASCII in lower case. K, k and the Kelvin sign are all k.
func FoldRune(r rune) rune {
	if r >= utf8.RuneSelf {
		r = smallestCase(r)
	}
	if 'A' <= r && r <= 'Z' {
		return r - 'A' + 'a'
	}
	return r
}

// smallestCase walks the orbit of r, which ascends until it starts anew.
func smallestCase(r rune) rune {
	for {
		next := unicode.SimpleFold(r)
		if next <= r {
			return next
		}
		r = next
	}
}
