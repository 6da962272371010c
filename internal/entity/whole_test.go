package entity_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/licet/licet/internal/entity"
)

func TestWholes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"90": "90", `"90"`: "90", "-1": "-1", `"-1"`: "-1", "0": "0", `"007"`: "7", "null": "0", "9223372036854775807": "9223372036854775807",
		"1.0": "", "1e2": "", `""`: "", `" 1"`: "", `"1.5"`: "", "true": "", "[]": "", `"+1"`: "", `"--1"`: "", "9223372036854775808": "", `"9999999999999999999999"`: "", `"٣"`: "",
	} {
		var w entity.Whole
		err := json.Unmarshal([]byte(text), &w)
		if got := strconv.FormatInt(int64(w), 10); (err == nil) != (want != "") || err == nil && got != want {
			t.Errorf("%s is %s, %v; want %q", text, got, err, want)
		}
	}
}

func FuzzWhole(f *testing.F) {
	for _, seed := range []string{"1", `"1"`, "-0", `"-"`, "1e9", `"1"0`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var w entity.Whole
		if !json.Valid([]byte(text)) || json.Unmarshal([]byte(text), &w) != nil {
			return
		}
		plain := strings.Trim(strings.TrimSpace(text), `"`)
		if n, err := strconv.ParseInt(plain, 10, 64); plain != "null" && (err != nil || n != int64(w)) {
			t.Fatalf("%q is %d, by strconv %d, %v", text, w, n, err)
		}
	})
}

func TestFeaturesOfBothSurfacesAreStored(t *testing.T) {
	t.Parallel()
	count := int64(3)
	list := entity.FeatureList{
		{Name: "A", Description: "d", Terms: &entity.FeatureTerms{Version: "1.0", ExpirationType: entity.Fixed, ExpirationDate: "2027-01-31", Count: &count, Enabled: true}},
		{Name: "A", ExpireDate: entity.EndOfDay("2028-01-31")},
	}
	stored, err := list.Value()
	if err != nil {
		t.Fatal(err)
	}
	var back entity.FeatureList
	for _, src := range []any{stored, []byte(stored.(string))} {
		if err := back.Scan(src); err != nil || len(back) != 2 || *back[0].Terms.Count != 3 || back[0].Description != "d" || back[1].Terms != nil || !back[1].ExpireDate.Equal(list[1].ExpireDate) {
			t.Fatalf("%v came back as %v, %v", stored, back, err)
		}
	}
	wire, err := json.Marshal(list)
	if err != nil || strings.Contains(string(wire), "Terms") || strings.Contains(string(wire), "order") {
		t.Errorf("on the wire %s, %v", wire, err)
	}
	for _, none := range []any{nil, "null"} {
		if err := back.Scan(none); err != nil || back != nil {
			t.Errorf("%v is %v, %v", none, back, err)
		}
	}
	if back.Scan("{") == nil || back.Scan(1) == nil {
		t.Error("nonsense was read")
	}
}
