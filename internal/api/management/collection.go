package management

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"strings"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
	"github.com/licet/licet/internal/httpx"
)

// collection declares an entity: its place, names, roles and service functions.
// Its operations are GET, POST and PUT of path, and DELETE of path/{id}.
type collection[T any] struct {
	path  string // "/v1/products"; its wildcards are parents: "/v1/products/{productId}/releases"
	id    string // names the id in the path and in the answer of an insertion: "productId"
	item  string // names the entity in a body: "product"
	items string // names the list in an answer: "products"
	noun  string // for people: "product"

	onInsert, onUpdate, onDelete string // what the OpenAPI document says further; may be empty

	ours         bool // all of it is an addition of ours
	adds         bool // its insertion is
	namesParents bool // the body of an insertion names the parents beside the entity

	read, write, remove []entity.Role
	writeKeyless        func() bool // writing is open without a credential while it says so; nil: never

	// The service functions. A collection with parents gets them from within,
	// with the ids of the parents in the order of the path.
	list   func(context.Context, entity.Page) (*entity.List[T], error)
	insert func(context.Context, entity.Sent[T]) (*T, error) // nil: there is no such operation
	update func(context.Context, entity.Sent[T]) (*T, error) // nil: there is no such operation
	delete func(context.Context, int64) error
	within func(c *collection[T], parents []int64)

	key  func(*T) int64 // the id of an entity
	show func(*T)       // makes a row fit to be shown; nil: it is as it is

	inserted func(*T) httpx.Object // further members of the answer to an insertion; nil: none
	updated  func(*T) httpx.Object // of the answer to an update
}

// unsent is what every update does with members that were not sent.
const unsent = "Members that are left out or null: lists and secrets are unchanged ([] clears a list), other members are cleared."

// done heads every answer.
func done(more ...httpx.Member) httpx.Object {
	return append(httpx.Object{{Name: "success", Value: true}, {Name: "code", Value: 0}, {Name: "message", Value: ""}}, more...)
}

func (c collection[T]) operations() []httpx.Operation {
	put := httpx.Object{{Name: c.item, Value: *new(T)}}
	post := put
	if c.namesParents {
		for _, name := range wildcards(c.path) {
			post = append(httpx.Object{{Name: name, Value: int64(0)}}, post...)
		}
	}
	all := []httpx.Operation{listOf(c.path, c.items, "List "+plural(c.noun), c.read, c.show,
		func(ctx context.Context, parents []int64, page entity.Page) (*entity.List[T], error) {
			return c.of(parents).list(ctx, page)
		})}
	write := httpx.Roles(c.write...).OpenWhile(c.writeKeyless)
	if c.insert != nil || c.within != nil {
		insert := op(http.MethodPost, c.path, "Insert "+article(c.noun), write, c.post).
			WithItem(c.item).WithRequestSchema(post).
			WithResponseSchema(c.insertion(new(T))).WithDescription(c.onInsert)
		insert.Added = c.adds
		all = append(all, insert)
	}
	if c.update != nil || c.within != nil {
		all = append(all, op(http.MethodPut, c.path, "Replace "+article(c.noun), write, c.put).
			WithItem(c.item).WithRequestSchema(put).
			WithResponseSchema(done(extras(c.updated, new(T))...)).WithDescription(strings.TrimSpace(unsent+" "+c.onUpdate)))
	}
	all = append(all, op(http.MethodDelete, c.path+"/{"+c.id+"}", "Delete "+article(c.noun), httpx.Roles(c.remove...), c.drop).
		WithResponseSchema(done()).WithDescription(c.onDelete))
	for i := range all {
		all[i].Added = all[i].Added || c.ours
	}
	return all
}

// of is the collection of these parents.
func (c collection[T]) of(parents []int64) collection[T] {
	if c.within != nil {
		c.within(&c, parents)
	}
	return c
}

func (c collection[T]) insertion(v *T) httpx.Object {
	id := httpx.Member{Name: c.id, Value: c.key(v)}
	return append(httpx.Object{id}, done(extras(c.inserted, v)...)...)
}

func extras[T any](of func(*T) httpx.Object, v *T) httpx.Object {
	if of == nil {
		return nil
	}
	return of(v)
}

// pathIDs are the ids in the path of a request, in its order.
type pathIDs struct {
	IDs []int64 `path:"*"`
}

// itemRequest is {"product": {…}} about what its path names.
type itemRequest[T any] struct {
	pathIDs
	Body httpx.ItemOf[entity.Sent[T]] `body:""`
}

func (c collection[T]) post(ctx context.Context, r *itemRequest[T]) (*httpx.Object, error) {
	in, err := r.sent(c.path, c.item)
	if err != nil {
		return nil, err
	}
	v, err := c.of(r.IDs).insert(ctx, in)
	if err != nil {
		return nil, under(c.item, err)
	}
	answer := c.insertion(v)
	return &answer, nil
}

func (c collection[T]) put(ctx context.Context, r *itemRequest[T]) (*httpx.Object, error) {
	in, err := r.sent(c.path, c.item)
	if err != nil {
		return nil, err
	}
	if c.key(&in.Value) == 0 {
		return nil, fault.Bad(c.item+".id", "is missing")
	}
	v, err := c.of(r.IDs).update(ctx, in)
	if err != nil {
		return nil, under(c.item, err)
	}
	answer := done(extras(c.updated, v)...)
	return &answer, nil
}

