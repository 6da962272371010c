package issuing

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/licet/licet/internal/entity"
)

// TestCompleteIsSentOrElseTemplate draws which members were sent: each is what
// was sent, or else what the template says, whatever the others are.
func TestCompleteIsSentOrElseTemplate(t *testing.T) {
	t.Parallel()
	now := entity.TimeOfMicros(1_772_366_400_000_000)
	days := int64(7)
	contents := func(s string) entity.Contents {
		return entity.Contents{Components: []string{s}, Assemblies: []entity.AssemblyRef{{Name: s}}, Fields: []entity.Field{{Name: s}},
			Features: []entity.Feature{{ID: s}}, Restrictions: []entity.Restriction{{Name: s}}}
	}
	template := &entity.LicenseTemplate{LicenseType: "t", Format: 0, LicensingMode: entity.Floating, ExpireDays: &days, SupportDays: &days,
		Product: &entity.ProductInfo{ID: "t"}, Contents: contents("t")}
	said := entity.License{LicenseType: "s", Format: entity.FormatJWS, LicensingMode: entity.Activation, ExpireDate: entity.TimeOfMicros(1),
		SupportExpireDate: entity.TimeOfMicros(2), Product: &entity.ProductInfo{ID: "s"}, Contents: contents("s")}
	week := entity.TimeOf(now.Std().AddDate(0, 0, 7))
	members := []struct {
		name string
		get  func(*entity.License) any
		want any // of the template
	}{
		{"licenseType", func(l *entity.License) any { return l.LicenseType }, "t"},
		{"format", func(l *entity.License) any { return l.Format }, entity.FormatXML},
		{"licensingMode", func(l *entity.License) any { return l.LicensingMode }, entity.Floating},
		{"expireDate", func(l *entity.License) any { return l.ExpireDate }, week},
		{"supportExpireDate", func(l *entity.License) any { return l.SupportExpireDate }, week},
		{"product", func(l *entity.License) any { return l.Product.ID }, "t"},
		{"components", func(l *entity.License) any { return l.Components[0] }, "t"},
		{"assemblies", func(l *entity.License) any { return l.Assemblies[0].Name }, "t"},
		{"fields", func(l *entity.License) any { return l.Fields[0].Name }, "t"},
		{"features", func(l *entity.License) any { return l.Features[0].ID }, "t"},
		{"restrictions", func(l *entity.License) any { return l.Restrictions[0].Name }, "t"},
	}
	rapid.Check(t, func(t *rapid.T) {
		sent, lic := entity.Members{}, said
		for _, m := range members {
			if rapid.Bool().Draw(t, m.name) {
				sent[strings.ToLower(m.name)] = true
			}
		}
		if err := complete(&lic, sent, origin{template: template}, now.Std()); err != nil {
			t.Fatal(err)
		}
		for _, m := range members {
			want := m.want
			if sent.Has(m.name) {
				want = m.get(&said)
			}
			if got := m.get(&lic); !cmp.Equal(got, want) {
				t.Fatalf("%s is %v, want %v", m.name, got, want)
			}
		}
	})
}

func TestSnapshot(t *testing.T) {
	t.Parallel()
	book := &entity.Product{Code: "P", Name: "Editor", URL: "u", Copyright: "c", Description: "d"}
	whole := &entity.ProductInfo{ID: "P", Name: "Editor", URL: "u", Copyright: "c", Description: "d"}
	for _, c := range []struct {
		name string
		said *entity.ProductInfo
		from *entity.Product
		want *entity.ProductInfo
	}{
		{"nothing", nil, nil, nil},
		{"the books", nil, book, whole},
		{"a snapshot", &entity.ProductInfo{ID: "X", Name: "n"}, nil, &entity.ProductInfo{ID: "X", Name: "n"}},
		{"completed", &entity.ProductInfo{Version: "2", Name: "Mine"}, book,
			&entity.ProductInfo{ID: "P", Version: "2", Name: "Mine", URL: "u", Copyright: "c", Description: "d"}},
		{"another product", &entity.ProductInfo{ID: "X"}, book, &entity.ProductInfo{ID: "X"}},
	} {
		if diff := cmp.Diff(c.want, snapshot(c.said, c.from)); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
}
