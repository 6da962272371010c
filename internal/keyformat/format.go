package keyformat

import (
	"crypto/rand"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// maxLength bounds a made key, in bytes.
const maxLength = 256

// Format is a parsed format. The zero value makes empty keys.
type Format struct {
	text  string
	parts []part
}

// part is literal text, or count characters of an alphabet.
type part struct {
	literal  string
	alphabet string
	count    int
}

// alphabet returns the characters that a placeholder draws from, "" if there
// is no such placeholder.
func alphabet(name string) string {
	const digits, letters = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	switch name {
	case "TOKEN":
		return letters + digits
	case "token":
		return strings.ToLower(letters) + digits
	case "HEX":
		return digits + letters[:6]
	case "hex":
		return digits + strings.ToLower(letters[:6])
	}
	return ""
}

// Parse reads a format. It must have at least one placeholder.
func Parse(text string) (Format, error) {
	placeholder := regexp.MustCompile(`\{(\w+):(\d{1,3})\}`)
	f, length, at := Format{text: text}, 0, 0
	for _, m := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		name := text[m[2]:m[3]]
		chars := alphabet(name)
		count, err := strconv.Atoi(text[m[4]:m[5]])
		if err != nil || count == 0 || chars == "" {
			return Format{}, fmt.Errorf("key format %.80q: %s is not {TOKEN:n}, {token:n}, {HEX:n} or {hex:n}", text, text[m[0]:m[1]])
		}
		f.parts = append(f.parts, part{literal: text[at:m[0]]}, part{alphabet: chars, count: count})
		length += count
		at = m[1]
	}
	f.parts = append(f.parts, part{literal: text[at:]})
	return f, f.check(length)
}

func (f Format) check(random int) error {
	length := random
	for _, p := range f.parts {
		if strings.ContainsAny(p.literal, "{}") {
			return fmt.Errorf("key format %.80q: has a brace outside of a placeholder such as {TOKEN:5}", f.text)
		}
		for _, r := range p.literal {
			if r <= ' ' || r > '~' {
				return fmt.Errorf("key format %.80q: may hold visible ASCII characters only", f.text)
			}
		}
		length += len(p.literal)
	}
	if random == 0 {
		return fmt.Errorf("key format %.80q: has no placeholder such as {TOKEN:5}", f.text)
	}
	if length > maxLength {
		return fmt.Errorf("key format %.80q: makes keys of %d characters, %d is the most", f.text, length, maxLength)
	}
	return nil
}

// Must is Parse for the constants of a program; it panics on a bad format.
func Must(text string) Format {
	f, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return f
}

// String is the format's text.
func (f Format) String() string { return f.text }

// Bits is how much randomness a key of the format holds.
func (f Format) Bits() float64 {
	bits := 0.0
	for _, p := range f.parts {
		if p.count > 0 {
			bits += float64(p.count) * math.Log2(float64(len(p.alphabet)))
		}
	}
	return bits
}

// Random makes a key, every combination equally likely.
func (f Format) Random() string {
	var b strings.Builder
	for _, p := range f.parts {
		b.WriteString(p.literal)
		for range p.count {
			b.WriteByte(p.alphabet[randomIndex(len(p.alphabet))])
		}
	}
	return b.String()
}

// randomIndex is uniform in [0, n), n at most 256: bytes past the largest
// multiple of n are drawn again.
func randomIndex(n int) int {
	limit := 256 - 256%n
	var b [1]byte
	for {
		_, _ = rand.Read(b[:]) // never fails since Go 1.24
		if int(b[0]) < limit {
			return int(b[0]) % n
		}
	}
}

// nth is the combination with that number, 0 <= i < combinations().
func (f Format) nth(i *big.Int) string {
	rest, digit := new(big.Int).Set(i), new(big.Int)
	var pieces []string
	for k := len(f.parts) - 1; k >= 0; k-- {
		p := f.parts[k]
		chars := make([]byte, p.count)
		for c := p.count - 1; c >= 0; c-- {
			rest.DivMod(rest, big.NewInt(int64(len(p.alphabet))), digit)
			chars[c] = p.alphabet[digit.Int64()]
		}
		pieces = append(pieces, p.literal+string(chars))
	}
	var b strings.Builder
	for k := len(pieces) - 1; k >= 0; k-- {
		b.WriteString(pieces[k])
	}
	return b.String()
}

func (f Format) combinations() *big.Int {
	n := big.NewInt(1)
	for _, p := range f.parts {
		for range p.count {
			n.Mul(n, big.NewInt(int64(len(p.alphabet))))
		}
	}
	return n
}

// UnmarshalText is Parse, for flags and files.
func (f *Format) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*f = parsed
	return nil
}

// MarshalText is the format's text.
func (f Format) MarshalText() ([]byte, error) { return []byte(f.text), nil }

// Base62 makes n random letters and digits, 5.95 bits each.
func Base62(n int) string {
	p := Format{parts: []part{{alphabet: alphabet("TOKEN") + alphabet("token")[:26], count: n}}}
	return p.Random()
}
