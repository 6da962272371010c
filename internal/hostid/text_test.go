package hostid_test

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/hostid"
)

func parsed(t testing.TB, text string) []hostid.HostID {
	t.Helper()
	if text == "" {
		return nil
	}
	ids, err := hostid.ParseText("hostids", text)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestSegments(t *testing.T) {
	t.Parallel()
	for segment, want := range map[string]string{
		"Q1VTVE9NPWE=":         "CUSTOM=a",
		"Q1VTVE9NPWE":          "CUSTOM=a",
		"Q1VTVE9NPWE%3D":       "CUSTOM=a",
		"VVNFUk5BTUU9dGVzdA==": "USERNAME=test",
		"VVNFUk5BTUU9dGVzdA":   "USERNAME=test",
		base64.StdEncoding.EncodeToString([]byte("username=Test,IP Address=::1,USERNAME=test")): "IPADDRESS=::1,USERNAME=test",
		base64.StdEncoding.EncodeToString([]byte("not locked=")):                                "NOT_LOCKED=",
	} {
		ids, err := hostid.ParseSegment("hostids", segment)
		if err != nil || hostid.Text(ids) != want {
			t.Errorf("%s is %v, %v; want %s", segment, ids, err, want)
		}
	}
}

// TestBothAlphabets: no HostID that is allowed has the letters in which they
// differ, so they only show in what is said of one that is not.
func TestBothAlphabets(t *testing.T) {
	t.Parallel()
	for segment, says := range map[string]string{
		"Q1VTVE9NPWE/": "holds '?'", "Q1VTVE9NPWE_": "holds '?'", "Q1VTVE9NPWE%2F": "holds '?'",
		"Q1VTVE9NPWE+": "holds '>'", "Q1VTVE9NPWE-": "holds '>'", "Q1VTVE9NPWE%2B": "holds '>'",
	} {
		_, err := hostid.ParseSegment("hostids", segment)
		wantInvalid(t, err, "hostids", says)
	}
	for c := range 128 {
		if _, err := hostid.New("", hostid.Username, string(rune(c))); err == nil && (c&0x3f == 0x3e || c&0x3f == 0x3f) {
			t.Errorf("%q is allowed and gives + or / in base64", rune(c))
		}
	}
}

func TestSegmentsThatAreRefused(t *testing.T) {
	t.Parallel()
	encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	for name, c := range map[string]struct{ segment, says string }{
		"nothing":          {"", `"" is not of the form TYPE=value`},
		"no base64":        {"CUSTOM=a", "not base64"},
		"a bad escape":     {"Q1VTVE9NPWE%", "escaped"},
		"escaped twice":    {"Q1VTVE9NPWE%253D", "not base64"},
		"too little pad":   {"VVNFUk5BTUU9dGVzdA=", "not base64"},
		"too much pad":     {"Q1VTVE9NPWE==", "not base64"},
		"trailing bits":    {"Q1VTVE9NPWF=", "not base64"},
		"a line break":     {"Q1VT\nVE9NPWE=", "not base64"},
		"escaped break":    {"Q1VT%0AVE9NPWE=", "not base64"},
		"published":        {"dHlwZTE9dmFsdWUxLHR5cGUyPXZhbHVlPTI=", `"type1" is not a HostID type`},
		"second =":         {encode("CUSTOM=value=2"), "Custom: \"value=2\" holds '='"},
		"no =":             {encode("CUSTOM"), "TYPE=value"},
		"an empty pair":    {encode("CUSTOM=a,,CUSTOM=b"), "TYPE=value"},
		"a comma last":     {encode("CUSTOM=a,"), "TYPE=value"},
		"no type":          {encode("=a"), "not a HostID type"},
		"no value":         {encode("CUSTOM="), "Custom: the value is empty"},
		"a blank":          {encode("CUSTOM=a, CUSTOM=b"), `" CUSTOM" is not a HostID type`},
		"an encrypted MAC": {encode("ETHERNET=482c6a1e593d0000"), "Ethernet"},
		"NUL":              {encode("CUSTOM=\x00"), "Custom"},
		"too many":         {encode(strings.Repeat("CUSTOM=a,", 256) + "CUSTOM=a"), "257 HostIDs are listed"},
	} {
		ids, err := hostid.ParseSegment("hostids", c.segment)
		if ids != nil {
			t.Errorf("%s: gives %v", name, ids)
		}
		wantInvalid(t, err, "hostids", c.says)
	}
}

func TestMachineIDs(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"ETHERNET=48-2C-6A-1E-59-3D":     "ETHERNET=482c6a1e593d",
		"username=Ada,Ip Address=::1":    "IPADDRESS=::1,USERNAME=ada",
		"ETHERNET=482c6a1e593d,FOO=1":    "fault",
		"ETHERNET=x":                     "fault",
		"ETHERNET=":                      "fault",
		"CUSTOM=a b":                     "fault",
		"":                               "other",
		"MACHINE-1":                      "other",
		"ETHERNET":                       "other",
		"FOO=1,ETHERNET=482c6a1e593d":    "other",
		"q83vEjRWeJA=":                   "other",
		"=":                              "other",
		" ETHERNET=482c6a1e593d":         "other",
		"Q1VTVE9NPWE=":                   "other",
		"3f2a;ETHERNET=482c6a1e593d,a=b": "other",
	} {
		ids, ok, err := hostid.ParseMachineID("machineId", id)
		got := hostid.Text(ids)
		switch {
		case err != nil:
			wantInvalid(t, err, "machineId", "")
			got = "fault"
		case !ok:
			got = "other"
		}
		if got != want || ok != (want != "other") {
			t.Errorf("%q is %s (%v), want %s", id, got, ok, want)
		}
	}
}

