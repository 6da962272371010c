package document_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/document"
	"github.com/licet/licet/internal/document/keys"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/hostid"
)

func hostIDs(t testing.TB, text string) []hostid.HostID {
	t.Helper()
	ids, err := hostid.ParseText("", text)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func signOrder(t testing.TB, o *document.Order, key keys.Key) string {
	t.Helper()
	doc, err := document.SignOrder(o, key)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// knownOrder has every member that a text states.
func knownOrder(t testing.TB) *document.Order {
	return &document.Order{
		ActivationKey: "II1HP-TX8EQ-R1QXZ-7LYXF",
		Generated:     date("2019-08-16T10:24:25.123456Z"),
		Vendor:        "ACME",
		Licensee:      "Zoë \"O'Brien\" <&>\n😀",
		HostIDs:       hostIDs(t, "USERNAME=Ada,ETHERNET=48-2C-6A-1E-59-3D"),
		MatchRate:     50,
		Features: []document.OrderFeature{
			{Name: "Licstat", Version: "6.0", End: "2019-11-14", MaintenanceEnd: "2020-12-31", Issued: "2019-08-16", Count: 15, Comment: "Feature comment", Options: `a\b`},
			{Name: "more_1", Version: "1.0"},
		},
	}
}

const knownText = `# This license is generated using licet
# Generation Time: 2019-08-16 10:24:25 GMT
# Activation Key: II1HP-TX8EQ-R1QXZ-7LYXF
# Signature Key: SIGNER

FEATURE Licstat
{
VENDOR=ACME VERSION=6.0 END=2019-11-14 MAINTENANCE_END=2020-12-31 ISSUED=2019-08-16 COUNT=15 HOSTID_MATCH_RATE=50
LICENSEE="Zoë \"O'Brien\" <&>\n😀"
COMMENT="Feature comment"
OPTIONS="a\\b"
CLIENT_HOSTID=ETHERNET=482c6a1e593d,USERNAME=ada
KEY=SIGNATURE
}

FEATURE more_1
{
VENDOR=ACME VERSION=1.0 HOSTID_MATCH_RATE=50
LICENSEE="Zoë \"O'Brien\" <&>\n😀"
CLIENT_HOSTID=ETHERNET=482c6a1e593d,USERNAME=ada
KEY=SIGNATURE
}`

// TestTheTextOfAnOrder writes it out, and signs it without the package's help.
func TestTheTextOfAnOrder(t *testing.T) {
	t.Parallel()
	key := edKey(t)
	text := func(signature string) string {
		return strings.NewReplacer("SIGNER", key.ID(), "SIGNATURE", signature).Replace(knownText)
	}
	signature, err := key.SignEd25519([]byte(text("")))
	if err != nil {
		t.Fatal(err)
	}
	doc := signOrder(t, knownOrder(t), key)
	if want := text(base64.StdEncoding.EncodeToString(signature)); doc != want {
		t.Errorf("the text is\n%s, want\n%s", doc, want)
	}
	for _, spelt := range []string{doc, "\ufeff" + doc + "\n", strings.ReplaceAll(doc, "\n", "\r\n") + "\r\n"} {
		got, err := document.Verify(spelt, rsaKey(t).Public, edKey(t).Public, key.Public)
		if err != nil {
			t.Fatal(err)
		}
		want := knownOrder(t)
		want.Generated = date("2019-08-16T10:24:25Z") // in whole seconds
		if got.Format != entity.FormatLMX || got.KeyID != key.ID() || !reflect.DeepEqual(got.Order, want) {
			t.Errorf("verified %+v\n%+v, want\n%+v", got, got.Order, want)
		}
		if c := got.Content; c.LicenseID != want.ActivationKey || c.Licensee.Name != want.Licensee || !c.ExpireDate.IsZero() || !c.IssueDate.Equal(want.Generated) ||
			len(c.Features) != 2 || !c.Features[0].ExpireDate.Equal(date("2019-11-14T23:59:59Z")) || !c.Features[1].ExpireDate.IsZero() ||
			strings.Join(c.Machines(), "|") != "ETHERNET=482c6a1e593d,USERNAME=ada" {
			t.Errorf("content %+v", c)
		}
	}
}

func TestALicenseHasNoSuchDocument(t *testing.T) {
	t.Parallel()
	_, err := document.Sign(known(entity.FormatLMX), edKey(t))
	checkFault(t, "a license", err, "format", "format 5 (LM-X) is the text of a license order")
	if keyType, err := document.KeyType(entity.FormatLMX); keyType != entity.ResourceEd25519 || err != nil {
		t.Errorf("key type %q, %v", keyType, err)
	}
	for _, key := range []keys.Key{rsaKey(t), {}} {
		_, err := document.SignOrder(knownOrder(t), key)
		checkFault(t, "a key of another type", err, "signatureKeysId", "is signed by an Ed25519 key")
	}
}

func TestOrdersThatCannotBeStated(t *testing.T) {
	t.Parallel()
	key := edKey(t)
	for _, c := range []struct {
		field  string
		change func(*document.Order)
	}{
		{"activation_key", func(o *document.Order) { o.ActivationKey = "" }},
		{"activation_key", func(o *document.Order) { o.ActivationKey = "A\n# Activation Key: B" }},
		{"activation_key", func(o *document.Order) { o.ActivationKey = "A " }},
		{"activation_key", func(o *document.Order) { o.ActivationKey = "A\xff" }},
		{"creation_time", func(o *document.Order) { o.Generated = entity.Time{} }},
		{"vendor", func(o *document.Order) { o.Vendor = "A B" }},
		{"licensee", func(o *document.Order) { o.Licensee = "\xff" }},
		{"licensee", func(o *document.Order) { o.Licensee = strings.Repeat("ä", 1025) }},
		{"machineId", func(o *document.Order) { o.HostIDs, o.Machine = nil, "\xff" }},
		{"machineId", func(o *document.Order) { o.HostIDs, o.Machine = nil, "USERNAME=x y" }},
		{"Hostids", func(o *document.Order) { o.Machine = "M" }},
		{"Hostids[0]", func(o *document.Order) { o.HostIDs = hostIDs(t, "NOT_LOCKED=x") }},
		{"Hostids[0]", func(o *document.Order) { o.HostIDs = []hostid.HostID{{}} }},
		{"Hostids", func(o *document.Order) { o.HostIDs = make([]hostid.HostID, 257) }},
		{"hostid_match_rate", func(o *document.Order) { o.MatchRate = 101 }},
		{"hostid_match_rate", func(o *document.Order) { o.MatchRate = -1 }},
		{"Features", func(o *document.Order) { o.Features = nil }},
		{"Features", func(o *document.Order) { o.Features = make([]document.OrderFeature, 1001) }},
		{"Features[1].name", func(o *document.Order) { o.Features[1].Name = "" }},
		{"Features[1].name", func(o *document.Order) { o.Features[1].Name = "a\n}" }},
		{"Features[1].name", func(o *document.Order) { o.Features[1].Name = strings.Repeat("a", 65) }},
		{"Features[1].version", func(o *document.Order) { o.Features[1].Version = "" }},
		{"Features[1].version", func(o *document.Order) { o.Features[1].Version = "1" }},
		{"Features[1].version", func(o *document.Order) { o.Features[1].Version = "1.2.3" }},
		{"Features[1].version", func(o *document.Order) { o.Features[1].Version = "10000.0" }},
		{"Features[1].expiration_date", func(o *document.Order) { o.Features[1].End = "2019-02-29" }},
		{"Features[1].expiration_date", func(o *document.Order) { o.Features[1].End = "0000-01-01" }},
		{"Features[1].maintenance_date", func(o *document.Order) { o.Features[1].MaintenanceEnd = "31-12-2019" }},
		{"Features[1].issued_date", func(o *document.Order) { o.Features[1].Issued = "2019-01-01 COUNT=1" }},
		{"Features[1].count", func(o *document.Order) { o.Features[1].Count = -1 }},
		{"Features[1].count", func(o *document.Order) { o.Features[1].Count = 1 << 31 }},
		{"Features[1].comment", func(o *document.Order) { o.Features[1].Comment = "\xff" }},
		{"Features[1].options", func(o *document.Order) { o.Features[1].Options = strings.Repeat("a", 1025) }},
	} {
		o := knownOrder(t)
		c.change(o)
		doc, err := document.SignOrder(o, key)
		checkFault(t, fmt.Sprintf("%+v", o), err, c.field, "")
		if doc != "" {
			t.Errorf("%s: it is signed all the same", c.field)
		}
	}
}

// Any text whatever comes back, and takes no line of its own.
func TestTextsOfOrdersSurvive(t *testing.T) {
	t.Parallel()
	key := edKey(t)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching("[\"\\\\\n\r\t{}=#\u2028\u0085 A]{0,9}"))
		o := &document.Order{
			ActivationKey: "K", Generated: date("2019-08-16T10:24:25Z"), Licensee: text.Draw(t, "licensee"), Machine: text.Draw(t, "machine"),
			Features: []document.OrderFeature{{Name: "F", Version: "1.0", Comment: text.Draw(t, "comment"), Options: text.Draw(t, "options")}},
		}
		doc, err := document.SignOrder(o, key)
		if err != nil {
			t.Fatal(err)
		}
		v, err := document.Verify(doc, key.Public)
		if err != nil || !reflect.DeepEqual(v.Order, o) {
			t.Fatalf("%v\n%s", err, doc)
		}
		if n := strings.Count(doc, "\n"); n > 13 {
			t.Fatalf("%d lines:\n%s", n, doc)
		}
	})
}

