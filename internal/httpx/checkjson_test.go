package httpx_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
)

func nested(open, close string, depth int) string {
	return strings.Repeat(open, depth) + strings.Repeat(close, depth)
}

// manyMembers is an object of n different members and then the given ones.
func manyMembers(n int, more ...string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := range n {
		fmt.Fprintf(&b, `"m%d":0,`, i)
	}
	return b.String() + strings.Join(more, ",") + "}"
}

func TestCheckJSON(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body string
		wrong      string // part of the message; "" for valid
	}{
		{"object", `{"a":1,"b":[true,false,null,-1.5e+3,"x"]}`, ""},
		{"space around", " \t\r\n{ \"a\" : [ 1 , 2 ] } \n", ""},
		{"scalar", `0`, ""},
		{"escapes", `"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"`, ""},
		{"replacement character", `"` + "\uFFFD" + `"`, ""},
		{"same name in different objects", `{"a":{"a":1},"b":[{"a":1},{"a":2}]}`, ""},
		{"64 deep", nested("[", "]", 64), ""},
		{"many members", manyMembers(40, `"last":0`), ""},

		{"65 deep", nested("[", "]", 65), "deeper than 64"},
		{"65 deep objects", strings.Repeat(`{"a":`, 64) + `{}` + strings.Repeat("}", 64), "deeper than 64"},
		{"a million deep", strings.Repeat("[", 1_000_000), "deeper than 64"},
		{"empty", ``, "ends early"},
		{"half", `{"a":`, "ends early"},
		{"two values", `{} {}`, "follows"},
		{"trailing text", `{}x`, "follows"},
		{"trailing comma", `{"a":1,}`, "member name"},
		{"trailing comma in a list", `[1,]`, "expected a value"},
		{"single quotes", `{'a':1}`, "member name"},
		{"no colon", `{"a" 1}`, "colon"},
		{"no comma", `{"a":1 "b":2}`, "comma"},
		{"no comma in a list", `[1 2]`, "comma"},
		{"comment", `{/**/}`, "member name"},
		{"leading zero", `01`, "follows"},
		{"bare minus", `-`, "digit"},
		{"no fraction", `1.`, "digit"},
		{"no exponent", `1e`, "digit"},
		{"plus", `+1`, "expected a value"},
		{"NaN", `NaN`, "expected a value"},
		{"cut word", `tru`, "expected a value"},
		{"control character", "\"a\nb\"", "control character"},
		{"unknown escape", `"\x41"`, "unknown escape"},
		{"bad hex", `"\u12g4"`, "hexadecimal"},
		{"no end", `"abc`, "no end"},
		{"escape at the end", `"\`, "unknown escape"},

		{"NUL escape", `{"a":"x\u0000y"}`, "NUL"},
		{"raw NUL in a string", "{\"a\":\"x\x00y\"}", "NUL"},
		{"raw NUL outside", "{}\x00", "follows"},
		{"NUL in a name", `{"\u0000":1}`, "NUL"},
		{"invalid UTF-8", "{\"a\":\"\xff\"}", "UTF-8"},
		{"overlong", "\"\xc0\xaf\"", "UTF-8"},
		{"encoded surrogate", "\"\xed\xa0\x80\"", "UTF-8"},
		{"high surrogate alone", `"\ud83d"`, "surrogate"},
		{"low surrogate alone", `"\ude00"`, "surrogate"},
		{"two high surrogates", `"\ud83d\ud83d"`, "surrogate"},
		{"high surrogate and text", `"\ud83dx"`, "surrogate"},
		{"twice", `{"a":1,"a":2}`, `"a" is given twice`},
		{"twice in another case", `{"userKey":1,"x":0,"USERkey":2}`, `"USERkey" is given twice`},
		{"twice by escape", `{"a":1,"\u0041":2}`, "given twice"},
		{"twice by folding", "{\"k\":1,\"\u212A\":2}", "given twice"},
		{"twice after a child", `{"a":{"b":1,"c":2},"A":2}`, "given twice"},
		{"twice in a child", `[{"x":{"a":1,"a":1}}]`, "given twice"},
		{"twice among many", manyMembers(40, `"M3":0`), "given twice"},
		{"empty name twice", `{"":1,"":2}`, "given twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := httpx.CheckJSON([]byte(c.body))
			if c.wrong == "" {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			if err == nil {
				t.Fatal("accepted")
			}
			if !fault.IsKind(err, fault.Invalid) || !strings.Contains(err.Error(), c.wrong) {
				t.Fatalf("got %v, want an Invalid fault with %q", err, c.wrong)
			}
			if !utf8.ValidString(err.Error()) {
				t.Fatalf("the message is not UTF-8: %q", err.Error())
			}
		})
	}
}

func TestCheckJSONCostsSmallBodiesOneAllocation(t *testing.T) {
	body := []byte(`{"userKey":"JXYIK-WIMAR-8HTOW-5ULM7","machineId":"ADSQH","clientId":"ConsoleApp","clientName":"Mac"}`)
	if n := testing.AllocsPerRun(100, func() { _ = httpx.CheckJSON(body) }); n > 1 {
		t.Fatalf("%v allocations", n)
	}
}

func BenchmarkCheckJSON(b *testing.B) {
	body := []byte(`{"userKey":"JXYIK-WIMAR-8HTOW-5ULM7","machineId":"ADSQH","clientId":"ConsoleApp","clientName":"Mac"}`)
	b.ReportAllocs()
	for b.Loop() {
		_ = httpx.CheckJSON(body)
	}
}

// oracle judges by encoding/json's own tokens, slowly.
func oracle(b []byte) bool {
	if !json.Valid(b) || !utf8.Valid(b) || bytes.Contains(b, []byte{0}) || badEscape(b) {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return oracleValue(d, 0)
}

func oracleValue(d *json.Decoder, depth int) bool {
	token, err := d.Token()
	if err != nil {
		return false
	}
	open, ok := token.(json.Delim)
	if !ok {
		return true
	}
	var names []string
	for d.More() {
		if open == '{' {
			key, err := d.Token()
			if err != nil {
				return false
			}
			for _, n := range names {
				if strings.EqualFold(n, key.(string)) {
					return false
				}
			}
			names = append(names, key.(string))
		}
		if !oracleValue(d, depth+1) {
			return false
		}
	}
	_, err = d.Token()
	return err == nil && depth < 64
}

// badEscape finds \u0000 and lone surrogates in valid JSON.
func badEscape(b []byte) bool {
	s := string(b)
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			continue
		}
		i++
		if s[i] != 'u' {
			continue
		}
		var unit, low int
		_, _ = fmt.Sscanf(s[i+1:i+5], "%04x", &unit)
		i += 4
		switch {
		case unit == 0, 0xDC00 <= unit && unit <= 0xDFFF:
			return true
		case 0xD800 <= unit && unit <= 0xDBFF:
			if !strings.HasPrefix(s[i+1:], `\u`) {
				return true
			}
			_, _ = fmt.Sscanf(s[i+3:i+7], "%04x", &low)
			if low < 0xDC00 || low > 0xDFFF {
				return true
			}
			i += 6
		}
	}
	return false
}

func FuzzCheckJSON(f *testing.F) {
	for _, s := range []string{
		`{"a":1,"b":[true,null,-1.5e3,"x\u00e9\ud83d\ude00"]}`, `{"a":1,"A":2}`, "{\"k\":1,\"\u212A\":2}", `"\ud83d"`, `"\\u0000"`,
		`"\u0000"`, "\"\xff\"", nested("[", "]", 64), nested("[", "]", 65), manyMembers(20, `"m1":1`), `{}x`, ``, `"\`, `[1,]`, `-0.0e-1`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		err := httpx.CheckJSON(b)
		if want := oracle(b); (err == nil) != want {
			t.Fatalf("%q: got %v, the oracle says valid=%v", b, err, want)
		}
		if err != nil && (!fault.IsKind(err, fault.Invalid) || !utf8.ValidString(err.Error())) {
			t.Fatalf("%q: %v", b, err)
		}
	})
}

