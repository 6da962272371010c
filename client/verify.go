package client

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// DocumentFault says what is wrong with a license document. Like Code it is an
// error itself, for errors.Is.
type DocumentFault string

// The faults.
const (
	DocumentMalformed DocumentFault = "the license document is malformed"
	UnknownKey        DocumentFault = "the license document is signed by an unknown key"
	BadSignature      DocumentFault = "the license document was not signed like this"
	DocumentExpired   DocumentFault = "the license document has expired"
	WrongMachine      DocumentFault = "the license document is not for this machine"
)

// Error is the fault in words.
func (f DocumentFault) Error() string { return string(f) }

// Check is what a document has to hold for, besides its signature.
type Check struct {
	// At is when the license must be valid; zero: now, by this machine's clock.
	At time.Time
	// MachineID, unless empty, must be the machine that the document is bound
	// to. A document that is bound to none then fails: otherwise the license's
	// own document would run on every machine.
	MachineID string
}

// VerifyLicense checks the signature of a license document of format 4 (JWS,
// Ed25519) and then what it says. It needs no server.
func VerifyLicense(doc []byte, keys *KeySet, check Check) (*License, error) {
	license, err := ReadLicense(doc, keys)
	if err != nil {
		return nil, err
	}
	if err := license.Check(check); err != nil {
		return nil, err
	}
	return license, nil
}

// ReadLicense checks the signature alone, to show a license that need not be
// valid any more.
func ReadLicense(doc []byte, keys *KeySet) (*License, error) {
	// A file may begin with a byte order mark and end in a line break.
	compact := strings.TrimSpace(strings.TrimPrefix(string(doc), "\ufeff"))
	parts := strings.Split(compact, ".")
	if len(parts) != 3 {
		return nil, fmt.Errorf("%w: a JWS has 3 parts, this has %d", DocumentMalformed, len(parts))
	}
	id, err := keyID(parts[0])
	if err != nil {
		return nil, fmt.Errorf("%w: its header: %w", DocumentMalformed, err)
	}
	signature, err := unbase64(parts[2])
	if err != nil {
		return nil, fmt.Errorf("%w: its signature: %w", DocumentMalformed, err)
	}
	key, ok := keys.find(id)
	if !ok {
		return nil, fmt.Errorf("%w: its id is %.64q", UnknownKey, id)
	}
	signed := compact[:len(parts[0])+1+len(parts[1])]
	if !ed25519.Verify(key, []byte(signed), signature) {
		return nil, BadSignature
	}
	payload, err := unbase64(parts[1])
	if err != nil {
		return nil, fmt.Errorf("%w: its payload: %w", DocumentMalformed, err)
	}
	var license License
	if err := json.Unmarshal(payload, &license); err != nil {
		return nil, fmt.Errorf("%w: its payload: %w", DocumentMalformed, err)
	}
	return &license, nil
}

// keyID reads the protected header, which must promise nothing but Ed25519.
func keyID(part string) (string, error) {
	raw, err := unbase64(part)
	if err != nil {
		return "", err
	}
	header, err := members(raw)
	if err != nil {
		return "", err
	}
	var alg, typ, id string
	if json.Unmarshal(header["alg"], &alg) != nil || alg != "EdDSA" {
		return "", fmt.Errorf("alg is %.40s instead of \"EdDSA\"", header["alg"])
	}
	// The type keeps apart what else a server may sign with the same key.
	if json.Unmarshal(header["typ"], &typ) != nil || typ != "license+jwt" {
		return "", fmt.Errorf("typ is %.40s instead of \"license+jwt\"", header["typ"])
	}
	if _, ok := header["crit"]; ok {
		return "", errors.New("it asks for extensions (crit)")
	}
	if json.Unmarshal(header["kid"], &id) != nil || id == "" {
		return "", errors.New("it names no key (kid)")
	}
	return id, nil
}

// members reads an object by exact names and refuses duplicates, of which
// encoding/json would keep the last and another reader the first.
func members(raw []byte) (map[string]json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	found := map[string]json.RawMessage{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("read a name: %w", err)
		}
		key, _ := name.(string)
		if _, twice := found[key]; twice {
			return nil, fmt.Errorf("the member %.40q is there twice", key)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, fmt.Errorf("read the member %.40q: %w", key, err)
		}
		found[key] = value
	}
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("read its end: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the object")
	}
	return found, nil
}

// unbase64 decodes base64url without padding, strictly: every string that it
// takes is the one that encodes the result. (Strict alone would pass over line
// breaks.)
func unbase64(s string) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, errors.New("not base64url: a line break")
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("not base64url: %w", err)
	}
	return b, nil
}
