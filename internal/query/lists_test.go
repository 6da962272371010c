package query_test

import (
	"strings"
	"testing"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/query"
)

// catalogue is a schema of a few kinds of members: books, their author, the
// author's agent, and the books of an author.
func catalogue() *query.Schema {
	book := &query.Schema{Name: "book", Fields: map[string]*query.Field{}, Relations: map[string]*query.Relation{}}
	author := &query.Schema{Name: "author", Fields: map[string]*query.Field{}, Relations: map[string]*query.Relation{}}
	print := &query.Schema{Name: "print", Fields: map[string]*query.Field{
		"town": {Name: "town", Column: "print", Kind: query.Text, Nullable: true, JSON: "town"},
	}}
	for _, f := range []*query.Field{
		{Name: "id", Column: "id", Kind: query.Int}, {Name: "bookTitle", Column: "title", Kind: query.Text},
		{Name: "tags", Column: "tags"}, {Name: "cover"}, {Name: "print", Column: "print"},
	} {
		book.Fields[entity.Fold(f.Name)] = f
	}
	author.Fields["name"] = &query.Field{Name: "name", Column: "name", Kind: query.Text}
	book.Relations["author"] = &query.Relation{Name: "author", Column: "author_id", Join: "id", Table: "authors", Target: func() *query.Schema { return author }}
	book.Relations["editor"] = &query.Relation{Name: "editor", Column: "editor_id", Join: "id", Table: "authors", Target: func() *query.Schema { return author }}
	book.Relations["print"] = &query.Relation{Name: "print", Target: func() *query.Schema { return print }}
	author.Relations["agent"] = &query.Relation{Name: "agent", Column: "agent_id", Join: "id", Table: "authors", Target: func() *query.Schema { return author }}
	author.Relations["books"] = &query.Relation{Name: "books", Many: true, Column: "id", Join: "author_id", Table: "books", Target: func() *query.Schema { return book }}
	return book
}

func TestSorts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, sqlite, postgres string }{
		{"Id", `"b"."id"`, `"b"."id"`},
		{" BOOKTITLE Descending ", `"b"."title" down`, `("b"."title" COLLATE "C") down`},
		{"id asc,id desc", `"b"."id", "b"."id" down`, `"b"."id", "b"."id" down`},
		{"print.town", `json_extract("b"."print", '$."town"')`, `(("b"."print"::json ->> 'town') COLLATE "C")`},
		{"it.id, IT . id desc", `"b"."id", "b"."id" down`, `"b"."id", "b"."id" down`},
		{"author.name", `(SELECT "b_1"."name" FROM "authors" AS "b_1" WHERE "b_1"."id" = "b"."author_id")`,
			`((SELECT "b_1"."name" FROM "authors" AS "b_1" WHERE "b_1"."id" = "b"."author_id") COLLATE "C")`},
	} {
		keys, err := query.ParseSort(catalogue(), c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		for d, want := range map[query.Dialect]string{query.SQLite: c.sqlite, query.Postgres: c.postgres} {
			var got []string
			for _, k := range keys {
				sql := k.SQL(d, "b")
				if k.Descending {
					sql += " down"
				}
				got = append(got, sql)
			}
			if strings.Join(got, ", ") != want {
				t.Errorf("%q: %s", c.text, strings.Join(got, ", "))
			}
		}
	}
}

func TestSelects(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Id": "id", "ID, booktitle": "id bookTitle", "new(BookTitle,Id)": "bookTitle id", " NEW ( id ) ": "id",
		"id, ID, id": "id", "it.author, tags,cover": "author tags cover", "print": "print",
	} {
		p, err := query.ParseSelect(catalogue(), text)
		if err != nil || strings.Join(p.Names, " ") != want || len(p.Fields)+len(p.Relations) != len(p.Names) {
			t.Errorf("%q: %+v, %v", text, p, err)
		}
	}
}

// tree writes an include with brackets around what comes with a relation.
func tree(all []*query.Include) string {
	var parts []string
	for _, node := range all {
		part := node.Relation.Name
		if len(node.With) > 0 {
			part += "(" + tree(node.With) + ")"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " ")
}

func TestIncludes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Author": "author", "author,AUTHOR": "author", "author.agent, author.books.author": "author(agent books(author))",
		"author.agent.agent.books": "author(agent(agent(books)))",
	} {
		if all, err := query.ParseInclude(catalogue(), text); err != nil || tree(all) != want {
			t.Errorf("%q: %s, %v", text, tree(all), err)
		}
	}
}

