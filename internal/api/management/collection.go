package management

import (
	"context"
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
	path  string // "/v1/products"
	id    string // names the id in the path and in the answer of an insertion: "productId"
	item  string // names the entity in a body: "product"
	items string // names the list in an answer: "products"
	noun  string // for people: "product"

	onInsert, onUpdate string // what the OpenAPI document says further; may be empty

	read, write, remove []entity.Role
	writeKeyless        func() bool // writing is open without a credential while it says so; nil: never

	list   func(context.Context, entity.Page) (*entity.List[T], error)
	insert func(context.Context, entity.Sent[T]) (*T, error) // nil: there is no such operation
	update func(context.Context, entity.Sent[T]) (*T, error) // nil: there is no such operation
	delete func(context.Context, int64) error

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
	all := []httpx.Operation{
		listOp(c.path, c.items, "List "+c.noun+"s", httpx.Roles(c.read...), c.show,
			func(ctx context.Context, q *listQuery) (*entity.List[T], error) {
				page, err := q.page()
				if err != nil {
					return nil, err
				}
				return c.list(ctx, page)
			}),
	}
	write := httpx.Roles(c.write...).OpenWhile(c.writeKeyless)
	if c.insert != nil {
		all = append(all, op(http.MethodPost, c.path, "Insert a "+c.noun, write, c.post).
			WithItem(c.item).WithRequestSchema(httpx.Object{{Name: c.item, Value: *new(T)}}).
			WithResponseSchema(c.insertion(new(T))).WithDescription(c.onInsert))
	}
	if c.update != nil {
		all = append(all, op(http.MethodPut, c.path, "Replace a "+c.noun, write, c.put).
			WithItem(c.item).WithRequestSchema(httpx.Object{{Name: c.item, Value: *new(T)}}).
			WithResponseSchema(done(extras(c.updated, new(T))...)).WithDescription(strings.TrimSpace(unsent+" "+c.onUpdate)))
	}
	return append(all, op(http.MethodDelete, c.path+"/{"+c.id+"}", "Delete a "+c.noun, httpx.Roles(c.remove...), c.drop).
		WithResponseSchema(done()))
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

func (c collection[T]) post(ctx context.Context, body *httpx.ItemOf[entity.Sent[T]]) (*httpx.Object, error) {
	if !body.Given {
		return nil, fault.Bad(c.item, "is missing")
	}
	v, err := c.insert(ctx, body.Value)
	if err != nil {
		return nil, under(c.item, err)
	}
	answer := c.insertion(v)
	return &answer, nil
}

func (c collection[T]) put(ctx context.Context, body *httpx.ItemOf[entity.Sent[T]]) (*httpx.Object, error) {
	if !body.Given {
		return nil, fault.Bad(c.item, "is missing")
	}
	if c.key(&body.Value.Value) == 0 {
		return nil, fault.Bad(c.item+".id", "is missing")
	}
	v, err := c.update(ctx, body.Value)
	if err != nil {
		return nil, under(c.item, err)
	}
	answer := done(extras(c.updated, v)...)
	return &answer, nil
}

// byID is a request about the entity that its path names.
type byID struct {
	ID int64 `path:"1"`
}

func (c collection[T]) drop(ctx context.Context, r *byID) (*httpx.Object, error) {
	if err := c.delete(ctx, r.ID); err != nil {
		return nil, err
	}
	answer := done()
	return &answer, nil
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
