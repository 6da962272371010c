package transfer_test

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/transfer"
)

func TestEveryValueSurvives(t *testing.T) {
	t.Parallel()
	kinds := map[string]*rapid.Generator[any]{
		"":     rapid.String().Filter(func(s string) bool { return !strings.ContainsRune(s, 0) }).AsAny(),
		"int":  rapid.Int64().AsAny(),
		"time": rapid.Int64().AsAny(),
		"real": rapid.Float64().Filter(func(f float64) bool { return !math.IsInf(f, 0) && !math.IsNaN(f) }).AsAny(),
		"bool": rapid.Bool().AsAny(),
		"blob": rapid.SliceOf(rapid.Byte()).Filter(func(b []byte) bool { return b != nil }).AsAny(),
	}
	for kind, values := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				v := values.Draw(t, "value")
				text, again, err := transfer.Again(kind, v)
				if err != nil || !reflect.DeepEqual(v, again) {
					t.Errorf("%#v: %s, %#v, %v", v, text, again, err)
				}
				var plain any
				if err := json.Unmarshal([]byte(text), &plain); err != nil {
					t.Errorf("%s: %v", text, err)
				}
				if s, is := plain.(string); is && kind == "" && s != v {
					t.Errorf("others read %q from %s", s, text)
				}
			})
		})
	}
}

func TestMomentsAreReadable(t *testing.T) {
	t.Parallel()
	for micros, want := range map[int64]string{
		0: `"1970-01-01T00:00:00.000000Z"`, -1: `"1969-12-31T23:59:59.999999Z"`, 1_700_000_000_123_450: `"2023-11-14T22:13:20.123450Z"`,
		math.MaxInt64: "9223372036854775807", math.MinInt64: "-9223372036854775808",
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC).UnixMicro(): `"9999-12-31T23:59:59.999999Z"`,
	} {
		if text, again, err := transfer.Again("time", micros); text != want || again != micros || err != nil {
			t.Errorf("%d: %s, %v, %v; want %s", micros, text, again, err, want)
		}
	}
}

func TestWhatHasNoFormIsRefused(t *testing.T) {
	t.Parallel()
	for _, v := range []any{"\xff", math.NaN(), math.Inf(1), 'x'} {
		if text, _, err := transfer.Again("", v); err == nil {
			t.Errorf("%#v: %s", v, text)
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add(`{"kind":"user_roles","row":{"user_id":"a","role":"b"}}`)
	f.Add(`{"kind":"user_roles","row":{"role":"b","user_id":"\u00e4\ud83d\ude00"}}`)
	f.Add(`{"kind":"seat_pools","row":{"license_id":1,"kind":2,"allowed":null,"held":-0}}`)
	f.Add(`{"kind":"report_properties","row":{"id":1,"name":"\n\\\"","value":"x","report_id":9223372036854775807}}`)
	f.Add(`{"end":true,"rows":{"user_roles":1},"sha256":""}`)
	f.Add(`{"kind":"user_roles","row":{"user_id":"a","role":"b"}`)
	f.Fuzz(func(t *testing.T, line string) {
		kind, again, wrong := transfer.Line(line)
		if wrong != "" || again == "" {
			return
		}
		kind2, third, wrong := transfer.Line(strings.TrimSuffix(again, "\n"))
		if wrong != "" || kind2 != kind || third != again {
			t.Errorf("%q became %q, and that %q, %s", line, again, third, wrong)
		}
	})
}

// FuzzMembers holds the look for members to encoding/json's.
func FuzzMembers(f *testing.F) {
	f.Add(`{}`)
	f.Add(` { "a" : "\\\"}" , "b":[{"c":"]"},[]],"a":-1.5e3 , "d":{} }`)
	f.Add("{\"a\\u0041\":null\n,\"b\":\ttrue\r}")
	f.Fuzz(func(t *testing.T, object string) {
		object = strings.TrimLeft(object, " \t\r\n")
		var want map[string]json.RawMessage
		if err := json.Unmarshal([]byte(object), &want); err != nil || object[0] != '{' || strings.Contains(object, `\u0000`) {
			return
		}
		names, values, err := transfer.Members(object)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]json.RawMessage{}
		for i, name := range names { // the last of a name counts
			got[name] = json.RawMessage(values[i])
		}
		for name, value := range want {
			if utf8.ValidString(object) && string(got[name]) != string(value) {
				t.Errorf("%q: %q is %q, want %q", object, name, got[name], value)
			}
		}
		if utf8.ValidString(object) && len(got) != len(want) {
			t.Errorf("%q: %d members, want %d", object, len(got), len(want))
		}
	})
}
