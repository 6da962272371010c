package management

import (
	"context"
	"slices"

	"github.com/licet/licet/internal/books"
	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/httpx"
	"github.com/licet/licet/internal/issuing"
)

// customers are the operations on customers and the people at them. What a list
// below a customer holds decides who may read it.
func customers(d Deps, r roles) []httpx.Operation {
	return slices.Concat(
		customerBook(d, r).operations(),
		contactBook(d, r).operations(),
		[]httpx.Operation{
			listOf("/v1/customers/{customerId}/contacts", "contacts", "List the contacts of a customer", orCustomer(r.sellers), nil,
				scoped(r.sellers, func(ctx context.Context, only *int64, in []int64, page entity.Page) (*entity.List[entity.Contact], error) {
					return d.Books.Contacts(ctx, books.ContactFilter{CustomerID: &in[0], Only: only}, page)
				})),
			listOf("/v1/customers/{customerId}/orders", "orders", "List the orders of a customer", orCustomer(r.sellers), (*entity.Order).FillLists,
				scoped(r.sellers, func(ctx context.Context, only *int64, in []int64, page entity.Page) (*entity.List[entity.Order], error) {
					return d.Books.Orders(ctx, books.OrderFilter{CustomerID: &in[0], Only: only}, page)
				})),
			listOf("/v1/customers/{customerId}/licenses", "licenses", "List the licenses of a customer", orCustomer(r.staff), (*entity.License).FillLists,
				scoped(r.staff, func(ctx context.Context, only *int64, in []int64, page entity.Page) (*entity.List[entity.License], error) {
					return d.Issuing.Licenses(ctx, issuing.LicenseFilter{CustomerID: &in[0], Only: only}, page)
				})),
		},
	)
}

// scoped passes on which customer the view of a caller is limited to.
func scoped[T any](staff []entity.Role, list func(ctx context.Context, only *int64, in []int64, page entity.Page) (*entity.List[T], error)) func(context.Context, []int64, entity.Page) (*entity.List[T], error) {
	return func(ctx context.Context, in []int64, page entity.Page) (*entity.List[T], error) {
		only, err := onlyOf(ctx, staff)
		if err != nil {
			return nil, err
		}
		return list(ctx, only, in, page)
	}
}

func customerBook(d Deps, r roles) collection[entity.Customer] {
	return collection[entity.Customer]{
		path: "/v1/customers", id: "customerId", item: "customer", items: "customers", noun: "customer",
		onInsert: "A code left out is made; one that is given must be free. Contacts are new, whatever ids they say.",
		onUpdate: "The code is unchanged. Contacts that are sent replace those that are there: with an id they are changed, without they are new, the others are deleted. An updatedAt that is not the stored one is refused.",
		onDelete: "Its contacts go with it. 409 while licenses, orders or users refer to it.",
		read:     orCustomer(r.sellers), write: r.sellers, remove: r.sellers,
		list: func(ctx context.Context, page entity.Page) (*entity.List[entity.Customer], error) {
			only, err := onlyOf(ctx, r.sellers)
			if err != nil {
				return nil, err
			}
			return d.Books.Customers(ctx, only, page)
		},
		insert: d.Books.InsertCustomer, update: d.Books.UpdateCustomer, delete: d.Books.DeleteCustomer,
		key: func(c *entity.Customer) int64 { return c.ID }, show: (*entity.Customer).FillLists,
		inserted: func(c *entity.Customer) httpx.Object { return httpx.Object{{Name: "customerCode", Value: c.Code}} },
	}
}

func contactBook(d Deps, r roles) collection[entity.Contact] {
	return collection[entity.Contact]{
		path: "/v1/contacts", id: "contactId", item: "contact", items: "contacts", noun: "contact",
		onInsert: "customerId is needed.",
		onUpdate: "The customer is unchanged. A change of a contact is one of its customer, whose updatedAt moves on.",
		read:     orCustomer(r.sellers), write: r.sellers, remove: r.sellers,
		list: func(ctx context.Context, page entity.Page) (*entity.List[entity.Contact], error) {
			only, err := onlyOf(ctx, r.sellers)
			if err != nil {
				return nil, err
			}
			return d.Books.Contacts(ctx, books.ContactFilter{Only: only}, page)
		},
		insert: d.Books.InsertContact, update: d.Books.UpdateContact, delete: d.Books.DeleteContact,
		key: func(c *entity.Contact) int64 { return c.ID },
	}
}
