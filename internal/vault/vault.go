package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
)

// KeySize is the length of a server key in bytes.
const KeySize = 32

// version1 leads every sealed value: AES-256-GCM, a random 96-bit nonce before
// the ciphertext, the context as associated data.
const version1 = 1

// ErrSealed is a sealed value that does not open: another server key, another
// context, or damage. Which of them cannot be told.
var ErrSealed = errors.New("the sealed value does not open: it is damaged, or sealed under another server key or for another place")

// Vault seals and opens secrets under one server key. It is safe for
// concurrent use. Make it with New.
type Vault struct{ aead cipher.AEAD }

// New makes the vault of a server key of KeySize bytes.
func New(key []byte) (*Vault, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("the key has %d bytes, needs %d", len(key), KeySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make the cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("make the cipher: %w", err)
	}
	return &Vault{aead: aead}, nil
}

// Seal encrypts plain for the place that context names. Sealing twice gives
// two different values.
func (v *Vault) Seal(plain []byte, context string) []byte {
	return v.aead.Seal([]byte{version1}, nil, plain, []byte(context))
}

// Open returns what Seal was given with the same context, or ErrSealed.
func (v *Vault) Open(sealed []byte, context string) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != version1 {
		return nil, ErrSealed
	}
	plain, err := v.aead.Open(nil, nil, sealed[1:], []byte(context))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}
