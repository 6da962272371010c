package client

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sort"
)

// KeySet holds the public keys that license documents are checked against, by
// their ids. It never changes once made.
type KeySet struct{ byID map[string]ed25519.PublicKey }

// jwk is the part of RFC 7517 and RFC 8037 that an Ed25519 key needs.
type jwk struct {
	Type  string `json:"kty"`
	Curve string `json:"crv"`
	X     string `json:"x"`
	ID    string `json:"kid,omitempty"`
	Use   string `json:"use,omitempty"`
	Alg   string `json:"alg,omitempty"`
}

type jwkSet struct {
	Keys []jwk `json:"keys"`
}

// complete lets a key set be fetched like any other answer.
func (s jwkSet) complete() error {
	_, err := s.ed25519()
	return err
}

// FetchKeys gets the server's present public keys. Do this when building the
// application rather than when running it: see the package's words on keys.
func (c *Client) FetchKeys(ctx context.Context) (*KeySet, error) {
	set, _, err := exchange[jwkSet](ctx, c, c.retry, call{http.MethodGet, "/.well-known/jwks.json", nil, maxAnswer, refused})
	if err != nil {
		return nil, fmt.Errorf("fetch the keys: %w", err)
	}
	return set.ed25519()
}

// ParseKeys reads a JWKS document. Keys of other types, or not for signatures,
// are passed over; a set without any Ed25519 key is an error.
func ParseKeys(jwks []byte) (*KeySet, error) {
	var set jwkSet
	if err := json.Unmarshal(jwks, &set); err != nil {
		return nil, fmt.Errorf("read the key set: %w", err)
	}
	return set.ed25519()
}

// NewKeySet makes a set of bare keys; their ids are their RFC 7638 thumbprints,
// which is how the server names its own.
func NewKeySet(keys ...ed25519.PublicKey) (*KeySet, error) {
	if len(keys) == 0 {
		return nil, errors.New("make a key set: no key given")
	}
	s := &KeySet{byID: make(map[string]ed25519.PublicKey, len(keys))}
	for _, key := range keys {
		if err := s.add(thumbprint(key), key); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// MarshalJSON writes the set as a JWKS document, for ParseKeys.
func (s *KeySet) MarshalJSON() ([]byte, error) {
	out := jwkSet{Keys: make([]jwk, 0, len(s.byID))}
	for id, key := range s.byID {
		out.Keys = append(out.Keys, jwk{
			Type: "OKP", Curve: "Ed25519", X: base64.RawURLEncoding.EncodeToString(key),
			ID: id, Use: "sig", Alg: "EdDSA",
		})
	}
	sort.Slice(out.Keys, func(i, j int) bool { return out.Keys[i].ID < out.Keys[j].ID })
	return json.Marshal(out)
}

func (s *KeySet) find(id string) (ed25519.PublicKey, bool) {
	if s == nil {
		return nil, false
	}
	key, ok := s.byID[id]
	return key, ok
}

func (s *KeySet) add(id string, key ed25519.PublicKey) error {
	if len(key) != ed25519.PublicKeySize {
		return fmt.Errorf("key %q has %d bytes instead of %d", id, len(key), ed25519.PublicKeySize)
	}
	if had, ok := s.byID[id]; ok && !had.Equal(key) {
		return fmt.Errorf("two keys have the id %q", id)
	}
	s.byID[id] = key
	return nil
}

func (s jwkSet) ed25519() (*KeySet, error) {
	set := &KeySet{byID: make(map[string]ed25519.PublicKey, len(s.Keys))}
	for _, k := range s.Keys {
		if k.Type != "OKP" || k.Curve != "Ed25519" || (k.Use != "" && k.Use != "sig") {
			continue
		}
		key, err := unbase64(k.X)
		if err != nil {
			return nil, fmt.Errorf("key %q: %w", k.ID, err)
		}
		if k.ID == "" {
			k.ID = thumbprint(key)
		}
		if err := set.add(k.ID, key); err != nil {
			return nil, err
		}
	}
	if len(set.byID) == 0 {
		return nil, errors.New("the key set holds no Ed25519 key")
	}
	return set, nil
}

// thumbprint is the key id of RFC 7638: members in this order, no spaces.
func thumbprint(key ed25519.PublicKey) string {
	x := base64.RawURLEncoding.EncodeToString(key)
	sum := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + x + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
