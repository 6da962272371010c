package query_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/query"
)

// whereSchema is licenses with a moment that shows as milliseconds.
func whereSchema() *query.Schema {
	s := licenses()
	s.Fields["madeat"] = &query.Field{Name: "madeAt", Column: "created_at", Kind: query.Epoch, Nullable: true}
	return s
}

// Each condition in SQL's manner, and whether it holds for the bare and the
// full row.
func TestWhere(t *testing.T) {
	t.Parallel()
	bare, full := samples(t)
	full["madeAt"] = int64(1_706_702_400_123_456)
	const neither, b, f, both = "", "bare", "full", "bare full"
	for where, want := range map[string]string{
		`licenseType='Pro Édition'`: f, `LICENSETYPE = ''`: b, `licenseType <> ''`: f, `licenseType!=''`: f,
		`id = 7`: f, `7=id`: f, `id>-5 AND id<7`: b, `id <= 6.5`: b, `id='7'`: f, `id in ('1', 2)`: b, `total = '5'`: f,
		`id=1 or id=7 and revoked=true`: both, `(id=1 or id=7) and revoked = TRUE`: f, `not revoked = true`: b, `revoked <> false`: f,
		`userKey = 'a"b\c''d%_'`: f,

		// Null as in SQL: unknown, and so is its opposite.
		`userKey = 'x'`: neither, `userKey <> 'x'`: f, `not userKey = 'x'`: f, `not (userKey <> 'x')`: neither,
		`userKey is null`: b, `userKey IS NOT NULL`: f, `not userKey is null`: f, `not (userKey is not null)`: b,
		`maxAllowedSites < 6`: f, `not maxAllowedSites < 5`: f, `not maxAllowedSites >= 6`: f, `maxAllowedSites not in (1)`: f,
		`userKey = customer.company`: neither, `userKey <> customer.company`: f, `userKey = userKey`: f, `userKey <> userKey`: neither,
		`not (userKey = 'x' and id = 1)`: f, `not (userKey = 'x' or id = 7)`: neither, `not (userKey = 'x' and id = 7)`: both,
		`customer.company = 'Contoso'`: f, `customer.country.name is null`: b, `not not customer.rating < 0`: f,

		`userKey like 'a%'`: f, `userKey like 'A%'`: neither, `userKey not like 'a%'`: neither, `userKey not like 'x'`: f,
		`licenseType like 'P_o _dition'`: f, `licenseType like '%'`: both, `licenseType like ''`: b, `licenseType like '%o%d%n'`: f,
		`userKey like '%\%\_'`: f, `userKey like '%\\c%'`: f, `licenseType like '%%n%'`: f, `licenseType like '_'`: neither,

		`madeAt = 1706702400123`: f, `madeAt <> 1706702400123`: neither, `madeAt >= 1706702400124`: neither, `madeAt < 1706702400124`: f,
		`madeAt = '1706702400123'`: f, `createdAt < '2025-01-01'`: f, `createdAt is null`: b,
	} {
		parsed, err := query.ParseWhere(whereSchema(), where)
		if err != nil {
			t.Errorf("%s: %v", where, err)
			continue
		}
		var got []string
		if parsed.Match(bare) {
			got = append(got, b)
		}
		if parsed.Match(full) {
			got = append(got, f)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: holds for %q, not %q", where, got, want)
		}
	}
}

