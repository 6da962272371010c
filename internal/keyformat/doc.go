// Package keyformat makes keys from a format such as
// {TOKEN:5}-{TOKEN:5} or lic{HEX:8}: text with placeholders {NAME:count}.
// TOKEN draws from A-Z0-9, HEX from 0-9A-F; a name in lower case gives lower
// case (behaviour file, section 1.7).
//
// Flow: Parse once, Random for each key, Free where few combinations are left.
// It must never use a source of randomness other than crypto/rand.
package keyformat
