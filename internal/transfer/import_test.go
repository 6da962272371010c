package transfer_test

import (
	"strings"
	"testing"

	"github.com/licet/licet/internal/store"
	"github.com/licet/licet/internal/store/storetest"
	"github.com/licet/licet/internal/transfer"
)

// stockFile is the file of the stock, the same whatever the engine.
func stockFile(t *testing.T) string {
	t.Helper()
	url, _ := stocked(t, store.SQLite)
	return exported(t, url)
}

// replaced changes the row of a kind that has id first; old must be there.
func replaced(t *testing.T, file, kind, old, now string) string {
	t.Helper()
	done := 0
	changed := change(t, file, func(rows []string) []string {
		for i, row := range rows {
			if done == 0 && strings.HasPrefix(row, `{"kind":"`+kind+`"`) && strings.Contains(row, old) {
				rows[i], done = strings.Replace(row, old, now, 1), 1
			}
		}
		return rows
	})
	if done == 0 {
		t.Fatalf("no %s has %s", kind, old)
	}
	return changed
}

func TestBadRowsAreRefusedWithTheirLine(t *testing.T) {
	t.Parallel()
	file := stockFile(t)
	for name, c := range map[string]struct{ kind, old, now, says string }{
		"text for a number":   {"customers", `"id":1`, `"id":"1"`, "id: must be an integer"},
		"a fraction":          {"customers", `"id":1`, `"id":1.5`, "id: must be an integer"},
		"too large":           {"customers", `"id":1`, `"id":9223372036854775808`, "id: must be an integer"},
		"an object":           {"customers", `"id":1`, `"id":{}`, "id: must be an integer"},
		"null":                {"customers", `"id":1`, `"id":null`, "id: must not be null"},
		"number for a text":   {"settings", `"value":"`, `"value":1,"x":"`, "value: must be a string"},
		"truth for a number":  {"resources", `"is_default":true`, `"is_default":1`, "is_default: must be true or false"},
		"no time":             {"settings", `"updated_at":"`, `"updated_at":"x`, "updated_at: must be a time"},
		"finer than a micro":  {"settings", `Z"`, `1Z"`, "finer than a microsecond"},
		"no base64":           {"api_keys", `"key_hash":"`, `"key_hash":"!`, "key_hash: must be base64"},
		"unknown member":      {"customers", `"id":1`, `"id":1,"idd":2`, `"idd" is no column of customers`},
		"a member twice":      {"customers", `"id":1`, `"id":1,"id":1`, "id: is there twice"},
		"a member missing":    {"customers", `"id":1,`, ``, "id: is missing"},
		"unknown kind":        {"customers", `"customers"`, `"sessions"`, `"sessions" is no kind`},
		"more than a row":     {"customers", `"row":`, `"more":1,"row":`, "not a row as JSON"},
		"twice a value":       {"customers", `}}`, `}} {}`, "something behind it"},
		"no JSON":             {"customers", `"row":`, `"row":,`, "not a row as JSON"},
		"an array":            {"customers", `"row":{"id":1`, `"row":["id",1],"x":{"id":1`, "not a row as JSON"},
		"NUL":                 {"customers", `"title":"`, `"title":"\u0000`, "title: has the character NUL"},
		"invalid UTF-8":       {"customers", `"title":"`, "\"title\":\"\xff", "not valid UTF-8"},
		"a key of the server": {"server_state", `"name":"`, `"name":"lease_clock","x":"`, "no column"},
		"the server's own":    {"server_state", `"name":"server_state.name 0"`, `"name":"server_key_check"`, "the server's own"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, look := at(t, store.SQLite)
			o := brought(t, url, replaced(t, file, c.kind, c.old, c.now), false)
			if len(o.bad()) == 0 || !strings.Contains(o.bad()[0].Message, c.says) || o.bad()[0].Line == 0 || o.bad()[0].Result != transfer.Invalid {
				t.Errorf("%v, %+v; want %q", o.err, o.bad(), c.says)
			}
			look(func(s *store.Store) { isEmpty(t, s) })
		})
	}
}

func isEmpty(t *testing.T, s *store.Store) {
	t.Helper()
	for table, rows := range contents(t, s) {
		t.Errorf("%s has %q", table, rows)
	}
}