// Each bad condition, and what its message says.
func TestBadWhere(t *testing.T) {
	t.Parallel()
	for where, want := range map[string]string{
		``:                                       "character 1: expected a member or a value, found the end",
		`id`:                                     "character 3: expected an operator such as = or in, found the end",
		`id = `:                                  "character 6: expected a member or a value, found the end",
		`id == 5`:                                `character 4: expected an operator such as = or in, found "=="`,
		`id = 5 && id = 6`:                       `character 8: expected and, or or the end, found "&&"`,
		`id = 5; drop table sales`:               `character 7: expected a member, a value or an operator, found ";"`,
		`id = 5 -- x`:                            `character 8: expected and, or or the end, found "-"`,
		`"id" = 5`:                               "character 1: texts are written in single quotes ('), members in none",
		`userKey = 'x`:                           "character 13: expected ', the end of a text",
		`userKey = null`:                         "character 11: expected a value; null is asked for by is null",
		`userKey is 'x'`:                         "character 12: expected null, found a text",
		`id = 'x'`:                               "character 4: expected two values of one kind, found an integer and a text",
		`id = 'x' or 1=1`:                        "character 4: expected two values of one kind, found an integer and a text",
		`revoked < true`:                         `character 9: expected = or <> between true or false and true or false, found "<"`,
		`revoked`:                                "character 8: expected an operator such as = or in, found the end",
		`unknown = 1`:                            `character 1: expected a member of license, found "unknown"`,
		`customer = 1`:                           `character 1: expected a member with a value, found "customer"`,
		`tokens.id = 1`:                          "character 1: expected one value, found the list tokens of license",
		`features = 'x'`:                         "character 1: expected a member that can be asked for, found features of license",
		`id like '1'`:                            "character 4: expected a text before like, found an integer",
		`userKey like 1`:                         "character 14: expected a pattern such as 'a%', found the number 1",
		`userKey like 'a\'`:                      `character 14: expected a character after the last \ of the pattern`,
		`id in ()`:                               `character 8: expected a member or a value, found ")"`,
		`id in (1, null)`:                        "character 11: expected a value; null is asked for by is null",
		`id in (id)`:                             "character 8: expected a value such as 1 or 'a', found a member",
		`id in (1.5)`:                            "character 8: expected an integer, found a decimal number",
		`(id = 1`:                                "character 8: expected ), found the end",
		`id = 9223372036854775808`:               "character 6: expected an integer from -9223372036854775808 to 9223372036854775807, found 9223372036854775808",
		`createdAt = '0001-01-01'`:               "character 11: expected a date after year 1, or is null",
		`createdAt = 'soon'`:                     `character 11: "soon" is not a date such as 2026-01-31T12:00:00Z`,
		"id = 1 or id = \x00":                    "character 16: a null character",
		"id = '\xff'":                            "character 7: not UTF-8",
		strings.Repeat("(", 40) + ``:             "character 33: expected at most 32 brackets, nots or methods in each other",
		strings.Repeat("not ", 40):               "character 129: expected at most 32 brackets, nots or methods in each other",
		strings.Repeat("id=1 or ", 300) + "id=1": "character 1603: expected at most 200 comparisons",
		"id in (1" + strings.Repeat(",1", 300) + ")":       "character 408: expected at most 200 values",
		"userKey = '" + strings.Repeat("x", 5000) + "'":    "must have at most 4096 bytes, not 5012",
		"customer.country" + strings.Repeat(".capital", 9): "character 42: expected at most 5 relations in a path",
		"userKey = 'x' union select":                       `character 15: expected and, or or the end, found "union"`,
		"password_hash = 'x' or exists(select 1)":          `character 1: expected a member of license, found "password_hash"`,
		"it.userKey = string.IsNullOrEmpty(userKey)":       `character 14: expected a member of license, found "string"`,
		"userKey.Contains('a') = true":                     `character 8: expected an operator such as = or in, found "."`,
		"createdAt > DateTime(2024, 1, 1)":                 `character 13: expected a member of license, found "DateTime"`,
		"not in (1)":                                       `character 5: expected a member or a value, found "in"`,
		"userKey = 'x' and":                                "character 18: expected a member or a value, found the end",
		"customer.company = 'a' or customer.nothing = 'b'": `character 36: expected a member of customer, found "nothing"`,
	} {
		_, err := query.ParseWhere(whereSchema(), where)
		f := fault.Of(err)
		if f == nil || f.Kind != fault.Invalid || f.Field != "where" || f.Message != want {
			t.Errorf("%.60s\n is %v\nnot %s", where, err, want)
		}
	}
}

// both is one condition in our language and in PostgreSQL's own, which is the
// judge of what SQL means by it.
type asked struct{ ours, theirs string }

