package query_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/entity"
)

// books are rows, as Go sees them and as they are inserted.
type books struct {
	rows    []row
	inserts []insert
}

type insert struct {
	table  string
	values []any
}

// differs is the first row that only one of two lists of ids has.
func (b books) differs(got, want []int64) row {
	in := func(ids []int64, id any) bool {
		for _, i := range ids {
			if i == id {
				return true
			}
		}
		return false
	}
	for _, r := range b.rows {
		if in(got, r["id"]) != in(want, r["id"]) {
			return r
		}
	}
	return nil
}

// Texts are short and of few letters, so that they often meet: case variants,
// the wild cards of LIKE, quotes, marks of parameters, letters of two to four
// bytes, a combining mark, and letters that only Unicode's rules would fold.
var letters = []rune("aAbBzZ%_\\'\"? \n\u00e9\u00c9e\u0301\u00df\u017f\u212a\u0130\u0131\U0001F600")

func texts(most int) *rapid.Generator[string] {
	return rapid.StringOfN(rapid.SampledFrom(letters), 0, most, -1)
}

func ints() *rapid.Generator[int64] {
	return rapid.OneOf(rapid.Int64Range(-3, 3), rapid.SampledFrom([]int64{math.MinInt64, math.MinInt64 + 1, math.MaxInt64 - 1,
		math.MaxInt64, 1<<53 - 1, 1 << 53, 1<<53 + 1, -1<<53 - 1}))
}

func floats() *rapid.Generator[float64] {
	return rapid.OneOf(rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1, -1.5, 0.1, 0.5, 2.5, 0.1 + 0.2, 0.3, 1 << 53, 1 << 63,
		-1 << 63, 1e300, 5e-324, math.MaxFloat64, -math.MaxFloat64, 123456.789}),
		rapid.Map(rapid.Int64Range(-300, 300), func(cents int64) float64 { return float64(cents) / 100 }),
		rapid.Map(rapid.IntRange(1, 60), func(seed int) float64 { return rapid.Float64().Example(seed) }))
}

func moments() *rapid.Generator[int64] {
	return rapid.SampledFrom([]int64{-1, 0, 1, 1_704_067_200_000_000, 1_704_067_200_000_001, 1_706_702_400_000_000,
		-62_000_000_000_000_000, 253_402_300_799_999_999})
}

// perhaps is nil for one in three.
func perhaps[T any](g *rapid.Generator[T]) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		if rapid.IntRange(0, 2).Draw(t, "null") == 0 {
			return nil
		}
		return g.Draw(t, "value")
	})
}

// someBooks are the same each time, so that a failure shrinks to a filter.
func someBooks() books {
	var b books
	lands := map[any]row{}
	for id := int64(1); id <= 5; id++ {
		lands[id] = row{"id": id, "name": texts(3).Example(int(id)), "capital": id%5 + 1}
		b.add("lands", id, lands[id]["name"], lands[id]["capital"])
	}
	buyers := map[any]row{}
	for id := int64(1); id <= 20; id++ {
		buyers[id] = rapid.Custom(func(t *rapid.T) row {
			return row{"company": texts(3).Draw(t, "company"), "rating": perhaps(ints()).Draw(t, "rating"),
				"isReseller": rapid.Bool().Draw(t, "isReseller"), "country": perhaps(rapid.Int64Range(1, 5)).Draw(t, "country")}
		}).Example(int(id))
		c := buyers[id]
		b.add("buyers", id, c["company"], c["rating"], c["isReseller"], c["country"])
	}
	for id := int64(1); id <= 300; id++ {
		r := rapid.Custom(func(t *rapid.T) row {
			return row{"id": id, "licenseType": texts(4).Draw(t, "licenseType"), "userKey": perhaps(texts(3)).Draw(t, "userKey"),
				"maxAllowedSites": perhaps(ints()).Draw(t, "sites"), "price": perhaps(floats()).Draw(t, "price"),
				"total": floats().Draw(t, "total"), "revoked": rapid.Bool().Draw(t, "revoked"),
				"trace": perhaps(rapid.Bool()).Draw(t, "trace"), "createdAt": perhaps(moments()).Draw(t, "createdAt"),
				"expireDate":   perhaps(moments()).Draw(t, "expireDate"),
				"product.name": perhaps(texts(3)).Draw(t, "product"), "customer": perhaps(rapid.Int64Range(1, 20)).Draw(t, "customer")}
		}).Example(int(id))
		var product any
		switch {
		case r["product.name"] != nil:
			text, err := json.Marshal(map[string]any{"id": 1, "name": r["product.name"]})
			if err != nil {
				panic(err)
			}
			product = string(text)
		case id%2 == 0:
			product = `{"name": null}`
		}
		b.add("sales", id, r["licenseType"], r["userKey"], r["maxAllowedSites"], r["price"], r["total"], r["revoked"], r["trace"],
			r["createdAt"], r["expireDate"], product, r["customer"])
		for name, v := range buyers[r["customer"]] {
			r["customer."+name] = v
		}
		way := "customer.country"
		for land := lands[r[way]]; land != nil && len(way) < 100; land = lands[r[way]] {
			for name, v := range land {
				r[way+"."+name] = v
			}
			way += ".capital"
		}
		b.rows = append(b.rows, r)
	}
	return b
}