func TestBadFilesAreRefusedWhole(t *testing.T) {
	t.Parallel()
	file := stockFile(t)
	lines := strings.SplitAfter(file, "\n")
	for name, c := range map[string]struct{ file, says string }{
		"empty":             {"", "is empty"},
		"another":           {`{"a":1}`, "line 1: this is no file of licet export"},
		"text":              {"hello\n", "line 1: this is no file of licet export"},
		"only a header":     {lines[0], "cut off behind line 1"},
		"cut":               {strings.Join(lines[:20], ""), "cut off behind line 20"},
		"cut within a line": {file[:len(file)/2], "cut off"},
		"a row lost":        {strings.Join(append(append([]string{}, lines[:9]...), lines[10:]...), ""), "its last line says"},
		"a byte changed":    {strings.Replace(file, "customers.title 0", "customers.title 7", 1), "changed or damaged"},
		"more behind":       {file + "{}\n", "something behind the last line"},
		"newer format":      {strings.Replace(file, `"format":1`, `"format":2`, 1), "format 2"},
		"other schema":      {strings.Replace(file, `"schema":`, `"schema":9`, 1), "schema version 9"},
		"no time":           {strings.Replace(file, `"at":"2096-10-02T07:06:40Z"`, `"at":null`, 1), "at: must be"},
		"a huge line":       {lines[0] + strings.Repeat("x", 65<<20), "line 2: the line is too long"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := transfer.Check(t.Context(), strings.NewReader(c.file), 1, func(transfer.Result) {}, nil)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v; want %q", err, c.says)
			}
		})
	}
}

// TestRowsThatDoNotFit: what only the database can tell, in empty books, where a
// bad row stops the import before its batch, and in a dry run, which tells all.
func TestRowsThatDoNotFit(t *testing.T) {
	t.Parallel()
	file := stockFile(t)
	storetest.Each(t, func(t *testing.T, url string) {
		for name, c := range map[string]struct{ kind, old, now, result, says string }{
			"reference":       {"contacts", `"customer_id":1`, `"customer_id":99`, transfer.Invalid, "customer_id: there is no row 99 of customers"},
			"id twice":        {"products", `"id":2`, `"id":1`, transfer.Conflict, "a row with this id is there and differs in code, "},
			"what is unique":  {"licenses", `"user_key":"KEY-2"`, `"user_key":"KEY-1"`, transfer.Conflict, "only one may have"},
			"a contradiction": {"license_tokens", `"kind":1`, `"kind":2`, transfer.Invalid, "contradict"},
			"a negative":      {"seat_pools", `"held":1`, `"held":-1`, transfer.Invalid, "not admitted"},
		} {
			changed := replaced(t, file, c.kind, c.old, c.now)
			o := brought(t, url, changed, true)
			if o.err == nil || !strings.Contains(o.err.Error(), "nothing was written") || len(o.bad()) == 0 || o.bad()[0].Kind != c.kind || o.bad()[0].Result != c.result || !strings.Contains(o.bad()[0].Message, c.says) {
				t.Errorf("%s: %v, %+v", name, o.err, o.bad())
			}
			if n := int(o.summary.Bad() + o.summary[transfer.Inserted] + o.summary[transfer.Unchanged]); n != len(rowsOf(file)) || len(o.results) != n {
				t.Errorf("%s: %v of %d rows, %d results", name, o.summary, len(rowsOf(file)), len(o.results))
			}
		}
		s := storetest.Open(t, url)
		isEmpty(t, s)
	})
}

func TestSeatsMustAddUp(t *testing.T) {
	t.Parallel()
	file := stockFile(t)
	storetest.Each(t, func(t *testing.T, url string) {
		for _, held := range []string{"0", "2"} {
			o := brought(t, url, replaced(t, file, "seat_pools", `"held":1`, `"held":`+held), true)
			if o.err == nil || !strings.Contains(o.err.Error(), "has given "+held+" seats of kind 1, and there are 1 license_tokens") {
				t.Errorf("%v", o.err)
			}
		}
	})
}

