package document

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
)

const (
	jwsAlgorithm = "EdDSA"
	jwsType      = "license+jwt"
)

// jwsPayload is the content and the claims that any JWT library understands.
type jwsPayload struct {
	Content
	IssuedAt int64 `json:"iat,omitempty"` // seconds since 1970
	Expires  int64 `json:"exp,omitempty"`
}

// jwsHeader is written in this order. It is read by readHeader: encoding/json
// would take ALG for alg, and the last of two.
type jwsHeader struct {
	Alg string `json:"alg"`
	Kid string `json:"kid"`
	Typ string `json:"typ"`
}

func looksLikeJWS(doc string) bool {
	return strings.Count(doc, ".") == 2 && !strings.HasPrefix(doc, "<") && !looksLikeLMX(doc)
}

func signJWS(c *Content, key keys.Key, _ options) (string, error) {
	for _, t := range c.texts() {
		if !utf8.ValidString(t.value) {
			return "", fault.Bad(t.member, "the text is not valid UTF-8")
		}
	}
	payload := jwsPayload{Content: *c}
	if !c.IssueDate.IsZero() {
		payload.IssuedAt = c.IssueDate.Std().Unix()
	}
	if !c.ExpireDate.IsZero() {
		payload.Expires = c.ExpireDate.Std().Unix()
	}
	header, err := compactJSON(jwsHeader{jwsAlgorithm, key.ID(), jwsType})
	if err != nil {
		return "", err
	}
	body, err := compactJSON(payload)
	if err != nil {
		return "", err
	}
	signed := encodeSegment(header) + "." + encodeSegment(body)
	signature, err := key.SignEd25519([]byte(signed))
	if err != nil {
		return "", err
	}
	return signed + "." + encodeSegment(signature), nil
}

func verifyJWS(doc string, known []keys.Public) (*Verified, error) {
	var segments [3][]byte
	for i, part := range strings.Split(doc, ".") {
		decoded, err := decodeSegment(part)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %v", ErrMalformed, [...]string{"header", "payload", "signature"}[i], err)
		}
		segments[i] = decoded
	}
	header, err := readHeader(segments[0])
	if err != nil {
		return nil, fmt.Errorf("%w: header: %v", ErrMalformed, err)
	}
	key, err := keyOf(header.Kid, known)
	if err != nil {
		return nil, err
	}
	signed := doc[:strings.LastIndexByte(doc, '.')]
	if err := key.VerifyEd25519([]byte(signed), segments[2]); err != nil {
		return nil, fmt.Errorf("%w: by key %s: %v", ErrBadSignature, key.ID(), err)
	}
	payload, err := readPayload(segments[1])
	if err != nil {
		return nil, fmt.Errorf("%w: payload: %v", ErrMalformed, err)
	}
	return &Verified{Format: entity.FormatJWS, KeyID: key.ID(), Content: payload.Content}, nil
}

func readPayload(raw []byte) (payload jwsPayload, err error) {
	if err := uniqueMembers(raw); err != nil {
		return payload, err
	}
	return payload, json.Unmarshal(raw, &payload)
}

// keyOf is the Ed25519 key that a document names.
func keyOf(id string, known []keys.Public) (keys.Public, error) {
	for _, key := range known {
		if key.ID() == id && key.Type() == entity.ResourceEd25519 {
			return key, nil
		}
	}
	return keys.Public{}, fmt.Errorf("%w: no Ed25519 key %.80q was given", ErrUnknownKey, id)
}

// readHeader accepts what signJWS writes, in any order and spacing, and nothing
// else: another algorithm, an extension (crit) or a key carried in the header
// would each let the document choose how it is checked.
func readHeader(raw []byte) (jwsHeader, error) {
	members, err := stringMembers(raw)
	if err != nil {
		return jwsHeader{}, err
	}
	header := jwsHeader{Alg: members["alg"], Kid: members["kid"], Typ: members["typ"]}
	for name := range members {
		if name != "alg" && name != "kid" && name != "typ" {
			return jwsHeader{}, fmt.Errorf("member %.40q is not allowed", name)
		}
	}
	if header.Alg != jwsAlgorithm {
		return jwsHeader{}, fmt.Errorf("alg is %.40q, expected %s", header.Alg, jwsAlgorithm)
	}
	if header.Typ != jwsType {
		return jwsHeader{}, fmt.Errorf("typ is %.40q, expected %s", header.Typ, jwsType)
	}
	return header, nil
}

// compactJSON leaves < > & as they are, so that the payload reads well.
func compactJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode JSON: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func encodeSegment(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// decodeSegment refuses every encoding but the one: encoding/base64 skips line
// breaks and, unless strict, bits past the end.
func decodeSegment(s string) ([]byte, error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || encodeSegment(b) != s {
		return nil, errors.New("not base64url without padding")
	}
	return b, nil
}