func sqlText(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// whereMember draws a member of a kind; literal makes a value for it.
func whereMember(t *rapid.T) (m asked, literal func(label string) asked, text bool) {
	in := func(table, key string, of, column string) string {
		return "(SELECT x." + column + " FROM " + table + " x WHERE x.id = " + strings.Replace(of, "*", key, 1) + ")"
	}
	same := func(s string) asked { return asked{s, s} }
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		m = rapid.SampledFrom([]asked{{"licenseType", "license_type"}, {"userKey", "user_key"},
			{"customer.company", in("buyers", "l.customer_id", "*", "company")}, {"product.name", "(product::json ->> 'name')"}}).Draw(t, "member")
		return m, func(label string) asked { return same(sqlText(texts(2).Draw(t, label))) }, true
	case 1:
		m = rapid.SampledFrom([]asked{{"id", "id"}, {"maxAllowedSites", "max_allowed_sites"},
			{"customer.rating", in("buyers", "l.customer_id", "*", "rating")}}).Draw(t, "member")
		return m, func(label string) asked { return same(strconv.FormatInt(ints().Draw(t, label), 10)) }, false
	case 2:
		m = rapid.SampledFrom([]asked{{"price", "price"}, {"total", "total"}}).Draw(t, "member")
		return m, func(label string) asked {
			n := strconv.FormatFloat(floats().Draw(t, label), 'e', -1, 64)
			return asked{n, "CAST('" + n + "' AS double precision)"}
		}, false
	case 3:
		return asked{"madeAt", "created_at"}, func(label string) asked {
			return same(strconv.FormatInt(moments().Draw(t, label)/1000, 10))
		}, false
	}
	return rapid.SampledFrom([]asked{{"revoked", "revoked"}, {"trace", "trace"}}).Draw(t, "member"),
		func(label string) asked { return same(one("true", "false").Draw(t, label)) }, false
}

// wheres draws conditions of the whole grammar.
func wheres(depth int) *rapid.Generator[asked] {
	return rapid.Custom(func(t *rapid.T) asked {
		if depth > 0 && rapid.IntRange(0, 2).Draw(t, "deeper") > 0 {
			a, word := wheres(depth-1).Draw(t, "inner"), one("and", "or", "not").Draw(t, "word")
			if word == "not" {
				return asked{"not (" + a.ours + ")", "not (" + a.theirs + ")"}
			}
			b := wheres(depth-1).Draw(t, "inner")
			return asked{"(" + a.ours + " " + word + " " + b.ours + ")", "(" + a.theirs + " " + word + " " + b.theirs + ")"}
		}
		m, literal, isText := whereMember(t)
		made := m.theirs
		if m.ours == "madeAt" {
			made = "(created_at / 1000)"
		}
		switch how := rapid.IntRange(0, 5).Draw(t, "how"); {
		case how == 0:
			word := one(" is null", " is not null").Draw(t, "null")
			return asked{m.ours + word, made + word}
		case how == 1:
			a, b, word := literal("a"), literal("b"), one(" in (", " not in (").Draw(t, "in")
			return asked{m.ours + word + a.ours + ", " + b.ours + ")", made + word + a.theirs + ", " + b.theirs + ")"}
		case how == 2 && isText:
			word, pattern := one(" like ", " not like ").Draw(t, "like"), rapid.StringOfN(rapid.SampledFrom([]rune("aAb%_é*?[]^-")), 0, 5, -1).Draw(t, "pattern")
			if rapid.Bool().Draw(t, "escape") {
				pattern += one(`\%`, `\_`, `\\`, `\a`).Draw(t, "escaped")
			}
			return asked{m.ours + word + sqlText(pattern), made + word + sqlText(pattern)}
		}
		sign := one(" = ", " <> ", " < ", " <= ", " > ", " >= ").Draw(t, "sign")
		if m.ours == "revoked" || m.ours == "trace" {
			sign = one(" = ", " <> ").Draw(t, "equal")
		}
		b := literal("b")
		if isText && rapid.IntRange(0, 3).Draw(t, "member too") == 0 {
			b = asked{"userKey", "user_key"}
		}
		return asked{m.ours + sign + b.ours, made + sign + b.theirs}
	})
}