// TestABadRowStopsAnImportIntoEmptyBooks: before its batch, and no server opens
// these books until the corrected file is in.
func TestABadRowStopsAnImportIntoEmptyBooks(t *testing.T) {
	t.Parallel()
	file := stockFile(t)
	for _, engine := range []store.Engine{store.SQLite, store.Postgres} {
		t.Run(engine.String(), func(t *testing.T) {
			t.Parallel()
			url, look := at(t, engine)
			o := brought(t, url, replaced(t, file, "contacts", `"customer_id":2`, `"customer_id":99`), false)
			if o.err == nil || len(o.bad()) != 1 || o.summary[transfer.Skipped] != stockRows-1 {
				t.Fatalf("%v, %v, %v", o.err, o.summary, o.bad())
			}
			look(func(s *store.Store) {
				there := contents(t, s)
				if len(there["customers"]) != stockRows || there["contacts"] != nil {
					t.Errorf("customers %q, contacts %q", there["customers"], there["contacts"])
				}
				if err := transfer.Unfinished(t.Context(), s); err == nil {
					t.Error("a server may open the books")
				}
			})
			if _, err := tryExport(t, url); err == nil {
				t.Error("half of the books can be exported")
			}
			if o := brought(t, url, file, false); o.err != nil || o.summary[transfer.Unchanged] == 0 {
				t.Fatalf("the corrected file: %v, %v, %v", o.err, o.summary, o.bad())
			}
			look(func(s *store.Store) {
				if err := transfer.Unfinished(t.Context(), s); err != nil {
					t.Error(err)
				}
			})
			if got := exported(t, url); strings.Join(rowsOf(got), "\n") != strings.Join(rowsOf(file), "\n") {
				t.Error("the books differ from the file")
			}
		})
	}
}

// TestBooksWithRowsAreJudgedFirst: the same rows again change nothing, another
// row with the id of one is told and not written, nor is anything else.
func TestBooksWithRowsAreJudgedFirst(t *testing.T) {
	t.Parallel()
	file := stockFile(t)
	for _, engine := range []store.Engine{store.SQLite, store.Postgres} {
		t.Run(engine.String(), func(t *testing.T) {
			t.Parallel()
			url, look := at(t, engine)
			if o := brought(t, url, file, false); o.err != nil {
				t.Fatal(o.err)
			}
			var want map[string][]string
			look(func(s *store.Store) { want = contents(t, s) })
			if o := brought(t, url, file, false); o.err != nil || o.summary[transfer.Unchanged] != int64(len(rowsOf(file))) || len(o.results) != len(rowsOf(file)) {
				t.Errorf("the same again: %v, %v, %d results", o.err, o.summary, len(o.results))
			}
			// A new row comes before the one that differs.
			changed := replaced(t, file, "audit_entries", `"address":"`, `"address":"other `)
			changed = change(t, changed, func(rows []string) []string {
				for _, row := range rows {
					if strings.HasPrefix(row, `{"kind":"custom_tags","row":{"id":3,`) {
						return append([]string{strings.NewReplacer(`"id":3`, `"id":4`, `tag_name":"`, `tag_name":"new `).Replace(row)}, rows...)
					}
				}
				return rows
			})
			o := brought(t, url, changed, false)
			if bad := o.bad(); o.err == nil || len(bad) != 1 || bad[0].Result != transfer.Conflict || bad[0].Message != "a row with this id is there and differs in address" {
				t.Errorf("%v, %+v", o.err, bad)
			}
			look(func(s *store.Store) {
				equalBooks(t, contents(t, s), want)
				if err := transfer.Unfinished(t.Context(), s); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestTheServerKeyMustBeTheSame(t *testing.T) {
	t.Parallel()
	file := stockFile(t)
	storetest.Each(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		other := newVault(t, 2)
		c, err := transfer.Check(t.Context(), strings.NewReader(file), int64(len(file)), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		im := transfer.Importer{Store: s, File: strings.NewReader(file), Contents: c, Report: func(transfer.Result) {}}
		for range 2 {
			if _, err := im.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "another server key") {
				t.Errorf("with %v: %v", im.Vault, err)
			}
			im.Vault = other
		}
		isEmpty(t, s)
		// The books are another key's already.
		if err := other.Check(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		im.Vault = newVault(t, 1)
		if _, err := im.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "server key") {
			t.Errorf("into books of another key: %v", err)
		}
		isEmpty(t, s)
		noCheck := strings.Replace(file, `"serverKeyCheck":"`, `"serverKeyCheck":"","x":"`, 1)
		if _, err := transfer.Check(t.Context(), strings.NewReader(noCheck), 1, nil, nil); err == nil {
			t.Error("an unknown member in the header")
		}
	})
}