func (c collection[T]) drop(ctx context.Context, r *pathIDs) (*httpx.Object, error) {
	parents, id := r.IDs[:len(r.IDs)-1], r.IDs[len(r.IDs)-1]
	if err := c.of(parents).delete(ctx, id); err != nil {
		return nil, err
	}
	answer := done()
	return &answer, nil
}

// sent is the entity in the body. Ids beside it that are not those of the path
// are a mistake; 0 says nothing.
func (r *itemRequest[T]) sent(path, item string) (in entity.Sent[T], err error) {
	if !r.Body.Given {
		return in, fault.Bad(item, "is missing")
	}
	for i, name := range wildcards(path) {
		raw, ok := r.Body.Beside[entity.Fold(name)]
		if !ok {
			continue
		}
		var id int64
		if err := json.Unmarshal(raw, &id); err != nil {
			return in, fault.Bad(name, "expected a whole number")
		}
		if id != 0 && id != r.IDs[i] {
			return in, fault.Bad(name, "is %d, but the path says %d", id, r.IDs[i])
		}
	}
	return r.Body.Value, nil
}

// wildcards are the names of a path's parameters.
func wildcards(path string) []string {
	var names []string
	for part := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(part, "{") {
			names = append(names, strings.Trim(part, "{}"))
		}
	}
	return names
}

// plural and article are enough English for the nouns of the page.
func plural(noun string) string {
	if stem, ok := strings.CutSuffix(noun, "y"); ok && !strings.HasSuffix(stem, "e") {
		return stem + "ies"
	}
	return noun + "s"
}

func article(noun string) string {
	if strings.Contains("aeioAEIO", noun[:1]) {
		return "an " + noun
	}
	return "a " + noun
}

// byID is a request about the entity that its path names.
type byID struct {
	ID int64 `path:"1"`
}

// under names a member of the body by its whole path.
func under(item string, err error) error {
	f := fault.Of(err)
	if f == nil || f.Field == "" || strings.HasPrefix(f.Field, item+".") {
		return err
	}
	at := *f
	at.Field = item + "." + f.Field
	return &at
}

// listQuery are the parameters of a list.
type listQuery struct {
	Take    *int64 `query:"take" doc:"At most this many; all when left out"`
	Skip    *int64 `query:"skip" doc:"Leave out this many at the start"`
	Select  string `query:"select" doc:"Only these members of each item, such as: id, name"`
	Filter  string `query:"filter" doc:"Only items for which this holds, such as: name.StartsWith(\"A\") and createdAt > \"2026-01-01\""`
	Include string `query:"include" doc:"Relations to show with each item, such as: customer, order.customer"`
	Sort    string `query:"sort" doc:"Members to sort by, such as: createdAt desc, id; by the primary key when left out"`
}

// page is the part of a list that the parameters mean.
func (q *listQuery) page() (entity.Page, error) {
	p := entity.Page{Skip: q.Skip, Take: q.Take, Filter: q.Filter, Sort: q.Sort, Select: q.Select, Include: q.Include}
	return p, p.Validate()
}

// listOp declares an operation that answers a list under a name.
func listOp[Req, T any](path, items, summary string, access httpx.Access, show func(*T), list func(context.Context, *Req) (*entity.List[T], error)) httpx.Operation {
	total := "total" + strings.ToUpper(items[:1]) + items[1:] + "Count"
	return op(http.MethodGet, path, summary, access, func(ctx context.Context, req *Req) (*httpx.ListOf[T], error) {
		l, err := list(ctx, req)
		if err != nil {
			return nil, err
		}
		answer := answered(items, l)
		answer.Items = shown(l.Items, show)
		answer.Tail = func() httpx.Object { return httpx.Object{{Name: total, Value: l.Total}} }
		return answer, nil
	}).WithResponseSchema(done(httpx.Member{Name: items, Value: []T(nil)}, httpx.Member{Name: total, Value: int64(0)}))
}

// answered begins the answer of a list under a name, with what was selected.
func answered[T any](items string, l *entity.List[T]) *httpx.ListOf[T] {
	return &httpx.ListOf[T]{Head: done(), Name: items, Only: l.Members, Items: l.Items}
}

// listRequest asks for a list about what its path names, if it names something.
type listRequest struct {
	pathIDs
	listQuery
}

// listOf declares a list that is cut by the ids in its path.
func listOf[T any](path, items, summary string, read []entity.Role, show func(*T), list func(context.Context, []int64, entity.Page) (*entity.List[T], error)) httpx.Operation {
	return listOp(path, items, summary, httpx.Roles(read...), show, func(ctx context.Context, q *listRequest) (*entity.List[T], error) {
		page, err := q.page()
		if err != nil {
			return nil, err
		}
		return list(ctx, q.IDs, page)
	})
}

// shown is the items as they are shown.
func shown[T any](items iter.Seq2[T, error], show func(*T)) iter.Seq2[T, error] {
	if show == nil {
		return items
	}
	return func(yield func(T, error) bool) {
		for v, err := range items {
			if err == nil {
				show(&v)
			}
			if !yield(v, err) {
				return
			}
		}
	}
}