func (b *books) add(table string, values ...any) {
	b.inserts = append(b.inserts, insert{table, values})
}

// conditions are filters of the whole grammar, so many brackets deep.
func conditions(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		if depth > 0 && rapid.IntRange(0, 2).Draw(t, "deeper") > 0 {
			inner := func() string { return conditions(depth-1).Draw(t, "inner") }
			switch rapid.IntRange(0, 3).Draw(t, "how") {
			case 0:
				return "not (" + inner() + ")"
			case 1:
				return "(" + inner() + ") and (" + inner() + ")"
			case 2:
				return "(" + inner() + " || " + inner() + ")"
			}
			return "!" + inner()
		}
		return rapid.OneOf(comparisons(), comparisons(), searches(), lists(), loners()).Draw(t, "leaf")
	})
}

func one(values ...string) *rapid.Generator[string] { return rapid.SampledFrom(values) }

func textMembers() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return one("licenseType", "userKey", "customer.company", "customer.country.name", "product.name").Draw(t, "member") +
			one("", "", ".ToLower()", ".ToUpper()", ".ToLower().ToUpper()").Draw(t, "case")
	})
}

func numberMembers() *rapid.Generator[string] {
	return one("id", "maxAllowedSites", "price", "total", "customer.rating")
}

func boolMembers() *rapid.Generator[string] {
	return one("revoked", "trace", "customer.isReseller")
}

func momentMembers() *rapid.Generator[string] { return one("createdAt", "expireDate") }

func textLiterals() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		text := texts(2).Draw(t, "text")
		switch rapid.IntRange(0, 2).Draw(t, "quotes") {
		case 0:
			return `"` + strings.NewReplacer(`\`, `\\`, `"`, `""`).Replace(text) + `"`
		case 1:
			return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
		}
		return strconv.QuoteToASCII(text)
	})
}

func numberLiterals() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		if rapid.Bool().Draw(t, "integer") {
			return strconv.FormatInt(ints().Draw(t, "int"), 10)
		}
		text := strconv.FormatFloat(floats().Draw(t, "float"), byte(rapid.SampledFrom([]rune("fe")).Draw(t, "form")), -1, 64)
		if !strings.ContainsAny(text, ".e") {
			text += ".0"
		}
		return text
	})
}

func momentLiterals() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		at := moments().Draw(t, "moment")
		d := time.UnixMicro(at).UTC()
		if at%1_000_000 == 0 && rapid.Bool().Draw(t, "call") {
			return fmt.Sprintf("DateTime(%d, %d, %d, %d, %d, %d)", d.Year(), d.Month(), d.Day(), d.Hour(), d.Minute(), d.Second())
		}
		return `"` + entity.TimeOfMicros(at).String() + `"`
	})
}

// pair draws a kind, and makes members and literals of it; orders: < is for it.
func pair(t *rapid.T) (member, literal *rapid.Generator[string], orders bool) {
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		return textMembers(), textLiterals(), true
	case 1:
		return numberMembers(), numberLiterals(), true
	case 2:
		return momentMembers(), momentLiterals(), true
	}
	return rapid.OneOf(boolMembers(), rapid.Map(searches(), func(s string) string { return "(" + s + ")" })), one("true", "FALSE"), false
}

func comparisons() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		member, literal, orders := pair(t)
		signs := one("=", "==", "!=", "<>")
		if orders {
			signs = one("=", "!=", "<", "<=", ">", ">=")
		}
		other := rapid.OneOf(literal, literal, member, one("null")).Draw(t, "other")
		if other == "null" {
			signs = one("=", "!=")
		}
		a, sign := member.Draw(t, "member"), " "+signs.Draw(t, "sign")+" "
		if rapid.IntRange(0, 3).Draw(t, "turn") == 0 {
			return other + sign + a
		}
		return a + sign + other
	})
}

func searches() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		part := rapid.OneOf(textLiterals(), textLiterals(), textMembers()).Draw(t, "part")
		return textMembers().Draw(t, "text") + one(".Contains(", ".StartsWith(", ".EndsWith(").Draw(t, "method") + part + ")"
	})
}

func lists() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		member, literal, _ := pair(t)
		items := rapid.SliceOfN(rapid.OneOf(literal, literal, literal, one("null")), 1, 5).Draw(t, "items")
		return member.Draw(t, "member") + one(" in (", " not in (").Draw(t, "word") + strings.Join(items, ", ") + ")"
	})
}

func loners() *rapid.Generator[string] {
	return rapid.OneOf(boolMembers(), one("true", "false", "customer == null", "customer.country != null", "null = null",
		`"a" < 'b'`, "1 = 1.0", `"A".ToLower() = "a"`), rapid.Map(textMembers(), func(s string) string {
		return "string.IsNullOrEmpty(" + s + ")"
	}))
}
