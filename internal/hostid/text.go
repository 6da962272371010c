package hostid

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
)

// MaxListed bounds the HostIDs of one list; no order can ask for more.
const MaxListed = 256

// Text is the canonical text of a set: TYPE=value,TYPE=value. Order and
// repetition do not matter; of no HostIDs it is "".
func Text(ids []HostID) string {
	var texts []string
	for _, id := range Canonical(ids) {
		texts = append(texts, id.String())
	}
	return strings.Join(texts, ",")
}

// Digest is the SHA-256 of the canonical text, in lower-case hex: the machine id
// of an activation.
func Digest(ids []HostID) string {
	sum := sha256.Sum256([]byte(Text(ids)))
	return hex.EncodeToString(sum[:])
}

// Format writes a set as a path segment: standard base64 with padding. Of the
// characters that values may hold, base64 never makes + or /.
func Format(ids []HostID) string { return base64.StdEncoding.EncodeToString([]byte(Text(ids))) }

// ParseText reads TYPE=value,TYPE=value into a set. Names are as in Find; a
// value begins after the first = of its pair. The fault (HostIDInvalid) is of
// the named member.
func ParseText(field, text string) ([]HostID, error) {
	if n := strings.Count(text, ",") + 1; n > MaxListed {
		return nil, wrong(field, "%d HostIDs are listed, %d is the most", n, MaxListed)
	}
	var ids []HostID
	for pair := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, wrong(field, "%.40q is not of the form TYPE=value", pair)
		}
		id, err := New(field, Type(name), value)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return Canonical(ids), nil
}

// ParseSegment reads the HostIDs of a path: base64 of what ParseText reads, in
// the standard or the URL-safe alphabet, padded or not, percent-escaped or not.
func ParseSegment(field, segment string) ([]HostID, error) {
	plain, err := url.PathUnescape(segment)
	if err != nil {
		return nil, wrong(field, "the path is not escaped as a path is")
	}
	encoding := base64.RawStdEncoding.Strict()
	if strings.HasSuffix(plain, "=") {
		encoding = base64.StdEncoding.Strict()
	}
	plain = strings.NewReplacer("-", "+", "_", "/").Replace(plain)
	text, err := encoding.DecodeString(plain)
	if err != nil || strings.ContainsAny(plain, "\r\n") { // which encoding/base64 skips
		return nil, wrong(field, "%.40q is not base64", segment)
	}
	return ParseText(field, string(text))
}

// ParseMachineID reads a machine id that lists HostIDs. One that does not begin
// with a known type and = is another's own name for a machine: not ok, and no
// fault. Base64 may end in =, so a = alone tells nothing.
func ParseMachineID(field, machineID string) (ids []HostID, ok bool, err error) {
	name, _, _ := strings.Cut(machineID, "=")
	if _, known := Find(name); !known || len(name) == len(machineID) {
		return nil, false, nil
	}
	ids, err = ParseText(field, machineID)
	return ids, true, err
}
