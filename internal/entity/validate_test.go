package entity_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
)

// validated is an entity that judges itself.
type validated interface{ Validate() error }

// fieldOf is the member that an entity is refused for, "" when it is not.
func fieldOf(t *testing.T, v validated) string {
	t.Helper()
	err := v.Validate()
	if err == nil {
		return ""
	}
	f := fault.Of(err)
	if f == nil || f.Kind != fault.Invalid || f.Field == "" || f.Message == "" {
		t.Fatalf("%T: %v is not an Invalid fault of a member", v, err)
	}
	return f.Field
}

// TestLimits draws the line of each limit: at most is taken, one more is not.
func TestLimits(t *testing.T) {
	t.Parallel()
	text := func(n int) string { return strings.Repeat("é", n) } // characters count, not bytes
	number := func(n int) *int64 { v := int64(n); return &v }
	for _, c := range []struct {
		field string
		most  int
		make  func(n int) validated
	}{
		{"licenseType", 256, func(n int) validated { return &entity.License{LicenseType: text(n)} }},
		{"description", 4096, func(n int) validated { return &entity.License{Description: text(n)} }},
		{"meta", 65536, func(n int) validated { return &entity.License{Meta: text(n)} }},
		{"userKey", 256, func(n int) validated { return &entity.License{UserKey: strings.Repeat("k", n)} }},
		{"licenseId", 256, func(n int) validated { return &entity.License{LicenseID: strings.Repeat("k", n)} }},
		{"format", 4, func(n int) validated { return &entity.License{Format: entity.Format(n)} }},
		{"licensingMode", 2, func(n int) validated { return &entity.License{LicensingMode: entity.LicensingMode(n)} }},
		{"maxAllowedSites", 2147483647, func(n int) validated { return &entity.License{MaxAllowedSites: number(n)} }},
		{"product.name", 256, func(n int) validated { return &entity.License{Product: &entity.ProductInfo{Name: text(n)}} }},
		{"licensee.contactInfo", 4096, func(n int) validated {
			return &entity.License{Licensee: &entity.Licensee{ContactInfo: text(n)}}
		}},
		{"components", 1000, func(n int) validated {
			return &entity.License{Contents: entity.Contents{Components: make([]string, n)}}
		}},
		{"features", 1000, func(n int) validated {
			return &entity.License{Contents: entity.Contents{Features: make([]entity.Feature, n)}}
		}},
		{"fields[1].value", 65536, func(n int) validated {
			return &entity.License{Contents: entity.Contents{Fields: []entity.Field{{}, {Value: text(n)}}}}
		}},
		{"features[0].data", 65536, func(n int) validated {
			return &entity.License{Contents: entity.Contents{Features: []entity.Feature{{Data: strings.Repeat("A", n)}}}}
		}},
		{"restrictions[0].properties.p", 65536, func(n int) validated {
			return &entity.License{Contents: entity.Contents{Restrictions: []entity.Restriction{{Properties: map[string]string{"p": text(n)}}}}}
		}},
		{"restrictions[0].properties", 1000, func(n int) validated {
			p := map[string]string{}
			for i := range n {
				p[fmt.Sprint(i)] = ""
			}
			return &entity.License{Contents: entity.Contents{Restrictions: []entity.Restriction{{Properties: p}}}}
		}},
		{"assemblies[0].culture", 256, func(n int) validated {
			return &entity.LicenseTemplate{Name: "n", Contents: entity.Contents{Assemblies: []entity.AssemblyRef{{Culture: text(n)}}}}
		}},
		{"name", 256, func(n int) validated { return &entity.LicenseTemplate{Name: text(n)} }},
		{"expireDays", 36500, func(n int) validated { return &entity.LicenseTemplate{Name: "n", ExpireDays: number(n)} }},
		{"supportDays", 36500, func(n int) validated { return &entity.LicenseTemplate{Name: "n", SupportDays: number(n)} }},
		{"code", 256, func(n int) validated { return &entity.Product{Name: "n", Code: text(n)} }},
		{"image", 65536, func(n int) validated { return &entity.Product{Name: "n", Image: text(n)} }},
		{"data", 1 << 20, func(n int) validated { return &entity.Resource{Data: text(n)} }},
		{"permissions", 15, func(n int) validated { return &entity.APIKey{Permissions: entity.Permission(n)} }},
		{"address", 256, func(n int) validated { return &entity.LicenseToken{Address: text(n)} }},
	} {
		if f := fieldOf(t, c.make(c.most)); f != "" {
			t.Errorf("%s of %d is refused for %s", c.field, c.most, f)
		}
		if f := fieldOf(t, c.make(c.most+1)); f != c.field {
			t.Errorf("%s of %d is refused for %q", c.field, c.most+1, f)
		}
	}
}