func TestWhenTheLicenseOfAnOrderEnds(t *testing.T) {
	t.Parallel()
	for want, ends := range map[string][]string{
		"":                     {"2019-11-14", "", "2020-01-01"},
		"2020-01-01T23:59:59Z": {"2019-11-14", "2020-01-01", "2018-01-01"},
		"9999-12-31T23:59:59Z": {"9999-12-31"},
	} {
		o, key := knownOrder(t), edKey(t)
		o.Features = nil
		for _, end := range ends {
			o.Features = append(o.Features, document.OrderFeature{Name: "F", Version: "1.0", End: end})
		}
		v, err := document.Verify(signOrder(t, o, key), key.Public)
		if err != nil || v.Content.ExpireDate.String() != want {
			t.Errorf("%v end at %v, %v; want %s", ends, v, err, want)
		}
	}
}

func TestMachinesOfAnOrder(t *testing.T) {
	t.Parallel()
	key := edKey(t)
	lock := func(ids, machine string, rate int) *document.Order {
		o := knownOrder(t)
		o.HostIDs, o.Machine, o.MatchRate = nil, machine, rate
		if ids != "" {
			o.HostIDs = hostIDs(t, ids)
		}
		return o
	}
	three := "ETHERNET=482c6a1e593d,USERNAME=ada,IPADDRESS=::1"
	for _, c := range []struct {
		order   *document.Order
		machine string
		want    error
		says    string
	}{
		{lock(three, "", 100), "", nil, ""},
		{lock(three, "", 100), "IP Address=0::1,username=ADA,BIOS=1,ethernet=48-2C-6A-1E-59-3D", nil, ""},
		{lock(three, "", 67), "username=ADA,ethernet=48-2C-6A-1E-59-3D", document.ErrWrongMachine, "67 % must match and 2 of 3 do"},
		{lock(three, "", 66), "username=ADA,ethernet=48-2C-6A-1E-59-3D", nil, ""},
		{lock(three, "", 1), "M1", document.ErrWrongMachine, "it is for ETHERNET=482c6a1e593d,IPADDRESS=::1,USERNAME=ada"},
		{lock(three, "", 0), "M1", nil, ""},
		{lock(three, "", 1), "ETHERNET=x", document.ErrWrongMachine, "12 hexadecimal digits"},
		{lock("", "M1", 100), "M1", nil, ""},
		{lock("", "M1", 0), "M2", document.ErrWrongMachine, "it is for M1"},
		{lock("", "M1", 0), "USERNAME=ada", document.ErrWrongMachine, "it is for M1"},
		{lock("", "", 0), "M1", document.ErrWrongMachine, "no machine"},
		{lock("", "", 0), "USERNAME=ada", document.ErrWrongMachine, "no machine"},
		{lock("", "", 0), "", nil, ""},
	} {
		v, err := document.Verify(signOrder(t, c.order, key), key.Public)
		if err != nil {
			t.Fatal(err)
		}
		err = v.Check(document.Use{MachineID: c.machine})
		if !errors.Is(err, c.want) || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s at %d on %q: %v, want %v", v.Content.Machines(), c.order.MatchRate, c.machine, err, c.want)
		}
	}
	v, err := document.Verify(signOrder(t, lock(three, "", 100), key), key.Public)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Check(document.Use{At: time.Now(), Revoked: []string{key.ID()}}); !errors.Is(err, document.ErrRevokedKey) {
		t.Errorf("by a revoked key: %v", err)
	}
}