// jsonValues draws what encoding/json encodes, with names that differ by more
// than case.
func jsonValues(depth int) *rapid.Generator[any] {
	scalar := rapid.OneOf(
		rapid.Just[any](nil), rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Map(rapid.Float64Range(-1e300, 1e300), func(f float64) any { return f }),
		rapid.Map(rapid.StringN(0, 20, -1), func(s string) any { return strings.ReplaceAll(s, "\x00", "") }),
	)
	if depth == 0 {
		return scalar
	}
	inner := jsonValues(depth - 1)
	return rapid.OneOf(scalar,
		rapid.Map(rapid.SliceOfN(inner, 0, 4), func(s []any) any { return s }),
		rapid.Map(rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z0-9]{0,6}`), 0, 30, rapid.ID), func(names []string) any {
			m := map[string]any{}
			for _, n := range names {
				m[n] = len(n)
			}
			return m
		}))
}

func TestCheckJSONTakesWhatIsEncoded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b, err := json.Marshal(jsonValues(3).Draw(t, "value"))
		if err != nil {
			t.Fatal(err)
		}
		if err := httpx.CheckJSON(b); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if len(b) > 1 {
			cut := rapid.IntRange(1, len(b)-1).Draw(t, "cut")
			if httpx.CheckJSON(b[:cut]) == nil && !json.Valid(b[:cut]) {
				t.Fatalf("accepted the half %s", b[:cut])
			}
		}
	})
}
