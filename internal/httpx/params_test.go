package httpx_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx"
)

func TestQuery(t *testing.T) {
	t.Parallel()
	var seen listQuery
	router, err := httpx.NewRouter(httpx.Options{Auth: door{}}, sample(
		httpx.Op("GET", "/v1/q", "q", httpx.Public(), func(_ context.Context, q *listQuery) (*echo, error) {
			seen = *q
			return &echo{}, nil
		})))
	if err != nil {
		t.Fatal(err)
	}
	h := &house{Router: router}
	five, yes := int64(5), true
	since, err := entity.ParseTime("2026-01-31")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		query string
		want  listQuery
		wrong string
	}{
		{"", listQuery{}, ""},
		{"take=3&skip=5&deep=true&since=2026-01-31&filter=a%20b%26", listQuery{Take: 3, Skip: &five, Deep: &yes, Since: since, Filter: "a b&"}, ""},
		{"TAKE=3&Deep=1", listQuery{Take: 3, Deep: &yes}, ""},
		{"take=&skip=&deep=&since=&filter=", listQuery{}, ""},
		{"unknown=1&take=3&%zz=1", listQuery{}, "the query is not well escaped"},
		{"unknown=%zz&take=3", listQuery{Take: 3}, ""},
		{"&&take=3&", listQuery{Take: 3}, ""},
		{"filter=a;b", listQuery{Filter: "a;b"}, ""},
		{"filter=a=b", listQuery{Filter: "a=b"}, ""},
		{"tag=a&tag=b", listQuery{Tags: []string{"a", "b"}}, ""},
		{"take=x", listQuery{}, `take: expected a whole number, got "x"`},
		{"take=1.5", listQuery{}, `take: expected a whole number, got "1.5"`},
		{"skip=99999999999999999999", listQuery{}, "skip: the number 99999999999999999999 is out of range"},
		{"deep=maybe", listQuery{}, `deep: expected true or false, got "maybe"`},
		{"since=later", listQuery{}, `since: "later" is not a date such as 2026-01-31T12:00:00Z`},
		{"filter=%zz", listQuery{}, "filter: the value is not well escaped"},
		{"filter=%00", listQuery{}, "filter: the value is not text: it has invalid UTF-8 or a NUL"},
		{"filter=%ff", listQuery{}, "filter: the value is not text: it has invalid UTF-8 or a NUL"},
		{"take=1&take=2", listQuery{}, "take: the parameter is given more than once"},
		{"take=1&TAKE=1", listQuery{}, "take: the parameter is given more than once"},
	} {
		seen = listQuery{}
		w := h.call("GET", "/v1/q?"+c.query, "", "")
		if c.wrong != "" {
			if got := decode[seatProblem](t, w); w.Code != 400 || join(got.Field, got.Title) != c.wrong {
				t.Errorf("%s: %d %q, want %q", c.query, w.Code, join(got.Field, got.Title), c.wrong)
			}
			continue
		}
		if got, want := asJSON(t, seen), asJSON(t, c.want); w.Code != 200 || got != want {
			t.Errorf("%s: %d %s, want %s", c.query, w.Code, got, want)
		}
	}
}

func join(field, message string) string {
	if field == "" {
		return message
	}
	return field + ": " + message
}

// asJSON shows a listQuery, whose fields have no JSON names of their own.
func asJSON(t *testing.T, q listQuery) string {
	t.Helper()
	b, err := json.Marshal([]any{q.Take, q.Skip, q.Filter, q.Deep, q.Since, q.Tags})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// sample is the surface of seats with other operations.
func sample(ops ...httpx.Operation) httpx.Surface {
	s := seats()
	s.Prefixes = []string{"/"}
	s.Ops = ops
	return s
}

func TestQueryTextSurvives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var seen string
		op := httpx.Op("GET", "/q", "q", httpx.Public(), func(_ context.Context, q *listQuery) (*echo, error) {
			seen = q.Filter
			return &echo{}, nil
		})
		router, err := httpx.NewRouter(httpx.Options{}, sample(op))
		if err != nil {
			rt.Fatal(err)
		}
		want := strings.ReplaceAll(rapid.String().Draw(rt, "filter"), "\x00", "")
		h := &house{Router: router}
		if w := h.call("GET", "/q?x=1&filter="+url.QueryEscape(want)+"&take=1", "", ""); w.Code != 200 || seen != want {
			rt.Fatalf("%d: %q became %q", w.Code, want, seen)
		}
	})
}

func FuzzQuery(f *testing.F) {
	for _, s := range []string{"take=3&deep=true", "filter=%ff", "take=1&take=2", "since=2026-01-31", "a=%zz", "&=&", "tag=a&tag=b", "take=%00"} {
		f.Add(s)
	}
	h := newHouse(f)
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest("GET", "/v1/query", nil)
		r.URL.RawQuery = query
		r.Header.Set("X-Api-Key", "admin")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 200 && w.Code != 400 || !json.Valid(w.Body.Bytes()) {
			t.Fatalf("%q: %d %s", query, w.Code, w.Body)
		}
	})
}
