package document

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/hostid"
)

const (
	nameLMX = "LM-X"

	lmxTitle     = "# This license is generated using licet"
	lmxTime      = "# Generation Time: "
	lmxKey       = "# Activation Key: "
	lmxSigner    = "# Signature Key: "
	lmxFeature   = "FEATURE "
	lmxTimeStyle = "2006-01-02 15:04:05 GMT"
)

func looksLikeLMX(doc string) bool { return strings.HasPrefix(doc, "#") }

// write lays out the text; what is signed is the text with an empty key.
func (o *Order) write(signer, key string) string {
	lines := []string{
		lmxTitle,
		lmxTime + o.Generated.Std().Format(lmxTimeStyle),
		lmxKey + o.ActivationKey,
		lmxSigner + signer,
	}
	for i := range o.Features {
		f := &o.Features[i]
		lines = append(lines, "", lmxFeature+f.Name, "{", o.words(f))
		for _, t := range []text{{"LICENSEE", o.Licensee}, {"COMMENT", f.Comment}, {"OPTIONS", f.Options}} {
			if t.value != "" {
				lines = append(lines, t.member+"="+quoted(t.value))
			}
		}
		if len(o.HostIDs) > 0 {
			lines = append(lines, "CLIENT_HOSTID="+hostid.Text(o.HostIDs))
		}
		if o.Machine != "" {
			lines = append(lines, "CLIENT_HOSTID="+quoted(o.Machine))
		}
		lines = append(lines, "KEY="+key, "}")
	}
	return strings.Join(lines, "\n")
}

// words are the settings of a feature that hold no blanks, on one line.
func (o *Order) words(f *OrderFeature) string {
	var words []string
	add := func(name, value string) {
		if value != "" {
			words = append(words, name+"="+value)
		}
	}
	add("VENDOR", o.Vendor)
	add("VERSION", f.Version)
	add("END", f.End)
	add("MAINTENANCE_END", f.MaintenanceEnd)
	add("ISSUED", f.Issued)
	if f.Count > 0 {
		add("COUNT", strconv.FormatInt(f.Count, 10))
	}
	if len(o.HostIDs) > 0 {
		add("HOSTID_MATCH_RATE", strconv.Itoa(o.MatchRate))
	}
	return strings.Join(words, " ")
}

// quoted writes a text as a JSON string: one line, whatever it holds.
func quoted(s string) string {
	b, err := compactJSON(s)
	if err != nil {
		return "" // a string always encodes
	}
	return string(b)
}

func encodeKey(signature []byte) string { return base64.StdEncoding.EncodeToString(signature) }

// verifyLMX reads a text, writes what it has read, and compares: there is one
// text for an order, and nothing in it that was not read.
func verifyLMX(doc string, known []keys.Public) (*Verified, error) {
	doc = unixLines(doc)
	r := orderReader{order: &Order{}}
	if err := r.read(doc); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	if err := r.order.check(); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	signature, err := base64.StdEncoding.DecodeString(r.key)
	if err != nil {
		return nil, fmt.Errorf("%w: KEY is not base64", ErrMalformed)
	}
	if again := r.order.write(r.signer, encodeKey(signature)); again != doc {
		return nil, fmt.Errorf("%w: line %d is not as the format writes it", ErrMalformed, firstDifference(doc, again))
	}
	key, err := keyOf(r.signer, known)
	if err != nil {
		return nil, err
	}
	if err := key.VerifyEd25519([]byte(r.order.write(r.signer, "")), signature); err != nil {
		return nil, fmt.Errorf("%w: by key %s: %v", ErrBadSignature, key.ID(), err)
	}
	return &Verified{Format: entity.FormatLMX, KeyID: key.ID(), Content: r.order.content(), Order: r.order}, nil
}

// firstDifference is the number of the first line that differs.
func firstDifference(a, b string) int {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range as {
		if i >= len(bs) || as[i] != bs[i] {
			return i + 1
		}
	}
	return len(as)
}

// orderReader takes in what a text says, and leaves its layout to be compared.
type orderReader struct {
	order       *Order
	signer, key string
	inBlock     bool
}

func (r *orderReader) read(doc string) error {
	for i, line := range strings.Split(doc, "\n") {
		if err := r.line(line); err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	if r.inBlock || len(r.order.Features) == 0 {
		return errors.New("it ends before its last FEATURE does")
	}
	return nil
}

func (r *orderReader) line(line string) (err error) {
	if r.inBlock {
		return r.setting(line)
	}
	o := r.order
	if value, ok := strings.CutPrefix(line, lmxTime); ok {
		generated, err := time.Parse(lmxTimeStyle, value)
		o.Generated = entity.TimeOf(generated)
		return err
	}
	if value, ok := strings.CutPrefix(line, lmxKey); ok {
		o.ActivationKey = value
		return nil
	}
	if value, ok := strings.CutPrefix(line, lmxSigner); ok {
		r.signer = value
		return nil
	}
	if value, ok := strings.CutPrefix(line, lmxFeature); ok {
		o.Features = append(o.Features, OrderFeature{Name: value})
		return nil
	}
	switch line {
	case lmxTitle, "":
		return nil
	case "{":
		r.inBlock = len(o.Features) > 0
		return nil
	}
	return fmt.Errorf("%.40q does not belong there", line)
}

// setting takes a line of a block. Only the words share a line.
func (r *orderReader) setting(line string) error {
	if line == "}" {
		r.inBlock = false
		return nil
	}
	name, value, ok := strings.Cut(line, "=")
	if !ok {
		return fmt.Errorf("%.40q is not a setting", line)
	}
	f := &r.order.Features[len(r.order.Features)-1]
	switch name {
	case "LICENSEE":
		return unquote(value, &r.order.Licensee)
	case "COMMENT":
		return unquote(value, &f.Comment)
	case "OPTIONS":
		return unquote(value, &f.Options)
	case "CLIENT_HOSTID":
		return r.clientHostID(value)
	case "KEY":
		r.key = value
		return nil
	}
	for word := range strings.SplitSeq(line, " ") {
		name, value, _ := strings.Cut(word, "=")
		if err := r.word(f, name, value); err != nil {
			return err
		}
	}
	return nil
}

func (r *orderReader) word(f *OrderFeature, name, value string) (err error) {
	switch name {
	case "VENDOR":
		r.order.Vendor = value
	case "VERSION":
		f.Version = value
	case "END":
		f.End = value
	case "MAINTENANCE_END":
		f.MaintenanceEnd = value
	case "ISSUED":
		f.Issued = value
	case "COUNT":
		f.Count, err = strconv.ParseInt(value, 10, 64)
	case "HOSTID_MATCH_RATE":
		r.order.MatchRate, err = strconv.Atoi(value)
	default:
		return fmt.Errorf("%.40q is not a setting", name)
	}
	return err
}

func (r *orderReader) clientHostID(value string) (err error) {
	if strings.HasPrefix(value, `"`) {
		return unquote(value, &r.order.Machine)
	}
	r.order.HostIDs, err = hostid.ParseText("CLIENT_HOSTID", value)
	return err
}

func unquote(value string, into *string) error {
	if err := json.Unmarshal([]byte(value), into); err != nil {
		return fmt.Errorf("%.40q is not a quoted text", value)
	}
	return nil
}
