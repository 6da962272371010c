package query_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/query"
)

func micros(t *testing.T, s string) int64 {
	t.Helper()
	at, err := entity.ParseTime(s)
	if err != nil {
		t.Fatal(err)
	}
	return at.Micros()
}

// sample is a license without a customer, and another one with.
func samples(t *testing.T) (bare, full row) {
	created, err := entity.ParseTime("2024-01-31T12:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	bare = row{"id": int64(1), "licenseType": "", "total": float64(0), "revoked": false}
	full = row{"id": int64(7), "licenseType": "Pro Édition", "userKey": `a"b\c'd%_`, "maxAllowedSites": int64(5),
		"price": 2.5, "total": float64(5), "revoked": true, "trace": true, "createdAt": created,
		"expireDate": micros(t, "2025-01-31"), "product.name": "Editor", "customer": true, "customer.id": int64(3),
		"customer.company": "Contoso", "customer.rating": int64(-1), "customer.isReseller": true,
		"customer.country": true, "customer.country.name": "Österreich"}
	return bare, full
}

// Each filter, and whether it holds for the bare and the full row.
func TestFilters(t *testing.T) {
	t.Parallel()
	bare, full := samples(t)
	const neither, b, f, both = "", "bare", "full", "bare full"
	for filter, want := range map[string]string{
		`LicenseType="Pro Édition"`: f, `LICENSETYPE == "Pro Édition"`: f, `it.licenseType = ''`: b,
		`licenseType != ""`: f, `licenseType <> ""`: f, `licenseType < "Pro"`: b, `licenseType >= "Pro"`: f,
		`licenseType > "pro"`: neither, `licenseType <= "pro"`: both,
		`id = 7`: f, `7 = id`: f, `id>-5 and id <- 5`: neither, `id < 7.5`: both, `id = 7.0`: f, `id = 7e0`: f, `1 < id`: f,
		`total = 5`: f, `price = 2.5`: f, `price < 3`: f, `maxAllowedSites = total`: f, `price < id`: f,

		// Null as in C#.
		`userKey == null`: b, `userKey != null`: f, `null != userKey`: f, `null == userKey`: b,
		`userKey != "x"`: both, `userKey = "x"`: neither, `maxAllowedSites < 6`: f, `maxAllowedSites >= 0`: f,
		`not (maxAllowedSites < 6)`: b, `!(maxAllowedSites < 1)`: both, `not maxAllowedSites >= 0`: b,
		`maxAllowedSites != 5`: b, `not (maxAllowedSites = 5)`: b, `not (maxAllowedSites != 5)`: f,
		`userKey = customer.company`: b, `userKey != customer.company`: f, `maxAllowedSites <= customer.rating`: neither,
		`not (maxAllowedSites <= customer.rating)`: both, `userKey < null`: neither, `not (userKey < null)`: both,
		`null = null`: both, `maxAllowedSites < 1 or maxAllowedSites >= 1`: f,

		`revoked`: f, `!Revoked`: b, `not revoked`: b, `not not revoked`: f, `! ! revoked`: f, `revoked = true`: f,
		`revoked == false`: b, `false != revoked`: f, `not trace`: b, `trace = false`: neither, `trace != true`: b,
		`trace != false`: both, `trace = revoked`: f, `trace == null`: b, `true`: both, `FALSE`: neither,
		`revoked AND id = 7 Or id = 1`: both, `id = 1 || id = 7 && revoked`: both, `(id = 1 or id = 7) and revoked`: f,
		`((revoked))`: f, `not (id = 1 and revoked)`: both, `not (id = 1 or revoked)`: neither,

		`userKey = "a\"b\\c'd%_"`: f, `userKey = "a""b\\c'd%_"`: f, `userKey = 'a"b\\c''d%_'`: f,
		`userKey = "\x61\u0022\U00000062\\c\'d%_"`: f, `licenseType.EndsWith("\u00c9dition")`: f,
		`userKey.contains("%")`: f, `userKey.Contains("b%")`: neither, `userKey.Contains('')`: f,
		`userKey.StartsWith("a\"")`: f, `userKey.StartsWith("A")`: neither, `userKey.EndsWith("")`: f,
		`not userKey.EndsWith("_")`: b, `not userKey.Contains("zzz")`: both, `userKey.EndsWith("%_")`: f,
		`licenseType.ToLower() = "pro Édition"`: f, `licenseType.toUpper().Contains("ÉDITION")`: f,
		`licenseType.ToUpper().ToLower() = "pro Édition"`: f, `userKey.ToLower() == null`: b,
		`userKey.ToUpper() != "X"`: both, `"PRO".ToLower() = "pro"`: both, `"Contoso GmbH".StartsWith(customer.company)`: f,
		`userKey.Contains("a") == true`: f, `userKey.Contains("a") = false`: b, `(id = 7) = revoked`: both,
		`string.IsNullOrEmpty(userKey)`: b, `!String.IsNullOrEmpty(customer.company)`: f,

		`id in (1, 2)`: b, `id not in (1, 2)`: f, `not id in (1,2)`: f, `id in (1, 7.0)`: both, `total in (5)`: f,
		`licenseType in ("", "x")`: b, `userKey in (null, "x")`: b, `userKey not in ("x")`: both,
		`userKey not in (null)`: f, `revoked in (true)`: f, `(userKey) in ("x")`: neither,
		`createdAt in ("2024-01-31T12:00:00", DateTime(2020,1,1))`: f,

		`createdAt > "2024-01-31"`: f, `createdAt <= "2024-01-31"`: neither, `createdAt = "2024-01-31T13:00:00+01:00"`: f,
		`"2024-01-31T12:00:00Z" == createdAt`: f, `createdAt >= DateTime(2024,1,31)`: f,
		`createdAt = DateTime(2024, 1, 31, 12, 0, 0)`: f, `createdAt < datetime(2024,1,31,12,0,0,1)`: f,
		`createdAt < expireDate`: f, `createdAt = null`: b, `createdAt = "0001-01-01T00:00:00"`: b,
		`createdAt > DateTime(1,1,1)`: f, `createdAt != DateTime(1,1,1)`: f, `createdAt in ("0001-01-01")`: b,

		`Customer.Company = "Contoso"`: f, `customer.company != "Contoso"`: b, `customer == null`: b, `Customer != null`: f,
		`customer.isReseller`: f, `not customer.isReseller`: b, `customer.rating < 0`: f, `it.Customer.Country.Name.StartsWith("Ö")`: f,
		`customer.country = null`: b, `customer in (null)`: b, `product.name.Contains("dit")`: f, `product.name = null`: b,
	} {
		parsed, err := query.ParseFilter(licenses(), filter)
		if err != nil {
			t.Errorf("%s: %v", filter, err)
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
			t.Errorf("%s: holds for %q, not %q", filter, got, want)
		}
	}
}

// Each bad filter, and what its message says.
func TestBadFilters(t *testing.T) {
	t.Parallel()
	deep := func(open, middle, end string, n int) string {
		return strings.Repeat(open, n) + middle + strings.Repeat(end, n)
	}
	for filter, want := range map[string]string{
		``:                                      "character 1: expected a member or a value, found the end",
		"  \t":                                  "character 4: expected a member or a value, found the end",
		`id`:                                    "character 3: expected an operator such as = or in, found the end",
		`"é" ~ id`:                              `character 5: expected a member, a value or an operator, found "~"`,
		`id = `:                                 "character 6: expected a member or a value, found the end",
		`id = = 5`:                              `character 6: expected a member or a value, found "="`,
		`id 5`:                                  "character 4: expected an operator such as = or in, found the number 5",
		`id = 5 5`:                              "character 8: expected and, or or the end, found the number 5",
		`id = 5 revoked`:                        `character 8: expected and, or or the end, found "revoked"`,
		`1 < id < 5`:                            `character 8: expected and, or or the end, found "<"`,
		`(id = 5`:                               "character 8: expected ), found the end",
		`id = 5)`:                               `character 7: expected and, or or the end, found ")"`,
		`()`:                                    `character 2: expected a member or a value, found ")"`,
		`and revoked`:                           `character 1: expected a member or a value, found "and"`,
		`revoked and`:                           "character 12: expected a member or a value, found the end",
		`revoked & trace`:                       `character 9: expected a member, a value or an operator, found "&"`,
		`not`:                                   "character 4: expected a member or a value, found the end",
		`5`:                                     "character 2: expected an operator such as = or in, found the end",
		`(id)`:                                  "character 5: expected an operator such as = or in, found the end",
		`revoked and (id)`:                      "character 17: expected an operator such as = or in, found the end",
		`not (id)`:                              "character 9: expected an operator such as = or in, found the end",
		`(revoked and id)`:                      "character 14: expected a condition, found an integer",
		`(not id)`:                              "character 6: expected a condition, found an integer",
		`revoked or ("x")`:                      "character 17: expected an operator such as = or in, found the end",
		`foo = 1`:                               `character 1: expected a member of license, found "foo"`,
		`password = "x"`:                        `character 1: expected a member of license, found "password"`,
		`customer.foo = 1`:                      `character 10: expected a member of customer, found "foo"`,
		`customer. = 1`:                         `character 11: expected a member of customer, found "="`,
		`it = 1`:                                `character 1: expected a member of license, found "it"`,
		`features = null`:                       "character 1: expected a member that can be asked for, found features of license",
		`product = null`:                        "character 1: expected a member that can be asked for, found product of license",
		`tokens.id = 1`:                         "character 1: expected one value, found the list tokens of license",
		`customer.licenses = null`:              "character 10: expected one value, found the list licenses of customer",
		`customer = 3`:                          "character 10: a relation can be compared with null only",
		`customer < null`:                       `character 10: expected = or != between a relation and null, found "<"`,
		`customer`:                              "character 9: expected an operator such as = or in, found the end",
		`id = "5"`:                              "character 4: expected two values of one kind, found an integer and a text",
		`licenseType = 5`:                       "character 13: expected two values of one kind, found a text and an integer",
		`price = true`:                          "character 7: expected two values of one kind, found a decimal number and true or false",
		`createdAt = 5`:                         "character 11: expected two values of one kind, found a date and an integer",
		`createdAt = licenseType`:               "character 11: expected two values of one kind, found a date and a text",
		`licenseType = DateTime(2024,1,1)`:      "character 13: expected two values of one kind, found a text and a date",
		`revoked < true`:                        `character 9: expected = or != between true or false and true or false, found "<"`,
		`id in (1, "a")`:                        "character 11: expected two values of one kind, found an integer and a text",
		`id in ()`:                              `character 8: expected a member or a value, found ")"`,
		`id in 5`:                               "character 7: expected (, found the number 5",
		`id in (1 2)`:                           "character 10: expected , or ), found the number 2",
		`id in (id)`:                            `character 8: expected a value such as 1 or "a", found a member`,
		`id not 5`:                              `character 4: expected an operator such as = or in, found "not"`,
		`licenseType.Foo("x")`:                  `character 13: expected Contains, StartsWith, EndsWith, ToLower or ToUpper, found "Foo"`,
		`licenseType.Contains`:                  "character 21: expected (, found the end",
		`licenseType.Contains()`:                `character 22: expected a member or a value, found ")"`,
		`licenseType.Contains("a", "b")`:        `character 25: expected ), found ","`,
		`licenseType.Contains(5)`:               "character 22: expected a text, found an integer",
		`licenseType.Contains(null)`:            "character 22: expected a text, found null",
		`licenseType.ToLower("x") = "x"`:        "character 21: expected ), found a text",
		`id.Contains("x")`:                      "character 4: expected a text before .Contains, found an integer",
		`null.Contains("x")`:                    "character 6: expected a text before .Contains, found null",
		`string.Join(userKey)`:                  `character 8: expected IsNullOrEmpty, found "Join"`,
		`string.IsNullOrEmpty(id)`:              "character 22: expected a text, found an integer",
		`id = -`:                                "character 7: expected a number, found the end",
		`id = -id`:                              `character 7: expected a number, found "id"`,
		`id = 5-3`:                              `character 7: expected and, or or the end, found "-"`,
		`id = 5L`:                               `character 7: expected the end of the number, found "L"`,
		`id = 1e`:                               `character 7: expected the end of the number, found "e"`,
		`id = 1.`:                               `character 8: expected Contains, StartsWith, EndsWith, ToLower or ToUpper, found the end`,
		`id = 9223372036854775808`:              "character 6: expected an integer from -9223372036854775808 to 9223372036854775807, found 9223372036854775808",
		`id = -9223372036854775809`:             "character 6: expected an integer from -9223372036854775808 to 9223372036854775807, found -9223372036854775809",
		`price = 1e400`:                         "character 9: expected a number of at most 1.7e308, found 1e400",
		`userKey = "abc`:                        "character 15: expected \", the end of the text that starts at character 11",
		`userKey = "abc\`:                       `character 15: expected an escape such as \" or \\, found the end`,
		`userKey = "\q"`:                        `character 12: expected an escape such as \" or \\ or \u0041, found "\\q"`,
		`userKey = "\u12"`:                      "character 16: expected 4 hex digits",
		`userKey = "\u0000"`:                    `character 12: expected a character, found \u0000`,
		`userKey = "\ud800"`:                    `character 12: expected a character, found \ud800`,
		`userKey = "\ud800\u0041"`:              `character 12: expected a character, found \ud800`,
		`userKey = "\UFFFFFFFF"`:                `character 12: expected a character, found \UFFFFFFFF`,
		"userKey = \"\x00\"":                    "character 12: a null character",
		"userKey = \"é\xff\"":                   "character 13: not UTF-8",
		`createdAt > "soon"`:                    `character 11: "soon" is not a date such as 2026-01-31T12:00:00Z`,
		`createdAt = ""`:                        "character 11: expected a date such as 2026-01-31T12:00:00Z, or null, found an empty text",
		`createdAt > DateTime(2024,2,30)`:       "character 13: expected a day and a time that exist, from year 1 to 9999",
		`createdAt > DateTime(0,1,1)`:           "character 13: expected a day and a time that exist, from year 1 to 9999",
		`createdAt > DateTime(2024,1)`:          "character 13: expected a date of 3, 6 or 7 numbers, found 2",
		`createdAt > DateTime(2024,1,x)`:        `character 29: expected a part of a date, a whole number, found "x"`,
		`createdAt > DateTime()`:                `character 22: expected a part of a date, a whole number, found ")"`,
		`createdAt > DateTime(1,2,3,4,5,6,7,8)`: `character 35: expected ), found ","`,
		`customer.country.capital.capital.capital.capital.id = 1`: "character 42: expected at most 5 relations in a path",

		strings.Repeat(" ", 4097):                       "must have at most 4096 bytes, not 4097",
		deep("(", "revoked", ")", 33):                   "character 33: expected at most 32 brackets, nots or methods in each other",
		deep("(", "revoked", ")", 2000):                 "character 33: expected at most 32 brackets, nots or methods in each other",
		deep("!", "revoked", "", 33):                    "character 33: expected at most 32 brackets, nots or methods in each other",
		deep("(not ", "revoked", ")", 17):               "character 81: expected at most 32 brackets, nots or methods in each other",
		deep("", `userKey`, ".ToLower()", 33) + ` = ""`: "character 328: expected at most 32 brackets, nots or methods in each other",
		deep("userKey.Contains(", `""`, ")", 33):        "character 552: expected at most 32 brackets, nots or methods in each other",
		deep("revoked or ", "revoked", "", 200):         "character 2201: expected at most 200 comparisons",
		"id in (" + strings.Repeat("1,", 200) + "1)":    "character 408: expected at most 200 values",
	} {
		_, err := query.ParseFilter(licenses(), filter)
		f := fault.Of(err)
		if f == nil || f.Kind != fault.Invalid || f.Field != "filter" || f.Message != want {
			t.Errorf("%.60s:\n got %v\nwant %s", filter, err, want)
		}
	}
}

// What is at the limits is not over them.
func TestLimitsAreAllowed(t *testing.T) {
	t.Parallel()
	for _, filter := range atTheLimits() {
		if _, err := query.ParseFilter(licenses(), filter); err != nil {
			t.Errorf("%.60s: %v", filter, err)
		}
	}
}

// atTheLimits are filters as deep, long and wide as they may be.
func atTheLimits() []string {
	around := func(open, middle, end string, n int) string {
		return strings.Repeat(open, n) + middle + strings.Repeat(end, n)
	}
	return []string{
		around("(", "revoked", ")", 32),
		around("!", "revoked", "", 32),
		around("(not ", "revoked", ")", 16),
		around("(id = 7 and not ", "revoked", ")", 16),
		around("(id = 7 and (revoked or ", "revoked", "))", 16),
		around("(", `userKey = "x"`, ") = true", 32),
		around("", "userKey", ".ToLower()", 32) + ` = ""`,
		around("revoked or ", "revoked", "", 199),
		around("id in (1,2.5) or ", "revoked", "", 199),
		around("!trace or ", "revoked", "", 199),
		`customer.country.capital.capital.capital.id = 1`,
		"id in (" + strings.Repeat("1,", 199) + "1)",
		`userKey = "` + strings.Repeat("x", 4096-12) + `"`,
	}
}

func TestSQLHasNamesOfTheSchemaAndValuesAsParameters(t *testing.T) {
	t.Parallel()
	for filter, want := range map[string][2]string{
		`id = 7`:          {`("l"."id" = ?)`, `("l"."id" = ?)`},
		`not userKey="a"`: {`("l"."user_key" IS DISTINCT FROM ?)`, `("l"."user_key" IS DISTINCT FROM ?)`},
		`not id < 7`:      {`(("l"."id" < ?) IS NOT TRUE)`, `(("l"."id" < ?) IS NOT TRUE)`},
		`userKey < "a"`:   {`("l"."user_key" < ?)`, `("l"."user_key" COLLATE "C" < ?)`},
		`userKey.ToLower().Contains("a")`: {`(instr(lower("l"."user_key"), ?) > 0)`,
			`(strpos(lower("l"."user_key" COLLATE "C"), ?) > 0)`},
		`product.name = "a"`: {`(json_extract("l"."product", '$."name"') = ?)`, `(("l"."product"::json ->> 'name') = ?)`},
		`revoked or not (trace and id != 1)`: {`(("l"."revoked" = 1) OR ((("l"."trace" = 1) IS NOT TRUE) OR ("l"."id" = ?)))`,
			`(("l"."revoked") OR ((("l"."trace") IS NOT TRUE) OR ("l"."id" = ?)))`},
		`customer.country.name = "A"`: {
			`("l"."customer_id" IN (SELECT "l_1"."id" FROM "buyers" AS "l_1" WHERE ` +
				`("l_1"."country_id" IN (SELECT "l_1_1"."id" FROM "lands" AS "l_1_1" WHERE ("l_1_1"."name" = ?)))))`, ""},
		`customer.company in ("A", "B")`: {
			`(("l"."customer_id" IN (SELECT "l_1"."id" FROM "buyers" AS "l_1" WHERE ("l_1"."company" IN (?, ?)))))`, ""},
		`customer.company != "A"`: {
			`((SELECT "l_1"."company" FROM "buyers" AS "l_1" WHERE "l_1"."id" = "l"."customer_id") IS DISTINCT FROM ?)`, ""},
		`customer.country.name > "A"`: {
			`((SELECT "l_2"."name" FROM "lands" AS "l_2" WHERE "l_2"."id" = ` +
				`(SELECT "l_1"."country_id" FROM "buyers" AS "l_1" WHERE "l_1"."id" = "l"."customer_id")) > ?)`, ""},
		`id in (1, 2, null)`: {`(("l"."id" IN (?, ?)) OR ("l"."id" IS NULL))`, ""},
		`id > 1.5`:           {`(CAST("l"."id" AS REAL) > CAST(? AS REAL))`, `(CAST("l"."id" AS double precision) > CAST(? AS double precision))`},
	} {
		f, err := query.ParseFilter(licenses(), filter)
		if err != nil {
			t.Fatal(err)
		}
		for i, dialect := range []query.Dialect{query.SQLite, query.Postgres} {
			if got, args := f.SQL(dialect, "l"); want[i] != "" && got != want[i] || strings.Count(got, "?") != len(args) {
				t.Errorf("%s:\n got %s %v\nwant %s", filter, got, args, want[i])
			}
		}
	}
	f, err := query.ParseFilter(licenses(), `createdAt > DateTime(1970,1,2) and price in (1, 2.5) and userKey.Contains("?")`)
	if err != nil {
		t.Fatal(err)
	}
	_, args := f.SQL(query.SQLite, "l")
	if want := []any{int64(86_400_000_000), 1.0, 2.5, "?"}; !slices.Equal(args, want) {
		t.Errorf("the parameters are %v, not %v", args, want)
	}
}

func FuzzParseFilter(f *testing.F) {
	for _, filter := range atTheLimits() {
		f.Add(filter)
	}
	for _, filter := range []string{`Level="Warning"`, `not (id in (1, -2.5e3, null) or userKey.ToLower().EndsWith('a''b'))`,
		`string.IsNullOrEmpty(customer.country.name) && createdAt <= DateTime(2024,1,31,12,0,0)`, `"\ud83d\ude00" <> userKey`} {
		f.Add(filter)
	}
	schema := licenses()
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := query.ParseFilter(schema, text)
		if err != nil {
			if f := fault.Of(err); f == nil || f.Kind != fault.Invalid || f.Field != "filter" {
				t.Fatalf("not a fault of the filter: %v", err)
			}
			return
		}
		parsed.Match(row{})
		for _, dialect := range []query.Dialect{query.SQLite, query.Postgres} {
			sql, args := parsed.SQL(dialect, "l")
			if strings.Count(sql, "?") != len(args) || len(sql) > 1<<17 {
				t.Fatalf("%d parameters for %.2000s", len(args), sql)
			}
		}
	})
}