// A condition in SQL's manner finds the same rows in Go, on SQLite and on
// PostgreSQL, and those are the rows that PostgreSQL finds by its own SQL.
func TestWhereMeansWhatSQLMeans(t *testing.T) {
	t.Parallel()
	b := someBooks()
	for _, r := range b.rows {
		r["madeAt"] = r["createdAt"]
	}
	all := openEngines(t, b)
	judge := all[slices.IndexFunc(all, func(e engine) bool { return e.dialect == query.Postgres })]
	rapid.Check(t, func(t *rapid.T) {
		for _, q := range rapid.SliceOfN(wheres(3), 3, 3).Draw(t, "wheres") {
			f, err := query.ParseWhere(whereSchema(), q.ours)
			if err != nil {
				t.Fatalf("%s: %v", q.ours, err)
			}
			want := []int64{}
			rows, err := judge.Read().DB.QueryContext(t.Context(), "SELECT id FROM sales AS l WHERE "+q.theirs+" ORDER BY id")
			if err != nil {
				t.Fatalf("%s: %v", q.theirs, err)
			}
			for rows.Next() {
				var id int64
				if err := rows.Scan(&id); err != nil {
					t.Fatal(err)
				}
				want = append(want, id)
			}
			if err := rows.Close(); err != nil {
				t.Fatal(err)
			}
			found := []int64{}
			for _, r := range b.rows {
				if f.Match(r) {
					found = append(found, r["id"].(int64))
				}
			}
			if !slices.Equal(found, want) {
				t.Fatalf("%s\nfinds %v in Go\nnot   %v: %v", q.ours, found, want, b.differs(found, want))
			}
			for _, e := range all {
				got, sql, err := e.find(t.Context(), f.SQL)
				if err != nil || !slices.Equal(got, want) {
					t.Fatalf("%s\n%s on %s\nfinds %v\nnot   %v: %v %v", q.ours, sql, e.Engine(), got, want, b.differs(got, want), err)
				}
			}
		}
	})
}

func TestKeyAt(t *testing.T) {
	t.Parallel()
	k, err := query.KeyAt(whereSchema(), "sort[0].field", "Customer.Company", true)
	if err != nil || !k.Descending || !strings.Contains(k.SQL(query.SQLite, "l"), `"company"`) {
		t.Errorf("%v %v", k, err)
	}
	for _, path := range []string{"", "id desc", "id,id", "nothing", "tokens.id", "features", "id; drop", "a\x00"} {
		if _, err := query.KeyAt(whereSchema(), "sort[0].field", path, false); fault.Of(err) == nil || fault.Of(err).Field != "sort[0].field" {
			t.Errorf("%q: %v", path, err)
		}
	}
}

// FuzzWhere: whatever is sent is refused by name, or asks a question whose
// values are all parameters, and which Go can judge.
func FuzzWhere(f *testing.F) {
	for _, seed := range []string{`id=1`, `licenseType like 'a%' and not (userKey is null or id in (1,'2'))`, `madeAt > 5`, `'x''y' <> userKey`, `a\`, `not not`} {
		f.Add(seed)
	}
	schema := whereSchema()
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := query.ParseWhere(schema, text)
		if err != nil {
			if fl := fault.Of(err); fl == nil || fl.Kind != fault.Invalid {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		for _, d := range []query.Dialect{query.SQLite, query.Postgres} {
			sql, args := parsed.SQL(d, "l")
			if n := strings.Count(sql, "?"); n != len(args) {
				t.Fatalf("%q: %d values for %d marks in %s", text, len(args), n, sql)
			}
			if strings.Contains(strings.ReplaceAll(sql, "'$.\"name\"'", ""), "'") && d == query.SQLite {
				t.Fatalf("%q: a text in %s", text, sql)
			}
		}
		parsed.Match(row{"id": int64(1), "licenseType": "a", "createdAt": entity.TimeOfMicros(1)})
	})
}

func Example_where() {
	f, err := query.ParseWhere(whereSchema(), "licenseType like 'Pro%' and not userKey = 'x'")
	if err != nil {
		panic(err)
	}
	fmt.Println(f.SQL(query.SQLite, "l"))
	// Output: (("l"."license_type" GLOB ?) AND (("l"."user_key" IS DISTINCT FROM ?) AND ("l"."user_key" IS NOT NULL))) [Pro* x]
}