func TestWhatIsNotALimit(t *testing.T) {
	t.Parallel()
	minus := int64(-1)
	for _, c := range []struct {
		field string
		v     validated
	}{
		{"", &entity.License{}}, {"", &entity.License{UserKey: "Schlüssel-№1"}},
		{"userKey", &entity.License{UserKey: "a\tb"}}, {"userKey", &entity.License{UserKey: "a\u00a0b"}}, {"userKey", &entity.License{UserKey: "a\u200bb"}},
		{"format", &entity.License{Format: -1}}, {"licensingMode", &entity.License{LicensingMode: -1}},
		{"maxAllowedSites", &entity.License{MaxAllowedSites: &minus}},
		{"name", &entity.LicenseTemplate{}}, {"expireDays", &entity.LicenseTemplate{Name: "n", ExpireDays: &minus}},
		{"name", &entity.Product{}}, {"", &entity.Resource{}}, {"", &entity.APIKey{}}, {"permissions", &entity.APIKey{Permissions: -1}},
		{"features[0].data", &entity.License{Contents: entity.Contents{Features: []entity.Feature{{Data: "AQI"}}}}},
		{"features[0].data", &entity.License{Contents: entity.Contents{Features: []entity.Feature{{Data: "-_8="}}}}},
	} {
		if f := fieldOf(t, c.v); f != c.field {
			t.Errorf("%+v is refused for %q, want %q", c.v, f, c.field)
		}
	}
}

// TestAnyJSONIsJudged throws random JSON at the entities: whatever decodes is
// judged without a panic, and refused by a member's name.
func TestAnyJSONIsJudged(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		members := map[string]any{}
		for _, m := range []string{"userKey", "format", "licensingMode", "maxAllowedSites", "features", "restrictions", "name", "expireDays", "permissions", "data"} {
			switch rapid.IntRange(0, 4).Draw(rt, m) {
			case 0:
				members[m] = rapid.String().Draw(rt, m+" text")
			case 1:
				members[m] = rapid.Int64().Draw(rt, m+" number")
			case 2:
				members[m] = []any{map[string]any{"data": rapid.String().Draw(rt, m+" data"), "properties": map[string]any{"a": "b"}}}
			case 3:
				members[m] = nil
			}
		}
		raw, err := json.Marshal(members)
		if err != nil {
			rt.Fatal(err)
		}
		for _, v := range []validated{&entity.License{}, &entity.LicenseTemplate{}, &entity.Product{}, &entity.Resource{}, &entity.APIKey{}} {
			if json.Unmarshal(raw, v) == nil {
				fieldOf(t, v)
			}
		}
	})
}

func TestFilledListsAreNeverNull(t *testing.T) {
	t.Parallel()
	lic := entity.License{Contents: entity.Contents{Restrictions: []entity.Restriction{{}}}}
	lic.FillLists()
	raw, err := json.Marshal(lic.Contents)
	if err != nil || strings.Contains(strings.ReplaceAll(string(raw), `"expireDate":null`, ""), "null") {
		t.Errorf("%s, %v", raw, err)
	}
}