// set draws HostIDs that have much in common.
func set(t *rapid.T, label string) []hostid.HostID {
	types := []hostid.Type{hostid.Ethernet, hostid.IPAddress, hostid.Username, hostid.Custom, hostid.NotLocked}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) hostid.HostID {
		kind := rapid.SampledFrom(types).Draw(t, "type")
		id, err := hostid.New("", kind, value(t, kind))
		if err != nil {
			t.Fatal(err)
		}
		return id
	}), 0, 8).Draw(t, label)
}

func shuffled(t *rapid.T, ids []hostid.HostID) []hostid.HostID {
	if len(ids) == 0 {
		return nil
	}
	doubled := append(slices.Clone(ids), ids[0])
	return rapid.Permutation(doubled).Draw(t, "shuffled")
}

func TestParseOfFormatIsTheSet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ids := set(t, "ids")
		if len(ids) == 0 {
			return
		}
		want, segment := hostid.Canonical(ids), hostid.Format(shuffled(t, ids))
		for _, spelt := range []string{
			segment, strings.TrimRight(segment, "="), url.PathEscape(segment),
			base64.URLEncoding.EncodeToString([]byte(hostid.Text(ids))), base64.RawURLEncoding.EncodeToString([]byte(hostid.Text(ids))),
			base64.StdEncoding.EncodeToString([]byte(strings.ToLower(hostid.Text(ids)))),
		} {
			got, err := hostid.ParseSegment("", spelt)
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("%s is %v, %v; want %v", spelt, got, err, want)
			}
		}
		if got, ok, err := hostid.ParseMachineID("", hostid.Text(ids)); !ok || err != nil || !slices.Equal(got, want) {
			t.Fatalf("as a machine id %v, %v, %v", got, ok, err)
		}
	})
}

func TestDigestsAreEqualOfEqualSetsOnly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		one, other := set(t, "one"), set(t, "other")
		if hostid.Digest(one) != hostid.Digest(shuffled(t, one)) {
			t.Fatal("the digest depends on the order")
		}
		same := slices.Equal(hostid.Canonical(one), hostid.Canonical(other))
		if (hostid.Digest(one) == hostid.Digest(other)) != same {
			t.Fatalf("%v and %v: equal sets %v", one, other, same)
		}
	})
}

func TestDigestIsFixed(t *testing.T) {
	t.Parallel()
	// sha256sum of the text; activations in the books are found by it.
	for text, want := range map[string]string{
		"USERNAME=Ada,ETHERNET=48-2C-6A-1E-59-3D": "546b290dbe3538724e52091f82e84f409ccec56450da077463eb9cac8565b052",
		"": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	} {
		if got := hostid.Digest(parsed(t, text)); got != want {
			t.Errorf("%q has %s, want %s", text, got, want)
		}
	}
}

func FuzzParseSegment(f *testing.F) {
	for _, seed := range []string{"Q1VTVE9NPWE=", "VVNFUk5BTUU9dGVzdA", "dHlwZTE9dmFsdWUxLHR5cGUyPXZhbHVlPTI=", "%2F%2B", "Q1VT_-", "", "="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, segment string) {
		ids, err := hostid.ParseSegment("hostids", segment)
		if err != nil {
			wantInvalid(t, err, "hostids", "")
			return
		}
		again, err := hostid.ParseSegment("", hostid.Format(ids))
		if err != nil || len(ids) == 0 || !slices.Equal(again, ids) {
			t.Fatalf("%q is %v, and came back as %v, %v", segment, ids, again, err)
		}
	})
}

func FuzzParseMachineID(f *testing.F) {
	for _, seed := range []string{"ETHERNET=48-2C-6A-1E-59-3D", "username=ada,custom=b", "q83vEjRWeJA=", "", "LONG=1,"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		ids, ok, err := hostid.ParseMachineID("machineId", id)
		if err != nil {
			wantInvalid(t, err, "machineId", "")
		}
		if (ok && err == nil) != (len(ids) > 0) {
			t.Fatalf("%q is %v, %v, %v", id, ids, ok, err)
		}
	})
}