func TestWhatSortsSelectsAndIncludesAreNot(t *testing.T) {
	t.Parallel()
	var wide []string // 22 relations
	for _, way := range []string{"agent.agent.agent", "agent.agent.books", "agent.books.author", "books.author.agent", "books.author.books"} {
		wide = append(wide, "author."+way, "editor."+way)
	}
	long := strings.Repeat("id,", 2000)
	for _, c := range []struct{ parameter, text, want string }{
		{"sort", "", "character 1: expected a member, found the end"},
		{"sort", "it.", "character 4: expected a member, found the end"},
		{"sort", "it", "character 1: book has no member \"it\""},
		{"sort", "id,", "character 4: expected a member, found the end"},
		{"sort", "ä, x", "character 1: book has no member \"ä\"; expected one of bookTitle, id"},
		{"sort", "id up", "character 4: expected a comma, asc or desc, found \"up\""},
		{"sort", "id desc asc", "character 9: expected a comma"},
		{"sort", "tags", "character 1: \"tags\" has no single value"},
		{"sort", "author", "character 1: \"author\" has no single value"},
		{"sort", "print", "has no single value"},
		{"sort", "author.books.id", "character 8: books is a list"},
		{"sort", "publisher.name", "character 1: book has no relation \"publisher\"; expected one of author, editor"},
		{"sort", "author.agent.agent.agent.agent.agent.name", "expected at most 5 relations"},
		{"sort", "id,id,id,id,id,id,id,id,id", "character 25: expected at most 8"},
		{"sort", "id; drop table books", "character 3: expected"},
		{"sort", "id\x00", "null character"},
		{"sort", long, "4096"},
		{"select", "", "character 1: expected a member, found the end"},
		{"select", "new(id", "character 7: expected a comma or ), found the end"},
		{"select", "new()", "character 5: expected a member"},
		{"select", "id)", "character 3: expected a comma or the end"},
		{"select", "id as number", "character 4: expected a comma or the end: members keep their names"},
		{"select", "author.name", "character 7: expected a member of book itself; select \"author\" as a whole"},
		{"select", "x", "character 1: book has no member \"x\"; expected one of author, bookTitle, cover, editor, id, print, tags"},
		{"select", "*", "character 1: expected"},
		{"include", "", "character 1: expected a relation, found the end"},
		{"include", "id", "character 1: book has no relation \"id\"; expected one of author, editor"},
		{"include", "print", "character 1: "},
		{"include", "author.", "character 8: expected a relation, found the end"},
		{"include", "author agent", "character 8: expected a comma or a dot, found \"agent\""},
		{"include", strings.Join(wide, ","), "expected at most 16 relations"},
		{"include", "author.agent.agent.agent.agent", "character 26: expected at most 4 relations"},
	} {
		err := parseList(c.parameter, c.text)
		if f := fault.Of(err); f == nil || f.Kind != fault.Invalid || f.Field != c.parameter || !strings.Contains(f.Message, c.want) {
			t.Errorf("%s %.60q: %v; want %q", c.parameter, c.text, err, c.want)
		}
	}
}

func parseList(parameter, text string) (err error) {
	switch parameter {
	case "sort":
		_, err = query.ParseSort(catalogue(), text)
	case "select":
		_, err = query.ParseSelect(catalogue(), text)
	default:
		_, err = query.ParseInclude(catalogue(), text)
	}
	return err
}

// FuzzLists: whatever the text, it is read or refused as the parameter's fault.
func FuzzLists(f *testing.F) {
	for _, seed := range []string{"id desc, author.name", "new(id, author)", "author.books.author, author", "a.b.c..", "new(", "\"x\"", "1.5e", "'\\u"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, parameter := range []string{"sort", "select", "include"} {
			err := parseList(parameter, text)
			if fault := fault.Of(err); err != nil && (fault == nil || fault.Field != parameter) {
				t.Errorf("%s %q: %v", parameter, text, err)
			}
		}
	})
}
